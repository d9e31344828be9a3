"""Data that come in batches or from a function of the epoch: read, trained on, interrupted and gone on with."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from job.core.events import CheckpointLeft
from job.core.fingerprint import DataDescription
from job.core.objective import Objective
from job.core.randomness import Seeds
from job.core.space import Integer, Space
from job.errors import SettingsError
from job.state.directory import TrialFiles
from job.training import Advanced, Completed, Setup, Stopped, advance, evaluate
from job.training.looking import look
from job.training.weights import weights_of
from tests.fake_problems import streams
from tests.training.control import FakeControl, asks_at_every
from tests.training.test_fit import SETUP, weights

pytestmark = pytest.mark.slow

STREAMS = replace(
    SETUP,
    module="tests.fake_problems.streams",
    epochs=streams.EPOCHS,
    batch_size=streams.SIZE,
    objective=Objective("val_loss", "min"),
    rungs=(0.5, 1.0),
)


def setup_for(monkeypatch: pytest.MonkeyPatch, form: str) -> tuple[Setup, DataDescription]:
    monkeypatch.setattr(streams, "form", form)
    tf.config.experimental.enable_op_determinism()
    _, described = look(STREAMS, FakeControl())
    return replace(STREAMS, described=described), described


def train(directory: Path, control: FakeControl, setup: Setup) -> Advanced:
    return advance(setup, 1, streams.DEFAULT, setup.epochs, (), TrialFiles(directory), control)


def trained_in_pieces(directory: Path, setup: Setup, batches: int) -> tuple[Completed, int]:
    for pieces in range(1, 20):
        outcome = train(directory, FakeControl(asks_at_every(batches)), setup)
        if isinstance(outcome, Completed):
            return outcome, pieces
    raise AssertionError("the trial does not come to its end")


@pytest.mark.parametrize(
    "form", ["dataset", "filtered dataset", "py dataset", "function to arrays", "function to a dataset"]
)
def test_what_repeats_is_interrupted_anywhere_and_validated_at_rungs_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    setup, described = setup_for(monkeypatch, form)
    assert (described.train, described.validation, described.test, described.repeats) == (40, 40, 40, True)
    whole = train(tmp_path / "whole", FakeControl(), replace(setup, rungs=()))
    outcome, pieces = trained_in_pieces(tmp_path / "pieces", setup, 3)
    assert isinstance(whole, Completed) and pieces > 2
    assert outcome.history == whole.history
    assert [(each.epochs, each.batches) for each in outcome.rungs] == [(0.5, 3), (1.0, 5)]
    for one, other in zip(weights(tmp_path / "pieces"), weights(tmp_path / "whole"), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("form", ["shuffled dataset", "drifting py dataset"])
def test_what_does_not_repeat_is_gone_on_with_from_the_last_whole_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    setup, described = setup_for(monkeypatch, form)
    assert not described.repeats
    control = FakeControl(asks_at_every(8))  # after five batches and an epoch, in the middle of the second one
    assert train(tmp_path, control, setup) == Stopped()
    assert [(len(each.history), each.batch) for each in control.events if isinstance(each, CheckpointLeft)] == [(1, 0)]
    ended = train(tmp_path, FakeControl(), setup)
    assert isinstance(ended, Completed) and [each.epochs for each in ended.rungs] == [1.0]
    assert look(STREAMS, FakeControl())[0] == look(STREAMS, FakeControl())[0], "it is known again by what it looks like"


def test_a_batch_size_is_not_searched_nor_weights_given_for_what_is_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SPACE", Space((Integer("batch_size", 8, 16), *streams.SPACE.dimensions)))
    monkeypatch.setattr(streams, "DEFAULT", {**streams.DEFAULT, "batch_size": 8})
    with pytest.raises(SettingsError, match="expected no dimension batch_size where the training set is in batches"):
        look(STREAMS, FakeControl())
    with pytest.raises(SettingsError, match="fit_options: class_weight: expected none where the training set is not"):
        weights_of({"class_weight": {0: 1.0}}, streams.batches())


def test_a_best_model_is_tested_on_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setup, _ = setup_for(monkeypatch, "dataset")
    train(tmp_path, FakeControl(), setup)
    found = evaluate(setup, 1, streams.DEFAULT, TrialFiles(tmp_path).model, FakeControl())
    assert found.examples == streams.N and "loss" in found.test.metrics


def test_an_error_in_an_item_comes_out_as_it_was_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(streams.Augmented):
        def __getitem__(self, batch: int) -> tuple[Any, Any]:
            if batch == 2:
                raise KeyError("no such row")
            return super().__getitem__(batch)

    monkeypatch.setitem(streams.FORMS, "broken", Broken)
    monkeypatch.setattr(streams, "form", "broken")
    with pytest.raises(KeyError, match="no such row"):
        train(tmp_path, FakeControl(), STREAMS)


def test_a_py_dataset_is_told_of_its_epochs_as_often_as_keras_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from job.training.feeding import PyDatasetBatches

    told: list[str] = []

    class Telling(streams.Augmented):
        def on_epoch_begin(self) -> None:
            told.append("begin")

        def on_epoch_end(self) -> None:
            told.append("end")

    PyDatasetBatches(Telling(), Seeds(seed=1, trial=1)).epoch(2)
    assert told == ["begin", "end", "begin", "end", "begin"]


def test_batches_are_those_that_keras_would_train_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PyDataset of which nothing is drawn gives the weights of Keras's `fit` on its batches in the same order."""
    from job.training.feeding import batches_of

    class Plain(streams.Augmented):
        def __getitem__(self, batch: int) -> tuple[Any, Any]:
            return streams.X[batch * streams.SIZE :][: streams.SIZE], streams.Y[batch * streams.SIZE :][: streams.SIZE]

    trained = []
    for is_keras in (True, False):
        keras.utils.set_random_seed(5)
        model = streams.build_model(streams.DEFAULT, streams.load_data())
        epoch = batches_of(Plain(), 1, Seeds(seed=3, trial=1)).epoch(0)
        if is_keras:
            for x, y in epoch.as_numpy_iterator():
                model.train_on_batch(x, y)
        else:
            model.fit(epoch, shuffle=False, verbose=0)
        trained.append(model.get_weights())
    for one, other in zip(*trained, strict=True):
        np.testing.assert_array_equal(one, other)
