"""Optimizers to choose from, each with the parameter of its own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from job.core.space import Categorical, Dimension, Params, Real

if TYPE_CHECKING:
    import keras

OPTIMIZERS: Sequence[Dimension] = (
    Categorical("optimizer", ["adam", "adamw", "sgd", "rmsprop"]),
    Real("weight_decay", 1e-5, 1e-1, "log-uniform", when={"optimizer": ["adamw"]}),
    Real("momentum", 0.0, 0.99, when={"optimizer": ["sgd"]}),
    Real("rho", 0.8, 0.99, when={"optimizer": ["rmsprop"]}),
)


def optimizer(params: Params) -> "keras.Optimizer":
    """Return the optimizer, with Keras's default for what is not in `params`."""
    from keras import optimizers

    kinds = {
        "adam": (optimizers.Adam, ()),
        "adamw": (optimizers.AdamW, ("weight_decay",)),
        "sgd": (optimizers.SGD, ("momentum",)),
        "rmsprop": (optimizers.RMSprop, ("rho",)),
    }
    kind, names = kinds[str(params["optimizer"])]
    return kind(params["learning_rate"], **{name: params[name] for name in names if name in params})
