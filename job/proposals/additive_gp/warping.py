"""Losses as the model sees them: the better half as they are, the worse half by rank alone.

How much worse a bad point is than another tells little of where the best one is, and a single diverging loss would
flatten all the others. So above the median a loss is replaced by the normal score of its rank, as in the half-rank
warping of Song et al. 2024, "The Vizier Gaussian process bandit algorithm"; below it distances stay. All is scale-free:
neither unit nor offset of the losses matters.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from job.proposals.draws import Floats

_EQUAL = 1e-12  # relative spread of warped losses below which they are one and the same
_MOST_DEVIATION = 1e3  # of a warped loss: one that is less sure tells nothing either
_LARGEST = 1e300  # of losses: so that the distance of two, and some times it, are finite too


@dataclass(frozen=True, eq=False)
class Warping:
    """Losses, and what they are warped to: `warped`, of shape (n_losses,), has mean 0 and standard deviation 1.

    All 0 where the losses are equal. `median` is that of the losses, at `zero` on the warped scale; a step of 1 there
    is one of `unit` in loss, below the median.
    """

    losses: Floats
    warped: Floats
    median: float
    zero: float
    unit: float

    def unwarped(self, warped: Floats) -> Floats:
        """Return the losses at places of the warped scale, any shape; none is worse than the worst that was seen."""
        order = np.argsort(self.warped, kind="stable")
        worse = order[self.warped[order] > self.zero]
        scores, losses = np.r_[self.zero, self.warped[worse]], np.r_[self.median, self.losses[worse]]
        below = self.median + np.minimum(warped - self.zero, 0.0) * self.unit
        return np.where(warped < self.zero, below, np.interp(warped, scores, losses))

    def deviations(self, deviations: Floats) -> Floats:
        """Return the standard deviations of the losses on the warped scale: the way from each to the loss that is a
        deviation better.

        The way to the worse one would tell little, since that scale has an end there.
        """
        better = self.at(self.losses - deviations)
        return np.where(deviations > 0, np.minimum(self.warped - better, _MOST_DEVIATION), 0.0)

    def at(self, losses: Floats) -> Floats:
        """Return where losses are on the warped scale: the inverse of `unwarped`."""
        order = np.argsort(self.losses, kind="stable")
        worse = order[self.losses[order] > self.median]
        known, scores = np.r_[self.median, self.losses[worse]], np.r_[self.zero, self.warped[worse]]
        gain = np.minimum(losses - self.median, 0.0) / self.unit if self.unit > 0 else 0.0
        return np.where(losses < self.median, self.zero + gain, np.interp(losses, known, scores))


def warp(losses: Floats) -> Warping:
    """Return the warping of losses, one or more finite numbers, of which less is better."""
    losses = np.clip(losses, -_LARGEST, _LARGEST)
    count, median = len(losses), float(np.median(losses))
    better = losses <= median
    scores = ndtri((rankdata(losses) - 0.5) / count)  # normal scores of the ranks, at Hazen's places
    expected = ndtri((np.arange(better.sum()) + 0.5) / count)  # the lowest such scores, one for each of the better half
    raw = np.where(better, 0.0, np.maximum(scores, 0.0) / (_root_mean_square(expected) or 1.0))
    span = float(median - losses.min())
    size = span * _root_mean_square((losses[better] - median) / span) if span > 0 else 0.0
    if size > 0:
        raw[better] = (losses[better] - median) / size
    mean, deviation = float(raw.mean()), float(raw.std())
    if deviation <= _EQUAL * max(1.0, abs(mean)):
        return Warping(losses, np.zeros(count), median, 0.0, 0.0)
    return Warping(losses, (raw - mean) / deviation, median, -mean / deviation, size * deviation)


def _root_mean_square(values: Floats) -> float:
    return float(np.sqrt(np.mean(values**2)))
