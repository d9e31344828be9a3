"""A training that is cut up is one plain `fit`, to the last bit: its weights, logs, and what callbacks do and write.

So is one that is validated at rungs on its way, which are no matter to anything else.

The plain one is written here by itself: Keras's `fit` on the images in the order of each epoch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from job.core.events import CheckpointLeft
from job.core.objective import Objective
from job.core.randomness import Purpose, seed_for
from job.core.space import Params
from job.core.trial import RungScore
from job.data import DataSource
from job.state.directory import TrialFiles
from job.training import Advanced, Completed, Paused, Setup, Stopped, advance
from tests.fake_problems import varied
from tests.training.control import FakeControl

pytestmark = pytest.mark.slow

SEED = 5
NUMBER = 1
SETUP = Setup(
    module="tests.fake_problems.varied",
    data=DataSource(),
    seed=SEED,
    epochs=varied.EPOCHS,
    batch_size=varied.BATCH_SIZE,
    objective=Objective("val_accuracy", "max"),
    deterministic=True,
    checkpoint_seconds=3600,
    rungs=(0.4, 1.0, 1.5),  # after two, five and eight batches; after a kill the last one is reached again
)
EARLIER = "epoch,accuracy\n0,0.5\n"


class KilledError(BaseException):
    """The process is gone."""


@dataclass
class Ended:
    """What is left of a training."""

    weights: list[np.ndarray[Any, Any]]
    history: list[dict[str, float]]
    files: dict[str, object]
    rungs: tuple[RungScore, ...] = ()


class Epochs(keras.utils.PyDataset):  # type: ignore[misc]
    """The training images in the order of one epoch after another."""

    def __init__(self, images: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> None:
        super().__init__()
        self._images, self._labels, self._epoch = images.astype(np.float32) / np.float32(255), labels, -1

    def __len__(self) -> int:
        return -(-len(self._labels) // varied.BATCH_SIZE)

    def __getitem__(self, batch: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        epoch = max(self._epoch, 0)  # Keras looks at a batch before the first epoch begins
        order = np.random.default_rng(seed_for(SEED, NUMBER, epoch, Purpose.ORDER_OF_IMAGES))
        of_batch = order.permutation(len(self._labels))[batch * varied.BATCH_SIZE :][: varied.BATCH_SIZE]
        return self._images[of_batch], self._labels[of_batch]

    def on_epoch_begin(self) -> None:
        self._epoch += 1


def fit_plainly(params: Params) -> Ended:
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed_for(SEED, NUMBER, 0, Purpose.INITIAL_WEIGHTS))
    data = varied.load_data(SETUP.data, lambda _: None)
    model = varied.build_model(params, data)
    history = model.fit(
        Epochs(data.train.images, data.train.labels),
        epochs=varied.EPOCHS,
        validation_data=(data.validation.images.astype(np.float32) / 255, data.validation.labels),
        validation_batch_size=500,
        callbacks=varied.callbacks(params),
        shuffle=False,
        verbose=0,
    )
    epochs = zip(*history.history.values(), strict=True)
    logs = [dict(zip(history.history, of_epoch, strict=True)) for of_epoch in epochs]
    return Ended(values(model), logs, written())


def fit_in_pieces(directory: Path, params: Params, cuts: Sequence[int]) -> Ended:
    """Train with a stop at each of `cuts` in turn, counted in questions whether to; after a negative one, by a kill."""
    for cut in cuts:
        if cut > 0:
            assert advance_until(directory, params, cut) == Stopped()
        else:
            with pytest.raises(KilledError):
                advance_until(directory, params, cut)
    outcome = advance(SETUP, NUMBER, params, varied.EPOCHS, (), TrialFiles(directory), FakeControl())
    return ended_as(directory, outcome)


def ended_as(directory: Path, outcome: Advanced) -> Ended:
    assert isinstance(outcome, Completed)
    model = keras.models.load_model(TrialFiles(directory).model)
    return Ended(values(model), [dict(logs) for logs in outcome.history], written(), outcome.rungs)


def fit_epoch_by_epoch(directory: Path, params: Params) -> Ended:
    for epoch in range(1, varied.EPOCHS + 1):
        outcome = advance(SETUP, NUMBER, params, epoch, (), TrialFiles(directory), FakeControl())
        assert isinstance(outcome, Paused if epoch < varied.EPOCHS else Completed) and len(outcome.history) == epoch
    return ended_as(directory, outcome)


def advance_until(directory: Path, params: Params, cut: int) -> object:
    asked = iter(range(1, 1000))

    def asks() -> bool:
        if (question := next(asked)) == -cut:
            raise KilledError
        return question == cut

    return advance(SETUP, NUMBER, params, varied.EPOCHS, (), TrialFiles(directory), FakeControl(asks))


def values(model: keras.Model) -> list[np.ndarray[Any, Any]]:
    return [keras.ops.convert_to_numpy(variable) for variable in model.weights]


def written() -> dict[str, object]:
    """Return what callbacks have written, by where, event files as what they tell apart from when."""
    found: dict[str, object] = {}
    for path in sorted(varied.folder.rglob("*")):
        name = str(path.relative_to(varied.folder))
        if "tfevents" in name:
            name = f"{path.parent.relative_to(varied.folder)}/events"
            assert name not in found, "a folder has one file of events"
            found[name] = list(events_in(path))
        elif name.endswith(".h5"):
            found[name] = path.stat().st_size, arrays_in(path)
        elif path.is_file():
            found[name] = path.read_text()
    return found


def events_in(path: Path) -> Iterator[object]:
    from tensorboard.compat.proto.event_pb2 import Event

    for record in tf.data.TFRecordDataset(str(path)):
        event = Event.FromString(record.numpy())
        event.wall_time = 0
        event.ClearField("source_metadata")
        yield event.SerializeToString(deterministic=True)


def arrays_in(path: Path) -> dict[str, bytes]:
    import h5py  # type: ignore[import-untyped]

    arrays: dict[str, bytes] = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: arrays.update({name: item[()].tobytes()}) if isinstance(item, h5py.Dataset) else None
        )
    return arrays


# Within the first epoch, right after it, and with nothing left to train.
CUTS = (4, 1, -3, 2, 8)


@pytest.mark.parametrize("way", [way for way in varied.WAYS if way not in ("early stopping", "several at once")])
def test_training_cut_up_is_one_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    assert_alike(tmp_path, monkeypatch, way, CUTS)


def test_a_trial_that_has_saved_where_its_files_begin_has_not_got_on_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(varied, "folder", tmp_path)
    control, files = FakeControl(), TrialFiles(tmp_path / "trial")
    found: list[bool] = []

    def die() -> bool:
        found.append(files.checkpoint.exists())
        raise KilledError

    control.asks = die
    with pytest.raises(KilledError):
        advance(SETUP, NUMBER, {"way": "files"}, varied.EPOCHS, (), files, control)
    assert found == [True]
    assert not any(isinstance(event, CheckpointLeft) for event in control.events)


@pytest.mark.parametrize("way", ["ema swapped for checkpoints", "files"])
def test_training_that_is_asked_for_one_epoch_after_another_is_one_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    assert_alike(tmp_path, monkeypatch, way, None)


def test_training_that_a_callback_ends_early_is_one_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = assert_alike(tmp_path, monkeypatch, "early stopping", (4, 1, -3, 2, 3))
    assert len(ended.history) < varied.EPOCHS, "nothing was ended early: the test shows less than it says"


def test_training_of_several_batches_at_once_is_one_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked whether to stop after two batches, after four, and at the end of the epoch."""
    assert_alike(tmp_path, monkeypatch, "several at once", (2, 1, -2, 1, 5))


