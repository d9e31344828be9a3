"""The convolutional network of Hvass-Labs' TensorFlow tutorial 19, "Hyper-Parameters", and what its exercises vary."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from job.core.space import Categorical, Dimension, Integer, Ordinal, Params, Real, Value
from job.data import Data
from job.problems.optimizers import OPTIMIZERS, optimizer

if TYPE_CHECKING:
    import keras

# What the tutorial has, of what `further_dimensions` may have otherwise.
TUTORIAL: Mapping[str, Value] = {
    "num_conv_layers": 2,
    "kernel_size": 5,
    "filters_1": 16,
    "filters_2": 36,
    "batch_normalization": False,
    "dropout": 0.0,
    "augmentation": "none",
    "optimizer": "adam",
}
_FILTERS = 36  # of a third layer and further ones
_NONE, _SHIFT, _SHIFT_AND_ROTATE = AUGMENTATIONS = ("none", "shift", "shift+rotate")
# How far images are moved at most: as a share of their sides, and of a whole turn.
_LARGEST_SHIFT, _LARGEST_TURN = 0.08, 0.03
# Keras's 0.99 takes hundreds of batches to know the statistics, which a trial may not have.
_NORMALIZATION_MOMENTUM = 0.9


def further_dimensions(*, image_size: int) -> list[Dimension]:
    """Return what may be searched of the network beside the tutorial's dimensions.

    `image_size` is the shorter side of the images in pixels, which each layer's pooling halves, down to one pixel.
    """
    depths = range(1, image_size.bit_length())
    return [
        Ordinal("num_conv_layers", list(depths)),
        *(_filters(number, [each for each in depths if each >= number]) for number in depths),
        Integer("kernel_size", 3, 7, step=2),
        Categorical("batch_normalization", [False, True]),
        Real("dropout", 0.0, 0.5, step=0.05),
        Ordinal("augmentation", AUGMENTATIONS),
        *OPTIMIZERS,
        Ordinal("batch_size", [32, 64, 128, 256]),
    ]


def build_model(params: Params, data: Data) -> "keras.Model":
    """Return the compiled network for `data`'s images, as float32 in [0, 1], and their labels.

    `params` has `learning_rate` of the optimizer, `num_dense_layers`, `num_dense_nodes` in each of them, and
    `activation` of all layers but the last. What it lacks of `further_dimensions` is as in the tutorial.
    """
    import keras

    params = {**TUTORIAL, **params}
    shape = data.train.images.shape[1:]
    model = keras.Sequential([keras.Input(shape)])
    for layer in _layers(params, image_size=min(shape[:2]), classes=len(data.class_names)):
        model.add(layer)
    model.compile(
        optimizer=optimizer(params),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,  # XLA makes an epoch on a CPU 2 to 5 times slower, and is not deterministic
    )
    return model


def _filters(number: int, depths: list[int]) -> Dimension:
    """Return the filters of a layer, which is there in networks of these depths."""
    when: dict[str, list[Value]] = {} if number == 1 else {"num_conv_layers": [*depths]}
    return Integer(f"filters_{number}", 8, 64, "log-uniform", when=when)


def _layers(params: Params, *, image_size: int, classes: int) -> "Iterator[keras.Layer]":
    from keras import layers

    yield from _augmentation(params)
    for number in range(1, int(params["num_conv_layers"]) + 1):
        yield from _convolution(params, number)
        if image_size > 1:
            yield layers.MaxPooling2D(2, name=f"layer_pool{number}")
            image_size //= 2
    yield layers.Flatten(name="layer_flatten")
    for number in range(1, int(params["num_dense_layers"]) + 1):
        yield layers.Dense(params["num_dense_nodes"], activation=params["activation"], name=f"layer_dense_{number}")
        if params["dropout"]:
            yield layers.Dropout(params["dropout"], name=f"layer_dropout_{number}")
    yield layers.Dense(classes, activation="softmax", name="layer_out")


def _augmentation(params: Params) -> "Iterator[keras.Layer]":
    """Yield layers that move images in training, and leave them alone elsewhere; what comes in is black."""
    from keras import layers

    filling: dict[str, Any] = {"fill_mode": "constant", "fill_value": 0.0}
    if params["augmentation"] != _NONE:
        yield layers.RandomTranslation(_LARGEST_SHIFT, _LARGEST_SHIFT, **filling, name="layer_shift")
    if params["augmentation"] == _SHIFT_AND_ROTATE:
        yield layers.RandomRotation(_LARGEST_TURN, **filling, name="layer_rotate")


def _convolution(params: Params, number: int) -> "Iterator[keras.Layer]":
    """Yield a convolutional layer, whose sums may be normalized before its activation (Ioffe and Szegedy 2015)."""
    from keras import layers

    filters, name = params.get(f"filters_{number}", _FILTERS), f"layer_conv{number}"
    activation = None if params["batch_normalization"] else params["activation"]
    yield layers.Conv2D(filters, params["kernel_size"], padding="same", activation=activation, name=name)
    if params["batch_normalization"]:
        yield layers.BatchNormalization(momentum=_NORMALIZATION_MOMENTUM, name=f"layer_norm{number}")
        yield layers.Activation(params["activation"], name=f"layer_activation{number}")
