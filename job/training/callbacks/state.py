"""What can change in a thing that a callback holds, as data, and putting it back into the same thing made again."""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from types import CellType, FunctionType, MethodType, ModuleType
from typing import Any, cast

import keras
import numpy as np
import tensorflow as tf

from job.training.packing import CannotPackError, Packer, can_pack
from job.training.variables import assign, values_of

# What is kept of one thing: data of which the only key tells what it is.
Kept = dict[str, Any]

# Things that are the same from beginning to end.
_CONSTANT = (
    *(keras.losses.Loss, keras.optimizers.schedules.LearningRateSchedule, keras.initializers.Initializer),
    *(keras.regularizers.Regularizer, ModuleType, logging.Logger, tf.data.Dataset),
)
# Those that make up a model or compute with one, and keep all that changes in variables.
_OF_VARIABLES = (keras.layers.Layer, keras.metrics.Metric, keras.optimizers.Optimizer)
# Generators of random numbers, by what they are called here: the type, and how their state is taken and put back.
_GENERATORS: Mapping[str, tuple[type, Callable[[Any], Any], Callable[[Any, Any], None]]] = {
    "generator": (
        np.random.Generator,
        lambda generator: generator.bit_generator.state,
        lambda generator, state: setattr(generator.bit_generator, "state", state),
    ),
    "random state": (np.random.RandomState, lambda old: old.get_state(legacy=False), np.random.RandomState.set_state),
    "random": (random.Random, random.Random.getstate, random.Random.setstate),
}


class CannotCarryError(Exception):
    """What the message names by its type has no state that could be taken."""

    def __init__(self, thing: object) -> None:
        super().__init__(_name_of(thing))


def take_value(value: object) -> Kept | None:
    """Return a value that is data, whoever made it; None for another thing."""
    if isinstance(value, tf.Tensor):
        return {"tensor": keras.ops.convert_to_numpy(value)}
    return {"value": value} if can_pack(value) else None


def take_made(thing: Any, model: keras.Model, callbacks: Sequence[keras.callbacks.Callback]) -> Kept:
    """Return the state of a thing that is made again in each attempt, beside a model and callbacks that are kept too.

    Raise CannotCarryError for one whose state is not known.
    """
    taker = _Taker(model, callbacks)
    try:
        return taker.take(thing)
    except RecursionError:
        raise CannotCarryError(thing) from None


def things_in(value: object) -> list[tuple[object, int]]:
    """Return where in a list, tuple or dictionary something stands that is no data, and the identity of it."""
    items = _items(value)
    return [(key, id(each)) for key, each in items if not can_pack(each)] if items else []


def put(made: Any, kept: Kept) -> Any:
    """Return the value that was kept, or `made` with the state that was; raise ValueError where it does not fit."""
    kind, state = next(iter(kept.items()))
    match kind:
        case "value":
            return state
        case "tensor":
            return tf.convert_to_tensor(state)
        case "variables":
            assign(_variables_of(made) or (), state)
        case "function":
            for set_held, held, of_held in zip(_setters(made), _held_by(made), state, strict=True):
                set_held(put(held, of_held))
        case "method":
            put(made.__self__, state)
        case "items":
            return _put_items(made, state)
        case _ if kind in _GENERATORS:
            _GENERATORS[kind][2](made, state)
    return made


class _Taker:
    def __init__(self, model: keras.Model, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        self._kept_anyway = (model, model.optimizer, *callbacks)
        variables = (*model.variables, *model.optimizer.variables, *model.metrics_variables)
        self._variables = {id(variable) for variable in variables}

    def take(self, thing: Any) -> Kept:
        if self._is_kept_anyway(thing):
            return {"same": True}
        if (variables := _variables_of(thing)) is not None:
            return {"variables": values_of(variables)}
        if isinstance(thing, FunctionType):
            return {"function": [take_value(held) or self.take(held) for held in _held_by(thing)]}
        if isinstance(thing, MethodType):
            return {"method": self.take(thing.__self__)}
        if (items := _items(thing)) is not None:
            return {"items": [(key, take_value(each) or self.take(each)) for key, each in items]}
        for name, (kind, state_of, _) in _GENERATORS.items():
            if isinstance(thing, kind):
                return {name: state_of(thing)}
        raise CannotCarryError(thing)

    def _is_kept_anyway(self, thing: object) -> bool:
        """Tell whether the checkpoint has `thing` already, or it never changes."""
        if any(thing is each for each in self._kept_anyway) or isinstance(thing, _CONSTANT):
            return True
        variables = _variables_of(thing)
        return variables is not None and {id(variable) for variable in variables} <= self._variables


def _name_of(thing: object) -> str:
    kind = type(thing).__qualname__
    try:
        Packer().pack(thing)
    except CannotPackError as error:
        found = str(error)
        return found if found.startswith(kind) else f"{kind} of {found}"
    return kind


def _items(value: object) -> list[tuple[Any, Any]] | None:
    """Return what a list, tuple or dictionary holds, with where it does; None for another thing."""
    if type(value) in (list, tuple):
        return list(enumerate(cast(Sequence[Any], value)))
    return list(value.items()) if isinstance(value, dict) and type(value) is dict else None


def _put_items(made: Any, kept: Sequence[tuple[Any, Kept]]) -> Any:
    """Return `made` with what it held, of which it has made anew what is no data."""
    before = dict(_items(made) or ())
    items = {key: put(before.get(key), state) for key, state in kept}
    if isinstance(made, dict):
        made.clear()
        made.update(items)
        return made
    if isinstance(made, list):
        made[:] = items.values()
        return made
    return tuple(items.values())


def _cells(function: FunctionType) -> list[CellType]:
    """Return the variables of other functions that `function` uses."""
    return [cell for cell in function.__closure__ or () if _is_filled(cell)]


def _is_filled(cell: CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:  # a name that has no value yet
        return False


def _held_by(function: FunctionType) -> list[object]:
    """Return what a function holds: what it has taken from around it, and its default arguments."""
    return [*(cell.cell_contents for cell in _cells(function)), function.__defaults__, function.__kwdefaults__]


def _setters(function: FunctionType) -> list[Callable[[Any], None]]:
    """Return what sets each of the things that `_held_by` returns."""

    def setter(owner: object, name: str) -> Callable[[Any], None]:
        return lambda value: setattr(owner, name, value)

    of_cells = [setter(cell, "cell_contents") for cell in _cells(function)]
    return [*of_cells, setter(function, "__defaults__"), setter(function, "__kwdefaults__")]


def _variables_of(thing: Any) -> list[Any] | None:
    """Return the variables that hold all that changes in `thing`; None if it is not such a thing."""
    if isinstance(thing, keras.Variable | tf.Variable):
        return [thing]
    if isinstance(thing, keras.random.SeedGenerator):
        return [thing.state]
    return list(thing.variables) if isinstance(thing, _OF_VARIABLES) else None
