"""Rungs: where the objective is looked at within a training, what a trial has there, and whether it stops."""

from dataclasses import dataclass, field, replace

import pytest

from job.core.objective import Objective
from job.core.step import Threshold
from job.core.trial import EpochLogs, RungScore
from job.data import DataSource
from job.training import Setup
from job.training.finite import NotFiniteError
from job.training.rungs import Rungs

SETUP = Setup(
    module="tests.fake_problems.tiny",
    data=DataSource(),
    seed=3,
    epochs=4,
    batch_size=16,
    objective=Objective("val_accuracy", "max"),
    deterministic=True,
    checkpoint_seconds=3600,
    rungs=(0.1, 0.5, 1.0, 2.0),
)


@dataclass
class FakeValidation:
    """Gives these logs, and counts how often."""

    found: EpochLogs = field(default_factory=lambda: {"val_loss": 0.3, "val_accuracy": 0.8})
    times: int = 0

    def gives(self, metric: str) -> bool:
        return metric in self.found

    def running(self, logs: EpochLogs) -> EpochLogs:
        return logs

    def logs(self) -> EpochLogs:
        self.times += 1
        return self.found


def rungs_of(
    *thresholds: Threshold,
    setup: Setup = SETUP,
    validation: FakeValidation | None = None,
    batches: int = 10,
    within_epochs: bool = True,
) -> Rungs:
    return Rungs(setup, thresholds, validation or FakeValidation(), batches, within_epochs=within_epochs)  # type: ignore[arg-type]


def thresholds(**scores: float | None) -> tuple[Threshold, ...]:
    """Return those of some of the rungs, by their names: `_05` is the one at half an epoch."""
    names = {"_01": 0.1, "_05": 0.5, "_10": 1.0, "_20": 2.0}
    return tuple(Threshold(epochs=names[name], score=score) for name, score in scores.items())


def test_a_rung_is_reached_at_the_first_batch_at_which_training_can_stop_behind_it() -> None:
    validation = FakeValidation()
    rungs = rungs_of(validation=validation)
    found = [rungs.reach_within(0, batch, {"loss": 1.0}) for batch in (3, 6, 9)]
    assert found == [(RungScore(epochs=0.1, batches=3, score=0.8),), (RungScore(epochs=0.5, batches=6, score=0.8),), ()]
    assert rungs.reach_at_end(0, 10, {"val_accuracy": 0.9}) == (RungScore(epochs=1.0, batches=10, score=0.9),)
    assert validation.times == 2 and [each.epochs for each in rungs.scores] == [0.1, 0.5, 1.0]


def test_rungs_at_the_same_batch_are_validated_once() -> None:
    validation = FakeValidation()
    rungs = rungs_of(*thresholds(_01=0.9, _05=0.9), validation=validation, batches=1)
    assert [each.epochs for each in rungs.reach_at_end(0, 1, {})] == [0.1, 0.5, 1.0]
    assert validation.times == 1 and rungs.stopped_at == 0.1


@pytest.mark.parametrize(
    ("direction", "threshold", "stops"),
    [("max", 0.9, True), ("max", 0.8, False), ("min", 0.7, True), ("min", 0.8, False), ("max", None, False)],
)
def test_what_is_worse_than_the_threshold_stops_and_what_equals_it_goes_on(
    direction: str, threshold: float | None, stops: bool
) -> None:
    objective = Objective("val_accuracy", "max" if direction == "max" else "min")
    rungs = rungs_of(*thresholds(_01=threshold), setup=replace(SETUP, objective=objective))
    rungs.reach_within(0, 1, {})
    assert rungs.stopped_at == (0.1 if stops else None)


def test_an_objective_of_training_is_what_it_is_by_then_and_nothing_is_validated() -> None:
    validation = FakeValidation()
    rungs = rungs_of(setup=replace(SETUP, objective=Objective("loss", "min")), validation=validation)
    assert [each.score for each in rungs.reach_within(0, 1, {"loss": 0.5})] == [0.5]
    assert validation.times == 0


def test_an_objective_that_callbacks_make_is_known_at_the_end_of_an_epoch_only() -> None:
    validation = FakeValidation()
    rungs = rungs_of(setup=replace(SETUP, objective=Objective("val_f1", "max")), validation=validation)
    assert rungs.reach_within(0, 5, {"loss": 0.5}) == ()
    assert [each.epochs for each in rungs.reach_at_end(0, 10, {"val_f1": 0.7})] == [1.0]
    assert validation.times == 0


@pytest.mark.parametrize("lost", ["loss", "val_loss", "val_accuracy"])
def test_a_loss_or_an_objective_that_is_no_finite_number_at_a_rung_has_diverged(lost: str) -> None:
    found = {"val_loss": 0.3, "val_accuracy": 0.8, lost: float("inf")}
    with pytest.raises(NotFiniteError, match=rf"diverged: {lost} is inf after 1 of 10 batches of epoch 1"):
        rungs_of(validation=FakeValidation(found)).reach_within(0, 1, {"loss": found.get("loss", 1.0)})


def test_data_that_cannot_be_gone_on_with_within_an_epoch_have_rungs_at_its_end_only() -> None:
    rungs = rungs_of(within_epochs=False)
    assert rungs.reach_within(0, 5, {"loss": 1.0}) == ()
    assert [each.epochs for each in rungs.reach_at_end(0, 10, {"val_accuracy": 0.9})] == [1.0]
