import numpy as np
import pytest

from job.core.events import Event
from job.core.space import Params
from job.data import Data
from job.data.digest import digest_of
from job.problems import digits


def unheard(event: Event) -> None:
    raise AssertionError(f"nothing should be downloaded, but there was {event}")


@pytest.fixture(scope="module")
def data() -> Data:
    return digits.load_data()


def test_the_splits_have_their_sizes_and_shapes(data: Data) -> None:
    assert (len(data.train), len(data.validation), len(data.test)) == (1297, 250, 250)
    assert data.train.images.shape == (1297, 8, 8, 1)
    assert (data.train.images.dtype, data.train.labels.dtype) == (np.dtype(np.uint8), np.dtype(np.int64))
    assert (data.train.images.min(), data.train.images.max()) == (0, 255)


def test_every_split_has_like_shares_of_the_digits(data: Data) -> None:
    for split in (data.train, data.validation, data.test):
        shares = np.bincount(split.labels) / len(split)
        np.testing.assert_allclose(shares, 0.1, atol=0.01)


def test_no_image_is_in_two_splits(data: Data) -> None:
    splits = (data.train, data.validation, data.test)
    distinct = [{image.tobytes() for image in split.images} for split in splits]
    assert len(set.union(*distinct)) == sum(map(len, distinct))


def test_the_data_is_the_same_each_time(data: Data) -> None:
    assert digest_of(digits.load_data()) == digest_of(data)


@pytest.mark.slow
def test_a_good_point_scores_well(data: Data) -> None:
    import keras

    keras.utils.set_random_seed(1)
    params: Params = {"learning_rate": 1e-3, "num_dense_layers": 1, "num_dense_nodes": 128, "activation": "relu"}
    model = digits.build_model(params, data)
    inputs = data.train.images / np.float32(255)
    model.fit(inputs, data.train.labels, epochs=digits.EPOCHS, batch_size=digits.BATCH_SIZE, verbose=0)
    _, accuracy = model.evaluate(data.test.images / np.float32(255), data.test.labels, verbose=0)
    assert accuracy > 0.94
