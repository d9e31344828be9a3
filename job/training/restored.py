"""A model that is built from code, with its trained weights, and what it answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import keras
import numpy as np

from job import problems
from job.core.space import Params
from job.data import Data, Images, Part
from job.data.arrays import Nested, mapped
from job.training import Control, Setup
from job.training.answers import Answers, Untold, answers_of
from job.training.batches import evaluation_batches
from job.training.devices import configure
from job.training.loading import load_data
from job.training.model_file import build_with_weights
from job.training.outputs import Output, as_array, outputs_of


@dataclass(frozen=True)
class Restored:
    """The model of a trial, and the data of its search."""

    model: keras.Model
    data: Data

    @property
    def sample(self) -> tuple[Nested, tuple[Output, ...]]:
        """The inputs of some examples, as the model gets them, and the outputs that it gives."""
        return next(self._answered(self.data.validation))

    def answers(self, part: Part) -> Answers:
        """Return what the model answers to all examples of `part`.

        The first batch tells whether there is something to say of them: of any other answers, which may be large, no
        more are asked for.
        """
        batches = self._answered(part)
        found = [outputs for _, outputs in islice(batches, 1)]
        if isinstance(answers := self._of(found[0]), Untold):
            return answers
        found += [outputs for _, outputs in batches]
        return self._of(tuple(map(_joined, zip(*found, strict=True))))

    def outputs(self, x: Nested, n: int) -> tuple[Output, ...]:
        """Return the outputs for the inputs `x` of n examples, which come to the model as in a test."""
        nothing = np.zeros(n, np.int64)
        part = Images(x, nothing) if isinstance(self.data.train, Images) else (x, nothing)
        batches = self._answered(part)
        return tuple(map(_joined, zip(*(outputs for _, outputs in batches), strict=True)))

    def _of(self, outputs: tuple[Output, ...]) -> Answers:
        if len(outputs) > 1:
            return Untold(f"the model has {len(outputs)} outputs")
        return answers_in(outputs[0], tuple(self.data.class_names))

    def _answered(self, part: Part) -> Iterator[tuple[Nested, tuple[Output, ...]]]:
        for batch in evaluation_batches(part):
            x, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
            yield mapped(as_array, x), outputs_of(self.model, self.model.predict_on_batch(x), y)


def answers_in(output: Output, class_names: tuple[str, ...]) -> Answers:
    """Return what one output says."""
    if output.true is None:
        return Untold("the data have no true values for the model's answers")
    return answers_of(output.given, output.true, output.loss, class_names)


def restore(setup: Setup, params: Params, model_file: Path, control: Control) -> Restored:
    """Build the model from code; of the file nothing is read but weights."""
    configure(deterministic=setup.deterministic, threads=setup.threads, gpu_memory=setup.gpu_memory)
    problem = problems.load(setup.module)
    data = load_data(problem, setup, control)
    return Restored(build_with_weights(problem, params, data, model_file), data)


def _joined(outputs: tuple[Output, ...]) -> Output:
    """Return one output for the examples of several batches."""
    first = outputs[0]
    true = [each.true for each in outputs if each.true is not None]
    given = np.concatenate([each.given for each in outputs])
    return Output(first.name, given, np.concatenate(true) if len(true) == len(outputs) else None, first.loss)
