"""How far a confirmation has come, for those who look on: what it is at, who is left, and what it has found."""

from collections.abc import Sequence
from statistics import fmean
from typing import TypedDict

from job.core.confirmation import Confirmation, confirmation_of
from job.core.objective import Objective
from job.core.study import Study
from job.core.trial import Status, Trial
from job.report.json_values import finite
from job.words import count, format_score


class ConfirmingSummary(TypedDict):
    """A confirmation that has begun: `done` of `trainings` have ended.

    Of the `candidates`, those trials of which a training has begun, these are `left`, the best first. The `winner` is
    None while that is open, and where all have failed. `score` is its mean over the `seeds` that measure it and are
    through, None before one is, and `failed` tells on how many of these it has failed.
    """

    candidates: list[int]
    left: list[int]
    winner: int | None
    trainings: int
    done: int
    is_over: bool
    score: float | None
    seeds: int
    failed: int


def summarize_confirming(study: Study) -> ConfirmingSummary | None:
    """Return how far the confirmation of a search has come; None before it has begun, and where there is none."""
    if (confirmation := confirmation_of(study)) is None:
        return None
    measuring = [each for each in confirmation.measuring if each.status is not Status.RUNNING]
    return {
        "candidates": list(confirmation.candidates),
        "left": list(confirmation.left),
        "winner": confirmation.winner,
        "trainings": confirmation.effort.trainings,
        "done": count_ended(confirmation),
        "is_over": confirmation.is_over,
        "score": mean_score(measuring, study.fingerprint.objective),
        "seeds": len(measuring),
        "failed": sum(each.status is Status.FAILED for each in measuring),
    }


def count_ended(confirmation: Confirmation) -> int:
    """Return how many trainings of a confirmation have ended."""
    return sum(each.status is not Status.RUNNING for each in confirmation.replicates)


def mean_score(trials: Sequence[Trial], objective: Objective) -> float | None:
    """Return the mean score of those that have one, in the objective's natural units; None where none has."""
    scores = [score for each in trials if (score := each.score(objective)) is not None]
    return finite(fmean(scores)) if scores else None


def describe_confirmed(found: ConfirmingSummary, metric: str) -> str:
    """Return what a confirmation that is over has found, such as `trial 7: val_accuracy 98.20 % in the mean of 5 seeds
    that chose nothing`.
    """
    if found["winner"] is None:
        return "nothing, since all candidates have failed"
    winner, scored = f"trial {found['winner']}", found["seeds"] - found["failed"]
    failed = f"; it failed on {found['failed']} more" if found["failed"] else ""
    if not scored:
        return f"nothing, since {winner}, which has won, failed on every seed that was to measure it"
    score = format_score(metric, found["score"])
    return f"{winner}: {metric} {score} {over(scored)} that chose nothing{failed}"


def over(seeds: int) -> str:
    """Return over how many seeds a score is a mean, in words."""
    return "on one seed" if seeds == 1 else f"in the mean of {count(seeds, 'seed')}"


def name_trials(numbers: Sequence[int]) -> str:
    """Return the names of trials in words, such as `trials 7, 4 and 12`."""
    return f"trial{'' if len(numbers) == 1 else 's'} {in_words(list(map(str, numbers)))}"


def in_words(parts: Sequence[str]) -> str:
    """Return parts, of which there are some, as a sentence lists them: `7, 4 and 12`."""
    *others, last = parts
    return f"{', '.join(others)} and {last}" if others else last
