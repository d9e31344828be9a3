"""Images as a problem returns them, checked before anything is trained on them."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from job.core.values import shown
from job.data import Images
from job.errors import SettingsError

_CHANNELS = (1, 3)  # grey, and colours


def checked_images(part: Images, name: str, n_classes: int) -> Images:
    """Return `part`, which is called `name`, with labels of type int64; raise SettingsError for anything else."""
    images, labels = _images(part.images, f"{name}.images"), _labels(part.labels, f"{name}.labels", n_classes)
    if len(images) != len(labels):
        raise SettingsError(
            f"{name}: expected as many labels as images, found {len(images):,} images and {len(labels):,} labels"
        )
    return replace(part, images=images, labels=labels)


def names_by_number(*parts: Images) -> tuple[str, ...]:
    """Return a name for each label from 0 to the largest one."""
    labels = [each.labels for each in parts if isinstance(each.labels, np.ndarray) and each.labels.dtype.kind in "iu"]
    return tuple(map(str, range(max((int(each.max(initial=0)) for each in labels), default=0) + 1)))


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
