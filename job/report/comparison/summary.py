"""Searches as the content of their comparison."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from job.core.confirmation import best_trial, test_of_model
from job.core.objective import Objective
from job.core.run import RunEnd
from job.core.study import Study
from job.core.trial import Status
from job.errors import SettingsError
from job.report.comparison.content import AXES, Axis, Comparison, GroupSummary, MarkSummary, StateSummary
from job.report.comparison.course import Course, courses_of, spread_along, spread_of
from job.report.comparison.groups import Group, NamedStudy, differing, group, labels_of
from job.report.confirmation import confirmed_mean, confirmed_tests
from job.report.content import ObjectiveSummary
from job.report.json_values import finite
from job.report.progress import trials_done
from job.report.summary import summarize_objective

_MOST_MARKS = 4  # along one axis
_NUMBERS = tuple(float(step * 10**power) for power in range(7) for step in (1, 2, 5))
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_DURATIONS = (
    *(10.0, 20.0, 30.0),
    *(float(minutes * _MINUTE) for minutes in (1, 2, 5, 10, 20, 30)),
    *(float(hours * _HOUR) for hours in (1, 2, 5, 10)),
    *(float(days * _DAY) for days in (1, 2, 5, 10, 20, 50, 100)),
)
_ROUND: Mapping[Axis, tuple[float, ...]] = {"trials": _NUMBERS, "epochs": _NUMBERS, "seconds": _DURATIONS}


def compare(named: Sequence[NamedStudy]) -> Comparison:
    """Return the comparison of searches: groups of those that differ in their seed alone, in the order given.

    Raise SettingsError where they have not all the same objective.
    """
    _check_objectives(named)
    objective = named[0].study.fingerprint.objective
    tested, groups = _test_metric(named, objective), group(named)
    courses = [[courses_of(each.study) for each in states] for states in groups]
    labels = labels_of(groups)
    return {
        "objective": _objective(named),
        "test_metric": tested,
        "groups": [
            _summarize_group(label, states, of_states, tested)
            for label, states, of_states in zip(labels, groups, courses, strict=True)
        ],
        "marks": [mark for axis in AXES for mark in _marks(axis, [[each[axis] for each in c] for c in courses])],
        "notes": [*_notes(groups, labels)],
    }


def _check_objectives(named: Sequence[NamedStudy]) -> None:
    found: dict[Objective, str] = {}
    for each in named:
        found.setdefault(each.study.fingerprint.objective, each.name)
    if len(found) > 1:
        told = ", ".join(f"{objective} in {name}" for objective, name in found.items())
        raise SettingsError(
            f"expected searches of one objective, found {told}",
            hint="compare those with the same objective: scores of different ones say nothing of each other",
        )


def _objective(named: Sequence[NamedStudy]) -> ObjectiveSummary:
    summaries = [summarize_objective(each.study) for each in named]
    return {**summaries[0], "is_share": all(each["is_share"] for each in summaries)}


def _test_metric(named: Sequence[NamedStudy], objective: Objective) -> str | None:
    """Return the metric of the test set that tells most of the objective, among those of all models tested."""
    tests = [test for each in named if (test := _tests_of(each.study))]
    candidates = (objective.metric.removeprefix("val_"), "accuracy", "loss")
    return next((name for name in candidates if tests and all(name in metrics for metrics in tests)), None)


def _tests_of(study: Study) -> Mapping[str, float]:
    """Return the metrics of the test of a search: of a confirmed one their means, else those of the best model."""
    if confirmed_mean(study) is not None:
        return confirmed_tests(study)
    test = test_of_model(study)
    return {} if test is None else test.metrics


def _summarize_group(
    label: str, states: Group, courses: Sequence[Mapping[Axis, Course]], tested: str | None
) -> GroupSummary:
    summaries = [_summarize_state(each, of_state, tested) for each, of_state in zip(states, courses, strict=True)]
    return {
        "label": label,
        "states": summaries,
        "best": spread_of([each["best"] for each in summaries if each["best"] is not None]),
        "test": spread_of([each["test"] for each in summaries if each["test"] is not None]),
        "course": {axis: spread_along([each[axis] for each in courses if each[axis].places]) for axis in AXES},
    }


def _summarize_state(named: NamedStudy, courses: Mapping[Axis, Course], tested: str | None) -> StateSummary:
    study, objective = named.study, named.study.fingerprint.objective
    best, tests, confirmed = best_trial(study), _tests_of(study), confirmed_mean(study)
    score = confirmed if confirmed is not None or best is None else best.score(objective)
    return {
        "name": named.name,
        "seed": study.fingerprint.seed,
        "trials": trials_done(study),
        "budget": study.limits.trials,
        "failed": len(study.with_status(Status.FAILED)),
        "epochs": round(courses["epochs"].end),
        "seconds": courses["seconds"].end,
        "best": finite(score),
        "confirmed": confirmed is not None,
        "test": finite(tests[tested]) if tests and tested else None,
        "finished": _is_finished(study),
    }


def _marks(axis: Axis, groups: Sequence[Sequence[Course]]) -> Iterator[MarkSummary]:
    """Yield the scores at some round places that all searches have reached, and at the last one that they all have."""
    ends = [course.end for courses in groups for course in courses if course.places]
    end = min(ends, default=0.0)
    if not end:
        return
    rounded = [place for place in _ROUND[axis] if place < end]
    for place in (*rounded[1 - _MOST_MARKS :], end):
        scores = [spread_of([course.at(place) for course in courses if course.places]) for courses in groups]
        if any(score is not None for score in scores):
            yield {"axis": axis, "at": place, "scores": scores}


def _notes(groups: Sequence[Group], labels: Sequence[str]) -> Iterator[str]:
    """Yield what is to be said before anything is concluded."""
    if other := {"problem", "data"} & {*differing(groups)}:
        yield f"The groups differ in their {' and '.join(sorted(other))}: a score of one may be easier than of another."
    if alone := [label for label, states in zip(labels, groups, strict=True) if len(states) == 1]:
        yield f"{'; '.join(alone)}: of one seed alone, so nothing is known of what another would give."
    confirmed = {each.name: confirmed_mean(each.study) is not None for states in groups for each in states}
    if len({*confirmed.values()}) > 1:
        names = ", ".join(name for name, is_confirmed in confirmed.items() if is_confirmed)
        yield f"Best and test of {names} are means over fresh seeds; of the others, those of the best score, with luck."
    if any(len({each.study.fingerprint.data for each in states}) > 1 for states in groups):
        yield "Each seed has data of its own, such as other examples to validate on: the ranges tell of that too."
    for one, other_one in (pair for states in groups for pair in combinations(states, 2)):
        if one.study.fingerprint.seed == other_one.study.fingerprint.seed:
            yield f"{one.name} and {other_one.name} have the same seed, and so are no two samples."
    for each in (each for states in groups for each in states):
        yield from _note_unfinished(each)


def _note_unfinished(named: NamedStudy) -> Iterator[str]:
    study, budget = named.study, named.study.limits.trials
    if not study.completed:
        yield f"{named.name}: no trial has completed yet."
    elif not _is_finished(study):
        tried = f"{trials_done(study)} of {budget or 'any number of'} trials"
        yield f"{named.name} has not finished: {tried} {'tried' if study.stopped else 'completed'}."


def _is_finished(study: Study) -> bool:
    return bool(study.runs) and study.runs[-1].ended is RunEnd.FINISHED
