"""Functions with noise that stand for trainings: real numbers, a mix of kinds, and dimensions with conditions."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from job.core.space import Categorical, Integer, Ordinal, Real, Space

# Of Hartman's function of six variables (Hartman 1973, as in Dixon and Szegö 1978).
_HEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
_STEEPNESS = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_CENTRES = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


@dataclass(frozen=True, kw_only=True)
class NoisyFunction:
    """A loss over a space: of columns of values, one for each dimension, inactive ones included, without effect."""

    space: Space
    losses: Callable[[Mapping[str, NDArray[Any]]], NDArray[np.float64]]
    noise: float  # standard deviation


def hartman(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return Hartman's function of six numbers from 0 to 1; the least is -3.322."""
    points = np.stack([columns[f"x{index}"] for index in range(1, 7)], axis=-1)
    squares = (points[:, None, :] - _CENTRES) ** 2
    bumps = np.exp(-(_STEEPNESS * squares).sum(axis=-1))
    losses: NDArray[np.float64] = -(_HEIGHTS * bumps).sum(axis=-1)
    return losses


def mixed_branin(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return the logarithm of Branin's function (Branin 1972, as in Dixon and Szegö 1978), with what categories add.

    Its first variable is the place of a learning rate on a scale of logarithms. Each activation but one costs the more
    the higher the second is, and the best width depends on the activation.
    """
    first = 15 * _place(columns["learning_rate"], 1e-5, 1e-1) - 5
    second = columns["decay"]
    valley = second - 5.1 / (4 * math.pi**2) * first**2 + 5 / math.pi * first - 6
    branin = valley**2 + 10 * (1 - 1 / (8 * math.pi)) * np.cos(first) + 10
    activation, width = columns["activation"], np.log2(columns["width"])
    costs = _chosen(activation, {"relu": 0.0, "elu": 0.15, "tanh": 0.3, "sigmoid": 0.6})
    best_width = _chosen(activation, {"relu": 4.5, "elu": 4.0, "tanh": 3.0, "sigmoid": 2.0})
    losses: NDArray[np.float64] = np.log1p(branin) + costs * (1 + second / 15) + 0.05 * (width - best_width) ** 2
    return losses


def conditional_network(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return what a made-up network of one to three layers loses.

    A layer that is not there has no say; either optimizer has a number of its own, and another best learning rate.
    """
    layers = columns["layers"]
    sizes = [np.log2(columns[f"units_{number}"] / 8) / 6 for number in (1, 2, 3)]
    rate, momentum, memory = _place(columns["learning_rate"], 1e-5, 1e-1), columns["momentum"], columns["memory"]
    depth = _chosen(layers, {1: 0.5, 2: 0.0, 3: 0.25})
    shape = 1.8 * (sizes[0] - 0.65) ** 2
    shape = shape + np.where(layers >= 2, 1.2 * (sizes[1] - 0.45) ** 2, 0)
    shape = shape + np.where(layers >= 3, 0.8 * (sizes[2] - 0.25) ** 2, 0)
    by_sgd = 0.15 + 1.5 * (momentum - 0.9) ** 2 + 6 * (rate - 0.8 + 0.25 * momentum) ** 2
    by_adam = 0.9 * (memory - 0.6) ** 2 + 8 * (rate - 0.4) ** 2
    losses: NDArray[np.float64] = 0.1 * np.exp(depth + shape + np.where(columns["optimizer"] == "sgd", by_sgd, by_adam))
    return losses


def _place(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Return where values lie between two bounds on a scale of logarithms, 0 to 1."""
    return np.log(values / low) / math.log(high / low)


def _chosen(values: NDArray[Any], numbers: Mapping[Any, float]) -> NDArray[np.float64]:
    """Return the number of each of the values."""
    return np.select([values == each for each in numbers], list(numbers.values()), np.nan)


ALL = {
    "hartman6": NoisyFunction(
        space=Space([Real(f"x{index}", 0.0, 1.0) for index in range(1, 7)]), losses=hartman, noise=0.02
    ),
    "branin": NoisyFunction(
        space=Space(
            [
                Real("learning_rate", 1e-5, 1e-1, "log-uniform"),
                Real("decay", 0.0, 15.0),
                Categorical("activation", ("relu", "elu", "tanh", "sigmoid")),
                Integer("width", 1, 64, "log-uniform"),
            ]
        ),
        losses=mixed_branin,
        noise=0.1,
    ),
    "network": NoisyFunction(
        space=Space(
            [
                Ordinal("layers", (1, 2, 3)),
                Integer("units_1", 8, 512, "log-uniform"),
                Integer("units_2", 8, 512, "log-uniform", when={"layers": [2, 3]}),
                Integer("units_3", 8, 512, "log-uniform", when={"layers": [3]}),
                Categorical("optimizer", ("sgd", "adam")),
                Real("momentum", 0.0, 1.0, when={"optimizer": ["sgd"]}),
                Real("memory", 0.0, 1.0, when={"optimizer": ["adam"]}),
                Real("learning_rate", 1e-5, 1e-1, "log-uniform"),
            ]
        ),
        losses=conditional_network,
        noise=0.004,
    ),
}
