"""The plan: what a search does next, as a pure function of what it has done. Nothing else decides.

It happens in virtual time, on virtual workers. A step takes as long there as the batches that it trains. Whenever a
virtual worker gets free, the next step is planned on it, from exactly what has ended by then in virtual time. So the
plan depends neither on which trial happened to be faster nor on how many real workers carry it out, and it can be asked
again for every step of a search that is over.
"""

from collections.abc import Callable
from dataclasses import dataclass

from job.core.journal import Enqueued, Entry, Retried
from job.core.known import Known
from job.core.past import known_at
from job.core.space import Params
from job.core.step import Step
from job.core.trial import Origin, Status, Trial, trial_log

SPACE_USED_UP = "every point of the space has been tried"
_SECONDS_PER_HOUR = 3600
_SCORE_PRECISION = 1e-7  # Keras's metrics are 32-bit numbers, of which the one for 99.2 % is a little less

# From what is known, and values that are fixed, to all values of a point; None where there is no point left to try.
Propose = Callable[[Known, Params], Params | None]


@dataclass(frozen=True, kw_only=True)
class NewTrial:
    """Train a new trial to its end, on this virtual worker from this virtual time on."""

    params: Params
    origin: Origin
    worker: int
    begins: float
    request: str = ""  # the name of the input that asks for it


@dataclass(frozen=True, kw_only=True)
class TryAgain:
    """Train a failed trial from its start, as this input asks."""

    trial: int
    worker: int
    begins: float
    request: str


@dataclass(frozen=True)
class Wait:
    """Nothing can be planned before a pending step gets on."""


@dataclass(frozen=True, kw_only=True)
class End:
    """The search is over; `failed` where that is because nothing comes of its trials."""

    reason: str
    failed: bool = False
    hint: str = ""


Plan = NewTrial | TryAgain | Wait | End


def plan(search: Known, propose: Propose, *, number: int | None = None) -> Plan:
    """Return what step `number` of a search is, from what was known when it was planned; the next one without a number.

    It is `Wait` where that is not certain yet: as long as a pending step may still turn out to have ended before.
    """
    number = len(search.steps) + 1 if number is None else number
    before = search.steps[: number - 1]
    free = _free_workers(search, before)
    while free:
        worker = min(free, key=lambda each: (free[each], each))
        now = free[worker]
        if any(_earliest_end(search, step) <= now for step in before if step.is_pending):
            return Wait()
        known = known_at(search, number, now)
        outcome = _decide(known, propose, worker, now)
        if not isinstance(outcome, Wait):
            return outcome
        later = [step.ends for step in before if step.ends is not None and step.ends > now]
        if not later:
            return outcome
        free[worker] = min(later)
    return Wait()


def end_of(search: Known) -> End | None:
    """Return why a search is over, without looking for a point; None while it is not."""
    outcome = plan(search, lambda known, _: known.fingerprint.default)
    return outcome if isinstance(outcome, End) else None


def open_requests(known: Known) -> list[Entry]:
    """Return what users have asked for and no step has carried out, of what can be done by now."""
    done = {step.request for step in known.steps if step.request}
    return [entry for entry in known.journal if entry.request not in done and _is_possible(known, entry)]


def _free_workers(search: Known, before: tuple[Step, ...]) -> dict[int, float]:
    """Return from when on each virtual worker is free, of those without a pending step.

    Steps begin in the order of their numbers, so none does before the last one that was planned.
    """
    latest = {step.worker: step for step in before}
    begun = before[-1].begins if before else 0.0
    workers = range(1, search.fingerprint.lookahead + 1)
    ends = {worker: latest[worker].ends if worker in latest else 0.0 for worker in workers}
    return {worker: max(at, begun) for worker, at in ends.items() if at is not None}


def _earliest_end(search: Known, step: Step) -> float:
    """Return before which virtual time a pending step cannot end, from how far it has come."""
    trial = search.trial(step.trial)
    trained = trial.batches_trained - step.from_epoch * (trial.batches or 0) - step.from_batch
    return step.begins + (max(trained, 0) + 1) * trial.cost


