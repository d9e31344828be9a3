"""The layers of a model and how they are connected, as data that tells them without Keras."""

import keras


def dump(model: keras.Model) -> bytes:
    """Return `model` as the JSON of Keras's `to_json`, a sequential one in the functional form, which tells the shapes.

    A model that is not made of connected layers, such as a subclassed one, has no layers in it. Raise what saving the
    model raises where it cannot be told as data.
    """
    if isinstance(model, keras.Sequential) and hasattr(model, "outputs"):  # else its input is not known yet
        model = keras.Model(model.inputs, model.outputs, name=model.name)
    return str(model.to_json()).encode()
