"""The best model on the test set."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from job.core.space import Params
from job.core.tested import LabelResult, TestResult
from job.core.trial import EpochLogs
from job.data import Data, Part
from job.data.arrays import n_examples, pictures_in
from job.data.batched import is_in_memory
from job.data.digest import digest_of
from job.errors import SettingsError
from job.state import predictions
from job.training import Control, Evaluation, Setup
from job.training.answers import Answers, Classes, Labels, Numbers, Untold
from job.training.batches import evaluation_batches
from job.training.finite import finite
from job.training.looking import look
from job.training.regression import measure, metric_intervals
from job.training.restored import restore

_MOST_CLASSES = 1000  # of which a confusion can be held in memory, and drawn
_LEAST_PROBABILITY = 0.5  # of a label that is given: more than that, as Keras's metrics have it


def test(setup: Setup, number: int, params: Params, model_file: Path, control: Control) -> Evaluation:
    """Return what the model of trial `number` gives on the test set."""
    restored = restore(setup, params, model_file, control)
    data = restored.data
    if data.test is None:
        raise SettingsError("expected a test set, found none", hint="let load_data return Data with a test as well")
    metrics = finite(restored.model.evaluate(evaluation_batches(data.test), verbose=0, return_dict=True))
    answers, images = restored.answers(data.test), pictures_in(data.test)
    return Evaluation(
        test=result_of(number, metrics, answers, tuple(data.class_names)),
        examples=_n_examples(data.test),
        class_names=tuple(data.class_names),
        image_shape=() if images is None else images.shape[1:],
        predictions=kept_of(number, answers, images),
        data_sha256=_digest(setup, restored.data, control),
    )


def _n_examples(part: Part) -> int:
    if is_in_memory(part):
        return n_examples(part)
    return sum(n_examples(batch) for batch in evaluation_batches(part))


def _digest(setup: Setup, data: Data, control: Control) -> str:
    """Return the digest of the data; empty where these are known to be those of the search, and long to read."""
    if all(part is None or is_in_memory(part) for part in (data.train, data.validation, data.test)):
        return digest_of(data)
    return "" if setup.described else look(setup, control)[0]


def result_of(number: int, metrics: EpochLogs, answers: Answers, class_names: tuple[str, ...]) -> TestResult:
    """Return the test of trial `number`, with the whole confusion of its classes."""
    match answers:
        case Classes(names) if len(names) > _MOST_CLASSES:
            return TestResult(number=number, metrics=metrics, untold=f"{len(names):,} classes are too many for one")
        case Classes(names):
            confusion = np.zeros((len(names),) * 2, np.int64)
            np.add.at(confusion, (answers.true, predictions.top_two(answers.probabilities)[0][:, 0]), 1)
            rows, unnamed = tuple(map(tuple, confusion.tolist())), () if names == class_names else names
            return TestResult(number=number, metrics=metrics, confusion=rows, class_names=unnamed)
        case Labels():
            return TestResult(number=number, metrics=metrics, labels=_labels(answers), uncounted=True)
        case Numbers():
            intervals = metric_intervals(answers, metrics)
            return TestResult(
                number=number, metrics=metrics, numbers=measure(answers), intervals=intervals, uncounted=True
            )
        case Untold(reason):
            return TestResult(number=number, metrics=metrics, untold=reason, uncounted=not answers.are_classes)


def _labels(labels: Labels) -> tuple[LabelResult, ...]:
    true, given = labels.true, labels.probabilities > _LEAST_PROBABILITY
    counts = (np.sum(each, axis=0) for each in (true & given, ~true & given, true & ~given))
    return tuple(
        LabelResult(name=name, right=int(right), wrong=int(wrong), missed=int(missed))
        for name, right, wrong, missed in zip(labels.names, *counts, strict=True)
    )


def kept_of(number: int, answers: Answers, images: NDArray[np.uint8] | None) -> bytes:
    """Return the file of the predictions; empty where there is nothing in them to show."""
    match answers:
        case Classes(names, probabilities, true) if len(names) <= _MOST_CLASSES:
            return predictions.dump(
                predictions.predictions_of(number, names, images=images, labels=true, probabilities=probabilities)
            )
        case Numbers(names, predicted, true):
            return predictions.dump(predictions.number_predictions_of(number, names, true=true, predicted=predicted))
        case _:
            return b""
