"""The plan asked again for every step of a saved study."""

from collections.abc import Callable
from dataclasses import replace

from job.core.confirmation import Contenders
from job.core.ending import EndKind
from job.core.journal import Entry
from job.core.known import Known
from job.core.limits import Limits
from job.core.plan import End, GoOn, NewTrial, Plan, Propose, Pruner, Replicate, TryAgain, Wait, plan
from job.core.run import RunEnd
from job.core.space import Value
from job.core.step import Step
from job.verification.finding import Difference, Finding, Subject, differences
from job.words import count

_KIND = "what is done"
_NEW, _AGAIN, _ON = "a new trial", "a trial again", "a stopped trial goes on"
_REPLICATE = "a trial again on another seed"
_WAIT, _END = "nothing as yet", "the search ends"
_UNLIMITED = Limits(max_failures=2**53)  # more than any search has trials


def check_plan(
    search: Known,
    propose: Propose,
    replaying: Callable[[int, int], None],
    *,
    prune: Pruner | None = None,
    contenders: Contenders | None = None,
) -> Finding:
    """Ask the plan again for every step, and for the end of a search that has ended.

    `replaying` is told the number of each step before that, and how many there are. Steps that an earlier release
    planned are asked for without limits, of which it recorded the last ones alone.
    """
    earlier, without_limits = steps_of_earlier_releases(search), _without_limits(search)
    same, steps = 0, len(search.steps)
    found: list[Difference] = []
    for step in search.steps:
        replaying(step.number, steps)
        asked = without_limits if step.number <= earlier else search
        answer = plan(asked, propose, prune=prune, contenders=contenders, number=step.number)
        differing = _compare(search, step, answer)
        same += not differing
        found += differing
    said = f"{same} of {count(steps, 'step')} are what the plan answers again, to the last bit"
    if _has_ended(search):
        differing = _compare_end(search, plan(search, propose, prune=prune, contenders=contenders))
        found += differing
        said += "" if differing else "; and then the end"
    return Finding(subject=Subject.PLAN, told=said, differences=tuple(found))


def steps_of_earlier_releases(search: Known) -> int:
    """Return how many steps were planned by releases without a journal: they told no attempts of theirs either.

    The step after those may have been pending, and gone on with since.
    """
    untold = (EndKind.DROPPED, None)
    told_less = [step.number for step in search.steps if not step.attempts and step.ended not in untold]
    return min(max(told_less) + 1, len(search.steps)) if told_less else 0


def _without_limits(search: Known) -> Known:
    others = tuple(entry for entry in search.journal if not isinstance(entry.input, Limits))
    return replace(search, journal=(Entry(step=1, at=0.0, input=_UNLIMITED), *others))


def _compare(search: Known, step: Step, answer: Plan) -> tuple[Difference, ...]:
    place = f"step {step.number}"
    begun = {each.trial for each in search.steps[: step.number - 1] if each.trial > 0}
    kind = _kind_of(step, begun)
    match answer:
        case TryAgain(trial=trial) | GoOn(trial=trial) if _kind(answer) == kind:
            return differences(place, _facts(step.trial, step), _facts(trial, answer))
        case NewTrial() if kind == _NEW:
            scored_elsewhere = len(search.trials) - len({each.trial for each in search.steps if each.trial > 0})
            recorded, now = _facts(step.trial, step), _facts(scored_elsewhere + len(begun) + 1, answer)
            recorded_trial = search.trial(step.trial)
            return (
                *differences(place, recorded, now),
                *differences(place, {"origin": recorded_trial.origin.value}, {"origin": answer.origin.value}),
                *differences(place, recorded_trial.params, answer.params),
            )
        case Replicate() if kind == _REPLICATE:
            recorded_trial = search.trial(step.trial)
            recorded = {"of trial": recorded_trial.of, "seed": recorded_trial.replicate}
            now = {"of trial": answer.of, "seed": answer.replicate}
            placed = {"worker": answer.worker, "virtual beginning": answer.begins}
            return differences(
                place,
                {**recorded, "worker": step.worker, "virtual beginning": step.begins},
                {**now, **placed},
            )
    return differences(place, {_KIND: kind}, {_KIND: _kind(answer)})


def _kind_of(step: Step, begun: set[int]) -> str:
    """Return what a recorded step is, of a search that has begun these trials before it."""
    if step.trial < 0:
        return _REPLICATE
    if step.trial not in begun:
        return _NEW
    return _AGAIN if step.begins_trial else _ON


def _facts(trial: int, planned: Step | NewTrial | TryAgain | GoOn) -> dict[str, Value | None]:
    facts: dict[str, Value | None] = {"trial": trial, "worker": planned.worker, "virtual beginning": planned.begins}
    facts["input"] = "" if isinstance(planned, GoOn) else planned.request
    return facts | {f"threshold at {each.epochs:g} epochs": each.score for each in planned.thresholds}


def _has_ended(search: Known) -> bool:
    return bool(search.runs) and search.runs[-1].ended is RunEnd.FINISHED


def _compare_end(search: Known, answer: Plan) -> tuple[Difference, ...]:
    ended = isinstance(answer, End) and not answer.failed
    place, now = f"after step {len(search.steps)}", _END if ended else _kind(answer)
    return differences(place, {_KIND: _END}, {_KIND: now})


def _kind(answer: Plan) -> str:
    match answer:
        case NewTrial():
            return _NEW
        case TryAgain():
            return _AGAIN
        case GoOn():
            return _ON
        case Replicate():
            return _REPLICATE
        case Wait():
            return _WAIT
        case End(reason=reason):
            return f"{_END}: {reason}"
