"""How much each training image counts, where a problem's `fit_options` say so."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from job.core.values import is_number, plain, shown
from job.data import Split
from job.errors import SettingsError


def weights_of(options: Mapping[str, Any], split: Split, n_classes: int) -> NDArray[np.float32] | None:
    """Return the weight of each image of `split`, as Keras's `fit` makes it of these options; None without any."""
    if not options:
        return None
    weights = np.ones(len(split), np.float32)
    if "class_weight" in options:
        weights *= _of_classes(options["class_weight"], n_classes)[split.labels]
    if "sample_weight" in options:
        weights *= _of_images(options["sample_weight"], len(split))
    return weights


def _of_classes(given: Any, n_classes: int) -> NDArray[np.float32]:
    """Return a weight for each class: 1 where `given` has none, as in Keras."""
    where = "fit_options: class_weight: expected a dictionary from labels to weights of 0 or more"
    if not isinstance(given, Mapping):
        raise SettingsError(f"{where}, found {shown(given)}")
    found = {plain(label): plain(weight) for label, weight in given.items()}
    for label, weight in found.items():
        is_label = isinstance(label, int) and 0 <= label < n_classes
        if not (is_label and is_number(weight) and weight >= 0):
            raise SettingsError(f"{where}, and labels from 0 to {n_classes - 1}, found {shown({label: weight})}")
    return np.array([found.get(label, 1.0) for label in range(n_classes)], np.float32)


def _of_images(given: Any, n_images: int) -> NDArray[np.float32]:
    weights = np.asarray(given)
    if weights.dtype.kind not in "biuf" or weights.shape != (n_images,):
        raise SettingsError(
            f"fit_options: sample_weight: expected a number for each of {n_images:,} training images, "
            f"found {weights.dtype} in shape {weights.shape}"
        )
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise SettingsError("fit_options: sample_weight: expected finite numbers of 0 or more, found others among them")
    return weights.astype(np.float32)
