"""What is kept of a test."""

import numpy as np
import pytest

from job.training.answers import Classes
from job.training.tested import kept_of, result_of

pytestmark = pytest.mark.slow  # the module imports Keras


@pytest.mark.parametrize(("n_classes", "is_told"), [(1_000, True), (1_001, False)])
def test_of_very_many_classes_there_is_no_confusion_to_fill_the_memory(n_classes: int, is_told: bool) -> None:
    names = tuple(map(str, range(n_classes)))
    answers = Classes(names, np.eye(3, n_classes, dtype=np.float32), np.arange(3))
    found = result_of(1, {"accuracy": 1.0}, answers, names)
    assert (found.confusion is not None, bool(kept_of(1, answers, None))) == (is_told, is_told)
    assert found.untold == ("" if is_told else "1,001 classes are too many for one")
    assert not found.uncounted
