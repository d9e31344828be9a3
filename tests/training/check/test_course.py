"""What a try of a problem finds in it that would fail in a search, with file and line."""

from pathlib import Path

import pytest

from job import problems
from job.check.points import probes
from job.data import DataSource
from job.run.in_force import asked_of
from job.settings import Settings
from job.training import setup_of
from job.training.check import Order, try_out
from job.training.check.facts import Finding, Severity, Stepped, Trained

pytestmark = pytest.mark.slow

PROBLEM = """import keras
import numpy as np
from job import Categorical, Data

SPACE = [Categorical("kind", ["plain", "raising", "uncompiled"])]
EPOCHS = 2
BATCH_SIZE = 10
OBJECTIVE = "val_accuracy:max"


def load_data():
    random = np.random.default_rng(0)
    x, y = random.random((60, 3)), random.integers(0, 3, 60)
    return Data(train=(x[:40], y[:40]), validation=(x[40:], y[40:]))


class Own(keras.layers.Layer):
    def call(self, x):
        return x


class Noting(keras.callbacks.Callback):
    pass


def build_model(kind):
    if kind == "raising":
        raise ValueError("no such kind")
    model = keras.Sequential([keras.Input((3,)), Own(), keras.layers.Dense(3, activation="softmax")])
    if kind == "plain":
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def callbacks():
    return [Noting()]
"""


class Told(list[object]):
    def tell(self, event: object) -> None:
        self.append(event)

    @property
    def findings(self) -> list[Finding]:
        return [each for each in self if isinstance(each, Finding)]


def tried(folder: Path, *changes: tuple[str, str], steps: int = 1) -> Told:
    """Return what is told of the problem with these changes, of the first point and a batch at so many."""
    text = PROBLEM
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (file := folder / "churn.py").write_text(text)
    settings = Settings(problem=str(file))
    fingerprint = asked_of(settings, None, lambda problem: problems.load(problem).declared).fingerprint
    points = tuple(each.params for each in probes(fingerprint.space, fingerprint.given, seed=0))
    setup, told = setup_of(fingerprint, DataSource()), Told()
    order = Order(
        setup=setup, space=fingerprint.space, points=points, first=0, to_step=tuple(range(steps)), to_train=()
    )
    try_out(order, told)
    return told


def line_of(text: str) -> str:
    return f"churn.py, line {PROBLEM.splitlines().index(text) + 1}"


def test_what_raises_or_is_not_compiled_is_told_with_its_point_and_his_traceback(tmp_path: Path) -> None:
    told = tried(tmp_path, steps=3)
    raising, uncompiled = told.findings
    assert raising.told == "ValueError: no such kind"
    assert raising.place == line_of('        raise ValueError("no such kind")')
    assert raising.details.startswith("Traceback") and raising.details.count("File") == 1
    assert uncompiled.told.startswith("build_model: expected a compiled model")
    assert uncompiled.place == line_of("def build_model(kind):")
    assert (raising.point, uncompiled.point) == (1, 2)
    (trained,) = (each for each in told if isinstance(each, Trained))
    assert trained.batches == 4 and trained.batch_seconds and trained.memory_bytes


def test_labels_beyond_the_width_of_the_output_are_told_once_and_nothing_is_trained_on_them(tmp_path: Path) -> None:
    told = tried(tmp_path, ("random.integers(0, 3, 60)", "random.integers(0, 4, 60)"))
    train, validation = told.findings
    assert train.told.startswith("train: y: expected labels from 0 to 2, as the output of the model is 3 wide, found ")
    assert train.place == line_of("def load_data():") and validation.told.startswith("validation: y: ")


def test_a_random_layer_that_does_not_go_on_as_it_would_have_is_named(tmp_path: Path) -> None:
    (found,) = tried(tmp_path, ("return x\n", "import tensorflow as tf; return x + tf.random.normal((3,))\n")).findings
    assert found.severity is Severity.WARNING and "does not go on with the same bits" in found.told
    assert found.told.endswith("the layers that are not of Keras are Own")


