"""The score of a trial is what the weights give that are kept: whoever validates the model that is left gets it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import pytest

from job.core.objective import Objective
from job.core.space import Params
from job.core.trial import Keep, best_epoch
from job.state.directory import TrialFiles
from job.training import Completed, Setup, Stopped, advance
from job.training.batches import EVALUATION_BATCH_SIZE
from tests.fake_problems import varied
from tests.training.control import FakeControl, asks_at_every
from tests.training.test_one_fit import SETUP

pytestmark = pytest.mark.slow

# Where training ends in other weights than the last epoch was validated with, and where it does not.
WAYS = ("early stopping", "ema", "swapped ema", "augmentation")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(varied, "folder", tmp_path)


def trained(directory: Path, setup: Setup, way: str, *, asks: Callable[[], bool] = lambda: False) -> Completed:
    params: Params = {"way": way}
    while (
        outcome := advance(setup, 1, params, setup.epochs, (), TrialFiles(directory), FakeControl(asks))
    ) == Stopped():
        pass
    assert isinstance(outcome, Completed)
    return outcome


def logs_of(outcome: Completed) -> dict[str, float]:
    return dict(outcome.history[-1] if outcome.kept is None else outcome.kept)


def validated(directory: Path) -> dict[str, float]:
    """Return what the model that was left gives on the validation set."""
    data = varied.load_data(SETUP.data, lambda _: None).validation
    model = keras.models.load_model(TrialFiles(directory).model)
    logs = model.evaluate(
        data.images.astype("float32") / 255, data.labels, batch_size=EVALUATION_BATCH_SIZE, verbose=0, return_dict=True
    )
    return {f"val_{name}": value for name, value in logs.items()}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("keep", Keep)
def test_the_model_that_is_kept_gives_the_score(tmp_path: Path, way: str, keep: Keep) -> None:
    outcome = trained(tmp_path, replace(SETUP, keep=keep), way)

    found = validated(tmp_path)
    assert {name: logs_of(outcome)[name] for name in found} == found


def test_weights_that_a_callback_restores_are_scored_and_not_the_last_epoch(tmp_path: Path) -> None:
    outcome = trained(tmp_path, SETUP, "early stopping")
    losses = [logs["val_loss"] for logs in outcome.history]

    assert logs_of(outcome)["val_loss"] == min(losses) < losses[-1]


def test_the_best_epoch_is_kept_though_training_goes_on_and_is_interrupted(tmp_path: Path) -> None:
    setup = replace(SETUP, keep=Keep.BEST, objective=Objective("val_loss", "min"))
    setup = replace(setup, module="tests.fake_problems.worsening")
    whole = trained(tmp_path / "whole", setup, "worsening")
    pieces = trained(tmp_path / "pieces", setup, "worsening", asks=asks_at_every(4))

    best = best_epoch(whole.history, setup.objective)
    assert best < len(whole.history) - 1, "the last epoch is the best: the test shows less than it says"
    assert logs_of(whole) == dict(whole.history[best])
    assert (pieces.history, pieces.kept) == (whole.history, whole.kept)
    assert validated(tmp_path / "pieces")["val_loss"] == whole.history[best]["val_loss"]
