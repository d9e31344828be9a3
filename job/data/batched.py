"""Data that come in batches, recognized without importing what they are made with."""

import sys
from typing import Any

from job.data import Images, Part


def is_dataset(part: Part) -> bool:
    """Tell a `tf.data.Dataset`: whoever has one has imported TensorFlow."""
    tensorflow: Any = sys.modules.get("tensorflow")
    return tensorflow is not None and isinstance(part, tensorflow.data.Dataset)


def is_py_dataset(part: Part) -> bool:
    """Tell a `keras.utils.PyDataset`."""
    keras: Any = sys.modules.get("keras")
    return keras is not None and isinstance(part, keras.utils.PyDataset)


def is_batched(part: Part) -> bool:
    """Tell whether a part is in batches already, whatever the batch size."""
    return is_dataset(part) or is_py_dataset(part)


def is_function(part: Part) -> bool:
    """Tell a function of the epoch, which returns any other form."""
    return callable(part) and not is_batched(part)


def is_in_memory(part: Part) -> bool:
    """Tell `Images` and arrays, of which every example is there to be looked at."""
    return isinstance(part, Images | tuple)
