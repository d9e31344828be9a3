"""A folder of pictures, one sub-folder a class, as images of one size in three parts."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from job.core.events import Event, Level, Notice
from job.data import Data, DataSource, Images
from job.data.class_folders import LAYOUT, WHOLE, ClassFolders, Listed, list_pictures
from job.data.decoded import Decoded, decode
from job.data.held_out import held_out
from job.errors import DataMissingError, SettingsError
from job.paths import printable_name
from job.words import count

_HELD_OUT_SHARE = 0.1  # for validation, and as much for the test
_FEWEST = 5  # pictures of a class that some are held out of, so that more are left to train on than are held out
_MOST_NAMED = 5


def load(source: DataSource, tell: Callable[[Event], None]) -> Data:
    """Return the pictures in the folder of the user's, as square images with sides of `source.image_size` pixels.

    Without folders for the parts, a tenth of each class is for validation and another for the test; without one for
    validation, a tenth of the training pictures is. Pictures that cannot be read are left out and named. Raise
    SettingsError where no folder is given, and DataMissingError where it is not what it should be, or where pictures
    cannot be read and `source.strict` does not allow that.
    """
    if source.path is None:
        raise SettingsError("--data: expected a folder of pictures, found none given", hint=f"name {LAYOUT}")
    folders = list_pictures(source.path)
    listed = [each for part in folders.parts.values() for each in part]
    decoded = decode(folders.root, [each.path for each in listed], source.image_size, tell)
    _tell_of_broken(folders, listed, decoded, strict=source.strict, tell=tell)
    return Data(**_parted(folders, listed, decoded), class_names=folders.class_names)


def _tell_of_broken(
    folders: ClassFolders,
    listed: Sequence[Listed],
    decoded: Decoded,
    *,
    strict: bool,
    tell: Callable[[Event], None],
) -> None:
    if not decoded.broken:
        return
    readable = {*decoded.places.tolist()}
    files = (folders.root / each.path for place, each in enumerate(listed) if place not in readable)
    reasons = [f"{printable_name(file)}: {why}" for file, why in zip(files, decoded.broken, strict=True)]
    named = reasons[:_MOST_NAMED]
    if len(reasons) > _MOST_NAMED:
        named.append(f"and {len(reasons) - _MOST_NAMED:,} more")
    number = f"{len(reasons):,} of {count(len(listed), 'picture')}"
    if strict:
        lines = "".join(f"\n  {each}" for each in named)
        raise DataMissingError(
            f"{printable_name(folders.root)}: expected pictures that can be read, found {number} that cannot:{lines}",
            hint="mend or remove them, or leave out --strict",
        )
    tell(Notice(f"left out, since they cannot be read, {number}: {'; '.join(named)}", level=Level.WARNING))


def _parted(folders: ClassFolders, listed: Sequence[Listed], decoded: Decoded) -> dict[str, Images]:
    """Return the images of each part; some are held out where no folder of theirs is there."""
    labels = np.array([each.label for each in listed], np.int64)[decoded.places]
    parts = np.array([name for name, part in folders.parts.items() for _ in part])[decoded.places]
    places = {name: np.flatnonzero(parts == name) for name in folders.parts}
    if WHOLE in places:
        _check_enough(folders, labels, _FEWEST)
        validation, test, train = held_out(labels, (_HELD_OUT_SHARE, _HELD_OUT_SHARE))
        places = {"train": train, "validation": validation, "test": test}
    elif "validation" not in places:
        training = places["train"]
        _check_enough(folders, labels[training], _FEWEST)
        validation, train = held_out(labels[training], (_HELD_OUT_SHARE,))
        places |= {"train": training[train], "validation": training[validation]}
    else:
        _check_enough(folders, labels[places["train"]], 1)
    return {name: Images(decoded.images[each], labels[each], are_cut=True) for name, each in places.items()}


def _check_enough(folders: ClassFolders, labels: NDArray[np.int64], fewest: int) -> None:
    """Raise DataMissingError where fewer pictures of a class than that can be read, and be trained on or held out."""
    numbers = np.bincount(labels, minlength=len(folders.class_names))
    if few := [
        f"{numbers[label]} in {name}" for label, name in enumerate(folders.class_names) if numbers[label] < fewest
    ]:
        to_part = " to part them into training, validation and test" if fewest > 1 else ""
        raise DataMissingError(
            f"{printable_name(folders.root)}: expected {count(fewest, 'picture')} of each class or more{to_part}, "
            f"found {', '.join(few[:_MOST_NAMED])}",
            hint="add pictures to these folders, or move them away",
        )
