"""What callbacks remember between attempts at a trial, and what is refused before the first of them trains."""

import io
import random
import threading
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from job.errors import SettingsError
from job.training.callbacks import carry
from job.training.callbacks.carrier import Carrier
from job.training.checkpoint import Memory

pytestmark = pytest.mark.slow


class Holder(keras.callbacks.Callback):  # type: ignore[misc]
    """Holds whatever it is given."""

    def __init__(self, **things: object) -> None:
        super().__init__()
        for name, thing in things.items():
            setattr(self, name, thing)


class Declaring(Holder):
    """Says itself what is no state."""

    not_state = frozenset({"lock"})


@pytest.fixture(scope="module")
def model() -> keras.Model:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"], jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    return model


def begun(callback: keras.callbacks.Callback, model: keras.Model, memory: Memory | None = None) -> Carrier:
    """Return what carries `callback`, as at the beginning of an attempt that goes on with `memory`."""
    (carrier,) = carry([callback])
    callback.set_model(model)
    carrier.prepare(memory, lambda _: None)
    carrier.take_up(memory)
    return carrier


def test_functions_take_what_they_have_from_around_them_along(model: keras.Model) -> None:
    def counting() -> Any:
        count, seen = 0, list[int]()

        def see(number: int, *, also: list[int] = []) -> tuple[int, list[int], list[int]]:  # noqa: B006
            nonlocal count
            count += 1
            seen.append(number)
            also.append(number)
            return count, seen, also

        return see

    first = Holder(see=counting())
    carrier = begun(first, model)
    first.see(5)
    second = Holder(see=counting())
    begun(second, model, carrier.remember())

    assert second.see(6) == (2, [5, 6], [5, 6])


@pytest.mark.parametrize(
    ("make", "draw"),
    [
        (lambda: np.random.default_rng(1), lambda made: made.random()),
        (lambda: np.random.RandomState(1), lambda made: made.random_sample()),
        (lambda: random.Random(1), lambda made: made.random()),
        (lambda: keras.random.SeedGenerator(1), lambda made: float(keras.random.uniform((), seed=made))),
        (lambda: tf.Variable(1.0), lambda made: float(made.assign_add(1.0))),
        (keras.metrics.Mean, lambda made: (made.update_state(3.0 + float(made.count)), float(made.result()))),
    ],
    ids=["generator", "old generator", "python's generator", "keras's generator", "variable", "metric"],
)
def test_what_a_callback_draws_and_counts_goes_on(model: keras.Model, make: Any, draw: Any) -> None:
    whole = make()
    expected = [draw(whole) for _ in range(4)]
    first = Holder(thing=make())
    carrier = begun(first, model)
    drawn = [draw(first.thing), draw(first.thing)]
    second = Holder(thing=make())
    begun(second, model, carrier.remember())

    assert [*drawn, draw(second.thing), draw(second.thing)] == expected


def test_a_tensor_comes_back_as_a_tensor(model: keras.Model) -> None:
    first = Holder(best=None)
    carrier = begun(first, model)
    first.best = tf.constant([1.5, 2.5])
    second = Holder(best=None)
    begun(second, model, carrier.remember())

    assert isinstance(second.best, tf.Tensor) and second.best.numpy().tolist() == [1.5, 2.5]


def test_parts_of_the_model_and_constant_things_are_left_as_they_are(model: keras.Model) -> None:
    def holder() -> Holder:
        part = keras.Model(model.inputs, model.layers[0].output)
        callback = Holder(layer=model.layers[0], part=part, loss=keras.losses.MeanSquaredError(), module=np)
        callback.own = callback.on_epoch_end
        callback.again = callback
        return callback

    carrier = begun(holder(), model)
    second = holder()
    before = dict(vars(second))
    begun(second, model, carrier.remember())

    assert all(vars(second)[name] is before[name] for name in ("layer", "part", "loss", "module", "own", "again"))


