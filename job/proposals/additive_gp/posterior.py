"""The Gaussian process given losses (Rasmussen and Williams 2006, "Gaussian processes for machine learning", 2.2)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import lapack

from job.proposals.additive_gp.encoding import Encoded
from job.proposals.additive_gp.kernel import Kernel
from job.proposals.additive_gp.matern import sums_of_matern52
from job.proposals.draws import Floats

_LEAST_VARIANCE = 1e-10
_JITTER = 1e-8  # added to variances, and tenfold again, where rounding has left a covariance without a root


@dataclass(frozen=True, eq=False)
class Posterior:
    """What is known of the objective, less its noise, from `losses` of shape (n_points,) at `points`.

    Each loss has a variance of its own besides the kernel's noise, as in 2.3: 0 of one that is known.
    """

    kernel: Kernel
    points: Encoded
    losses: Floats
    variances: Floats

    def mean(self, points: Encoded) -> Floats:
        """Return the mean at each point, of shape (n_points,)."""
        mean: Floats = self.kernel.between(points, self.points) @ self._solved
        return mean

    def mean_at_many(self, points: Encoded) -> Floats:
        """Return what `mean` does, but for the last bits, in a fraction of the time where there are many points.

        No proposal may be made with it, whose bits it would change.
        """
        kernel, encoder, solved = self.kernel, self.kernel.encoder, self._solved
        scale = np.sqrt(kernel.weights)[encoder.axis_of_coordinate]
        joint = sums_of_matern52(points.coordinates * scale, self.points.coordinates * scale, solved)
        by_feature = kernel.main[encoder.axis_of_feature] * (self.points.features.T @ solved)
        mean: Floats = kernel.joint * joint + points.features @ by_feature
        return mean

    def mean_and_variance(self, points: Encoded) -> tuple[Floats, Floats]:
        """Return mean and variance at each point, both of shape (n_points,)."""
        between = self.kernel.between(points, self.points)
        explained = np.sum((between @ self._inverse_root.T) ** 2, axis=1)
        return between @ self._solved, np.maximum(self.kernel.at(points) - explained, _LEAST_VARIANCE)

    def mean_and_covariance(self, points: Encoded) -> tuple[Floats, Floats]:
        """Return the mean, of shape (n_points,), and the covariance of the points with each other."""
        between = self.kernel.between(points, self.points)
        explained = between @ self._inverse_root.T
        return between @ self._solved, self.kernel.between(points, points) - explained @ explained.T

    def given(self, points: Encoded, losses: Floats) -> "Posterior":
        """Return what is known from further losses besides."""
        variances = np.concatenate([self.variances, np.zeros(len(losses))])
        return Posterior(self.kernel, self.points + points, np.concatenate([self.losses, losses]), variances)

    @cached_property
    def _root(self) -> Floats:
        """The lower Cholesky factor of the covariance of the losses."""
        covariance, jitter = self.kernel.between(self.points, self.points), _JITTER
        diagonal = np.diag_indices(len(covariance))
        covariance[diagonal] += self.kernel.noise + self.variances
        while True:
            root, info = lapack.dpotrf(covariance, lower=1, clean=1)
            if not info:
                factor: Floats = root
                return factor
            covariance[diagonal] += jitter
            jitter *= 10.0

    @cached_property
    def _inverse_root(self) -> Floats:
        inverse: Floats = lapack.dtrtri(self._root, lower=1)[0]
        return inverse

    @cached_property
    def _solved(self) -> Floats:
        solved: Floats = lapack.dpotrs(self._root, self.losses, lower=1)[0]
        return solved
