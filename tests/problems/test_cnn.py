import numpy as np
import pytest

from job.core.space import Params
from job.data import Data, Images
from job.problems import cnn

SPLIT = Images(np.zeros((2, 28, 28, 1), np.uint8), np.array([0, 9]))
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
