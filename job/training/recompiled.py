"""What a callback changes of a model itself, as fine-tuning does: which layers are trained, and how it is compiled."""

from typing import Any

import keras

from job.errors import SettingsError

# As JSON has it: `trainable` tells of each layer, the model first, and `compiled` is Keras's configuration.
Change = dict[str, Any]


class Recompiled:
    """A model as it is once all its layers are built, so that what is changed of it then can be kept and made again."""

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._built = self._parts()  # which also keeps them, lest another object take the place of one that is gone

    def take(self) -> Change | None:
        """Return what has been changed, None for nothing; raise SettingsError where that could not be made again."""
        (optimizer, loss, trainable), built = self._parts(), self._built
        if optimizer is built[0] and loss is built[1] and trainable == built[2]:
            return None
        config = self._model.get_compile_config()
        try:
            keras.saving.deserialize_keras_object(config)
        except (TypeError, ValueError) as error:
            raise SettingsError(
                f"callbacks: expected the model compiled with what Keras can save, found: {error}",
                hint="decorate a loss or a metric of your own with keras.saving.register_keras_serializable()",
            ) from error
        return {"trainable": trainable, "compiled": config}

    def put(self, change: Change) -> None:
        """Change the model, which is as it was built, as it had been changed."""
        layers = self._model._flatten_layers()
        for layer, is_trainable in zip(layers, change["trainable"], strict=True):  # a layer before those in it
            layer.trainable = is_trainable
        self._model.compile_from_config(change["compiled"])

    def _parts(self) -> tuple[Any, Any, list[bool]]:
        return self._model.optimizer, self._model.loss, _trainable(self._model)


def _trainable(model: keras.Model) -> list[bool]:
    return [bool(layer.trainable) for layer in model._flatten_layers()]
