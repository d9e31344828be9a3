"""The global generators of random numbers, which code draws from that is not told where else."""

import random
import sys

import numpy as np


def seed_generators(seed: int) -> None:
    """Seed those of Python, of NumPy and, where Keras is imported, of TensorFlow."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  (scikit-learn draws from it)
    if "keras" in sys.modules:
        import keras

        keras.utils.set_random_seed(seed)
