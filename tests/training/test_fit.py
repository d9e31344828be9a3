from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from job.core.events import BatchesDone, CheckpointLeft, EpochEnded, Notice, Phase, PhaseStarted, TrainingBegan
from job.core.objective import Objective
from job.core.space import Params
from job.core.trial import Keep
from job.data import DataSource
from job.errors import SettingsError
from job.problems import sources_of
from job.state.directory import TrialFiles
from job.training import Advanced, Completed, Diverged, Paused, Setup, Stopped, advance, evaluate
from job.training.workpiece import make_workpiece
from tests.fake_problems import tiny
from tests.problems.own import PROBLEM, write_problem
from tests.training.control import FakeControl, asks_at_every

pytestmark = pytest.mark.slow

SETUP = Setup(
    module="tests.fake_problems.tiny",
    data=DataSource(),
    seed=3,
    epochs=tiny.EPOCHS,
    batch_size=tiny.BATCH_SIZE,
    objective=Objective("val_accuracy", "max"),
    deterministic=True,
    checkpoint_seconds=3600,
)
BROKEN = replace(SETUP, module="tests.fake_problems.broken")
N_BATCHES = 7  # in an epoch of 100 images


def train(directory: Path, control: FakeControl, *, setup: Setup = SETUP, to_epoch: int = 4) -> Advanced:
    return advance(setup, 1, tiny.DEFAULT, to_epoch, (), TrialFiles(directory), control)


def train_in_pieces(directory: Path, batches: int, *, setup: Setup = SETUP) -> tuple[Completed, int]:
    """Return how the trial ends, and in how many pieces, if it is stopped after each few batches."""
    for pieces in range(1, 100):
        outcome = train(directory, FakeControl(asks_at_every(batches)), setup=setup)
        if isinstance(outcome, Completed):
            return outcome, pieces
    raise AssertionError("the trial does not come to its end")


def weights(directory: Path) -> list[np.ndarray]:
    model = keras.models.load_model(TrialFiles(directory).model)
    return [keras.ops.convert_to_numpy(variable) for variable in model.weights]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Completed]:
    directory = tmp_path_factory.mktemp("unbroken")
    outcome = train(directory, FakeControl())
    assert isinstance(outcome, Completed)
    return directory, outcome


@pytest.mark.parametrize("batches", [3, 8])
def test_a_trial_in_pieces_ends_like_an_unbroken_one(
    tmp_path: Path, unbroken: tuple[Path, Completed], batches: int
) -> None:
    directory, whole = unbroken
    outcome, pieces = train_in_pieces(tmp_path, batches)
    assert pieces > 2
    assert outcome.history == whole.history
    assert outcome.hits == whole.hits and whole.hits is not None
    for piecewise, expected in zip(weights(tmp_path), weights(directory), strict=True):
        np.testing.assert_array_equal(piecewise, expected)


def test_a_trial_killed_between_checkpoints_ends_like_an_unbroken_one(
    tmp_path: Path, unbroken: tuple[Path, Completed]
) -> None:
    class KilledError(BaseException):
        pass

    asked = iter(range(1000))

    def die() -> bool:
        if next(asked) == N_BATCHES + 4:
            raise KilledError
        return False

    with pytest.raises(KilledError):
        train(tmp_path, FakeControl(die))
    outcome = train(tmp_path, FakeControl())
    assert isinstance(outcome, Completed)
    assert outcome.history == unbroken[1].history
    again = train(tmp_path, FakeControl())  # as after a kill between its end and the study's save
    assert isinstance(again, Completed) and again.hits == outcome.hits == unbroken[1].hits is not None


def test_callbacks_act_in_the_trial_that_is_cut_up(unbroken: tuple[Path, Completed]) -> None:
    rates = [logs["learning_rate"] for logs in unbroken[1].history]
    assert rates[-1] < rates[0], "ReduceLROnPlateau has not acted: the tests above show less than they say"


def test_a_stopped_trial_leaves_a_checkpoint_and_says_so(tmp_path: Path) -> None:
    control = FakeControl(asks_at_every(3))
    assert train(tmp_path, control) == Stopped()
    assert TrialFiles(tmp_path).checkpoint.exists()
    (left,) = (event for event in control.events if isinstance(event, CheckpointLeft))
    assert (left.history, left.batch, left.batches) == ((), 3, N_BATCHES)


