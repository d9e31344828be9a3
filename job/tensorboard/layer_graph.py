"""A model's layers as a graph that TensorBoard draws: a node for each, with its settings and the shape that it gives.

TensorBoard can read Keras's JSON itself, but fails on a layer that was given a number beside a tensor, and leaves out
tensors that were given by name.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tensorboard.compat.proto.attr_value_pb2 import AttrValue
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto

# A layer in Keras's JSON: `class_name`, `config`, and `inbound_nodes` in a functional model.
_Layer = Mapping[str, Any]
_Shape = Sequence[int | None]

# TensorBoard writes the shapes in this attribute along the edges.
_OUTPUT_SHAPES = "_output_shapes"
_MOST_BITS = 63  # of an integer's absolute value in an attribute


def layer_graph(architecture: bytes) -> GraphDef | None:
    """Return the graph of the model that Keras's JSON describes; None if that tells of no layers, or is no JSON."""
    try:
        model = json.loads(architecture)
    except ValueError:
        return None
    if not _is_model(model):
        return None
    drawing = _Drawing()
    drawing.add_layers(model["config"])
    return drawing.finish()


class _Drawing:
    """A graph in the making. A tensor has the name of the node that it comes from, as in TensorFlow's graphs."""

    def __init__(self) -> None:
        self._graph = GraphDef()
        self._shapes: dict[str, _Shape] = {}

    def finish(self) -> GraphDef:
        """Return the graph, each node with the shape of its first tensor where that is known."""
        for node in self._graph.node:
            if (shape := self._shapes.get(node.name)) is not None:
                node.attr[_OUTPUT_SHAPES].list.shape.append(_as_told(shape))
        return self._graph

    def add_layers(self, model: _Layer, *, scope: str = "", given: Sequence[str] = ()) -> None:
        """Add the layers of the model with this configuration, which is given these tensors."""
        if "input_layers" in model:
            self._add_functional(model, scope, given)
            return
        tensors = given
        for layer in model["layers"]:
            self._add(layer, scope, tensors)
            tensors = _results(layer, scope)

    def _add_functional(self, model: _Layer, scope: str, given: Sequence[str]) -> None:
        entries = [name for name, _ in _histories(model["input_layers"])]
        results = {_name(layer): _results(layer, scope) for layer in model["layers"]}
        for layer in model["layers"]:
            tensors: list[str] = []
            if _name(layer) in entries:
                # A model that is called twice is given the tensors of the one call after those of the other.
                tensors += given[entries.index(_name(layer)) :: len(entries)]
            for name, index, shape in _arguments(layer.get("inbound_nodes")):
                tensor = _pick(results[name], index)
                self._shapes.setdefault(tensor, shape)
                tensors.append(tensor)
            self._add(layer, scope, tensors)

    def _add(self, layer: _Layer, scope: str, given: Sequence[str]) -> None:
        config, name = layer["config"], f"{scope}{_name(layer)}"
        if _is_model(layer):
            self.add_layers(config, scope=f"{name}/", given=given)
            return
        node = self._graph.node.add(name=name, op=layer["class_name"], input=dict.fromkeys(given))
        for key, value in config.items():
            if key != "name" and (attribute := _attribute(value)) is not None:
                node.attr[key].CopyFrom(attribute)
        if "batch_shape" in config:
            self._shapes[name] = config["batch_shape"]


def _is_model(layer: object) -> bool:
    """Tell whether `layer` consists of layers whose connections are known."""
    match layer:
        case {"config": {"input_layers": _, "output_layers": _, "layers": [*_]}}:
            return True
        case {"class_name": "Sequential", "config": {"layers": [*_]}}:
            return True
        case _:
            return False


def _name(layer: _Layer) -> str:
    return str(layer["config"].get("name", layer["class_name"]))


def _results(layer: _Layer, scope: str) -> list[str]:
    """Return the tensors that a model gives; of any other layer the first, since it does not tell how many it gives."""
    config, name = layer["config"], f"{scope}{_name(layer)}"
    if not _is_model(layer) or not config["layers"]:
        return [name]
    if "output_layers" not in config:
        return _results(config["layers"][-1], f"{name}/")
    results = {_name(each): _results(each, f"{name}/") for each in config["layers"]}
    return [_pick(results[each], index) for each, index in _histories(config["output_layers"])]


def _pick(results: Sequence[str], index: int) -> str:
    return results[index] if index < len(results) else f"{results[0]}:{index}"


def _histories(tensors: object) -> Iterator[tuple[str, int]]:
    """Yield layer and index of each tensor in lists or objects of them; Keras writes it as [layer, call, index]."""
    match tensors:
        case [str(layer), int(), int(index)]:
            yield layer, index
        case list():
            for each in tensors:
                yield from _histories(each)
        case dict():
            yield from _histories(list(tensors.values()))


def _arguments(calls: object) -> Iterator[tuple[str, int, _Shape]]:
    """Yield layer, index and shape of each tensor that a layer was given, by place or by name, in all its calls."""
    match calls:
        case {"class_name": "__keras_tensor__", "config": {"keras_history": [layer, _, index], "shape": shape}}:
            yield layer, index, shape
        case dict():
            yield from _arguments(list(calls.values()))
        case list():
            for each in calls:
                yield from _arguments(each)


def _attribute(value: object) -> AttrValue | None:
    """Return a setting of a layer as an attribute; None for what is neither plain nor a list of integers."""
    match value:
        case bool():
            return AttrValue(b=value)
        case int() if _fits(value):
            return AttrValue(i=value)
        case float():
            return AttrValue(f=value)
        case str():
            return AttrValue(s=value.encode())
        case [int(), *_] if all(map(_fits, value)):
            return AttrValue(list=AttrValue.ListValue(i=value))
        case _:
            return None


def _fits(value: object) -> bool:
    return type(value) is int and value.bit_length() <= _MOST_BITS


def _as_told(shape: _Shape) -> TensorShapeProto:
    sizes = (-1 if size is None else size for size in shape)
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])
