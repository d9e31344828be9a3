"""The confirmation of a search: which trials are trained again on fresh seeds, on how many, and which of them wins.

The best of many noisy scores is a lucky one. So after the search its candidates are trained again, all on the same
seeds, and what they scored before does not count. The worse half leaves after each round: sequential halving (Karnin,
Koren and Somekh 2013, "Almost optimal exploration in multi-armed bandits"). The one that is left is trained on further
seeds, which choose nothing, and so are what is to be expected of it.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean

from job.core.effort import Effort, effort_of
from job.core.journal import Dropped
from job.core.known import Known
from job.core.limits import Limits
from job.core.objective import Objective
from job.core.tested import TestResult
from job.core.trial import Status, Trial

# From what is known to the numbers of at most so many trials that may be the best one, the most trusted first.
Contenders = Callable[[Known, int], tuple[int, ...]]


@dataclass(frozen=True)
class Again:
    """A trial that is to be trained again, and on which seed."""

    of: int
    replicate: int


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """A confirmation, as far as it has come."""

    objective: Objective
    effort: Effort
    candidates: tuple[int, ...]  # the numbers of trials, the most trusted first
    first: int  # the number of the first seed, from 1
    replicates: tuple[Trial, ...]  # that it has begun, each of another candidate or on another seed

    @property
    def first_measuring(self) -> int:
        """The number of the first seed that chooses nothing."""
        return self.first + sum(seeds for _, seeds in self.effort.rounds)

    @property
    def next(self) -> Again | None:
        """What it trains next; None where that has to wait for what is in training, or where it is over."""
        left, seeds, _ = self._stage
        missing = (Again(of, seed) for seed in seeds for of in left if self._replicate(of, seed) is None)
        return next(missing, None)

    @property
    def is_over(self) -> bool:
        """Whether it trains nothing any more."""
        left, seeds, chooses = self._stage
        return not chooses and self._have_ended(left, seeds)

    @property
    def left(self) -> tuple[int, ...]:
        """The candidates that have not left yet, the best first."""
        return self._stage[0]

    @property
    def winner(self) -> int | None:
        """The number of the trial that has won by its mean; None while that is open, and where all have failed."""
        left, _, chooses = self._stage
        return left[0] if left and not chooses else None

    @property
    def choosing(self) -> Mapping[int, tuple[Trial, ...]]:
        """The replicates of each candidate that choose, in the order of their seeds."""
        return {of: self._begun(of, range(self.first, self.first_measuring)) for of in self.candidates}

    @property
    def measuring(self) -> tuple[Trial, ...]:
        """The replicates of the winner that measure it, in the order of their seeds; empty before it is known."""
        first = self.first_measuring
        return () if self.winner is None else self._begun(self.winner, range(first, first + self.effort.seeds))

    @property
    def middle(self) -> Trial | None:
        """The replicate in the middle of those that have measured, the worse of two; None before all have."""
        if not self.is_over:
            return None
        losses = ((each.loss(self.objective), -each.replicate, each) for each in self.measuring)
        ranked = sorted(each for each in losses if each[0] is not None)
        return ranked[len(ranked) // 2][2] if ranked else None

    @property
    def _stage(self) -> tuple[tuple[int, ...], range, bool]:
        """The candidates that are left, the seeds that they are to have by the next choice, and whether one comes."""
        left, until = self.candidates, self.first
        for _, seeds in self.effort.rounds:
            until += seeds
            if len(self.candidates) < self.effort.candidates or not self._have_ended(left, range(self.first, until)):
                return left, range(self.first, until), True
            left = self._better_half(left, range(self.first, until))
        return left, range(until, until + self.effort.seeds), False

    def _better_half(self, left: Sequence[int], seeds: range) -> tuple[int, ...]:
        """Return the half of the candidates with the best means, the best first; none that has failed on a seed."""
        means = {of: fmean(self._losses(of, seeds)) for of in left}
        ranked = sorted((of for of in left if means[of] < math.inf), key=means.__getitem__)
        return tuple(ranked[: math.ceil(len(left) / 2)])

    def _losses(self, of: int, seeds: range) -> list[float]:
        losses = [each.loss(self.objective) for each in self._begun(of, seeds)]
        return [math.inf if loss is None else loss for loss in losses]

    def _have_ended(self, left: Sequence[int], seeds: range) -> bool:
        found = [self._replicate(of, seed) for of in left for seed in seeds]
        return all(each is not None and each.status is not Status.RUNNING for each in found)

    def _begun(self, of: int, seeds: range) -> tuple[Trial, ...]:
        found = (self._replicate(of, seed) for seed in seeds)
        return tuple(each for each in found if each is not None)

    def _replicate(self, of: int, seed: int) -> Trial | None:
        return next((each for each in self.replicates if (each.of, each.replicate) == (of, seed)), None)


def effort_for(known: Known) -> Effort | None:
    """Return how much the best trials of a search are trained again that has ended so; None where none are."""
    epochs = sum(trial.epochs_trained for trial in (*known.completed, *known.stopped))
    trainings = epochs / known.fingerprint.epochs
    return effort_of(known.limits.confirm, completed=len(known.completed), trainings=trainings)


def confirmation_of(known: Known, contenders: Contenders | None = None) -> Confirmation | None:
    """Return the confirmation of a search as it has ended; None where nothing is to be confirmed.

    Its candidates are those that it has begun with. Others are asked of `contenders` where these are too few; without
    it, it is None before it has begun. These hear of the replicates of earlier confirmations alone: its candidates are
    the same whatever the first of them have scored by the time that the last one begins.
    """
    if (effort := effort_for(known)) is None:
        return None
    since = _ended_at(known)
    steps = {step.trial: step.number for step in known.steps}
    replicates = tuple(each for each in known.replicates if steps[each.number] > since)
    begun = [known.trial(each.of) for each in replicates if each.of is not None]
    candidates = tuple(dict.fromkeys(each.number for each in begun if each.status is Status.COMPLETED))
    before = known.replicates[: len(known.replicates) - len(replicates)]
    if len(candidates) < effort.candidates and contenders is not None:
        trusted = contenders(replace(known, replicates=before), effort.candidates)
        candidates = tuple(dict.fromkeys((*candidates, *trusted)))[: effort.candidates]
    if not candidates:
        return None
    return Confirmation(
        objective=known.fingerprint.objective,
        effort=effort,
        candidates=candidates,
        first=max((each.replicate for each in before), default=0) + 1,
        replicates=replicates,
    )


def model_of(known: Known) -> Trial | None:
    """Return the trial or replicate whose model is the best one: the confirmed one, or else that of the best score."""
    confirmation = confirmation_of(known)
    middle = None if confirmation is None else confirmation.middle
    return middle or known.best


def best_trial(known: Known) -> Trial | None:
    """Return the trial whose point is the best one: the confirmed one, or else that of the best score."""
    model = model_of(known)
    return model if model is None or model.of is None else known.trial(model.of)


def test_of_model(known: Known) -> TestResult | None:
    """Return the test of the best model; None until it is tested, though an earlier best one was."""
    model = model_of(known)
    return known.test if known.test and model and known.test.number == model.number else None


def models_wanted(known: Known) -> tuple[Trial, ...]:
    """Return the replicates whose models are kept: they measure, and are to be tested or become the best model."""
    if (confirmation := confirmation_of(known)) is None:
        return ()
    ended = tuple(each for each in confirmation.measuring if each.status is Status.COMPLETED)
    if not confirmation.is_over:
        return ended
    tested = {each.number for each in known.tests}
    if known.test is not None:
        tested.add(known.test.number)
    return tuple(
        each
        for each in ended
        if each.number not in tested and (each == confirmation.middle or not known.has_no_test_set)
    )


def confirmations_begun(known: Known) -> int:
    """Return how many confirmations there have been, with one that is not over: each takes the test set once more."""
    ends = sorted({*_ends(known)})
    steps = {step.trial: step.number for step in known.steps}
    return len({bisect_left(ends, steps[each.number]) for each in known.replicates})


def _ended_at(known: Known) -> int:
    """Return the number of the step after which a search has ended that is to be confirmed."""
    return max(_ends(known))


def _ends(known: Known) -> list[int]:
    """Return the numbers of the steps after which another confirmation begins, and 0: of those that were no replicate,
    or were planned before another effort was asked for, or a trial dropped.
    """
    trials = [step.number for step in known.steps if step.trial > 0]
    limits = [(entry.step, entry.input) for entry in known.journal if isinstance(entry.input, Limits)]
    changes = [step - 1 for (_, one), (step, other) in pairwise(limits) if one.confirm != other.confirm]
    drops = [entry.step - 1 for entry in known.journal if isinstance(entry.input, Dropped)]
    return [0, *trials, *changes, *drops]
