"""`result.joblib` while a search goes on, and at its end."""

import io
from dataclasses import dataclass, field
from typing import Any

import pytest
import skopt

from job.core.study import Study
from job.errors import InterruptedRunError
from job.run.result import MODEL_SHARE, LiveResult
from job.run.stopping import StopFlag
from job.run.stopwatch import Stopwatch
from tests.fakes import Clock, study_of

# More than the initial points, so that there is a model.
SCORES = [0.5 + number / 100 for number in range(12)]


@dataclass
class Store:
    """Keeps what is written."""

    written: list[bytes] = field(default_factory=list)

    def write_result(self, data: bytes) -> None:
        self.written.append(data)

    @property
    def results(self) -> list[Any]:
        return [skopt.load(io.BytesIO(data)) for data in self.written]


def test_points_and_values_are_written_beside_every_trial_and_the_model_once_it_has_its_share() -> None:
    store, clock = Store(), Clock()
    refreshers = LiveResult(store, StopFlag()).refreshers(Stopwatch(clock), clock=clock)

    def train_another(study: Study) -> list[int]:
        """Return how many models each result has that is written meanwhile."""
        n_before = len(store.written)
        for refresher in refreshers:
            refresher(study)
        return [len(result.models) for result in store.results[n_before:]]

    assert train_another(study_of(*SCORES, running_epochs=0)) == [0]
    assert train_another(study_of(*SCORES, 0.7, running_epochs=0)) == [0]
    clock.now = 1.0 / MODEL_SHARE
    assert train_another(study_of(*SCORES, 0.7, 0.8, running_epochs=0)) == [0, 1]
    assert [len(result.func_vals) for result in store.results] == [12, 13, 14, 14]


def test_at_the_end_it_is_written_with_its_model_whatever_that_takes() -> None:
    store = Store()
    LiveResult(store, StopFlag()).write(study_of(*SCORES))
    (result,) = store.results
    assert (len(result.func_vals), len(result.models)) == (12, 1)


def test_without_a_score_nothing_is_written() -> None:
    store = Store()
    LiveResult(store, StopFlag()).write(study_of(None))
    assert store.written == []


def test_a_request_to_stop_ends_the_fit_and_writes_nothing() -> None:
    store, stop = Store(), StopFlag()
    stop.limit(grace_seconds=10, run_seconds=0)
    with pytest.raises(InterruptedRunError):
        LiveResult(store, stop).write(study_of(0.9))
    assert store.written == []
