"""Problems as their users write them, who know the README alone: whatever Keras trains is gone on with exactly.

Each trains its trials in pieces here, which end at random batches with a stop or a death. `scripts/benchmarks/kill.py
--problem tests/users/text.py` kills whole searches of it.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from job import problems
from job.core.objective import parse_objective
from job.core.space import Params
from job.data import DataSource
from job.problems import sources_of
from job.state.directory import TrialFiles
from job.training import Completed, Setup, advance, evaluate
from tests.training.control import FakeControl

pytestmark = pytest.mark.slow

# What the report tells of each on its test set.
ANSWERS = {
    "fine_tuning": "classes",
    "houses": "numbers",
    "own_step": "classes",
    "pipeline": "classes",
    "text": "classes",
    "weather": "the model has 2 outputs",
}
FILES = [Path(__file__).with_name(f"{name}.py") for name in ANSWERS]
SEED = 3
N_PIECES = 4


class KilledError(BaseException):
    """The process is gone."""


def setup_of(file: Path) -> Setup:
    sources = sources_of(str(file))
    assert sources is not None
    declared = problems.load(sources).declared
    return Setup(
        module=sources,
        data=DataSource(),
        seed=SEED,
        epochs=declared.epochs,
        batch_size=declared.batch_size,
        objective=parse_objective(declared.objective or "val_accuracy"),
        deterministic=True,
        threads=2,
        checkpoint_seconds=0.0,
    )


def train(setup: Setup, params: Params, directory: Path, asks: Callable[[], bool] = lambda: False) -> object:
    return advance(setup, 1, params, setup.epochs, (), TrialFiles(directory), FakeControl(asks))


def cuts_at(question: int, *, kills: bool) -> Callable[[], bool]:
    """Return what stops, or kills, when it is asked for this time, which is after each batch and each epoch."""
    asked: Iterator[int] = iter(range(1, 10_000))

    def asks() -> bool:
        if next(asked) != question:
            return False
        if kills:
            raise KilledError
        return True

    return asks


@pytest.mark.timeout(300)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_trial_in_pieces_ends_like_an_unbroken_one(file: Path, tmp_path: Path) -> None:
    setup, instants = setup_of(file), random.Random(file.stem)
    space = problems.load(setup.module).declared.space
    params = space.completed({})
    whole = train(setup, params, tmp_path / "whole")
    assert isinstance(whole, Completed)
    for _ in range(N_PIECES):
        kills = instants.random() < 0.5
        try:
            train(setup, params, tmp_path / "pieces", cuts_at(instants.randint(1, 12), kills=kills))
        except KilledError:
            continue
    pieces = train(setup, params, tmp_path / "pieces")
    assert isinstance(pieces, Completed)
    assert (pieces.history, pieces.weights_sha256) == (whole.history, whole.weights_sha256)
    told = evaluate(setup, 1, params, TrialFiles(tmp_path / "pieces").model, FakeControl()).test
    found = "classes" if told.confusion else "numbers" if told.numbers else told.untold
    assert found == ANSWERS[file.stem]
