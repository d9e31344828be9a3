"""Handwritten digits: the search of Hvass-Labs' tutorial 19. To make a problem of your own, copy this module."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from job.core.events import Event
from job.core.space import Categorical, Integer, Params, Real
from job.data import Data, DataSource, mnist
from job.problems import cnn

if TYPE_CHECKING:
    import keras

SPACE = [
    Real("learning_rate", 1e-6, 1e-2, "log-uniform"),
    Integer("num_dense_layers", 1, 5),
    Integer("num_dense_nodes", 5, 512),
    Categorical("activation", ["relu", "sigmoid"]),
]
DEFAULT: Params = {"learning_rate": 1e-5, "num_dense_layers": 1, "num_dense_nodes": 16, "activation": "relu"}
EPOCHS = 3
BATCH_SIZE = 128
SPACES = {"wide": [*SPACE, *cnn.further_dimensions(image_size=28)]}
DEFAULTS = {"wide": {**DEFAULT, **cnn.TUTORIAL, "batch_size": BATCH_SIZE}}


def load_data(source: DataSource, tell: Callable[[Event], None]) -> Data:
    """Return MNIST: 55,000 images to train, 5,000 to validate, 10,000 to test."""
    return mnist.load(mnist.MNIST, source, tell)


def build_model(params: Params, data: Data) -> "keras.Model":
    """Return the compiled network that `params` describes."""
    return cnn.build_model(params, data)
