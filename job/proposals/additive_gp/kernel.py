"""The covariance of the objective at two points: main effects of the axes, plus one joint effect of them all.

    k(x, x') = sum over axes j of main_j k_j(x_j, x'_j) + joint Matern52(sum over axes j of weight_j (x_j - x'_j)^2)

The sum lets few points tell how each hyper-parameter acts by itself (Duvenaud, Nickisch and Rasmussen 2011, "Additive
Gaussian processes"; Kandasamy, Schneider and Póczos 2015, "High dimensional Bayesian optimisation and bandits via
additive models"); the joint part, the kernel of Snoek, Larochelle and Adams 2012, "Practical Bayesian optimization of
machine learning algorithms", 3.1, tells how they act on each other.
"""

from dataclasses import dataclass

import numpy as np

from job.proposals.additive_gp.encoding import Encoded, Encoder
from job.proposals.additive_gp.matern import matern52, squared_distances
from job.proposals.draws import Floats


@dataclass(frozen=True, eq=False)
class Kernel:
    """The covariance at given hyper-parameters, all positive."""

    encoder: Encoder
    weights: Floats  # of each axis: one over its squared length
    joint: float  # the variance of the joint effect
    main: Floats  # the variance of the main effect of each axis
    noise: float  # the variance of a score at one and the same point

    def between(self, one: Encoded, other: Encoded) -> Floats:
        """Return the covariance of each of some points with each of others, of shape (n_points, n_other)."""
        scale = np.sqrt(self.weights)[self.encoder.axis_of_coordinate]
        joint = matern52(squared_distances(one.coordinates * scale, other.coordinates * scale))
        main: Floats = (one.features * self.main[self.encoder.axis_of_feature]) @ other.features.T
        return self.joint * joint + main

    def at(self, points: Encoded) -> Floats:
        """Return the variance at each of some points, of shape (n_points,)."""
        main: Floats = (points.features**2) @ self.main[self.encoder.axis_of_feature]
        return self.joint + main
