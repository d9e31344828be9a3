"""What points are worth trying for: acquisition functions of predictions, of which more is better."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from scipy.special import erfcx, log_ndtr

from job.proposals.draws import Floats

_CONFIDENCE = 1.96  # standard deviations below the mean, as scikit-optimize has it
_FAR, _FURTHEST = -1.0, -1e3  # deviations from the best from which on other forms are exact
_LOG_ROOT_OF_2_PI = 0.5 * math.log(2.0 * math.pi)


def log_expected_improvement(mean: Floats, variance: Floats, best: float) -> Floats:
    """Return the logarithm of the expected improvement on `best` (Jones, Schonlau and Welch 1998, "Efficient global
    optimization of expensive black-box functions").

    It stays finite where nearly nothing is to be expected (Ament et al. 2023, "Unexpected improvements to expected
    improvement for Bayesian optimization", equation 9), so that there is a slope to climb everywhere.
    """
    deviation = np.sqrt(variance)
    return _log_expected_gain((best - mean) / deviation) + np.log(deviation)


def log_probability_of_improvement(mean: Floats, variance: Floats, best: float) -> Floats:
    """Return the logarithm of the probability to be below `best` (Kushner 1964, "A new method of locating the
    maximum point of an arbitrary multipeak curve in the presence of noise").
    """
    logarithm: Floats = log_ndtr((best - mean) / np.sqrt(variance))
    return logarithm


def lower_confidence_bound(mean: Floats, variance: Floats, best: float) -> Floats:
    """Return by how much the loss is below `best` in a favourable case (Cox and John 1997, "SDO: a statistical method
    for global optimization").
    """
    return best - mean + _CONFIDENCE * np.sqrt(variance)


def _mean_of_logarithms(logarithms: Floats) -> Floats:
    """Return the logarithm of the mean, of shape (n_points,), of what has these logarithms, one model a row."""
    most = logarithms.max(axis=0)
    mean: Floats = most + np.log(np.exp(logarithms - most).mean(axis=0))
    return mean


def _mean(values: Floats) -> Floats:
    mean: Floats = values.mean(axis=0)
    return mean


class Acquisition(NamedTuple):
    """An acquisition function, and how its values by several models are averaged."""

    of: Callable[[Floats, Floats, float], Floats]  # of mean and variance at points, and the loss to be below
    averaged: Callable[[Floats], Floats]  # from shape (n_models, n_points) to (n_points,)


ACQUISITIONS: Mapping[str, Acquisition] = {
    "EI": Acquisition(log_expected_improvement, _mean_of_logarithms),
    "PI": Acquisition(log_probability_of_improvement, _mean_of_logarithms),
    "LCB": Acquisition(lower_confidence_bound, _mean),
}


def _log_expected_gain(margin: Floats) -> Floats:
    """Return log(E[max(margin + e, 0)]) for a standard normal e: log(density(margin) + margin distribution(margin))."""
    gain = np.empty_like(margin)
    near, furthest = margin > _FAR, margin < _FURTHEST
    near_margin, far_margin = margin[near], margin[~near]
    gain[near] = np.log(np.exp(_log_density(near_margin)) + near_margin * np.exp(log_ndtr(near_margin)))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = 1.0 + math.sqrt(math.pi / 2.0) * far_margin * erfcx(-far_margin / math.sqrt(2.0))
        tail = np.where(furthest[~near], -2.0 * np.log(-far_margin), np.log(ratio))
    gain[~near] = _log_density(far_margin) + tail
    return gain


def _log_density(values: Floats) -> Floats:
    return -0.5 * values**2 - _LOG_ROOT_OF_2_PI
