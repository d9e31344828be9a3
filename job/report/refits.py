"""How sure is what a surrogate says: it is fitted anew without each of some groups of its trials, and asked again.

How an answer moves then is how it moves with the trials, and with what is chance in their scores (the delete-a-group
jackknife, Kott 2001).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from job.core.space import Params, Space
from job.core.study import Study

if TYPE_CHECKING:
    from job.proposals.draws import Floats
    from job.proposals.surrogate import FittedSurrogate

_SEED = 0  # of the groups, which are no choice of the search
# Up to so many trials are left out one by one; of more, so many groups.
_MOST_GROUPS_OF_ONE = 20
_GROUPS = 10
# Fewer scores say nothing; nor do fewer than so many for each dimension.
_LEAST_SCORES = 8
_LEAST_SCORES_A_DIMENSION = 2
_CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Refitted:
    """A surrogate, the `whole`, and `refits` of it: one without each of some `groups` of places of its points."""

    whole: "FittedSurrogate"
    groups: Sequence[Sequence[int]]
    refits: Sequence["FittedSurrogate"]

    @property
    def space(self) -> Space:
        return self.whole.space

    def predict(self, points: Sequence[Params]) -> "Floats":
        """Return the score that the surrogate expects at each point, in its natural unit; of shape (n_points,)."""
        return self.whole.predict_mean(self.whole.encode(points))

    def predict_by_all(self, points: Sequence[Params]) -> "Floats":
        """Return the same, and below it what each refit expects; of shape (1 + n_refits, n_points)."""
        encoded = self.whole.encode(points)
        return np.stack([each.predict_mean(encoded) for each in (self.whole, *self.refits)])


def refit_surrogate(study: Study) -> Refitted | None:
    """Return the surrogate of `study` with its refits, which can take seconds; None where the scores are too few."""
    from job.proposals.surrogate import fit_surrogate

    if len(study.scored) < least_scores(study.fingerprint.space):
        return None
    surrogate = fit_surrogate(study)
    return None if surrogate is None else refitted(surrogate)


def refitted(surrogate: "FittedSurrogate") -> Refitted:
    groups = _groups(surrogate.numbers)
    return Refitted(surrogate, groups, [surrogate.without(group) for group in groups])


def least_scores(space: Space) -> int:
    """Return how many scores it takes to ask what matters."""
    return max(_LEAST_SCORES, _LEAST_SCORES_A_DIMENSION * len(space.dimensions))


def reach(answers: "Floats") -> "Floats":
    """Return how far the 95 % interval of an answer reaches to either side of it.

    `answers`, of shape (1 + n_refits, ...), are that of the surrogate, and below it those of its refits.
    """
    from scipy.stats import t

    refits = answers[1:]
    groups = len(refits)
    error = np.sqrt((groups - 1) / groups * np.sum((refits - refits.mean(axis=0)) ** 2, axis=0))
    to_either_side: Floats = t.ppf((1 + _CONFIDENCE) / 2, groups - 1) * error
    return to_either_side


def _groups(numbers: Sequence[int]) -> list[list[int]]:
    """Return the places of trials in groups, of which each is to be left out.

    Those of one number stay together: what repeats a score that is left out would tell it.
    """
    places = defaultdict[int, list[int]](list)
    for place, number in enumerate(numbers):
        places[number].append(place)
    trials, count = [*places.values()], len(places)
    groups = count if count <= _MOST_GROUPS_OF_ONE else _GROUPS
    drawn = np.array_split(np.random.default_rng(_SEED).permutation(count), groups)
    return [[place for trial in group for place in trials[trial]] for group in drawn]