def _decide(known: Known, propose: Propose, worker: int, now: float) -> Plan:
    for entry in open_requests(known):
        match entry.input:
            case Enqueued(params):
                if (point := propose(known, params)) is not None:
                    origin, request = Origin.ENQUEUED, entry.request
                    return NewTrial(params=point, origin=origin, worker=worker, begins=now, request=request)
            case Retried(trial):
                return TryAgain(trial=trial, worker=worker, begins=now, request=entry.request)
    end = _why_over(known)
    if end is not None:
        return Wait() if known.pending else end
    if known.limits.trials is not None and len(known.completed) + len(known.pending) >= known.limits.trials:
        return Wait()
    proposed = None if _is_used_up(known) else propose(known, {})
    if proposed is None:
        return Wait() if known.pending else _end_because(known, SPACE_USED_UP)
    given = proposed in known.fingerprint.given
    return NewTrial(params=proposed, origin=Origin.GIVEN if given else Origin.PROPOSED, worker=worker, begins=now)


def _is_possible(known: Known, entry: Entry) -> bool:
    match entry.input:
        case Enqueued():
            return True
        case Retried(trial):
            has_failed = trial <= len(known.trials) and known.trial(trial).status is Status.FAILED
            # Asked for twice, it is of the same failure, which one retry answers.
            return has_failed and known.steps_of(trial)[-1].number < entry.step
        case _:
            return False


def _why_over(known: Known) -> End | None:
    reason = _spent(known)
    if reason:
        return _end_because(known, reason)
    failures = known.failures_in_a_row
    if failures < known.limits.max_failures:
        return None
    last = known.ended[-1]
    return End(
        reason=f"{failures} trials in a row have failed, the last one, {last.number}, because: {last.reason}",
        failed=True,
        hint=f"see {trial_log(last.number)}; {_way_on(known, failures + 1)}",
    )


def _way_on(known: Known, max_failures: int) -> str:
    """Return how to go on after failures, once what they come from is mended."""
    if known.fingerprint.own is None:
        return f"if it is mended, go on with --max-failures {max_failures}"
    return f"begin anew with a mended problem by --begin-again, or go on with --max-failures {max_failures}"


def _end_because(known: Known, reason: str) -> End:
    """Return the end of a search that is over for `reason`, which is a failure if none of its trials has completed."""
    if not known.ended or known.completed:
        return End(reason=reason)
    last = known.ended[-1]
    return End(
        reason=f"none of {len(known.ended)} trials has succeeded; the last failed because: {last.reason}",
        failed=True,
        hint=f"see {trial_log(last.number)}",
    )


def _spent(known: Known) -> str:
    """Return why no trial is begun any more; empty while one is."""
    limits, completed = known.limits, len(known.completed)
    seconds = sum(step.seconds for step in known.steps)
    if limits.trials is not None and completed >= limits.trials:
        are = "trial is" if completed == limits.trials == 1 else "trials are"
        return f"{completed} of {limits.trials} {are} complete"
    if limits.target is not None and (best := known.best) is not None and _reaches(known, best, limits.target):
        score = best.score(known.fingerprint.objective)
        return f"trial {best.number} has reached the target of {limits.target:.6g} with {score:.6g}"
    if limits.max_hours is not None and seconds >= limits.max_hours * _SECONDS_PER_HOUR:
        return f"{seconds / _SECONDS_PER_HOUR:.2f} hours of training are spent, of {limits.max_hours:g}"
    if limits.patience is not None and known.trials_without_gain >= limits.patience:
        return f"{known.trials_without_gain} trials in a row have brought no gain"
    return ""


def _reaches(known: Known, trial: Trial, target: float) -> bool:
    objective = known.fingerprint.objective
    loss = trial.loss(objective)
    return loss is not None and loss <= objective.loss(target) + _SCORE_PRECISION * abs(target)


def _is_used_up(known: Known) -> bool:
    space = known.fingerprint.space
    return space.size is not None and len({tuple(space.values(trial.params)) for trial in known.trials}) >= space.size
