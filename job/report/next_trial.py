"""What a search would do next, and why, for `hpo-job ask`: nothing of it is carried out."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypedDict

from job.core.journal import Enqueued
from job.core.limits import Limits
from job.core.past import known_at
from job.core.plan import (
    SPACE_USED_UP,
    End,
    GoOn,
    NewTrial,
    Plan,
    Propose,
    Replicate,
    TryAgain,
    Wait,
    open_requests,
    plan,
)
from job.core.space import DimensionSummary, Params, Value, summarize_space
from job.core.study import Study
from job.core.trial import Trial
from job.proposals.contenders import contenders
from job.proposals.expectation import expected_of
from job.proposals.propose import propose
from job.pruning.prune import PRUNING
from job.report.content import BestSummary, ExpectationSummary, ObjectiveSummary
from job.report.expectations import describe_expectation, format_made_for
from job.report.made_for import made_for, summarize_expectation
from job.report.progress import describe_place
from job.report.status import RunningTrial, describe_trial
from job.report.summary import summarize_best, summarize_objective
from job.words import format_params, format_score

_UNLIMITED = Limits(max_failures=2**53)  # more than any search has trials
_ASKED = "--set"  # the name of the request that stands for the values asked about
_NO_ROOM = "the budget has no room for another trial than those in hand"
_USED_UP_WITH_VALUES = "every point with these values has been tried"


class NextTrial(TypedDict):
    """The trial that would come next; one that has failed is trained `again`, as it was asked for.

    `goes_on` says where one goes on that has stopped at a rung, in words; empty for one that starts. A replicate has a
    `number` below 0, and trains the point of trial `replicate_of` again, on a `seed` from 1, to confirm it. `title` is
    what it is called in sentences.
    """

    number: int
    title: str
    replicate_of: int | None
    seed: int | None
    again: bool
    goes_on: str
    params: dict[str, Value]
    origin: str
    made_for: str
    expected: ExpectationSummary | None


class NextSummary(TypedDict):
    """What would come next, and what it follows from.

    The trials `in_hand` count as pending: their scores are not known. `over` tells why the search would not do it by
    itself, and is empty where it would. `next` is the best point with some values where these were asked about by the
    user (`with_values`), which would have to be enqueued. Where there is none, `reason` tells why; else it is empty.
    """

    problem: str
    objective: ObjectiveSummary
    design: str
    in_hand: list[RunningTrial]
    over: str
    with_values: bool
    next: NextTrial | None
    reason: str
    best: BestSummary | None
    space: list[DimensionSummary]


def describe_next(study: Study, values: Params | None = None) -> NextSummary:
    """Return what would come next were a worker free now: a replicate, or whatever the budget says a trial; with
    `values`, the best point that has these.
    """
    asked = study.limited(_UNLIMITED, now=0.0)
    if values is not None:
        asked = _asking_for(asked, values)
    confirms = values is None and isinstance(by_itself := _plan_without_looking(study), Replicate)
    planned = by_itself if confirms else _plan_beside(asked, propose)
    found = values is None or (isinstance(planned, NewTrial) and planned.request == _ASKED)
    next_trial = _describe(asked, planned) if found else None
    return {
        "problem": study.fingerprint.problem,
        "objective": summarize_objective(study),
        "design": study.fingerprint.design,
        "in_hand": [describe_trial(study, trial) for trial in study.planned],
        "over": "" if values is not None or confirms else _why_over(study) if next_trial else SPACE_USED_UP,
        "with_values": values is not None,
        "next": next_trial,
        "reason": "" if next_trial else SPACE_USED_UP if values is None else _USED_UP_WITH_VALUES,
        "best": summarize_best(study),
        "space": summarize_space(study.fingerprint.space),
    }


def render_next(summary: NextSummary) -> str:
    """Return what would come next as lines for a person, without a newline at the end."""
    return "\n".join(f"{label:<11} {text}" for label, text in _rows(summary))


def _rows(summary: NextSummary) -> Iterator[tuple[str, str]]:
    objective, best, planned = summary["objective"], summary["best"], summary["next"]
    for trial in summary["in_hand"]:
        place = f", {trial['goes_on']}" if trial["goes_on"] else ""
        yield "in hand", f"{trial['title']}{place}; what comes after it is told without its score"
    if summary["over"] and planned is not None:
        yield "over", f"{summary['over']}; if the search went on, there would come"
    if planned is None:
        yield "next", f"none: {summary['reason']}"
    else:
        how = " again from its start" if planned["again"] else ", were it enqueued" if summary["with_values"] else ""
        how = f" goes on {planned['goes_on']}" if planned["goes_on"] else how
        yield "next", f"{planned['title']}{how}: {format_params(planned['params'], summary['space'])}"
        what = f": {describe_expectation(planned['expected'], objective)}" if planned["expected"] else ""
        yield "made for", f"{format_made_for(planned['made_for'], design=summary['design'])}{what}"
    if best is not None:
        score = format_score(objective["metric"], best["score"])
        params = format_params(best["params"], summary["space"])
        yield "best", f"{objective['metric']} {score}, trial {best['number']}: {params}"


def _plan_beside(study: Study, propose: Propose) -> Plan:
    """Return what is planned next; where every virtual worker has a step in hand, on one more."""
    outcome = plan(study, propose, prune=PRUNING, contenders=contenders)
    if not isinstance(outcome, Wait):
        return outcome
    fingerprint = replace(study.fingerprint, lookahead=study.fingerprint.lookahead + 1)
    return plan(replace(study, fingerprint=fingerprint), propose, prune=PRUNING, contenders=contenders)


def _plan_without_looking(study: Study) -> Plan:
    """Return what is planned next, but of a new trial not its point."""
    return _plan_beside(study, lambda known, _: known.fingerprint.default)


def _asking_for(study: Study, values: Params) -> Study:
    """Return the study with a request for these values in the place of all that are open."""
    others = open_requests(study)
    study = replace(study, journal=tuple(entry for entry in study.journal if entry not in others))
    return study.enter(Enqueued(values), now=0.0, request=_ASKED)


def _why_over(study: Study) -> str:
    """Return why a search does not try another point, without looking for one; empty where it does."""
    match _plan_without_looking(study):
        case End(reason=reason):
            return reason
        case Wait():
            return _NO_ROOM
    return ""


def _describe(study: Study, planned: Plan) -> NextTrial | None:
    match planned:
        case NewTrial(params=params, origin=origin, begins=begins):
            known = known_at(study, len(study.steps) + 1, begins)
            expected, number = expected_of(known, params), len(study.trials) + 1
            return _summarize(study, Trial(number=number, params=params, origin=origin, expected=expected), again=False)
        case TryAgain(trial=number):
            return _summarize(study, study.trial(number), again=True)
        case GoOn(trial=number):
            trial = study.trial(number)
            place = describe_place(trial, epochs=study.fingerprint.epochs)
            return {**_summarize(study, trial, again=False), "goes_on": place}
        case Replicate(of=of, replicate=replicate):
            return _summarize(study, study.replicate(of, replicate).replicates[-1], again=False)
    return None


def _summarize(study: Study, trial: Trial, *, again: bool) -> NextTrial:
    return {
        "number": trial.number,
        "title": trial.title,
        "replicate_of": trial.of,
        "seed": None if trial.of is None else trial.replicate,
        "again": again,
        "goes_on": "",
        "params": dict(trial.params),
        "origin": str(trial.origin),
        "made_for": str(made_for(study, trial)),
        "expected": summarize_expectation(trial.expected),
    }
