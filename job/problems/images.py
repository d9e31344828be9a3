"""Pictures in a folder of the user's, with a sub-folder for each class: the search of the MNIST problem on them."""

from collections.abc import Callable

from job.core.events import Event
from job.core.problem import SMALLEST_IMAGE_SIZE
from job.core.space import Params
from job.data import Data, DataSource
from job.data.picture_folder import load
from job.problems import cnn, mnist

SPACE = mnist.SPACE
DEFAULT: Params = {"learning_rate": 1e-3, "num_dense_layers": 1, "num_dense_nodes": 128, "activation": "relu"}
EPOCHS = 10
BATCH_SIZE = 32
SPACES = {"wide": [*SPACE, *cnn.further_dimensions(image_size=SMALLEST_IMAGE_SIZE)]}
DEFAULTS = {"wide": {**DEFAULT, **cnn.TUTORIAL, "batch_size": BATCH_SIZE}}
OPTIONS = ("image_size", "strict")
build_model = mnist.build_model


def load_data(source: DataSource, tell: Callable[[Event], None]) -> Data:
    """Return the pictures: eight tenths to train, one to validate and one to test, unless their folders part them."""
    return load(source, tell)
