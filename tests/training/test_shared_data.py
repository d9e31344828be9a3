"""Trials on data that one process has loaded and shared are those on data that each has loaded."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from job.core.events import Notice
from job.core.objective import Objective
from job.core.randomness import Seeds
from job.core.space import Params
from job.data import shared
from job.problems import load, own
from job.state.directory import TrialFiles
from job.training import Completed, Setup, advance, evaluate, look_at_data
from job.training.batches import TrainingBatches
from job.training.loading import load_data
from tests.fake_problems import nested, tiny
from tests.problems.own import PROBLEM, write_problem
from tests.training.control import FakeControl
from tests.training.test_fit import SETUP

pytestmark = pytest.mark.slow

NESTED = replace(
    SETUP,
    module="tests.fake_problems.nested",
    epochs=nested.EPOCHS,
    batch_size=nested.BATCH_SIZE,
    objective=Objective("val_loss", "min"),
)


@pytest.fixture
def file() -> Iterator[Path]:
    with shared.memory_file() as found:
        if found is None:
            pytest.skip("there are no files in memory here")
        yield found


@pytest.mark.parametrize(
    ("setup", "params"),
    [(replace(SETUP, epochs=2), tiny.DEFAULT), (replace(NESTED, epochs=2), nested.DEFAULT)],
    ids=["images", "nested"],
)
def test_a_trial_on_shared_data_has_the_bits_of_one_that_loads_them(
    setup: Setup, params: Params, file: Path, tmp_path: Path
) -> None:
    mapping = replace(setup, shared=file)
    assert look_at_data(mapping, FakeControl()) == look_at_data(setup, FakeControl())
    assert shared.read(file) is not None
    alone, mapped = (
        advance(each, 1, params, each.epochs, (), TrialFiles(tmp_path / name), FakeControl())
        for name, each in {"alone": setup, "mapped": mapping}.items()
    )
    assert isinstance(alone, Completed) and isinstance(mapped, Completed)
    assert (mapped.history, mapped.weights_sha256) == (alone.history, alone.weights_sha256)
    if setup.module == SETUP.module:
        model = TrialFiles(tmp_path / "alone").model
        assert evaluate(mapping, 1, params, model, FakeControl()) == evaluate(setup, 1, params, model, FakeControl())


def test_tensors_of_mapped_arrays_take_no_memory_of_their_own(file: Path) -> None:
    setup = replace(SETUP, shared=file)
    look_at_data(setup, FakeControl())
    data = load_data(load(setup.module), setup, FakeControl())
    data.train.images[0] = 7
    batches = TrainingBatches(data.train, 100, Seeds(seed=0, trial=1))
    with pytest.raises(ValueError, match="read-only"):
        data.train.images[0] = 8
    memory = shared.memory_of(data.train.images)
    assert memory is not None
    memory[0] = 9
    images, _ = next(iter(batches.epoch(0)))
    assert np.isclose(images.numpy()[..., 0].reshape(100, -1), np.float32(9) / 255).all(axis=1).sum() == 1


@pytest.mark.parametrize(
    ("left", "is_shared"),
    [
        ("pass", True),
        ("global dense; dense = None", False),
        ("keras.config.set_epsilon(1e-6)", False),
        ("keras.layers.Dense(3)", False),
        ("keras.saving.get_custom_objects()['own'] = pair", False),
    ],
)
def test_what_loading_leaves_behind_decides_whether_data_of_a_users_problem_are_shared(
    left: str, is_shared: bool, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    text = PROBLEM.replace("    return Data(", f"    {left}\n    return Data(")
    setup = replace(SETUP, module=own.read_sources(write_problem(tmp_path / "mine", text=text)), shared=file)
    try:
        look_at_data(setup, FakeControl())
    finally:
        keras.config.set_epsilon(1e-7)
        keras.saving.get_custom_objects().pop("own", None)
    assert (shared.read(file) is not None) is is_shared


def test_without_enough_memory_each_trial_loads_the_data_and_the_user_is_told_once(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("job.data.shared.usable_memory", lambda: 1_000)
    setup, control = replace(SETUP, shared=file), FakeControl()
    look_at_data(setup, control)
    told = [event.message for event in control.events if isinstance(event, Notice)]
    assert len(told) == 1 and told[0].startswith(
        "each trial loads the data anew, since they cannot be shared: they take"
    )
    data = load_data(load(setup.module), setup, control)
    assert shared.memory_of(data.train.images) is None
