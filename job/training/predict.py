"""The best model at work: on the test set, on pictures of the user's, and compared with others by its weights."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from job import problems
from job.core.events import Event, Notice
from job.core.space import Params
from job.data import Data, Images
from job.data.arrays import n_examples
from job.data.digest import digest_of
from job.data.form import Form, NothingToSeeError, form_of
from job.data.likeness import Likeness, is_noise, likeness_of
from job.data.pictures import Picture, PictureError, read_pictures
from job.errors import SettingsError
from job.paths import printable_name
from job.state import predictions
from job.state.predictions import Predictions, predictions_of, top_two
from job.training import Control, Evaluation, Recognized, Refused, Seen, Setup
from job.training.batches import EVALUATION_BATCH_SIZE, evaluation_batches
from job.training.devices import configure
from job.training.fit import finite
from job.training.model_file import build_with_weights
from job.training.variables import weights_digest

# By how much the probabilities of an image may miss a sum of 1: in half precision they do by some thousandths.
_ROUNDING = 0.01


def test(setup: Setup, number: int, params: Params, model_file: Path, control: Control) -> Evaluation:
    """Return what the model of trial `number` gives on the test set."""
    restored = _restore(setup, params, model_file, control)
    data = restored.data
    if data.test is None:
        raise SettingsError("expected a test set, found none", hint="let load_data return Data with a test as well")
    logs = restored.model.evaluate(evaluation_batches(data.test), verbose=0, return_dict=True)
    known = restored.predict_test(number)
    return Evaluation(
        metrics=finite(logs),
        images=n_examples(data.test),
        class_names=tuple(data.class_names),
        confusion=None if known is None else tuple(map(tuple, known.confusion.tolist())),
        predictions=b"" if known is None else predictions.dump(known),
        data_sha256=digest_of(data),
    )


def digest(setup: Setup, params: Params, model_file: Path, control: Control) -> str:
    """Return the digest of the weights in the file."""
    return weights_digest(_restore(setup, params, model_file, control).model)


def predict_files(
    setup: Setup, params: Params, model_file: Path, files: tuple[Path, ...], control: Control
) -> tuple[Seen, ...]:
    """Return what the model says of each picture, read a batch of them at a time."""
    restored = _restore(setup, params, model_file, control)
    if not isinstance(restored.data.train, Images):
        raise SettingsError("expected a model that was trained on Images, found one that sees other data")
    if not restored.knows_classes:
        raise SettingsError(
            f"expected a model that gives a probability for each of {len(restored.data.class_names)} classes, "
            "found one that ends in something else"
        )
    images, are_cut = restored.data.train.images, restored.data.train.are_cut
    form = form_of(images, are_cut=are_cut)
    prepared = _prepare(files, form, control.tell)
    likeness = likeness_of(images, form)
    seen: list[Seen] = []
    while batch := list(islice(prepared, EVALUATION_BATCH_SIZE)):
        answers = restored.recognize([each for each in batch if isinstance(each, _Prepared)], likeness)
        seen += [next(answers) if isinstance(each, _Prepared) else each for each in batch]
    return tuple(seen)


@dataclass(frozen=True)
class _Restored:
    """A model that is built from code, with its trained weights."""

    model: keras.Model
    data: Data

    @property
    def knows_classes(self) -> bool:
        """Whether the model sees images, and ends in a probability for each of at least two classes."""
        if not isinstance(self.data.train, Images):
            return False
        output: Any = self.model.predict_on_batch(self.data.train.images[:1].astype(np.float32) / 255)
        n_classes = len(self.data.class_names)
        return n_classes > 1 and isinstance(output, np.ndarray) and _are_probabilities(output, (1, n_classes))

    def predict_test(self, number: int) -> Predictions | None:
        """Return what is kept of the model's answers to the test set; None where they are no probabilities."""
        if not self.knows_classes:
            return None
        test, names = self.data.test, tuple(self.data.class_names)
        probabilities = self._probabilities(test)
        if not _are_probabilities(probabilities, (len(test), len(names))):
            return None
        return predictions_of(number, names, images=test.images, labels=test.labels, probabilities=probabilities)

    def recognize(self, prepared: "list[_Prepared]", likeness: Likeness) -> Iterator[Recognized]:
        if not prepared:
            return
        images = np.stack([each.image for each in prepared])
        classes, probabilities = top_two(self._probabilities(Images(images, np.zeros(len(images), np.int64))))
        alike = likeness.is_like(images)
        for each, is_like, (first, second), (likely, less) in zip(prepared, alike, classes, probabilities, strict=True):
            yield Recognized(
                file=each.file,
                index=each.index,
                classes=(self.data.class_names[first], self.data.class_names[second]),
                probabilities=(float(likely), float(less)),
                image=each.image,
                is_like=bool(is_like) and not each.is_noise,
            )

    def _probabilities(self, split: Images) -> NDArray[np.float32]:
        """Return the output for each image, which comes to the model as in a test: so it gives the very bits."""
        output: NDArray[np.float32] = self.model.predict(evaluation_batches(split), verbose=0)
        return output.astype(np.float32, copy=False)


@dataclass(frozen=True)
class _Prepared:
    """A picture in the form of the training data."""

    file: Path
    index: int | None
    image: NDArray[np.uint8]
    is_noise: bool


def _restore(setup: Setup, params: Params, model_file: Path, control: Control) -> _Restored:
    """Build the model from code; of the file nothing is read but weights."""
    configure(deterministic=setup.deterministic, threads=setup.threads)
    problem = problems.load(setup.module)
    data = problem.load_data(setup.data, control.tell)
    return _Restored(build_with_weights(problem, params, data, model_file), data)


def _are_probabilities(output: NDArray[Any], shape: tuple[int, int]) -> bool:
    if output.shape != shape:
        return False
    sums = output.sum(axis=1, dtype=np.float64)
    return bool((output >= 0).all() and (abs(sums - 1) <= _ROUNDING).all())


def _prepare(files: tuple[Path, ...], form: Form, tell: Callable[[Event], None]) -> Iterator[_Prepared | Refused]:
    """Read one picture after another, so that no more of them are in memory than are worked on."""
    for file in files:
        try:
            for picture in read_pictures(file, form.shape):
                if picture.white is not None and not picture.index:
                    tell(Notice(f"{printable_name(file)}: the value {picture.white:g} is taken for white"))
                yield _adapt(file, picture, form)
        except PictureError as error:
            yield Refused(file=file, index=None, reason=str(error))


def _adapt(file: Path, picture: Picture, form: Form) -> _Prepared | Refused:
    try:
        return _Prepared(file, picture.index, form.adapt(picture.pixels), is_noise(picture.pixels))
    except NothingToSeeError as error:
        return Refused(file=file, index=picture.index, reason=str(error))
