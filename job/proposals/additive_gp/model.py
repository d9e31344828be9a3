"""The surrogate: Gaussian processes of warped losses, at several likely hyper-parameters, fitted to trials."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from job.proposals.additive_gp.acquisition import Acquisition
from job.proposals.additive_gp.encoding import Encoded, Encoder, Indices
from job.proposals.additive_gp.likelihood import Likelihood
from job.proposals.additive_gp.minimum import Minimum, minimize
from job.proposals.additive_gp.posterior import Posterior
from job.proposals.additive_gp.prior import Prior
from job.proposals.additive_gp.warping import Warping, warp
from job.proposals.draws import Floats

_KERNELS = 8  # the most likely one, and those that are drawn
_KERNELS_TIMES_POINTS = 600  # of more than so many points, which leave less doubt, fewer are drawn
_POINTS_FOR_ALL_KERNELS = 150
_FITTED = 300  # points that hyper-parameters are fitted to, at most
_CONDITIONED = 1500  # points that predictions are made from, at most
_SHARE_OF_DEVIATION = 0.5  # of the hyper-parameters' own deviation with which they are drawn
_MOST_VARIANCE = 2.0  # of a hyper-parameter that is drawn; its prior has 1


class Scores(NamedTuple):
    """Losses at `rows` of points: (n_scores, n_axes), and (n_scores,) each of losses and their standard deviations.

    A loss is predicted where its deviation is not 0, and counts the less, the less sure it is. The last ones may be
    `repeats` of points that are among the others.
    """

    rows: Floats
    losses: Floats
    deviations: Floats
    repeats: int = 0

    @property
    def first(self) -> "Scores":
        """Those that repeat no point."""
        return self.at(np.arange(len(self.losses) - self.repeats))

    def at(self, places: Indices) -> "Scores":
        """Return those at some places, in ascending order."""
        repeats = int(np.sum(places >= len(self.losses) - self.repeats))
        return Scores(self.rows[places], self.losses[places], self.deviations[places], repeats)


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """What the trials tell of the loss anywhere in a space: the mean over several Gaussian processes.

    Predictions are on the warped scale; `warping` leads back to losses. The first process is the most likely one.
    `tried` are the points whose losses are known or predicted, and those that are pending.
    """

    warping: Warping
    posteriors: tuple[Posterior, ...]
    tried: Encoded

    def mean(self, points: Encoded) -> Floats:
        """Return the mean at each point, of shape (n_points,)."""
        mean: Floats = np.mean([each.mean(points) for each in self.posteriors], axis=0)
        return mean

    def mean_and_variance(self, points: Encoded) -> tuple[Floats, Floats]:
        """Return mean and variance at each point, of the mixture of the processes."""
        means, variances = zip(*(each.mean_and_variance(points) for each in self.posteriors), strict=True)
        return np.mean(means, axis=0), np.mean(variances, axis=0) + np.var(means, axis=0)

    def loss(self, points: Encoded) -> Floats:
        """Return the loss at each point that is as likely too high as too low, of shape (n_points,), for a report."""
        return self.warping.unwarped(np.mean([each.mean_at_many(points) for each in self.posteriors], axis=0))

    def loss_and_deviation(self, points: Encoded, *, with_noise: bool = False) -> tuple[Floats, Floats]:
        """Return the same, and half the distance between the losses a standard deviation above and below.

        With its noise that is of the loss that a trial may get, and without of what is to be expected there.
        """
        mean, variance = self.mean_and_variance(points)
        if with_noise:
            variance = variance + self.noise
        deviation = np.sqrt(variance)
        high, low = (self.warping.unwarped(mean + sign * deviation) for sign in (1.0, -1.0))
        return self.warping.unwarped(mean), 0.5 * (high - low)

    @property
    def noise(self) -> float:
        """The variance of a score at one and the same point."""
        return float(np.mean([each.kernel.noise for each in self.posteriors]))

    def drawn_losses(self, points: Encoded, count: int, chance: RandomState) -> Floats:
        """Return what the losses at all points may be without their noise, drawn jointly, so often by each process: of
        shape (n_processes * count, n_points).
        """
        draws = []
        for each in self.posteriors:
            mean, covariance = each.mean_and_covariance(points)
            draws.append(mean + chance.standard_normal((count, len(points))) @ _root(covariance))
        return self.warping.unwarped(np.vstack(draws))

    def utility(self, points: Encoded, acquisition: Acquisition) -> Floats:
        """Return what each point is worth trying for, of shape (n_points,): the acquisition function's mean over the
        processes (Snoek, Larochelle and Adams 2012, "Practical Bayesian optimization of machine learning algorithms",
        3.1).
        """
        values = [
            acquisition.of(*posterior.mean_and_variance(points), best)
            for posterior, best in zip(self.posteriors, self.bests, strict=True)
        ]
        return acquisition.averaged(np.array(values))

    def are_repeats(self, points: Encoded) -> NDArray[np.bool_]:
        """Tell of each point whether it is nearly one that the model knows: whether the difference of their losses, by
        what is most likely, varies by less than the noise of a single one.
        """
        known, kernel = self.posteriors[0].points, self.posteriors[0].kernel
        apart = kernel.at(points)[:, None] + kernel.at(known)[None, :] - 2.0 * kernel.between(points, known)
        repeats: NDArray[np.bool_] = apart.min(axis=1) < kernel.noise
        return repeats

    @cached_property
    def bests(self) -> tuple[float, ...]:
        """For each process, the lowest mean at a tried point: what a loss without its noise is to be below.

        The lowest loss would be the luckiest one (Vazquez, Villemonteix, Sidorkiewicz and Walter 2008, "Global
        optimization based on noisy evaluations: an empirical study of two statistical approaches").
        """
        return tuple(float(each.mean(self.tried).min()) for each in self.posteriors)

    def given_pending(self, points: Encoded, seed: int) -> "Model":
        """Return the model with points whose losses are not known yet: each process dreams up its own for all of them.

        They are drawn jointly (Snoek, Larochelle and Adams 2012, 3.3, as above).
        """
        if not len(points):
            return self
        chance = RandomState(seed)
        posteriors = tuple(each.given(points, _drawn_losses(each, points, chance)) for each in self.posteriors)
        return replace(self, posteriors=posteriors, tried=self.tried + points)


def fit_model(encoder: Encoder, *, scores: Scores, failed: Floats, seed: int) -> Model:
    """Return the model of scores, and of rows of points that have `failed`.

    A failed point counts as bad as the worst of the others, warped, which wrecks no scale. Nor do repeats, which are of
    good points alone: the first scores make it.
    """
    first, again = scores.first, slice(len(scores.first.losses), None)
    warping = warp(first.losses)
    repeated = warping.at(scores.losses[again])
    warped = np.concatenate([warping.warped, np.full(len(failed), warping.warped.max()), repeated])
    variances = np.append(warping.deviations(first.deviations) ** 2, np.zeros(len(failed) + len(repeated)))
    points = encoder.encode(np.vstack([first.rows, failed, scores.rows[again]]))
    known = _most_telling(warped, _CONDITIONED)
    points, warped, variances = points[known], warped[known], variances[known]
    prior, fitted = Prior(encoder), _most_telling(warped, _FITTED)
    likelihood = Likelihood(prior, points[fitted], warped[fitted], variances[fitted])
    mode = minimize(likelihood.negative_log, np.zeros(prior.size), prior.bounded)
    draws = _drawn_hyperparameters(mode, prior, _n_kernels(len(warped)), RandomState(seed))
    return Model(
        warping=warping,
        posteriors=tuple(Posterior(prior.kernel(each), points, warped, variances) for each in draws),
        tried=encoder.encode(first.rows),
    )


def _n_kernels(n_points: int) -> int:
    if n_points <= _POINTS_FOR_ALL_KERNELS:
        return _KERNELS
    return max(1, min(_KERNELS, _KERNELS_TIMES_POINTS // n_points))


def _drawn_hyperparameters(mode: Minimum, prior: Prior, count: int, chance: RandomState) -> list[Floats]:
    """Return the most likely hyper-parameters, and `count` - 1 draws around them.

    They are from a normal distribution around these, the Laplace approximation of what is likely, made narrower.
    """
    root = _SHARE_OF_DEVIATION * _root(mode.inverse_hessian, most=_MOST_VARIANCE)
    drawn = chance.standard_normal((count - 1, prior.size)) @ root
    return [mode.at, *(prior.bounded(mode.at + each) for each in drawn)]


def _drawn_losses(posterior: Posterior, points: Encoded, chance: RandomState) -> Floats:
    mean, covariance = posterior.mean_and_covariance(points)
    drawn: Floats = mean + _root(covariance) @ chance.standard_normal(len(points))
    return drawn


def _root(covariance: Floats, *, most: float = np.inf) -> Floats:
    """Return the symmetric square root of a covariance, of whose eigenvalues none is above `most`.

    Unlike the eigenvectors it is the same whichever way these are found.
    """
    values, vectors = np.linalg.eigh(0.5 * (covariance + covariance.T))
    root: Floats = (vectors * np.sqrt(np.clip(values, 0.0, most))) @ vectors.T
    return root


def _most_telling(losses: Floats, most: int) -> Indices:
    """Return the places of at most so many losses in their order: half of them the best, half evenly of the others."""
    order = np.argsort(losses, kind="stable")
    if len(order) <= most:
        return np.arange(len(order))
    best, others = order[: most // 2], np.sort(order[most // 2 :])
    evenly = np.rint(np.linspace(0, len(others) - 1, most - len(best))).astype(int)
    return np.sort(np.append(best, others[evenly]))
