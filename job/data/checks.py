"""Data as a problem returns them, checked before anything is trained on them."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from job.core.values import TEXT, is_text, plain, shown
from job.data import Data, Split
from job.errors import SettingsError

_CHANNELS = (1, 3)  # grey, and colours


def checked_data(data: object) -> Data:
    """Return `data` with labels of type int64 and class names in a tuple; raise SettingsError for anything else."""
    if not isinstance(data, Data):
        raise SettingsError(f"expected Data, found {shown(type(data).__name__)}")
    splits = {name: _pair(getattr(data, name), name) for name in ("train", "validation", "test")}
    names = _class_names(data.class_names) if data.class_names else _numbers(splits.values())
    checked = {name: _split(split, name, len(names)) for name, split in splits.items()}
    for name, split in checked.items():
        expected, found = checked["train"].images.shape[1:], split.images.shape[1:]
        if found != expected:
            raise SettingsError(f"{name}.images: expected images of shape {expected}, as in train, found {found}")
    return Data(**checked, class_names=names)


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


def _pair(given: object, name: str) -> Split:
    if isinstance(given, tuple) and len(given) == 2:
        return Split(*given)
    if not isinstance(given, Split):
        found = shown(type(given).__name__)
        raise SettingsError(f"{name}: expected a pair of images and labels, found {found}")
    return given


def _numbers(splits: Iterable[Split]) -> tuple[str, ...]:
    """Return a name for each label from 0 to the largest one."""
    labels = [each.labels for each in splits if isinstance(each.labels, np.ndarray) and each.labels.dtype.kind in "iu"]
    return tuple(map(str, range(max((int(each.max(initial=0)) for each in labels), default=0) + 1)))


def _split(split: Split, name: str, n_classes: int) -> Split:
    images, labels = _images(split.images, f"{name}.images"), _labels(split.labels, f"{name}.labels", n_classes)
    if len(images) != len(labels):
        raise SettingsError(
            f"{name}: expected as many labels as images, found {len(images):,} images and {len(labels):,} labels"
        )
    return Split(images, labels)


def _images(given: Any, where: str) -> NDArray[np.uint8]:
    images = _array(given, where)
    if images.dtype != np.uint8:
        raise SettingsError(
            f"{where}: expected brightness from 0 to 255 as uint8, found {images.dtype}{_range(images)}",
            hint="scale the images so that white is 255, round them, and convert them with astype(numpy.uint8)",
        )
    if images.ndim != 4 or images.shape[-1] not in _CHANNELS or 0 in images.shape:
        channels = " or ".join(map(str, _CHANNELS))
        raise SettingsError(
            f"{where}: expected one or more images in an array of shape (n_images, height, width, {channels}), "
            f"found shape {images.shape}"
        )
    return images


def _labels(given: Any, where: str, n_classes: int) -> NDArray[np.int64]:
    labels = _array(given, where)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise SettingsError(
            f"{where}: expected whole numbers in an array of shape (n_images,), "
            f"found {labels.dtype} in shape {labels.shape}",
            hint="a label is the place of a class in class_names, from 0 on",
        )
    outside = np.flatnonzero((labels < 0) | (labels >= n_classes))
    if len(outside):
        raise SettingsError(
            f"{where}: expected labels from 0 to {n_classes - 1}, since there are {n_classes} class names, "
            f"found {labels[outside[0]]} at index {outside[0]}"
        )
    return labels.astype(np.int64, copy=False)


def _array(given: Any, where: str) -> NDArray[Any]:
    if not isinstance(given, np.ndarray):
        raise SettingsError(f"{where}: expected a NumPy array, found {shown(type(given).__name__)}")
    return given


def _range(images: NDArray[Any]) -> str:
    if images.size == 0 or images.dtype.kind not in "biuf":
        return ""
    return f" from {images.min():g} to {images.max():g}"
