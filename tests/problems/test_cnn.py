from pathlib import Path

import numpy as np
import pytest

from job.core.objective import Objective
from job.core.space import Params
from job.data import Data, DataSource, Images
from job.problems import cnn, digits, mnist
from job.state.directory import TrialFiles
from job.training import Completed, Setup, Stopped, advance
from tests.training.control import FakeControl, asks_at_every

SPLIT = Images(np.zeros((2, 28, 28, 1), np.uint8), np.array([0, 9]))
VARIED: Params = {
    "filters_1": 8,
    "filters_2": 12,
    "kernel_size": 3,
    "batch_normalization": True,
    "dropout": 0.5,
    "augmentation": "shift+rotate",
    "optimizer": "rmsprop",
    "rho": 0.95,
}
DATA = Data(train=SPLIT, validation=SPLIT, test=SPLIT, class_names=tuple("0123456789"))


@pytest.mark.slow
def test_the_network_is_that_of_the_notebook() -> None:
    params: Params = {"learning_rate": 1e-3, "num_dense_layers": 2, "num_dense_nodes": 16, "activation": "sigmoid"}
    model = cnn.build_model(params, DATA)
    n_weights = {layer.name: layer.count_params() for layer in model.layers if layer.count_params()}
    assert n_weights == {
        "layer_conv1": (5 * 5 * 1 + 1) * 16,
        "layer_conv2": (5 * 5 * 16 + 1) * 36,
        "layer_dense_1": (7 * 7 * 36 + 1) * 16,
        "layer_dense_2": (16 + 1) * 16,
        "layer_out": (16 + 1) * 10,
    }
    assert [layer.activation.__name__ for layer in model.layers if hasattr(layer, "activation")] == [
        *["sigmoid"] * 4,
        "softmax",
    ]
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-3)
    assert not model.jit_compile
    loss, accuracy = model.evaluate(SPLIT.images / np.float32(255), SPLIT.labels, verbose=0)
    assert loss > 0 and 0 <= accuracy <= 1


@pytest.mark.parametrize(("image_size", "deepest"), [(28, 4), (8, 3), (4, 2), (3, 1)])
def test_a_network_is_as_deep_as_its_images_can_be_halved(image_size: int, deepest: int) -> None:
    depth, *others = cnn.further_dimensions(image_size=image_size)
    assert depth.size == deepest
    filters = {each.name: dict(each.when) for each in others if each.name.startswith("filters_")}
    assert list(filters) == [f"filters_{number}" for number in range(1, deepest + 1)]
    assert filters["filters_1"] == {}
    assert filters[f"filters_{deepest}"] == ({"num_conv_layers": (deepest,)} if deepest > 1 else {})


@pytest.mark.slow
def test_the_network_is_what_the_wide_space_says() -> None:
    """It has the tutorial's weights where that says nothing else, and is built at any point, however deep."""
    import keras

    built = []
    for params in (mnist.DEFAULT, mnist.DEFAULTS["wide"]):
        keras.utils.set_random_seed(3)
        built.append(cnn.build_model(params, DATA))
    assert [each.name for each in built[0].layers] == [each.name for each in built[1].layers]
    for one, other in zip(*(model.get_weights() for model in built), strict=True):
        np.testing.assert_array_equal(one, other)

    tiny = Images(np.zeros((2, 2, 2, 1), np.uint8), np.array([0, 1]))
    deep: Params = {**mnist.DEFAULT, **VARIED, "num_conv_layers": 3}
    model = cnn.build_model(deep, Data(train=tiny, validation=tiny, test=tiny, class_names=("a", "b")))
    assert [each.name for each in model.layers] == [
        "layer_shift",
        "layer_rotate",
        *("layer_conv1", "layer_norm1", "layer_activation1", "layer_pool1"),
        *("layer_conv2", "layer_norm2", "layer_activation2"),
        *("layer_conv3", "layer_norm3", "layer_activation3"),
        "layer_flatten",
        *("layer_dense_1", "layer_dropout_1"),
        "layer_out",
    ]
    assert [model.get_layer(f"layer_conv{number}").filters for number in (1, 2, 3)] == [8, 12, 36]
    assert isinstance(model.optimizer, keras.optimizers.RMSprop) and model.optimizer.rho == 0.95
    sgd = cnn.build_model({**mnist.DEFAULT, "optimizer": "sgd", "momentum": 0.5}, DATA).optimizer
    adamw = cnn.build_model({**mnist.DEFAULT, "optimizer": "adamw", "weight_decay": 0.25}, DATA).optimizer
    assert isinstance(sgd, keras.optimizers.SGD) and sgd.momentum == 0.5
    assert isinstance(adamw, keras.optimizers.AdamW) and adamw.weight_decay == 0.25


@pytest.mark.slow
def test_a_trial_with_all_that_is_random_in_training_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    """It is stopped after five of the six batches of its first epoch."""
    setup = Setup(
        module="job.problems.digits",
        data=DataSource(),
        seed=3,
        epochs=2,
        batch_size=digits.BATCH_SIZE,
        objective=Objective("val_accuracy", "max"),
        deterministic=True,
        checkpoint_seconds=3600,
    )
    params: Params = {**digits.DEFAULT, **VARIED, "num_conv_layers": 2, "batch_size": 256}
    whole = advance(setup, 1, params, 2, (), TrialFiles(tmp_path / "whole"), FakeControl())
    stopped = advance(setup, 1, params, 2, (), TrialFiles(tmp_path / "parts"), FakeControl(asks_at_every(5)))
    parts = advance(setup, 1, params, 2, (), TrialFiles(tmp_path / "parts"), FakeControl())
    assert isinstance(whole, Completed) and isinstance(stopped, Stopped) and isinstance(parts, Completed)
    assert (parts.history, parts.weights_sha256) == (whole.history, whole.weights_sha256)
