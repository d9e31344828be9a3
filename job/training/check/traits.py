"""All in which what a problem gives at one point may differ from what it gives at another, as texts to compare."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from job.training.callbacks.memory import Attributes
from job.training.packing import CannotPackError, Packer
from job.training.variables import digest_of
from job.training.workpiece import Workpiece

# Keras counts these on from one model of a process to the next.
_NAMES = {"name", "module_name", "registered_name"}


def traits_of(workpiece: Workpiece, fit_options: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the traits by what they are of; None for one that cannot be told."""
    model = workpiece.model
    return {
        "model": _model(model),
        "optimizer": _config(model.optimizer.get_config, model),
        "loss and metrics": _config(model.get_compile_config, model),
        "callbacks": _callbacks(workpiece.callbacks),
        "fit_options": _packed(dict(fit_options)),
        "batch size": str(workpiece.batch_size),
    }


def _model(model: keras.Model) -> str | None:
    shapes = [list(map(str, (each.shape, each.dtype, each.trainable))) for each in model.weights]
    config = _config(model.get_config, model)
    return None if config is None else json.dumps([config, shapes])


def _config(get: Any, model: keras.Model) -> str | None:
    try:
        return json.dumps(_nameless(get(), _names(model)), sort_keys=True, default=_as_text)
    except Exception:  # noqa: BLE001  (what a layer of the user's says of itself may fail in any way)
        return None


def _names(model: keras.Model) -> dict[str, str]:
    """Return what stands for the name of each layer: its place."""
    layers = model._flatten_layers(include_self=True, recursive=True)
    return {layer.name: f"layer {place}" for place, layer in enumerate(layers)}


def _nameless(config: Any, names: Mapping[str, str]) -> Any:
    if isinstance(config, Mapping):
        return {key: _nameless(each, names) for key, each in config.items() if key not in _NAMES}
    if isinstance(config, list | tuple):
        return [_nameless(each, names) for each in config]
    return names.get(config, config) if isinstance(config, str) else config


def _as_text(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return np.asarray(value).tolist()
    raise TypeError(type(value).__name__)


def _callbacks(callbacks: Sequence[keras.callbacks.Callback]) -> str | None:
    """Return the kinds of callbacks, and their attributes as a checkpoint would keep them."""
    try:
        told = [(type(each).__qualname__, Attributes(each, callbacks).remember()) for each in callbacks]
    except Exception:  # noqa: BLE001  (one that cannot be carried is told elsewhere)
        return None
    return _packed(told)


def _packed(value: Any) -> str | None:
    packer = Packer()
    try:
        packed = json.dumps(packer.pack(value))
    except CannotPackError:
        return None
    return packed + digest_of(packer.arrays)