def test_steps_of_a_model_of_ones_own_are_given_batches_as_fit_gives_them(tmp_path: Path) -> None:
    unpacking = "        x, y = data\n        return super().{}_step((x, y))\n"
    steps = (f"    def {each}_step(self, data):\n{unpacking.format(each)}" for each in ("train", "test"))
    own = f"class Pairs(keras.Sequential):\n{''.join(steps)}\n\nclass Noting("
    told = tried(tmp_path, ("class Noting(", own), ("model = keras.Sequential(", "model = Pairs("))
    assert told.findings == [] and any(isinstance(each, Stepped) for each in told)


def test_a_validation_between_two_batches_that_changes_the_training_is_told(tmp_path: Path) -> None:
    own = """class Odd(keras.Sequential):
    validations = 0

    def test_step(self, data):
        self.validations += 1
        return super().test_step(data)

    def train_step(self, data):
        x, y = data
        return super().train_step((x * self.validations, y))


class Noting("""
    compiled = ('metrics=["accuracy"])', 'metrics=["accuracy"], run_eagerly=True)')
    (found,) = tried(tmp_path, ("class Noting(", own), ("model = keras.Sequential(", "model = Odd("), compiled).findings
    assert found.severity is Severity.WARNING
    assert found.told.startswith("a trial that is interrupted, or validated within an epoch, does not go on with")


def test_a_model_of_ones_own_class_that_is_built_with_its_first_batch_is_tried_like_any_other(tmp_path: Path) -> None:
    lazy = "keras.Sequential([Own(), keras.layers.Dense(3, "
    told = tried(tmp_path, ("keras.Sequential([keras.Input((3,)), Own(), keras.layers.Dense(3, ", lazy))
    assert told.findings == [] and any(isinstance(each, Stepped) for each in told)


def test_an_objective_that_is_not_reported_is_told_with_those_that_are(tmp_path: Path) -> None:
    plain = ("return [Noting()]", "return []")
    first, *_ = tried(tmp_path, ("val_accuracy:max", "val_acc:max"), plain).findings
    assert first.told == "--objective: the model reports no 'val_acc'" and "val_accuracy" in first.hint


def test_a_callback_that_cannot_be_carried_over_is_told_with_its_attribute(tmp_path: Path) -> None:
    locking = "    def __init__(self):\n        import threading\n        self.key = threading.Lock()\n"
    (found,) = tried(tmp_path, ("    pass\n", locking)).findings
    assert "found in Noting.key: lock" in found.told and found.place.startswith("churn.py, line ")


def test_missing_numbers_that_a_model_takes_as_they_are_make_its_loss_none(tmp_path: Path) -> None:
    note, *_, lost = tried(tmp_path, ("    return Data(", "    x[39, 0] = np.nan\n    return Data(")).findings
    assert note.severity is Severity.NOTE and "1 NaN, in 1 of 40 rows" in note.told
    assert lost.severity is Severity.ERROR
    assert lost.told == "the loss of examples of train with inputs that are no finite numbers is nan"


def test_batches_that_do_not_come_again_are_told_and_are_not_expected_to_go_on_within_an_epoch(tmp_path: Path) -> None:
    shuffled = """    import tensorflow as tf
    data = tf.data.Dataset.from_tensor_slices((x, y))
    return Data(train=data.take(50).shuffle(50).batch(10), validation=data.skip(40).batch(10))
"""
    before = "    return Data(train=(x[:40], y[:40]), validation=(x[40:], y[40:]))\n"
    leak, note = sorted(tried(tmp_path, (before, shuffled)).findings, key=lambda each: each.severity, reverse=True)
    assert note.severity is Severity.NOTE and "a trial goes on from its last whole epoch" in note.told
    assert "function of the epoch" in note.hint
    assert leak.told.startswith("10 of 20 examples of validation are in train too, by their inputs")


def test_data_that_are_others_each_time_they_are_read_are_told(tmp_path: Path) -> None:
    (found,) = tried(tmp_path, ("default_rng(0)", "default_rng()")).findings
    assert found.severity is Severity.ERROR and found.told.endswith("train has other examples the second time")
