"""Pictures of clothes: the search of the MNIST problem on Fashion-MNIST, which is harder."""

from collections.abc import Callable

from job.core.events import Event
from job.data import Data, DataSource
from job.data.mnist import FASHION_MNIST, load
from job.problems import mnist

SPACE = mnist.SPACE
DEFAULT = mnist.DEFAULT
SPACES = mnist.SPACES
DEFAULTS = mnist.DEFAULTS
EPOCHS = mnist.EPOCHS
BATCH_SIZE = mnist.BATCH_SIZE
build_model = mnist.build_model


def load_data(source: DataSource, tell: Callable[[Event], None]) -> Data:
    """Return Fashion-MNIST: 55,000 images to train, 5,000 to validate, 10,000 to test."""
    return load(FASHION_MNIST, source, tell)
