"""How the best score of a search grew with what the search has spent, and how that spreads over several of them."""

import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import median

from job.core.study import Study
from job.core.trial import Status
from job.report.comparison.content import Axis, PointSummary, SpreadSummary


@dataclass(frozen=True)
class Course:
    """The best score so far of one search, along one axis.

    It is `scores[i]` from `places[i]` on, both in the order in which trials ended, and the last one up to `end`.
    """

    places: tuple[float, ...]
    scores: tuple[float, ...]
    end: float

    def at(self, place: float) -> float | None:
        """Return the best score at a place; None before the first, and after the end."""
        index = bisect.bisect_right(self.places, place)
        return self.scores[index - 1] if index and place <= self.end else None


def courses_of(study: Study) -> Mapping[Axis, Course]:
    """Return the course of a search along each axis.

    Its own trials count, not the evidence that it began with, in the order in which they ended; those too that have
    stopped early, which have no score. Those that have failed cost epochs and time like the others, and are no trials.
    """
    objective = study.fingerprint.objective
    ended = study.tried
    done = [trial.status is Status.COMPLETED for trial in ended]
    losses = [loss for trial in ended if (loss := trial.loss(objective)) is not None]
    scores = tuple(objective.value(loss) for loss in accumulate(losses, min))
    costs: dict[Axis, Iterator[float]] = {
        "trials": accumulate(float(trial.status is not Status.FAILED) for trial in ended),
        "epochs": accumulate(trial.epochs_trained for trial in ended),
        "seconds": accumulate(trial.seconds for trial in ended),
    }
    return {axis: _course(list(places), done, scores) for axis, places in costs.items()}


def _course(places: Sequence[float], done: Sequence[bool], scores: tuple[float, ...]) -> Course:
    at = tuple(place for place, is_done in zip(places, done, strict=True) if is_done)
    return Course(at, scores, end=places[-1] if places else 0.0)


def spread_of(values: Sequence[float | None]) -> SpreadSummary | None:
    """Return the median and the range of values; None where there is none of them, or one is missing."""
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    return {"median": median(known), "low": min(known), "high": max(known)}


def spread_along(courses: Sequence[Course]) -> list[PointSummary]:
    """Return the best scores of several searches at each place where one of them changes, up to where one ends."""
    end = min((course.end for course in courses), default=0.0)
    places = sorted({place for course in courses for place in (*course.places, end)})
    spreads = ((place, spread_of([course.at(place) for course in courses])) for place in places)
    return [{"at": place, **spread} for place, spread in spreads if spread is not None]
