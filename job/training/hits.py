"""Which validation examples a trained model gets right."""

from collections.abc import Callable

import keras
import numpy as np

from job.core.fingerprint import DataDescription
from job.core.trial import Hits
from job.data import Data, Part
from job.data.arrays import n_examples
from job.data.batched import is_in_memory
from job.training import Setup
from job.training.answers import Classes
from job.training.restored import Restored

# A study keeps a bit for each, which are 6 kB a trial then; scores of more examples are sure enough without them.
MOST_EXAMPLES = 50_000


def hits_of(
    model: keras.Model, data: Data, setup: Setup, score: float, *, warn: Callable[[str], object]
) -> Hits | None:
    """Return which validation examples `model` gets right, whose objective is `score` there.

    None where that is not what the objective counts: it is no accuracy, or one with a threshold or weights of its own,
    or the model gives no classes. So too where the order of the examples is not known, and where there are more than
    MOST_EXAMPLES. The report alone needs it: whatever is wrong with it is for `warn`, and the trial is as good.
    """
    if not setup.objective.is_accuracy or not 0 < _known_examples(data.validation, setup.described) <= MOST_EXAMPLES:
        return None
    try:
        return _counted(model, data, score)
    except Exception as error:  # noqa: BLE001  (a model of the user's may validate, and be unable to predict)
        warn(f"it is not known which validation examples the model gets right: {error!r}")
        return None


def _counted(model: keras.Model, data: Data, score: float) -> Hits | None:
    answers = Restored(model, data).answers(data.validation)
    if not isinstance(answers, Classes):
        return None
    right = answers.probabilities.argmax(axis=1) == answers.true
    if abs(np.count_nonzero(right) - score * len(right)) >= 0.5:
        return None
    return Hits(examples=len(right), packed=np.packbits(right).tobytes())


def _known_examples(part: Part, described: DataDescription | None) -> int:
    """Return how many examples a part has; 0 where they are not known to come again in the same order."""
    if is_in_memory(part):
        return n_examples(part)
    return described.validation if described is not None and described.repeats else 0