def test_a_trial_that_goes_on_tells_first_of_the_checkpoint_that_it_goes_on_from(tmp_path: Path) -> None:
    train(tmp_path, FakeControl(asks_at_every(N_BATCHES + 3)))
    control = FakeControl(asks_at_every(1))
    train(tmp_path, control)
    first, second = (event for event in control.events if isinstance(event, CheckpointLeft))
    assert (len(first.history), first.batch, second.batch) == (1, 3, 4)
    assert first.seconds < second.seconds


def test_training_on_to_a_later_epoch_is_training_to_it_at_once(
    tmp_path: Path, unbroken: tuple[Path, Completed]
) -> None:
    first = train(tmp_path, FakeControl(), to_epoch=2)
    then = train(tmp_path, FakeControl(), to_epoch=4)
    assert isinstance(first, Paused) and isinstance(then, Completed)
    assert first.history == unbroken[1].history[:2]
    assert (then.history, then.weights_sha256) == (unbroken[1].history, unbroken[1].weights_sha256)


def test_a_trial_that_is_asked_for_less_than_its_end_leaves_a_checkpoint_and_no_model(tmp_path: Path) -> None:
    first = train(tmp_path, FakeControl(), to_epoch=1)
    again = train(tmp_path, FakeControl(), to_epoch=1)
    assert isinstance(first, Paused) and isinstance(again, Paused)
    assert first.history == again.history and 0 < first.seconds <= again.seconds
    assert TrialFiles(tmp_path).checkpoint.exists() and not TrialFiles(tmp_path).model.exists()


def test_each_attempt_tells_the_batches_of_an_epoch_before_the_first(tmp_path: Path) -> None:
    for _ in range(2):
        control = FakeControl(asks_at_every(3))
        train(tmp_path, control)
        told = [event for event in control.events if isinstance(event, TrainingBegan | BatchesDone)]
        assert told[0] == TrainingBegan(1, N_BATCHES)
        assert told.count(TrainingBegan(1, N_BATCHES)) == 1 < len(told)


def test_what_takes_a_while_before_the_first_batch_is_told_and_then_the_loss(tmp_path: Path) -> None:
    control = FakeControl(asks_at_every(3))
    train(tmp_path, control)

    assert control.events[:2] == [PhaseStarted(Phase.DATA, 1), PhaseStarted(Phase.MODEL, 1)]
    assert control.events[2] == TrainingBegan(1, N_BATCHES)
    first = control.events[3]
    assert isinstance(first, BatchesDone) and first.batch == 1 and first.loss is not None and first.loss > 0


def test_each_epoch_is_told_with_its_logs(unbroken: tuple[Path, Completed], tmp_path: Path) -> None:
    control = FakeControl()
    train(tmp_path, control)
    told = [event for event in control.events if isinstance(event, EpochEnded)]
    assert [event.epoch for event in told] == [1, 2, 3, 4]
    assert tuple(event.logs for event in told) == unbroken[1].history


def test_a_damaged_checkpoint_is_set_aside_and_the_trial_starts_again(
    tmp_path: Path, unbroken: tuple[Path, Completed]
) -> None:
    train(tmp_path, FakeControl(asks_at_every(10)))
    checkpoint = TrialFiles(tmp_path).checkpoint
    checkpoint.write_bytes(checkpoint.read_bytes()[:-1])
    control = FakeControl()
    outcome = train(tmp_path, control)
    assert isinstance(outcome, Completed) and outcome.history == unbroken[1].history
    (notice,) = (event.message for event in control.events if isinstance(event, Notice))
    assert notice.startswith("trial 1: ") and notice.endswith("starts again")
    assert checkpoint.with_name("checkpoint.damaged-1").exists()


def test_another_seed_gives_another_trial(tmp_path: Path, unbroken: tuple[Path, Completed]) -> None:
    outcome = train(tmp_path, FakeControl(), setup=replace(SETUP, seed=4))
    assert isinstance(outcome, Completed) and outcome.history != unbroken[1].history


def test_checkpoints_within_an_epoch_follow_the_clock(tmp_path: Path) -> None:
    control = FakeControl()
    train(tmp_path, control, setup=replace(SETUP, checkpoint_seconds=0), to_epoch=1)
    assert sum(isinstance(event, CheckpointLeft) for event in control.events) == N_BATCHES


def test_a_loss_that_is_not_a_number_ends_the_trial(tmp_path: Path) -> None:
    outcome = advance(BROKEN, 1, {"fate": "diverge", "width": 4}, 2, (), TrialFiles(tmp_path), FakeControl())
    assert outcome == Diverged("diverged: loss is nan after epoch 1")


