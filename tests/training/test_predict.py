"""The best model at work: on the test set, and on real digits in every disguise."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from job import problems
from job.core.objective import Objective
from job.core.space import Params
from job.data import Data, DataSource
from job.data.digest import digest_of
from job.state import predictions
from job.state.directory import TrialFiles
from job.training import Answered, ClassAnswer, Completed, Refused, Seen, Setup, advance, evaluate, predict
from tests.fake_problems import tiny
from tests.training.control import FakeControl
from tests.training.test_fit import SETUP

pytestmark = pytest.mark.slow

LOGITS = replace(SETUP, module="tests.fake_problems.logits", epochs=1)
MNIST_FOLDER = Path(os.environ.get("HPO_JOB_TEST_DATA", Path(__file__).parents[2] / ".." / "shared" / "data" / "mnist"))
MNIST_PARAMS: Params = {"learning_rate": 2e-3, "num_dense_layers": 1, "num_dense_nodes": 64, "activation": "relu"}
N_DISGUISED = 200

Pixels = NDArray[np.uint8]  # of shape (height, width)


@dataclass(frozen=True)
class Trained:
    """A model with what it takes to use it."""

    setup: Setup
    params: Params
    file: Path

    @property
    def data(self) -> Data:
        return problems.load(self.setup.module).load_data(self.setup.data, lambda _: None, seed=self.setup.seed)

    def predict(self, *files: Path) -> tuple[Seen, ...]:
        return predict(self.setup, self.params, self.file, files, FakeControl())


def class_of(seen: Seen) -> str:
    """Return the class that the model names; empty where it is not asked."""
    if isinstance(seen, Refused):
        return ""
    answer = seen.answers[""]
    assert isinstance(answer, ClassAnswer)
    return answer.classes[0]


def probabilities(seen: Seen) -> tuple[float, float]:
    assert isinstance(seen, Answered)
    answer = seen.answers[""]
    assert isinstance(answer, ClassAnswer)
    return answer.probabilities


def trained(directory: Path, setup: Setup, params: Params) -> Trained:
    files = TrialFiles(directory)
    assert isinstance(advance(setup, 1, params, setup.epochs, (), files, FakeControl()), Completed)
    return Trained(setup, params, files.model)


@pytest.fixture(scope="module")
def of_tiny(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("tiny"), SETUP, tiny.DEFAULT)


@pytest.fixture(scope="module")
def of_logits(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("logits"), LOGITS, tiny.DEFAULT)


@pytest.fixture(scope="module")
def of_mnist(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    if not MNIST_FOLDER.is_dir():
        pytest.skip(f"there is no MNIST in {MNIST_FOLDER}; HPO_JOB_TEST_DATA names its folder")
    setup = Setup(
        module=problems.module_name("mnist"),
        data=DataSource(MNIST_FOLDER, download=False),
        seed=1,
        epochs=1,
        batch_size=128,
        objective=Objective("val_accuracy", "max"),
        deterministic=False,
        checkpoint_seconds=3600,
    )
    return trained(tmp_path_factory.mktemp("mnist"), setup, MNIST_PARAMS)


def test_an_evaluation_keeps_what_keras_says_of_each_test_image(of_tiny: Trained) -> None:
    found = evaluate(of_tiny.setup, 5, of_tiny.params, of_tiny.file, FakeControl())
    test = of_tiny.data.test
    expected = keras.models.load_model(of_tiny.file).predict(test.images / 255.0, verbose=0)
    kept = predictions.load(found.predictions)
    assert isinstance(kept, predictions.Predictions)
    assert (kept.number, kept.class_names) == (5, ("a", "b", "c"))
    np.testing.assert_array_equal(kept.labels, test.labels)
    np.testing.assert_array_equal(kept.top_classes[:, 0], expected.argmax(axis=1))
    np.testing.assert_allclose(kept.top_probabilities[:, 0], expected.max(axis=1), rtol=1e-5)
    confusion = found.test.confusion
    assert confusion is not None
    assert sum(map(sum, confusion)) == found.examples == len(test)
    right = sum(row[index] for index, row in enumerate(confusion))
    assert right / len(test) == pytest.approx(found.test.metrics["accuracy"])
    assert found.data_sha256 == digest_of(of_tiny.data)


def test_an_evaluation_gives_the_same_bits_again(of_tiny: Trained) -> None:
    first, second = (evaluate(of_tiny.setup, 5, of_tiny.params, of_tiny.file, FakeControl()) for _ in range(2))
    assert first == second


def test_the_study_keeps_the_digest_of_the_predictions(of_tiny: Trained) -> None:
    found = evaluate(of_tiny.setup, 5, of_tiny.params, of_tiny.file, FakeControl())
    kept = found.result(5)
    assert kept.predictions_sha256 == hashlib.sha256(found.predictions).hexdigest()
    assert replace(kept, predictions_sha256="") == found.test
    many = replace(found, test=replace(found.test, confusion=((0,) * 101,) * 101)).result(5)
    assert many.confusion is None and many.predictions_sha256
    assert many.untold == "101 classes are too many for one"


def test_the_classes_of_a_model_that_ends_in_logits_are_told_and_predicted(of_logits: Trained, tmp_path: Path) -> None:
    found = evaluate(of_logits.setup, 1, of_logits.params, of_logits.file, FakeControl())
    confusion = found.test.confusion
    assert confusion is not None
    right = sum(row[index] for index, row in enumerate(confusion))
    assert right / found.examples == pytest.approx(found.test.metrics["accuracy"])
    np.save(tmp_path / "test.npy", of_logits.data.test.images)
    classes = [class_of(each) for each in of_logits.predict(tmp_path / "test.npy")]
    assert [classes.count(name) for name in "abc"] == np.sum(confusion, axis=0).tolist()


def test_the_test_images_in_an_array_get_the_very_predictions_of_the_test(of_tiny: Trained, tmp_path: Path) -> None:
    test = of_tiny.data.test
    np.save(tmp_path / "bytes.npy", test.images)
    np.savez_compressed(tmp_path / "floats.npz", x_test=test.images.astype(np.float32) / 255)
    found = evaluate(of_tiny.setup, 1, of_tiny.params, of_tiny.file, FakeControl())
    kept = predictions.load(found.predictions)
    assert isinstance(kept, predictions.Predictions)
    for name in ("bytes.npy", "floats.npz"):
        seen = of_tiny.predict(tmp_path / name)
        assert [each.index for each in seen] == list(range(len(test)))
        assert [probabilities(each) for each in seen] == [tuple(map(float, row)) for row in kept.top_probabilities]
        assert [class_of(each) for each in seen] == ["abc"[each] for each in kept.top_classes[:, 0]]


def test_what_cannot_be_read_leaves_the_others_alone(of_tiny: Trained, tmp_path: Path) -> None:
    image = of_tiny.data.test.images[0, ..., 0]
    Image.fromarray(image).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_text("no picture")
    np.save(tmp_path / "half.npy", np.stack([image, np.zeros_like(image), image]))
    good, bad, half = (tmp_path / name for name in ("good.png", "bad.png", "half.npy"))
    seen = of_tiny.predict(good, bad, half, tmp_path / "missing.png", good)
    kinds = [(each.file.name, each.index, type(each)) for each in seen]
    assert kinds == [
        ("good.png", None, Answered),
        ("bad.png", None, Refused),
        ("half.npy", 0, Answered),
        ("half.npy", 1, Refused),
        ("half.npy", 2, Answered),
        ("missing.png", None, Refused),
        ("good.png", None, Answered),
    ]
    assert probabilities(seen[0]) == pytest.approx(probabilities(seen[-1]), abs=1e-5)


def test_nothing_but_what_cannot_be_read_gives_nothing_but_reasons(of_tiny: Trained, tmp_path: Path) -> None:
    assert [type(each) for each in of_tiny.predict(tmp_path / "missing.png", tmp_path)] == [Refused, Refused]


def enlarged(image: Pixels, factor: int) -> Image.Image:
    height, width = image.shape
    return Image.fromarray(image).resize((width * factor, height * factor), Image.Resampling.BICUBIC)


def with_margins(image: Pixels) -> Pixels:
    """Return a picture with the image in a corner, which depends on the image."""
    total = int(image.sum())
    return np.pad(image, ((total % 19, total % 31), (total % 23, total % 17)))


def in_colour(image: Pixels) -> Image.Image:
    """Return a picture in dark blue on pale yellow."""
    share = (image / 255.0)[..., np.newaxis]
    return Image.fromarray((share * (20, 30, 120) + (1 - share) * (250, 240, 190)).astype(np.uint8))


def transparent(image: Pixels) -> Image.Image:
    """Return a picture in black on nothing."""
    pixels = np.zeros((*image.shape, 4), np.uint8)
    pixels[..., 3] = image
    return Image.fromarray(pixels)


DISGUISES: dict[str, Callable[[Pixels], Image.Image]] = {
    "as it is.png": Image.fromarray,
    "inverted.png": lambda image: Image.fromarray(255 - image),
    "ten times as large.png": lambda image: enlarged(image, 10),
    "large and inverted.png": lambda image: enlarged(255 - image, 7),
    "in margins.png": lambda image: Image.fromarray(with_margins(image)),
    "inverted in margins.jpg": lambda image: enlarged(255 - with_margins(image), 8),
    "in colour.png": lambda image: in_colour(np.asarray(enlarged(with_margins(image), 5))),
    "in colour.jpg": lambda image: in_colour(np.asarray(enlarged(with_margins(image), 5))),
    "CMYK.jpg": lambda image: enlarged(255 - image, 4).convert("CMYK"),
    "palette.png": lambda image: enlarged(255 - image, 4).convert("P"),
    "transparent.png": lambda image: transparent(np.asarray(enlarged(image, 4))),
    "16 bits.png": lambda image: Image.fromarray(np.asarray(enlarged(image, 3)).astype(np.uint16) * 257),
    "smaller.png": lambda image: Image.fromarray(image).resize((22, 22), Image.Resampling.BICUBIC),
}


@pytest.mark.parametrize("name", DISGUISES)
def test_real_digits_are_recognized_in_every_disguise(of_mnist: Trained, tmp_path: Path, name: str) -> None:
    test = of_mnist.data.test
    files = [tmp_path / f"{number}-{name}" for number in range(N_DISGUISED)]
    for image, file in zip(test.images[..., 0], files, strict=False):
        DISGUISES[name](image).save(file)
    seen = of_mnist.predict(*files)
    plain = keras.models.load_model(of_mnist.file).predict(test.images[:N_DISGUISED] / 255.0, verbose=0)
    labels = test.labels[:N_DISGUISED]
    right = sum(class_of(each) == str(label) for each, label in zip(seen, labels, strict=True))
    expected = int((plain.argmax(axis=1) == labels).sum())
    print(f"{name}: {right} of {N_DISGUISED} right, {expected} of the images themselves")
    assert right >= expected - (0 if name in ("as it is.png", "inverted.png") else 0.02 * N_DISGUISED)
