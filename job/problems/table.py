"""A dense network on a table in a CSV file of the user's, which tells one of its columns by the others."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from job.core.events import Event
from job.core.space import Categorical, Integer, Ordinal, Params, Real
from job.data import Data, DataSource, table
from job.problems.optimizers import OPTIMIZERS, optimizer

if TYPE_CHECKING:
    import keras

SPACE = [
    Real("learning_rate", 1e-4, 1e-1, "log-uniform"),
    Integer("num_dense_layers", 1, 4),
    Integer("num_dense_nodes", 8, 256, "log-uniform"),
    Categorical("activation", ["relu", "tanh", "sigmoid"]),
    Real("dropout", 0.0, 0.5, step=0.05),
]
DEFAULT: Params = {
    "learning_rate": 1e-3,
    "num_dense_layers": 2,
    "num_dense_nodes": 64,
    "activation": "relu",
    "dropout": 0.0,
}
EPOCHS = 20
BATCH_SIZE = 32
SPACES = {
    "wide": [
        *SPACE,
        Categorical("batch_normalization", [False, True]),
        *OPTIMIZERS,
        Ordinal("batch_size", [16, 32, 64, 128, 256]),
    ]
}
# What the network has where only SPACE is searched.
_NARROW: Params = {"batch_normalization": False, "optimizer": "adam"}
DEFAULTS = {"wide": {**DEFAULT, **_NARROW, "batch_size": BATCH_SIZE}}
OBJECTIVE = "val_loss:min"  # of classes and of amounts alike
OPTIONS = ("label_column", "strict")


# Keras's 0.99 takes hundreds of batches to know the statistics, which a trial may not have.
_NORMALIZATION_MOMENTUM = 0.9


def load_data(source: DataSource, tell: Callable[[Event], None]) -> Data:
    """Return the rows: eight tenths to train, one to validate and one to test."""
    return table.load(source, tell)


def build_model(params: Params, data: Data) -> "keras.Model":
    """Return the compiled network, which takes columns by their names as they stand in `data`.

    `params` has `learning_rate` of the optimizer, `num_dense_layers`, `num_dense_nodes` in each of them, their
    `activation`, and the share that `dropout` leaves out after each. It ends in the probabilities of classes; or in an
    amount, whose loss is the mean squared error as a share of the labels' variance: 1 for always telling their mean.
    """
    import keras

    params = {**_NARROW, **params}
    x, _ = data.train
    inputs = {name: _input(name, column) for name, column in x.items()}
    hidden = _encoded(inputs, x)
    for layer in _hidden_layers(params):
        hidden = layer(hidden)
    output, told = _ending(hidden, data)
    model = keras.Model(inputs, output)
    model.compile(optimizer=optimizer(params), **told, jit_compile=False)  # XLA has no texts
    return model


def _input(name: str, column: NDArray[Any]) -> "keras.KerasTensor":
    import keras

    return keras.Input((1,), name=name, dtype="float32" if column.dtype.kind == "f" else "string")


def _encoded(inputs: "Mapping[str, keras.KerasTensor]", x: Mapping[str, NDArray[Any]]) -> "keras.KerasTensor":
    """Return what the network sees of a row: numbers of mean 0 and variance 1, and a place for each category.

    A number that is missing is 0, their mean, and has a 1 in a place of its own. A category that no training row has
    is one of its own too, as what is missing is.
    """
    from keras import layers, ops

    numbers = [name for name, column in x.items() if column.dtype.kind == "f"]
    lacking = [name for name in numbers if np.isnan(x[name]).any()]
    encoded = []
    if numbers:
        means, deviations = zip(*(_mean_and_deviation(x[name]) for name in numbers), strict=True)
        scaled = layers.Normalization(mean=means, variance=np.square(deviations).tolist(), name="layer_scaled")
        encoded.append(ops.nan_to_num(scaled(_together([inputs[name] for name in numbers], "layer_numbers"))))
    if lacking:
        encoded.append(ops.cast(ops.isnan(_together([inputs[name] for name in lacking], "layer_lacking")), "float32"))
    for number, name in enumerate((name for name in inputs if name not in numbers), start=1):
        vocabulary = sorted({str(text) for text in x[name]})
        lookup = layers.StringLookup(vocabulary=vocabulary, output_mode="one_hot", name=f"layer_lookup_{number}")
        encoded.append(lookup(inputs[name]))
    return _together(encoded, "layer_columns")


def _hidden_layers(params: Params) -> "Iterator[keras.Layer]":
    from keras import layers

    for number in range(1, int(params["num_dense_layers"]) + 1):
        yield layers.Dense(params["num_dense_nodes"], name=f"layer_dense_{number}")
        if params["batch_normalization"]:
            yield layers.BatchNormalization(momentum=_NORMALIZATION_MOMENTUM, name=f"layer_norm_{number}")
        yield layers.Activation(params["activation"], name=f"layer_activation_{number}")
        if params["dropout"]:
            yield layers.Dropout(params["dropout"], name=f"layer_dropout_{number}")


def _ending(hidden: "keras.KerasTensor", data: Data) -> "tuple[keras.KerasTensor, dict[str, Any]]":
    """Return what the network ends in, and what Keras's `compile` is told of it."""
    from keras import layers

    if data.class_names:
        output = layers.Dense(len(data.class_names), activation="softmax", name="layer_out")(hidden)
        return output, {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
    mean, deviation = _mean_and_deviation(data.train[1])
    amount = layers.Dense(1, name="layer_out")(hidden)
    output = layers.Rescaling(deviation, offset=mean, name="layer_amount")(amount)
    weight = deviation**-2
    return output, {"loss": "mean_squared_error", "loss_weights": weight, "metrics": ["mean_absolute_error"]}


def _together(columns: "list[keras.KerasTensor]", name: str) -> "keras.KerasTensor":
    from keras import layers

    return layers.Concatenate(name=name)(columns) if len(columns) > 1 else columns[0]


def _mean_and_deviation(numbers: NDArray[Any]) -> tuple[float, float]:
    """Return the mean and the standard deviation of the numbers that are not missing; 0 and 1 where none has any."""
    known = numbers[np.isfinite(numbers)].astype(np.float64)
    mean, deviation = (float(known.mean()), float(known.std())) if len(known) else (0.0, 1.0)
    return mean, deviation or 1.0
