"""The best model at work on files of the user's: pictures, or examples as the model's inputs are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from job.core.events import Event, Notice
from job.core.space import Params
from job.data import Images
from job.data.arrays import Nested, pictures_in
from job.data.examples import read_examples
from job.data.form import Form, NothingToSeeError, form_of
from job.data.inputs import ExamplesError, listed, missing_in
from job.data.likeness import Likeness, is_noise, likeness_of
from job.data.pictures import Picture, PictureError, read_pictures
from job.paths import printable_name
from job.training import Answer, Answered, Control, Refused, Seen, Setup
from job.training.answers import Answers
from job.training.batches import EVALUATION_BATCH_SIZE
from job.training.restored import Restored, answers_in, restore
from job.training.single import single_answers
from job.training.variables import weights_digest

_NOT_FINITE = "the model's answer is not a finite number; missing values, and larger ones than any before, may do that"


def digest(setup: Setup, params: Params, model_file: Path, control: Control) -> str:
    """Return the digest of the weights in the file."""
    return weights_digest(restore(setup, params, model_file, control).model)


def predict_files(
    setup: Setup, params: Params, model_file: Path, files: tuple[Path, ...], control: Control
) -> tuple[Seen, ...]:
    """Return what the model says of each example in the files."""
    restored = restore(setup, params, model_file, control)
    oracle = _Oracle.of(restored)
    train = restored.data.train
    images = pictures_in(train)
    if images is None:
        return tuple(seen for file in files for seen in _see_examples(file, oracle, control.tell))
    form = form_of(images, are_cut=isinstance(train, Images) and train.are_cut)
    prepared = _prepare(files, form, control.tell)
    return tuple(_see_pictures(prepared, likeness_of(images, form), oracle))


@dataclass(frozen=True)
class _Oracle:
    """A model that is asked about examples of which nothing is known, with the kind of each output."""

    restored: Restored
    inputs: Nested  # of some examples
    kinds: tuple[Answers, ...]

    @classmethod
    def of(cls, restored: Restored) -> "_Oracle":
        inputs, outputs = restored.sample
        names = tuple(restored.data.class_names)
        return cls(restored, inputs, tuple(answers_in(each, names) for each in outputs))

    def ask(self, x: Nested, n: int) -> Iterator[Mapping[str, Answer] | None]:
        """Yield what each output says of each of n examples, by its name; None where that are no finite numbers."""
        outputs = self.restored.outputs(x, n)
        names = [each.name if len(outputs) > 1 else "" for each in outputs]
        columns = [single_answers(output, kind) for output, kind in zip(outputs, self.kinds, strict=True)]
        finite = np.all([_is_finite(each.given) for each in outputs], axis=0)
        for is_finite, answers in zip(finite, zip(*columns, strict=True), strict=True):
            yield dict(zip(names, answers, strict=True)) if is_finite else None


def _is_finite(given: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell of each example whether all that is given for it are finite numbers, as far as it is numbers."""
    if given.dtype.kind != "f":
        return np.ones(len(given), np.bool_)
    return np.asarray(np.isfinite(given).reshape(len(given), -1).all(axis=1))


def _see_examples(file: Path, oracle: _Oracle, tell: Callable[[Event], None]) -> Iterator[Seen]:
    try:
        examples = read_examples(file, oracle.inputs)
    except ExamplesError as error:
        yield Refused(file=file, index=None, reason=str(error))
        return
    if missing := listed(missing_in(examples.x, oracle.inputs)):
        tell(Notice(f"{printable_name(file)}: values are missing in {missing}, as in none of the validation examples"))
    for place, answers in enumerate(oracle.ask(examples.x, examples.n)):
        index = None if examples.is_one else place
        if answers is None:
            yield Refused(file=file, index=index, reason=_NOT_FINITE)
        else:
            yield Answered(file=file, index=index, answers=answers)


@dataclass(frozen=True)
class _Prepared:
    """A picture in the form of the training data."""

    file: Path
    index: int | None
    image: NDArray[np.uint8]
    is_noise: bool


def _see_pictures(prepared: Iterator[_Prepared | Refused], likeness: Likeness, oracle: _Oracle) -> Iterator[Seen]:
    """Yield what the model says of each picture, read a batch of them at a time."""
    while batch := list(islice(prepared, EVALUATION_BATCH_SIZE)):
        answers = _recognize([each for each in batch if isinstance(each, _Prepared)], oracle, likeness)
        for each in batch:
            yield next(answers) if isinstance(each, _Prepared) else each


def _recognize(prepared: Sequence[_Prepared], oracle: _Oracle, likeness: Likeness) -> Iterator[Seen]:
    if not prepared:
        return
    images = np.stack([each.image for each in prepared])
    alike = likeness.is_like(images)
    for each, is_like, answers in zip(prepared, alike, oracle.ask(images, len(images)), strict=True):
        if answers is None:
            yield Refused(file=each.file, index=each.index, reason=_NOT_FINITE)
            continue
        yield Answered(
            file=each.file,
            index=each.index,
            answers=answers,
            image=each.image,
            is_like=bool(is_like) and not each.is_noise,
        )


def _prepare(files: Sequence[Path], form: Form, tell: Callable[[Event], None]) -> Iterator[_Prepared | Refused]:
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
