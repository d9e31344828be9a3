"""A problem whose trials train in each of the ways that are hard to interrupt, as their parameter `way` names it.

What callbacks write lies in `folder`, which the test gives.
"""

import json
import random
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from job.core.space import Categorical, Params, Space
from job.data import Data, DataSource, Images
from tests.fake_problems import tiny

EPOCHS = 3
BATCH_SIZE = 16
IMAGES = 72  # five batches in an epoch, the last of them half full
folder = Path()

_LAYERS: dict[str, Callable[[], list[keras.Layer]]] = {
    "augmentation": lambda: [keras.layers.RandomFlip(), keras.layers.RandomRotation(0.2), keras.layers.Flatten()],
}
_OPTIMIZERS: dict[str, Callable[[], keras.optimizers.Optimizer]] = {
    "ema": lambda: keras.optimizers.SGD(0.1, momentum=0.9, use_ema=True, ema_momentum=0.8),
    "overwriting ema": lambda: keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3),
    "swapped ema": lambda: keras.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.8),
    "ema swapped for checkpoints": lambda: keras.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.8),
    "mixed precision": lambda: keras.optimizers.LossScaleOptimizer(
        keras.optimizers.Adam(0.01), initial_scale=1e6, dynamic_growth_steps=3
    ),
    "accumulated gradients": lambda: keras.optimizers.Adam(0.05, gradient_accumulation_steps=3),
    "schedule": lambda: keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.8)),
    "early stopping": lambda: keras.optimizers.SGD(3.0),
}


class Recorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes down all that it is told, in attributes of every kind, and leaves them as a file at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.random, self.plain_random = np.random.default_rng(1), random.Random(2)
        self.mean = keras.metrics.Mean()
        self.told: list[Any] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.told = []
        self.alias = self.told
        self.batches: set[tuple[int, int]] = set()
        self.losses: dict[Any, float] = {}
        self.by_epoch: defaultdict[int, list[float]] = defaultdict(list)
        self.last: deque[float] = deque(maxlen=2)
        self.path = folder / "told.json"
        self._tell("on_train_begin", logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch
        self._tell("on_epoch_begin", epoch, logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._tell("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches.add((self.epoch, batch))
        self.losses[self.epoch, batch] = self.losses[batch] = logs["loss"]
        self.by_epoch[self.epoch].append(logs["loss"])
        self.last.append(logs["loss"])
        self.mean.update_state(logs["loss"])
        of_all = random.random(), np.random.random()  # noqa: NPY002  (as callbacks of others do)
        self.alias.append([self.random.random(), self.plain_random.random(), *of_all])
        self._tell("on_train_batch_end", batch, logs)

    def on_test_begin(self, logs: Any = None) -> None:
        self._tell("on_test_begin", logs)

    def on_test_end(self, logs: Any = None) -> None:
        self._tell("on_test_end", logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._tell("on_epoch_end", epoch, logs)

    def on_train_end(self, logs: Any = None) -> None:
        self._tell("on_train_end", logs, self.model.history.history, self.model.history.epoch)
        kept = [sorted(self.batches), sorted(self.losses.items(), key=str), self.by_epoch, list(self.last)]
        self.path.write_text(json.dumps([self.params, self.told, kept, float(self.mean.result())]))

    def _tell(self, hook: str, *what: Any) -> None:
        self.told.append(json.loads(json.dumps([hook, *what])))


class Thaw(keras.callbacks.Callback):  # type: ignore[misc]
    """Has the first layers learn too, from the second epoch on and with another optimizer."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == 1:
            self.model.trainable = True
            self.model.compile(
                keras.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"]
            )
            self.model.make_train_function()


def _with_closure(params: Params) -> keras.callbacks.Callback:
    losses: list[float] = []

    def save(logs: Any) -> None:
        (folder / "losses.json").write_text(json.dumps([params["way"], losses, logs]))

    return keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: losses.append(batch + logs["loss"]), on_train_end=save
    )


_CALLBACKS: dict[str, Callable[[Params], list[keras.callbacks.Callback]]] = {
    "swapped ema": lambda _: [keras.callbacks.SwapEMAWeights(), Recorder()],
    "ema swapped for checkpoints": lambda _: [
        keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
        keras.callbacks.ModelCheckpoint(folder / "{epoch}.weights.h5", save_weights_only=True),
    ],
    "early stopping": lambda _: [
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=1, restore_best_weights=True),
        Recorder(),
    ],
    "rates": lambda params: [
        keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=0, min_delta=10.0),
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * len(str(params["way"])) / 10 ** (epoch % 2)),
        Recorder(),
    ],
    "files": lambda params: [
        keras.callbacks.CSVLogger(folder / "log.csv", append=True),
        keras.callbacks.CSVLogger(folder / "new.csv", append=True),
        keras.callbacks.CSVLogger(folder / "another.csv", separator=";"),
        keras.callbacks.ModelCheckpoint(
            folder / "best.weights.h5", monitor="loss", save_best_only=True, save_weights_only=True
        ),
        keras.callbacks.ModelCheckpoint(folder / "{epoch}-{batch}.weights.h5", save_freq=3, save_weights_only=True),
        _with_closure(params),
    ],
    "event files": lambda _: [
        keras.callbacks.TensorBoard(folder / "epochs", histogram_freq=1),
        keras.callbacks.TensorBoard(folder / "batches", update_freq=1, write_graph=False),
    ],
    "not a number": lambda _: [keras.callbacks.TerminateOnNaN(), Recorder()],
    "two phases": lambda _: [Thaw(), Recorder()],
    "several at once": lambda _: [Recorder(), keras.callbacks.ProgbarLogger()],
}
WAYS = tuple(dict.fromkeys([*_CALLBACKS, *_OPTIMIZERS, *_LAYERS]))
SPACE = Space((Categorical("way", WAYS),))
DEFAULT: Params = {"way": WAYS[0]}


def load_data(source: DataSource, tell: Any) -> Data:
    data = tiny.load_data(source, tell)
    train = Images(data.train.images[:IMAGES], data.train.labels[:IMAGES])
    return replace(data, train=train)


def build_model(params: Params, data: Data) -> keras.Model:
    keras.utils.clear_session()  # so that layers get the names that they have in a process of its own
    way = str(params["way"])
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16" if way == "mixed precision" else "float32")
    try:
        first = _LAYERS.get(way, lambda: [keras.layers.Flatten()])()
        model = keras.Sequential(
            [
                keras.Input(data.train.images.shape[1:]),
                *first,
                keras.layers.Dense(6, activation="relu"),
                keras.layers.BatchNormalization(),
                keras.layers.Dropout(0.3),
                keras.layers.Dense(tiny.N_CLASSES, activation="softmax", dtype="float32"),
            ]
        )
    finally:
        keras.config.set_dtype_policy(policy)
    optimizer = _OPTIMIZERS.get(way, lambda: keras.optimizers.Adam(0.02))()
    for layer in model.layers[:2] if way == "two phases" else ():
        layer.trainable = False
    steps = 2 if way == "several at once" else 1
    model.compile(
        optimizer,
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
        steps_per_execution=steps,
    )
    return model


def callbacks(params: Params) -> list[keras.callbacks.Callback]:
    way = str(params["way"])
    return _CALLBACKS[way](params) if way in _CALLBACKS else []
