"""The convolutional network of Hvass-Labs' TensorFlow tutorial 19, "Hyper-Parameters"."""

from typing import TYPE_CHECKING

from job.core.space import Params
from job.data import Data

if TYPE_CHECKING:
    import keras


def build_model(params: Params, data: Data) -> "keras.Model":
    """Return the compiled network for `data`'s images, as float32 in [0, 1], and their labels.

    `params` has `learning_rate` of Adam, `num_dense_layers`, `num_dense_nodes` in each of them, and `activation` of
    all layers but the last. Images have sides of 4 pixels or more.
    """
    import keras
    from keras import layers

    activation = params["activation"]
    model = keras.Sequential([keras.Input(data.train.images.shape[1:])])
    for number, filters in enumerate((16, 36), start=1):
        model.add(layers.Conv2D(filters, 5, padding="same", activation=activation, name=f"layer_conv{number}"))
        model.add(layers.MaxPooling2D(2, name=f"layer_pool{number}"))
    model.add(layers.Flatten(name="layer_flatten"))
    for number in range(1, int(params["num_dense_layers"]) + 1):
        model.add(layers.Dense(params["num_dense_nodes"], activation=activation, name=f"layer_dense_{number}"))
    model.add(layers.Dense(len(data.class_names), activation="softmax", name="layer_out"))
    model.compile(
        optimizer=keras.optimizers.Adam(params["learning_rate"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,  # XLA makes an epoch on a CPU 2 to 5 times slower, and is not deterministic
    )
    return model