def reached(way: str) -> list[tuple[float, int]]:
    """Return each rung and after how many batches it is; two batches at once end at the fourth of the second epoch."""
    return [(0.4, 2), (1.0, 5), (1.5, 9 if way == "several at once" else 8)]


def assert_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, cuts: Sequence[int] | None) -> Ended:
    """Train in one fit and in pieces, without `cuts` epoch by epoch; return what is left of the latter."""
    params: Params = {"way": way}
    ended: list[Ended] = []
    for name in ("whole", "pieces"):
        monkeypatch.setattr(varied, "folder", tmp_path / "written")
        varied.folder.mkdir()
        (varied.folder / "log.csv").write_text(EARLIER)
        if name == "whole":
            ended.append(fit_plainly(params))
        elif cuts is None:
            ended.append(fit_epoch_by_epoch(tmp_path / "trial", params))
        else:
            ended.append(fit_in_pieces(tmp_path / "trial", params, cuts))
        varied.folder.rename(tmp_path / name)
    whole, pieces = ended
    assert pieces.history == whole.history
    for piecewise, expected in zip(pieces.weights, whole.weights, strict=True):
        np.testing.assert_array_equal(piecewise, expected)
    assert [(each.epochs, each.batches) for each in pieces.rungs] == reached(way)
    assert [each.score for each in pieces.rungs if each.epochs == 1] == [whole.history[0]["val_accuracy"]]
    assert pieces.files.keys() == whole.files.keys()
    for name, content in whole.files.items():
        assert pieces.files[name] == content, name
    return pieces
