"""Data as a problem returns them, checked before anything is trained on them."""

from dataclasses import replace
from typing import Any

from job.core.values import TEXT, is_number, is_text, plain, shown
from job.data import Data, Images, Part
from job.data.array_checks import check_alike, checked_arrays
from job.data.batch_checks import checked_batches, checked_function
from job.data.batched import is_batched, is_function
from job.data.image_checks import checked_images, names_by_number
from job.errors import SettingsError

_PARTS = ("train", "validation", "test")


def checked_data(data: object) -> Data:
    """Return `data` with arrays of NumPy's, labels of images as int64, and class names in a tuple.

    Weights are nested as the targets are; a share for validation stays one. Raise SettingsError for anything else.
    """
    if not isinstance(data, Data):
        raise SettingsError(f"expected Data, found {shown(type(data).__name__)}")
    names = _class_names(data.class_names) if len(data.class_names) else ()
    parts = {name: getattr(data, name) for name in _PARTS}
    if data.test is None:
        del parts["test"]
    if is_number(share := plain(data.validation)):
        data = replace(data, validation=_share(share, data.train))
        del parts["validation"]
    return _of_images(data, parts, names) if isinstance(data.train, Images) else _of_arrays(data, parts, names)


def _share(given: float, train: object) -> float:
    if is_batched(train) or is_function(train):
        raise SettingsError(
            f"validation: expected examples, since those to train on are not in arrays, found the share {given}",
            hint="give examples to validate on, such as take(n) of a tf.data.Dataset, and skip(n) of it to train on",
        )
    if not 0 < given < 1:
        raise SettingsError(f"validation: expected a share between 0 and 1, such as 0.1, or examples, found {given}")
    return float(given)


def checked_part(part: Part, name: str) -> Part:
    """Return a part of any form, checked as far as that can be done without reading it; raise SettingsError."""
    if isinstance(part, Images):
        return checked_images(part, name, len(names_by_number(part)))
    if is_batched(part):
        return checked_batches(part, name)
    if is_function(part):
        return checked_function(part, name)
    return checked_arrays(part, name)


def _of_images(data: Data, parts: dict[str, Part], names: tuple[str, ...]) -> Data:
    images = {name: part for name, part in parts.items() if isinstance(part, Images)}
    others = {name: part for name, part in parts.items() if name not in images}
    for name, part in others.items():
        if not (is_batched(part) or is_function(part)):
            raise SettingsError(f"{name}: expected Images, as train, found {shown(type(part).__name__)}")
    names = names or names_by_number(*images.values())
    checked = {name: checked_images(part, name, len(names)) for name, part in images.items()}
    for name, part in checked.items():
        expected, found = checked["train"].images.shape[1:], part.images.shape[1:]
        if found != expected:
            raise SettingsError(f"{name}.images: expected images of shape {expected}, as in train, found {found}")
    unread = {name: checked_part(part, name) for name, part in others.items()}
    return replace(data, **checked, **unread, class_names=names)


def _of_arrays(data: Data, parts: dict[str, Part], names: tuple[str, ...]) -> Data:
    is_tuple = isinstance(data.train, tuple)
    checked = {
        name: checked_arrays(part, name) if is_tuple and isinstance(part, Images) else checked_part(part, name)
        for name, part in parts.items()
    }
    for name, part in checked.items():
        if is_tuple and isinstance(part, tuple):
            check_alike(part, checked["train"], name)
    return replace(data, **checked, class_names=names)


def _class_names(given: Any) -> tuple[str, ...]:
    """Return the names, of which no two are equal."""
    if not isinstance(given, list | tuple):
        raise SettingsError(f"class_names: expected a list of names, found {shown(given)}")
    names = [plain(each) for each in given]
    for each in names:
        if not is_text(each):
            raise SettingsError(f"class_names: expected as name of a class {TEXT}, found {shown(each)}")
    found = tuple(each for each in names if is_text(each))
    if not found or len(set(found)) < len(found):
        raise SettingsError(f"class_names: expected one or more distinct names, found {shown(list(found))}")
    return found
