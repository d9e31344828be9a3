"""Small handwritten digits that come with scikit-learn: a search in minutes on two cores, without a download."""

import numpy as np

from job.data import Data, Images
from job.problems import cnn, mnist

SPACE = mnist.SPACE
DEFAULT = mnist.DEFAULT
EPOCHS = 8
BATCH_SIZE = 32
SPACES = {"wide": [*SPACE, *cnn.further_dimensions(image_size=8)]}
DEFAULTS = {"wide": {**DEFAULT, **cnn.TUTORIAL, "batch_size": BATCH_SIZE}}
build_model = mnist.build_model

_N_HELD_OUT = 250  # images for validation, and as many for the test
_SPLIT_SEED = 0  # not the search's: all searches share one split


def load_data() -> Data:
    """Return 1,797 images of shape (8, 8, 1): 1,297 to train, 250 to validate, 250 to test, with like shares of digits.

    They are part of scikit-learn.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    pixels, labels = load_digits(return_X_y=True)
    images = np.rint(pixels * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8, 1)  # from 0 … 16
    others, test, other_labels, test_labels = train_test_split(
        images, labels, test_size=_N_HELD_OUT, stratify=labels, random_state=_SPLIT_SEED
    )
    train, validation, train_labels, validation_labels = train_test_split(
        others, other_labels, test_size=_N_HELD_OUT, stratify=other_labels, random_state=_SPLIT_SEED
    )
    return Data(
        train=Images(train, train_labels.astype(np.int64)),
        validation=Images(validation, validation_labels.astype(np.int64)),
        test=Images(test, test_labels.astype(np.int64)),
        class_names=tuple("0123456789"),
    )