def test_collections_of_such_things_take_each_along(model: keras.Model) -> None:
    def holder() -> Holder:
        kinds = {"mean": keras.metrics.Mean(), "best": 0.0}
        return Holder(kinds=kinds, pair=(random.Random(1), [1]), layers=[*model.layers])

    first = holder()
    carrier = begun(first, model)
    first.kinds["mean"].update_state(3.0)
    first.kinds["best"] = 2.0
    first.pair[1].append(first.pair[0].random())
    second = holder()
    begun(second, model, carrier.remember())

    assert float(second.kinds["mean"].result()) == 3.0 and second.kinds["best"] == 2.0
    assert second.pair[1] == first.pair[1] and second.pair[0].random() == first.pair[0].random()
    assert second.layers == model.layers


def test_a_collection_whose_things_training_has_exchanged_is_refused(model: keras.Model) -> None:
    callback = Holder(means=[keras.metrics.Mean(), keras.metrics.Mean()])
    carrier = begun(callback, model)
    callback.means.reverse()

    with pytest.raises(SettingsError, match=r"Holder\.means: list of Mean"):
        carrier.remember()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lock", threading.Lock()),
        ("file", io.TextIOWrapper(io.BytesIO())),
        ("stream", iter([1])),
        ("things", [object()]),
        ("early", keras.callbacks.EarlyStopping()),
        ("objects", np.array([None], dtype=object)),
    ],
)
def test_what_cannot_be_carried_over_is_refused_by_name(model: keras.Model, name: str, value: object) -> None:
    carrier = begun(Holder(**{name: value}), model)

    with pytest.raises(SettingsError, match=rf"Holder\.{name}") as caught:
        carrier.remember()
    assert f'not_state = {{"{name}"}}' in caught.value.hint


def test_a_function_that_holds_what_cannot_be_carried_over_is_refused(model: keras.Model) -> None:
    lock = threading.Lock()
    carrier = begun(Holder(guarded=lambda: lock), model)

    with pytest.raises(SettingsError, match=r"Holder\.guarded: .*lock"):
        carrier.remember()


def test_a_thing_that_training_has_made_is_refused_though_one_of_the_constructor_would_not_be(
    model: keras.Model,
) -> None:
    callback = Holder(mean=None)
    carrier = begun(callback, model)
    callback.mean = keras.metrics.Mean()

    with pytest.raises(SettingsError, match=r"Holder\.mean: Mean"):
        carrier.remember()


def test_what_a_class_declares_to_be_no_state_is_left_alone(model: keras.Model) -> None:
    carrier = begun(Declaring(lock=threading.Lock(), wait=1), model)
    second = Declaring(lock=threading.Lock(), wait=0)
    own = second.lock
    begun(second, model, carrier.remember())

    assert second.wait == 1 and second.lock is own


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (keras.callbacks.BackupAndRestore, "BackupAndRestore"),
        (lambda folder: keras.callbacks.TensorBoard(folder, profile_batch=2), "profile_batch"),
        (lambda folder: keras.callbacks.TensorBoard("gs://bucket/logs"), "gs://bucket/logs"),
        (lambda folder: keras.callbacks.CSVLogger("gs://bucket/log.csv"), "gs://bucket/log.csv"),
    ],
    ids=["BackupAndRestore", "profile", "remote events", "remote table"],
)
def test_callbacks_of_kerass_own_that_cannot_go_on_are_refused(
    tmp_path: Path, model: keras.Model, make: Any, found: str
) -> None:
    with pytest.raises(SettingsError, match=found):
        begun(make(tmp_path), model)


@pytest.mark.parametrize(
    "callback",
    [
        keras.callbacks.EarlyStopping(restore_best_weights=True),
        keras.callbacks.History(),
        keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch)),
        keras.callbacks.LearningRateScheduler(lambda epoch: 0.1),
        keras.callbacks.ModelCheckpoint("a.keras"),
        keras.callbacks.ProgbarLogger(),
        keras.callbacks.ReduceLROnPlateau(),
        keras.callbacks.RemoteMonitor(),
        keras.callbacks.SwapEMAWeights(),
        keras.callbacks.TerminateOnNaN(),
    ],
    ids=lambda callback: type(callback).__name__,
)
def test_callbacks_of_kerass_own_are_taken(model: keras.Model, callback: keras.callbacks.Callback) -> None:
    carrier = begun(callback, model)
    callback.on_train_begin()

    assert set(carrier.remember()) == {"attributes"}
