"""Graphs of models that are written down as Keras's JSON has them; what Keras itself writes is in tests/training."""

import json
from typing import Any

import pytest

from job.tensorboard.layer_graph import layer_graph

Json = dict[str, Any]


def layer(name: str, class_name: str = "Dense", *, given: object = (), **config: object) -> Json:
    """Return a layer that was called once, with the tensors and values `given`."""
    nodes = [{"args": given, "kwargs": {}}] if given else []
    return {"class_name": class_name, "config": {"name": name, **config}, "inbound_nodes": nodes}


def tensor(name: str, *shape: int | None, index: int = 0) -> Json:
    config = {"shape": shape, "dtype": "float32", "keras_history": [name, 0, index]}
    return {"class_name": "__keras_tensor__", "config": config}


def functional(*layers: Json, inputs: object, outputs: object, given: object = (), name: str = "model") -> Json:
    config = {"layers": layers, "input_layers": inputs, "output_layers": outputs}
    return layer(name, "Functional", given=given, **config)


def sequential(*layers: Json, given: object = (), name: str = "model") -> Json:
    return layer(name, "Sequential", given=given, layers=layers)


def connections(model: Json) -> list[tuple[str, list[str]]]:
    """Return each node of the model's graph with its inputs."""
    graph = layer_graph(json.dumps(model).encode())
    assert graph is not None
    return [(node.name, list(node.input)) for node in graph.node]


def test_the_layers_of_a_sequential_model_are_a_chain() -> None:
    model = sequential(layer("picture", "InputLayer"), layer("flat", "Flatten"), layer("out"))

    assert connections(model) == [("picture", []), ("flat", ["picture"]), ("out", ["flat"])]


def test_a_layer_is_connected_with_all_that_it_was_given() -> None:
    model = functional(
        layer("picture", "InputLayer"),
        layer("wide", given=[tensor("picture")]),
        layer("sum", "Add", given=[[tensor("wide"), tensor("picture")]]),
        inputs=["picture", 0, 0],
        outputs=["sum", 0, 0],
    )

    assert connections(model) == [("picture", []), ("wide", ["picture"]), ("sum", ["wide", "picture"])]


def test_numbers_beside_tensors_do_not_matter_and_tensors_by_name_do() -> None:
    attention = layer("attention", "MultiHeadAttention", given=[tensor("plus"), 0.5, None])
    attention["inbound_nodes"][0]["kwargs"] = {"value": tensor("picture"), "scale": 2}
    plus = layer("plus", "Add", given=[tensor("picture"), 1.0])
    model = functional(layer("picture", "InputLayer"), plus, attention, inputs=["picture", 0, 0], outputs=[])

    assert connections(model)[1:] == [("plus", ["picture"]), ("attention", ["plus", "picture"])]


def test_the_layers_of_a_model_within_a_model_stand_in_its_scope() -> None:
    inner = functional(
        *(layer("a", "InputLayer"), layer("b", "InputLayer"), layer("c", given=[tensor("a")])),
        inputs=[["a", 0, 0], ["b", 0, 0]],
        outputs={"first": ["c", 0, 0], "second": ["b", 0, 0]},
        given=[[tensor("x"), tensor("y")]],
        name="inner",
    )
    chain = sequential(layer("d"), layer("e"), given=[tensor("inner", index=0)], name="chain")
    end = layer("end", given=[[tensor("chain"), tensor("inner", index=1)]])
    entries = (layer("x", "InputLayer"), layer("y", "InputLayer"))
    model = functional(*entries, inner, chain, end, inputs=[["x", 0, 0], ["y", 0, 0]], outputs=["end", 0, 0])

    assert connections(model)[2:] == [
        ("inner/a", ["x"]),
        ("inner/b", ["y"]),
        ("inner/c", ["inner/a"]),
        ("chain/d", ["inner/c"]),
        ("chain/e", ["chain/d"]),
        ("end", ["chain/e", "inner/b"]),
    ]


def test_a_model_that_is_called_twice_is_drawn_once_with_what_both_calls_gave() -> None:
    inner = functional(layer("a", "InputLayer"), inputs=["a", 0, 0], outputs=["a", 0, 0], name="inner")
    inner["inbound_nodes"] = [{"args": [tensor("x")]}, {"args": [tensor("later")]}]
    later = layer("later", given=[tensor("inner")])
    model = functional(layer("x", "InputLayer"), inner, later, inputs=["x", 0, 0], outputs=["inner", 1, 0])

    assert connections(model) == [("x", []), ("inner/a", ["x", "later"]), ("later", ["inner/a"])]


def test_a_second_tensor_of_a_layer_is_named_as_tensorflow_does() -> None:
    memory = layer("memory", "LSTM", given=[tensor("x")])
    out = layer("out", given=[tensor("memory", index=2)])
    model = functional(layer("x", "InputLayer"), memory, out, inputs=["x", 0, 0], outputs=["out", 0, 0])

    assert connections(model)[-1] == ("out", ["memory:2"])


def test_a_node_tells_the_class_of_its_layer_its_settings_and_its_shape() -> None:
    convolution = layer(
        "convolution",
        "Conv2D",
        given=[tensor("picture", None, 8, 8, 1)],
        filters=16,
        kernel_size=[5, 5],
        activation="relu",
        use_bias=True,
        rate=0.25,
        seed=None,
        kernel_initializer={"class_name": "GlorotUniform"},
        mixed=[1, None],
        too_large=2**63,
    )
    entry = layer("picture", "InputLayer", batch_shape=[None, 8, 8, 1])
    out = layer("out", "Flatten", given=[tensor("convolution", None, 8, 8, 16)])
    model = functional(entry, convolution, out, inputs=["picture", 0, 0], outputs=["out", 0, 0])
    graph = layer_graph(json.dumps(model).encode())
    assert graph is not None
    picture, node, last = graph.node

    assert node.op == "Conv2D"
    assert set(node.attr) == {"filters", "kernel_size", "activation", "use_bias", "rate", "_output_shapes"}
    assert (node.attr["filters"].i, list(node.attr["kernel_size"].list.i)) == (16, [5, 5])
    assert (node.attr["activation"].s, node.attr["use_bias"].b, node.attr["rate"].f) == (b"relu", True, 0.25)
    shapes = [each.attr["_output_shapes"].list.shape[0] for each in (picture, node)]
    assert [[dim.size for dim in shape.dim] for shape in shapes] == [[-1, 8, 8, 1], [-1, 8, 8, 16]]
    assert "_output_shapes" not in last.attr


@pytest.mark.parametrize(
    "architecture",
    [b"", b"{", b"\xff", b"[]", b'{"class_name": "Own", "config": {"layers": [16, 8]}}'],
    ids=["nothing", "half of it", "no text", "no model", "a subclassed model"],
)
def test_what_tells_of_no_layers_has_no_graph(architecture: bytes) -> None:
    assert layer_graph(architecture) is None
