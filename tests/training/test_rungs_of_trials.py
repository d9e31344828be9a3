"""Rungs of whole trials: those that stop there, go on, or are interrupted there end like unbroken ones."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from job.core.events import CheckpointLeft, RungReached
from job.core.space import Params
from job.core.step import Threshold
from job.problems import sources_of
from job.state.directory import TrialFiles
from job.training import Advanced, Completed, Diverged, Paused, Setup, Stopped, advance
from tests.fake_problems import tiny
from tests.problems.own import PROBLEM, write_problem
from tests.training import test_rungs
from tests.training.control import FakeControl, asks_at_every
from tests.training.test_rungs import thresholds

pytestmark = pytest.mark.slow

SETUP = replace(test_rungs.SETUP, epochs=tiny.EPOCHS, batch_size=tiny.BATCH_SIZE)
POINT: Params = {"learning_rate": 1e-2, "width": 8}  # of a problem in a file
ENDING = """
class Ending(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch == 1

def callbacks():
    return [Ending()]
"""
EVERY_OTHER = """
def fit_options():
    return {"validation_freq": 2}
"""
N_BATCHES = 7  # of an epoch of tiny: the rungs are after 1, 4, 7 and 14


def setup_of_own(folder: Path, more: str) -> Setup:
    """Return the setup of a problem in a file, with `more` at its end."""
    sources = sources_of(str(write_problem(folder, text=f"{PROBLEM}\n{more}")))
    assert sources is not None
    return replace(SETUP, module=sources)


def train(
    directory: Path,
    thresholds: Sequence[Threshold] = (),
    control: FakeControl | None = None,
    *,
    setup: Setup = SETUP,
) -> Advanced:
    files = TrialFiles(directory)
    return advance(setup, 1, tiny.DEFAULT, setup.epochs, tuple(thresholds), files, control or FakeControl())


def what_stays(completed: Advanced) -> tuple[object, ...]:
    assert isinstance(completed, Completed)
    return completed.history, completed.weights_sha256, completed.rungs


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Completed:
    outcome = train(tmp_path_factory.mktemp("unbroken"))
    assert isinstance(outcome, Completed)
    return outcome


def test_a_trial_that_stops_at_rungs_and_goes_on_ends_like_an_unbroken_one(tmp_path: Path, unbroken: Completed) -> None:
    """First from its checkpoint, then without it: from the start, where what it has passed is no threshold any more."""
    scores = {each.epochs: each.score for each in unbroken.rungs}
    control = FakeControl()
    first = train(tmp_path, thresholds(_01=scores[0.1], _05=scores[0.5] + 0.01, _10=None), control)
    assert isinstance(first, Paused)
    assert replace(first, seconds=0) == Paused((), 0, 4, N_BATCHES, unbroken.rungs[:2], 0.5)
    told = [each for each in control.events if isinstance(each, CheckpointLeft | RungReached)]
    assert [type(each) for each in told] == [CheckpointLeft, RungReached] * 2
    assert [len(each.rungs) for each in told if isinstance(each, CheckpointLeft)] == [1, 2]
    assert told[-1] == RungReached(1, 0.5, scores[0.5])

    second = train(tmp_path, thresholds(_10=1.01), control)
    assert isinstance(second, Paused)
    assert (second.history, second.batch, second.stopped_at) == (unbroken.history[:1], 0, 1.0)
    assert second.rungs == unbroken.rungs[:3]
    assert sum(isinstance(each, RungReached) for each in control.events) == 3

    TrialFiles(tmp_path).checkpoint.unlink()
    last = train(tmp_path, thresholds(_20=None))
    assert what_stays(last) == what_stays(unbroken)


def test_an_interruption_at_the_rung_where_a_trial_stops_decides_nothing(tmp_path: Path, unbroken: Completed) -> None:
    asked = thresholds(_05=1.01, _10=1.01)
    assert train(tmp_path, asked, FakeControl(asks_at_every(4))) == Stopped()
    control = FakeControl()
    again = train(tmp_path, asked, control)
    assert isinstance(again, Paused)
    assert (again.batch, again.rungs, again.stopped_at) == (4, unbroken.rungs[:2], 0.5)
    assert not any(isinstance(each, RungReached) for each in control.events), "it was validated again"


def test_a_trial_that_is_at_its_end_does_not_stop_at_a_rung(tmp_path: Path) -> None:
    """One is at its last epoch, and one is ended by a callback after the second one."""
    at_end = thresholds(_20=1.01)
    assert isinstance(train(tmp_path / "last", at_end, setup=replace(SETUP, epochs=2)), Completed)
    ended = advance(
        setup_of_own(tmp_path, ENDING), 1, POINT, tiny.EPOCHS, at_end, TrialFiles(tmp_path / "ended"), FakeControl()
    )
    assert isinstance(ended, Completed) and len(ended.history) == 2
    assert [each.epochs for each in ended.rungs] == [0.1, 0.5, 1.0, 2.0]


def test_an_epoch_without_validation_is_validated_for_its_rung_and_its_logs_stay_as_they_are(tmp_path: Path) -> None:
    own = replace(setup_of_own(tmp_path, EVERY_OTHER), epochs=3)
    found: list[Completed] = []
    for rungs in ((), (1.0, 2.0)):
        setup, files = replace(own, rungs=rungs), TrialFiles(tmp_path / str(len(rungs)))
        outcome = advance(setup, 1, POINT, 3, (), files, FakeControl())
        assert isinstance(outcome, Completed)
        found.append(outcome)
    without, with_rungs = found
    assert (with_rungs.history, with_rungs.weights_sha256) == (without.history, without.weights_sha256)
    assert "val_accuracy" not in with_rungs.history[0]
    assert [each.epochs for each in with_rungs.rungs] == [1.0, 2.0]
    assert with_rungs.rungs[1].score == with_rungs.history[1]["val_accuracy"]


def test_a_trial_whose_loss_is_lost_ends_at_its_first_rung(tmp_path: Path) -> None:
    setup = replace(SETUP, module="tests.fake_problems.broken")
    outcome = advance(setup, 1, {"fate": "diverge", "width": 4}, 2, (), TrialFiles(tmp_path), FakeControl())
    assert outcome == Diverged("diverged: loss is nan after 1 of 7 batches of epoch 1")
