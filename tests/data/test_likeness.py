"""Which pictures look like training images, with scikit-learn's digits and with images made here."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from job.core.events import Event
from job.data import Data, DataSource, mnist
from job.data.form import Form, form_of
from job.data.likeness import Likeness, is_noise, likeness_of
from job.problems import digits

MNIST_FOLDER = Path(os.environ.get("HPO_JOB_TEST_DATA", Path(__file__).parents[2] / ".." / "shared" / "data" / "mnist"))

Pictures = list[NDArray[np.uint8]]


class Trained:
    """The data of a model, and what pictures are to it."""

    def __init__(self, data: Data) -> None:
        self.data, self.form = data, form_of(data.train.images)
        self.likeness = likeness_of(data.train.images, self.form)

    def unlike(self, pictures: Pictures) -> float:
        """Return which share of the pictures looks like something else."""
        images = np.stack([self.form.adapt(each) for each in pictures])
        noise = np.array([is_noise(each) for each in pictures])
        return float((noise | ~self.likeness.is_like(images)).mean())

    def several(self, number: int, *, count: int = 200) -> Pictures:
        """Return pictures of so many images of the test set, side by side."""
        chosen = np.random.default_rng(number).integers(0, len(self.data.test), (count, number))
        return [np.concatenate([*self.data.test.images[each]], axis=1) for each in chosen]

    def enlarged(self, *, count: int = 500) -> Pictures:
        images = self.data.test.images[:count, ..., 0]
        sides = (images.shape[2] * 5, images.shape[1] * 5)
        return [np.asarray(Image.fromarray(each).resize(sides))[..., np.newaxis] for each in images]

    def noise(self, *, count: int = 50) -> Pictures:
        random, shape = np.random.default_rng(0), (count, *self.form.shape)
        large = random.integers(0, 256, (count, 90, 70, 1)).astype(np.uint8)
        flakes = np.asarray(255 * (random.random(shape) < 0.2), np.uint8)
        return [*random.integers(0, 256, shape).astype(np.uint8), *large, *flakes]


def unheard(event: Event) -> None:
    raise AssertionError(f"nothing should be downloaded, but there was {event}")


@pytest.fixture(scope="module")
def of_digits() -> Trained:
    return Trained(digits.load_data())


def test_real_digits_look_like_digits_in_any_size(of_digits: Trained) -> None:
    assert of_digits.unlike([*of_digits.data.test.images]) <= 0.01
    assert of_digits.unlike([*of_digits.data.validation.images]) <= 0.01
    assert of_digits.unlike([255 - each for each in of_digits.data.test.images]) <= 0.01
    assert of_digits.unlike(of_digits.enlarged()) <= 0.05


@pytest.mark.parametrize("number", [2, 3, 5])
def test_several_digits_do_not_look_like_one(of_digits: Trained, number: int) -> None:
    assert of_digits.unlike(of_digits.several(number)) >= 0.95


def test_noise_does_not_look_like_a_digit(of_digits: Trained) -> None:
    assert of_digits.unlike(of_digits.noise()) >= 0.95


@pytest.mark.parametrize("shape", [(90, 70, 1), (40, 200, 3), (2, 300, 1)])
def test_noise_is_told_from_a_drawing_before_it_turns_into_grey(
    of_digits: Trained, shape: tuple[int, int, int]
) -> None:
    assert is_noise(np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8))
    assert not any(is_noise(each) for each in of_digits.enlarged())


@pytest.mark.parametrize("picture", [np.zeros((5, 5, 1), np.uint8), np.arange(9, dtype=np.uint8).reshape(1, 9, 1)])
def test_a_picture_without_neighbours_or_differences_is_no_noise(picture: NDArray[np.uint8]) -> None:
    assert not is_noise(picture)


@pytest.mark.slow
def test_handwriting_is_told_from_several_digits_and_from_noise() -> None:
    if not MNIST_FOLDER.is_dir():
        pytest.skip(f"there is no MNIST in {MNIST_FOLDER}; HPO_JOB_TEST_DATA names its folder")
    of_mnist = Trained(mnist.load(mnist.MNIST, DataSource(MNIST_FOLDER), unheard))
    assert of_mnist.unlike([*of_mnist.data.test.images]) <= 0.005
    assert of_mnist.unlike(of_mnist.enlarged()) <= 0.01
    assert of_mnist.unlike(of_mnist.several(2)) >= 0.95
    assert of_mnist.unlike(of_mnist.several(3)) >= 0.95
    assert of_mnist.unlike(of_mnist.noise()) >= 0.95


def waves(random: np.random.Generator, count: int, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Return smooth coloured images that fill their frame."""
    rows, columns, colours = np.indices(shape)
    phases = random.random((count, 1, 1, 1)) * 6
    return np.asarray(128 + 100 * np.sin(rows / 20 + columns / 30 + colours + phases), np.uint8)


def test_large_images_in_colour_are_compared_too() -> None:
    random, shape = np.random.default_rng(0), (70, 100, 3)
    images = waves(random, 300, shape)
    likeness = likeness_of(images, Form(shape=shape, ink=None))
    assert likeness.is_like(waves(random, 50, shape)).mean() >= 0.95
    assert not likeness.is_like(random.integers(0, 256, (50, *shape)).astype(np.uint8)).any()


@pytest.mark.parametrize("count", [1, 2])
def test_a_few_training_images_are_enough_to_compare_with(count: int) -> None:
    images = np.zeros((count, 4, 4, 1), np.uint8)
    images[:, 1:3, 1:3] = 255
    likeness: Likeness = likeness_of(images, form_of(images))
    assert likeness.is_like(images).all()
