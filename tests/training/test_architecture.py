"""What Keras tells of a model, and the graph that is drawn from it."""

import random

import keras
import numpy as np
import pytest
from keras import layers

from job.tensorboard.layer_graph import layer_graph
from job.training.architecture import dump

pytestmark = pytest.mark.slow


class Subclassed(keras.Model):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, images: object) -> object:
        return self.dense(images)


def connections(model: keras.Model) -> list[tuple[str, list[str]]]:
    graph = layer_graph(dump(model))
    assert graph is not None
    return [(node.name, list(node.input)) for node in graph.node]


def chain() -> keras.Sequential:
    return keras.Sequential(
        [
            keras.Input((8, 8, 1), name="picture"),
            layers.Conv2D(4, 3, name="convolution"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(10, name="out"),
        ]
    )


def test_a_sequential_model_tells_its_layers_in_their_order_and_the_shapes_between_them() -> None:
    graph = layer_graph(dump(chain()))
    assert graph is not None

    assert [node.name for node in graph.node] == ["picture", "convolution", "pool", "flat", "out"]
    shapes = [[dim.size for dim in node.attr["_output_shapes"].list.shape[0].dim] for node in graph.node[:-1]]
    assert shapes == [[-1, 8, 8, 1], [-1, 6, 6, 4], [-1, 3, 3, 4], [-1, 36]]


def test_a_sequential_model_that_knows_no_input_yet_tells_its_layers() -> None:
    model = keras.Sequential([layers.Flatten(name="flat"), layers.Dense(3, name="out")])

    assert connections(model) == [("flat", []), ("out", ["flat"])]


def test_a_functional_model_with_branches_models_within_and_shared_layers_is_connected_as_keras_does_it() -> None:
    picture = keras.Input((8, 8), name="picture")
    attention = layers.MultiHeadAttention(2, 4, name="attention")(picture, value=picture + 1.0)
    shared = layers.Dense(8, name="shared")
    between = layers.Dense(8, name="between")(shared(attention))
    inner = keras.Sequential([keras.Input((8, 8), name="in"), layers.Flatten(name="flat")], name="inner")
    joined = layers.Add(name="joined")([inner(shared(between)), layers.Flatten(name="beside")(picture)])
    found = dict(connections(keras.Model(picture, joined)))

    plus = next(name for name in found if name.startswith("add"))
    assert found == {
        "picture": [],
        plus: ["picture"],
        "attention": ["picture", plus],
        "shared": ["attention", "between"],
        "between": ["shared"],
        "inner/in": ["shared"],
        "inner/flat": ["inner/in"],
        "beside": ["picture"],
        "joined": ["inner/flat", "beside"],
    }


def test_a_subclassed_model_has_no_graph() -> None:
    model = Subclassed()
    model(np.zeros((1, 3), np.float32))

    assert layer_graph(dump(model)) is None


def test_telling_the_architecture_draws_no_random_number_and_changes_nothing_in_it() -> None:
    model = chain()
    before = random.getstate()  # Keras makes the seeds of layers from it
    told = dump(model)

    assert random.getstate() == before
    assert dump(model) == told
