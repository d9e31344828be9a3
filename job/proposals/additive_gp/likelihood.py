"""How well hyper-parameters explain the losses: the log posterior, up to a constant, and its gradient."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import lapack

from job.proposals.additive_gp.encoding import Encoded, Indices
from job.proposals.additive_gp.matern import matern52_and_slope, squared_distances
from job.proposals.additive_gp.prior import Prior
from job.proposals.draws import Floats

_IMPOSSIBLE = 1e10


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The marginal likelihood of warped `losses`, of shape (n_points,), at `points`, times the prior.

    Each loss has a variance of its own besides the kernel's noise: 0 of one that is known.
    After Rasmussen and Williams 2006, "Gaussian processes for machine learning", 5.4.1.
    """

    prior: Prior
    points: Encoded
    losses: Floats
    variances: Floats

    def negative_log(self, t: Floats) -> tuple[float, Floats]:
        """Return the negative logarithm, and its gradient of the shape of `t`."""
        kernel, encoder = self.prior.kernel(t), self.prior.encoder
        scaled = self.points.coordinates * np.sqrt(kernel.weights)[encoder.axis_of_coordinate]
        joint, by_squares = (kernel.joint * each for each in matern52_and_slope(squared_distances(scaled, scaled)))
        features = self.points.features
        covariance = joint + (features * kernel.main[encoder.axis_of_feature]) @ features.T
        covariance[self._diagonal] += kernel.noise + self.variances
        factor, info = lapack.dpotrf(covariance, lower=1, clean=1)
        if info:
            return _IMPOSSIBLE, t
        solved, _ = lapack.dpotrs(factor, self.losses, lower=1)
        value = 0.5 * self.losses @ solved + np.log(factor[self._diagonal]).sum() + 0.5 * t @ t
        inverse, _ = lapack.dpotri(factor, lower=1)
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        slopes = 0.5 * (inverse - np.outer(solved, solved))  # of the value, by each covariance
        gradient = np.concatenate(
            [
                kernel.weights * self._by_weight(slopes * by_squares),
                [np.sum(slopes * joint)],
                kernel.main * (np.sum(features * (slopes @ features), axis=0) @ self._features_of_axes),
                [kernel.noise * np.trace(slopes)],
            ]
        )
        return float(value), self.prior.deviation * gradient + t

    def _by_weight(self, slopes: Floats) -> Floats:
        """Return the derivative by the weight of each axis, from that by each squared distance."""
        coordinates = self.points.coordinates
        own = slopes.sum(axis=1) @ coordinates**2
        crossed = np.sum(coordinates * (slopes @ coordinates), axis=0)
        derivative: Floats = 2.0 * (own - crossed) @ self._coordinates_of_axes
        return derivative

    @cached_property
    def _diagonal(self) -> tuple[Indices, ...]:
        return np.diag_indices(len(self.losses))

    @cached_property
    def _coordinates_of_axes(self) -> Floats:
        return _membership(self.prior.encoder.axis_of_coordinate)

    @cached_property
    def _features_of_axes(self) -> Floats:
        return _membership(self.prior.encoder.axis_of_feature)


def _membership(axes: Indices) -> Floats:
    """Return a matrix of shape (n_columns, n_axes) with 1 where a column is of an axis, and 0 elsewhere."""
    return np.equal(axes[:, None], np.arange(axes.max() + 1)[None, :]).astype(float)
