"""What is believed of the kernel's hyper-parameters before there are scores: independent log-normal distributions.

The lengths of the axes grow with the square root of their number, so that points of a space are as alike in many
dimensions as in few (Hvarfner, Hellsten and Nardi 2024, "Vanilla Bayesian optimization performs great in high
dimensions"); their median is shorter than there. The model works with vectors `t` of shape (n_hyperparameters,): the
logarithms, less their means, in units of their standard deviations. So the prior of `t` is standard normal.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from job.proposals.additive_gp.encoding import Encoder
from job.proposals.additive_gp.kernel import Kernel
from job.proposals.draws import Floats

# Mean and standard deviation of logarithms; lengths are of axes from 0 to 1, variances those of standardized losses.
_LENGTH = (-0.8, 0.8)  # and half the logarithm of the number of axes
_JOINT = (0.0, 1.0)
_MAIN = (-0.7, 1.5)  # of the main effects' variances added up
_NOISE = (-3.5, 1.5)
_FURTHEST = 4.0  # standard deviations from the mean
_LEAST_NOISE, _MOST_NOISE = math.log(1e-6), 0.5  # logarithms


@dataclass(frozen=True)
class Prior:
    """The distribution of the hyper-parameters: weight of each axis, joint, main of each axis, noise, in this order."""

    encoder: Encoder

    @property
    def size(self) -> int:
        """How many hyper-parameters there are."""
        return 2 * self._n_axes + 2

    def kernel(self, t: Floats) -> Kernel:
        """Return the kernel with the hyper-parameters `t`."""
        n_axes = self._n_axes
        values = np.exp(self.mean + self.deviation * t)
        return Kernel(
            encoder=self.encoder,
            weights=values[:n_axes],
            joint=float(values[n_axes]),
            main=values[n_axes + 1 : -1],
            noise=float(values[-1]),
        )

    def bounded(self, t: Floats) -> Floats:
        """Return `t` within its bounds."""
        low, high = self._bounds
        return np.clip(t, low, high)

    @cached_property
    def mean(self) -> Floats:
        """The means of the logarithms. A weight is one over a squared length."""
        n_axes = self._n_axes
        weight = -2.0 * (_LENGTH[0] + 0.5 * math.log(n_axes))
        return np.array([*[weight] * n_axes, _JOINT[0], *[_MAIN[0] - math.log(n_axes)] * n_axes, _NOISE[0]])

    @cached_property
    def deviation(self) -> Floats:
        """The standard deviations of the logarithms."""
        n_axes = self._n_axes
        return np.array([*[2.0 * _LENGTH[1]] * n_axes, _JOINT[1], *[_MAIN[1]] * n_axes, _NOISE[1]])

    @cached_property
    def _bounds(self) -> tuple[Floats, Floats]:
        low, high = np.full(self.size, -_FURTHEST), np.full(self.size, _FURTHEST)
        low[-1], high[-1] = ((bound - _NOISE[0]) / _NOISE[1] for bound in (_LEAST_NOISE, _MOST_NOISE))
        return low, high

    @property
    def _n_axes(self) -> int:
        return len(self.encoder.points.axes)