def test_a_metric_beside_the_objective_may_be_no_number_and_is_left_out(tmp_path: Path) -> None:
    outcome = advance(
        replace(BROKEN, epochs=1), 1, {"fate": "odd metric", "width": 4}, 1, (), TrialFiles(tmp_path), FakeControl()
    )
    assert isinstance(outcome, Completed)
    assert set(outcome.history[0]) == {"accuracy", "loss", "val_accuracy", "val_loss"}


def test_an_objective_that_the_model_does_not_report_is_named_before_anything_is_trained(tmp_path: Path) -> None:
    setup, control = replace(SETUP, objective=Objective("val_auc", "max")), FakeControl()
    with pytest.raises(SettingsError, match="val_auc") as caught:
        train(tmp_path, control, setup=setup)
    assert "val_accuracy" in caught.value.hint
    assert not any(isinstance(event, BatchesDone | EpochEnded) for event in control.events)


def test_a_callback_that_cannot_be_carried_over_is_refused_before_the_first_batch(tmp_path: Path) -> None:
    control = FakeControl()
    with pytest.raises(SettingsError, match=r"Locked\.lock"):
        train(tmp_path, control, setup=replace(SETUP, module="tests.fake_problems.locked"))
    assert not any(isinstance(event, BatchesDone | EpochEnded | CheckpointLeft) for event in control.events)


def test_the_model_that_is_left_scores_on_the_test_set_what_keras_says(unbroken: tuple[Path, Completed]) -> None:
    model_file = TrialFiles(unbroken[0]).model
    metrics = evaluate(SETUP, 1, tiny.DEFAULT, model_file, FakeControl()).test.metrics
    data = tiny.load_data(DataSource(), lambda _: None)
    model = keras.models.load_model(model_file)
    expected = model.evaluate(data.test.images / 255.0, data.test.labels, verbose=0, return_dict=True)
    assert metrics["accuracy"] == pytest.approx(expected["accuracy"])
    assert metrics["loss"] == pytest.approx(expected["loss"], rel=1e-5)


def test_a_dimension_called_batch_size_is_the_batch_size(tmp_path: Path) -> None:
    file = write_problem(tmp_path, text=f'{PROBLEM}\nSPACE.append(Integer("batch_size", 1, 64))\nDEFAULT = None\n')
    sources = sources_of(str(file))
    assert sources is not None
    setup = replace(SETUP, module=sources)
    params: Params = {"learning_rate": 1e-2, "width": 8}
    assert make_workpiece(setup, 1, {**params, "batch_size": 5}, FakeControl()).batch_size == 5
    assert make_workpiece(setup, 1, params, FakeControl()).batch_size == SETUP.batch_size


@pytest.mark.parametrize("keep", [Keep.LAST, Keep.BEST])
def test_a_trial_that_is_validated_at_some_epochs_is_scored_with_the_weights_that_are_kept(
    tmp_path: Path, keep: Keep
) -> None:
    text = f'{PROBLEM}\n\ndef fit_options():\n    return {{"validation_freq": 2}}\n'
    sources = sources_of(str(write_problem(tmp_path, text=text)))
    assert sources is not None
    setup, params = replace(SETUP, module=sources, epochs=3, keep=keep), {"learning_rate": 1e-2, "width": 8}
    ended: list[Completed] = []
    for name, control in (("whole", FakeControl()), ("pieces", FakeControl(asks_at_every(4)))):
        outcome: object = Stopped()
        while outcome == Stopped():
            outcome = advance(setup, 1, params, 3, (), TrialFiles(tmp_path / name), control)
        assert isinstance(outcome, Completed)
        ended.append(replace(outcome, seconds=0, model_sha256=""))
    whole, pieces = ended
    assert pieces == whole
    assert ["val_accuracy" in logs for logs in whole.history] == [False, True, False]
    assert whole.kept is not None and "val_accuracy" in whole.kept
    assert (whole.kept == whole.history[1]) == (keep is Keep.BEST)


def test_a_validation_that_never_comes_is_refused(tmp_path: Path) -> None:
    text = f'{PROBLEM}\n\ndef fit_options():\n    return {{"validation_freq": 9}}\n'
    sources = sources_of(str(write_problem(tmp_path, text=text)))
    assert sources is not None
    with pytest.raises(
        SettingsError, match="validation_freq: expected a whole number from 1 to 3, the epochs of a trial"
    ):
        make_workpiece(replace(SETUP, module=sources, epochs=3), 1, {"learning_rate": 1e-2, "width": 8}, FakeControl())
