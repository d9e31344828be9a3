"""The global generators of random numbers, which code draws from that is not told where else."""

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


def seed_generators(seed: int) -> None:
    """Seed those of Python, of NumPy and, where Keras is imported, of TensorFlow."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  (scikit-learn draws from it)
    if "keras" in sys.modules:
        import keras

        keras.utils.set_random_seed(seed)


@contextmanager
def drawn_by(seed: int, *, of_tensorflow: bool = False) -> Iterator[None]:
    """Seed the generators of Python and NumPy, and put them back in the end.

    Where asked, TensorFlow's is seeded too; it cannot be put back.
    """
    of_python, of_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        if of_tensorflow:
            seed_generators(seed)
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)  # noqa: NPY002
