"""What confirmations bring and whether what they state holds: whole searches and confirmations without any training.

A search tries points of a table of real trainings, whose final scores count as the truth. What it sees of one is off by
what the validation's images do, the same for each training of a point and much alike for all points, and by what a
seed does, another time for each training. The points with the best scores are confirmed, and all is compared with
taking the best score by its word, search by search. Regret is by how much the winner is truly worse than the best point
that was tried. The interval that is stated is to hold the winner's mean over all seeds, on the same images.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from curves import read_curves
from figures import Figure, exit_code, show, show_table
from numpy.typing import NDArray

from job.core.effort import Effort
from job.statistics.candidates import compare
from job.statistics.seeds import over_seeds

_PERCENT = 100
_CERTAIN = 1.96  # standard errors to either side, of 95 %
_ALIKE = 0.7  # correlation of what images do to two points
_METRIC = "val_accuracy"
_IMAGES = {"mnist": 5000, "digits": 250}  # of the validation
_DEVIATIONS = {"mnist": (0.1, 0.2, 0.4), "digits": (0.5, 1.0)}  # over seeds, in points

Floats = NDArray[np.float64]  # of losses: in points, less is better


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure confirmations by whole searches on tables of real trainings.")
    parser.add_argument("--curves", nargs="+", choices=_IMAGES, default=list(_IMAGES), help="the tables")
    parser.add_argument("--searches", type=int, default=1000, help="of each table and deviation")
    parser.add_argument("--trials", type=int, default=40, help="of a search")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sys.exit(exit_code(lambda: _measure(options)))


def _measure(options: argparse.Namespace) -> None:
    found = []
    for name in options.curves:
        for deviation in _DEVIATIONS[name]:
            random = np.random.default_rng([options.seed, len(found)])
            searches = draw_searches(name, deviation, (options.searches, options.trials), random)
            outcomes = {policy.name: confirmed(searches, policy, random) for policy in POLICIES}
            found.append(outcomes)
            show_table(_title(name, deviation, options), [_HEAD, *_rows(outcomes)], right=set())
    show("All together", list(_figures(found)))


@dataclass(frozen=True, eq=False)
class Searches:
    """What the points of searches are in truth, and what is seen of them: (n_searches, n_trials) each."""

    truth: Floats  # over all seeds and images
    levels: Floats  # over all seeds, on the images of the validation
    seen: Floats  # on one seed, on these images
    deviation: float  # over seeds


def draw_searches(name: str, deviation: float, shape: tuple[int, int], random: np.random.Generator) -> Searches:
    """Return searches of random points of a table."""
    table = read_curves(name, _METRIC).losses[:, -1]
    searches, trials = shape
    truth = table[random.permuted(np.tile(np.arange(len(table)), (searches, 1)), axis=1)[:, :trials]]
    error = np.sqrt(-truth * (1 + truth) / _IMAGES[name])
    shared, own = random.standard_normal((searches, 1)), random.standard_normal(shape)
    levels = truth + error * (np.sqrt(_ALIKE) * shared + np.sqrt(1 - _ALIKE) * own)
    seen = _PERCENT * levels + deviation * random.standard_normal(shape)
    return Searches(_PERCENT * truth, _PERCENT * levels, seen, deviation)


@dataclass(frozen=True)
class Policy:
    """Confirms with an effort, or not at all; all candidates on all seeds, or the worse half leaves in each round."""

    name: str
    effort: Effort | None
    is_halving: bool = True

    @cached_property
    def rounds(self) -> tuple[tuple[int, int], ...]:
        """How many candidates are left in each round, and on how many more seeds each of them is trained."""
        if self.effort is None:
            return ()
        return tuple(self.effort.rounds) if self.is_halving else ((self.effort.candidates, self.effort.seeds),)

    @property
    def trainings(self) -> int:
        """How many trainings it takes, with those that measure."""
        return sum(left * seeds for left, seeds in self.rounds) + (self.effort.seeds if self.effort else 0)


def _by(candidates: int, seeds: int, **options: bool) -> Policy:
    name = f"{candidates}x{seeds}" + ("" if options.get("is_halving", True) else ", all to the end")
    return Policy(name, Effort(candidates, seeds), **options)


POLICIES = (
    Policy("highest score", None),
    _by(2, 2),
    _by(3, 3),
    _by(4, 4),
    _by(5, 5),
    _by(5, 5, is_halving=False),
    _by(10, 3),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """What came of each search: (n_searches,) each; what an effort tells is empty without one."""

    trainings: int
    regret: Floats
    optimism: Floats  # by how much the stated score is better than the truth, on the same images
    elsewhere: Floats  # the same on all images
    measured: NDArray[np.bool_]  # whether the interval of the seeds that measure holds the truth
    chosen: NDArray[np.bool_]  # whether that of the seeds that choose would
    rivals: Floats  # candidates that cannot be told from the best one, that one among them
    excluded: NDArray[np.bool_]  # whether the truly best candidate is not among these


def confirmed(searches: Searches, policy: Policy, random: np.random.Generator) -> Outcome:
    """Confirm the best points of searches, by their scores."""
    effort = policy.effort or Effort(1, 1)
    candidates = np.argsort(searches.seen, axis=1)[:, : effort.candidates]
    levels, truth = _take(searches.levels, candidates), _take(searches.truth, candidates)
    fresh = _fresh(levels, searches.deviation, sum(seeds for _, seeds in policy.rounds), random)
    trained, winner = choose(fresh, policy)
    level = _take(levels, winner)
    measuring = _fresh(level, searches.deviation, effort.seeds, random)[:, 0]
    stated = measuring.mean(axis=1) if policy.effort else _take(searches.seen, candidates)[:, 0]
    rivals = _rivals(np.where(trained, fresh, np.nan)) if policy.effort else np.ones((len(stated), 1), dtype=bool)
    return Outcome(
        trainings=policy.trainings,
        regret=_take(truth, winner)[:, 0] - searches.truth.min(axis=1),
        optimism=level[:, 0] - stated,
        elsewhere=_take(truth, winner)[:, 0] - stated,
        measured=_covered(measuring, level) if policy.effort else np.array([], dtype=bool),
        chosen=_covered(_take(fresh, winner[..., None])[:, 0], level) if policy.effort else np.array([], dtype=bool),
        rivals=rivals.sum(axis=1).astype(float),
        excluded=~_take(rivals, levels.argmin(axis=1)[:, None])[:, 0],
    )


def choose(fresh: Floats, policy: Policy) -> tuple[NDArray[np.bool_], NDArray[np.int_]]:
    """Return what is trained of `fresh` losses, (n_searches, n_candidates, n_seeds), and who wins: (n_searches, 1)."""
    left = np.tile(np.arange(fresh.shape[1]), (len(fresh), 1))
    trained, until = np.zeros(fresh.shape, dtype=bool), 0
    for _, seeds in policy.rounds:
        np.put_along_axis(trained[:, :, until : until + seeds], left[..., None], values=True, axis=1)
        until += seeds
        means = _take(fresh[:, :, :until].mean(axis=2), left)
        left = _take(left, np.argsort(means, axis=1)[:, : -(-left.shape[1] // 2)])
    return trained, left[:, :1]


def _take(values: NDArray, places: NDArray[np.int_]) -> NDArray:
    return np.take_along_axis(values, places, axis=1)


def _fresh(levels: Floats, deviation: float, seeds: int, random: np.random.Generator) -> Floats:
    """Return losses on new seeds: the shape of `levels`, with an axis of the seeds behind it."""
    return levels[..., None] + deviation * random.standard_normal((*levels.shape, seeds))


def _rivals(losses: Floats) -> NDArray[np.bool_]:
    return np.array([[each.may_be_best for each in compare(of_search)] for of_search in losses])


def _covered(losses: Floats, level: Floats) -> NDArray[np.bool_]:
    """Return of which searches the interval that is stated holds the truth: (n_searches,)."""
    found = [over_seeds(of_search.tolist()) for of_search in losses]
    intervals = np.array([each.interval or (np.nan, np.nan) for each in found if each is not None])
    return (intervals[:, 0] <= level[:, 0]) & (level[:, 0] <= intervals[:, 1])


_HEAD = (
    "",
    "trainings",
    "regret",
    "less than by score",
    "stated - truth",
    "on other images",
    "covered",
    "by those that chose",
    "rivals",
    "best excluded",
)


def _title(name: str, deviation: float, options: argparse.Namespace) -> str:
    return (
        f"{name}, {deviation:g} points of deviation over seeds, {_IMAGES[name]} images: {options.searches} searches of "
        f"{options.trials} trials.\nRegret and the stated score in points, the rest in %"
    )


def _rows(outcomes: Mapping[str, Outcome]) -> Iterator[list[str]]:
    by_score = outcomes[POLICIES[0].name]
    for name, each in outcomes.items():
        gain = "" if each is by_score else _with_error(by_score.regret - each.regret)
        told = (_with_error(each.optimism), _with_error(each.elsewhere), _share(each.measured), _share(each.chosen))
        rivals = (f"{each.rivals.mean():.2f}", _share(each.excluded)) if each.measured.size else ("", "")
        yield [name, str(each.trainings), f"{each.regret.mean():.3f}", gain, *told, *rivals]


def _with_error(values: Floats) -> str:
    return f"{values.mean():+.3f} ± {_CERTAIN * _error(values):.3f}"


def _error(values: Floats) -> float:
    return float(values.std(ddof=1)) / np.sqrt(len(values))


def _share(claims: NDArray[np.bool_]) -> str:
    return f"{_PERCENT * claims.mean():.1f}" if claims.size else ""


def _figures(found: Sequence[Mapping[str, Outcome]]) -> Iterator[Figure]:
    by_score = np.concatenate([each[POLICIES[0].name].regret for each in found])
    for policy in POLICIES[1:]:
        outcomes = [each[policy.name] for each in found]
        gain = by_score - np.concatenate([each.regret for each in outcomes])
        least = float(gain.mean()) - _CERTAIN * _error(gain)
        covered = _PERCENT * float(np.mean([each.measured.mean() for each in outcomes]))
        # In errors of its own, since the deviations over seeds differ.
        optimism = max(abs(each.optimism.mean()) / _error(each.optimism) for each in outcomes)
        excluded = _PERCENT * max(float(each.excluded.mean()) for each in outcomes)
        name = f"{policy.name}: regret less than by score, at least"
        yield Figure(name=name, value=least, unit="points", target=0, better="more")
        yield Figure(name="  coverage off 95 %", value=abs(covered - 95), unit="%", target=2)
        yield Figure(name="  stated - truth, the largest", value=optimism, unit="errors", target=3)
        yield Figure(name="  best candidate told apart, the most", value=excluded, unit="%", target=5)


if __name__ == "__main__":
    main()
