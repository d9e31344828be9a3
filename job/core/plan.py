"""The plan: what a search does next, as a pure function of what it has done. Nothing else decides.

It happens in virtual time, on virtual workers. A step takes as long there as the batches that it trains. Whenever a
virtual worker gets free, the next step is planned on it, from exactly what has ended by then in virtual time. So the
plan depends neither on which trial happened to be faster nor on how many real workers carry it out, and it can be asked
again for every step of a search that is over.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import fmean
from types import MappingProxyType
from typing import Protocol

from job.core.confirmation import Contenders, confirmation_of, effort_for
from job.core.journal import Enqueued, Entry, Retried
from job.core.known import Known
from job.core.past import known_at
from job.core.rungs import batches_at
from job.core.space import Params
from job.core.step import Step, Threshold
from job.core.trial import Origin, Status, Trial, trial_log

SPACE_USED_UP = "every point of the space has been tried"
_SECONDS_PER_HOUR = 3600
_SCORE_PRECISION = 1e-7  # Keras's metrics are 32-bit numbers, of which the one for 99.2 % is a little less

# From what is known, and values that are fixed, to all values of a point; None where there is no point left to try.
Propose = Callable[[Known, Params], Params | None]


class Pruner(Protocol):
    """Decides which trials stop at a rung, and which of those are gone on with: pure functions of what is known."""

    def thresholds(self, known: Known, trial: int | None) -> tuple[Threshold, ...]:
        """Return the threshold of each rung that is before a trial that has stopped, or, with None, before a new one.

        For a search with rungs, ascending.
        """

    def take_up(self, known: Known) -> int | None:
        """Return the number of a stopped trial that deserves to be gone on with before anything new; None for none."""


@dataclass(frozen=True, kw_only=True)
class NewTrial:
    """Train a new trial to its end or to a rung, on this virtual worker from this virtual time on."""

    params: Params
    origin: Origin
    worker: int
    begins: float
    request: str = ""  # the name of the input that asks for it
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TryAgain:
    """Train a failed trial from its start, as this input asks."""

    trial: int
    worker: int
    begins: float
    request: str
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GoOn:
    """Train a trial further that has stopped at a rung."""

    trial: int
    worker: int
    begins: float
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Replicate:
    """Train a trial again on another seed, to confirm it."""

    of: int
    replicate: int
    worker: int
    begins: float


@dataclass(frozen=True)
class Wait:
    """Nothing can be planned before a pending step ends, or all have got past the virtual time `until`."""

    until: float = math.inf


@dataclass(frozen=True, kw_only=True)
class End:
    """The search is over; `failed` where that is because nothing comes of its trials."""

    reason: str
    failed: bool = False
    hint: str = ""


Plan = NewTrial | TryAgain | GoOn | Replicate | Wait | End


class _NoPruning:
    """The pruner of a search without rungs."""

    def thresholds(self, known: Known, trial: int | None) -> tuple[Threshold, ...]:
        del known, trial
        return ()

    def take_up(self, known: Known) -> None:
        del known


def plan(
    search: Known,
    propose: Propose,
    *,
    prune: Pruner | None = None,
    contenders: Contenders | None = None,
    number: int | None = None,
    live: Mapping[int, int] = MappingProxyType({}),
) -> Plan:
    """Return what step `number` of a search is, from what was known when it was planned; the next one without a number.

    It is `Wait` where that is not certain yet: as long as a pending step may still turn out to have ended before.
    `live` tells of trials in training how many batches they have behind them, of which not all need be saved. Without
    `prune` no trial stops at a rung, and without `contenders` none is confirmed.
    """
    number = len(search.steps) + 1 if number is None else number
    before = search.steps[: number - 1]
    free = _free_workers(search, before)
    while free:
        worker = min(free, key=lambda each: (free[each], each))
        now = free[worker]
        if not is_certain(search, now, live, number):
            return Wait(until=now)
        known = known_at(search, number, now)
        pruner = prune if prune is not None and search.fingerprint.rungs else _NoPruning()
        outcome = _Decision(known, propose, pruner, contenders, worker, now).outcome()
        if not isinstance(outcome, Wait):
            return outcome
        later = [step.ends for step in before if step.ends is not None and step.ends > now]
        if not later:
            return outcome
        # Until the next end no worker knows more than this one.
        free = {each: max(at, min(later)) for each, at in free.items()}
    return Wait()


def is_certain(search: Known, now: float, live: Mapping[int, int], number: int | None = None) -> bool:
    """Tell whether all pending steps, or those before step `number`, have got past the virtual time `now`.

    `live` is as in `plan`. What has ended by `now` is certain then.
    """
    pending = (step for step in search.pending if number is None or step.number < number)
    return all(_earliest_end(search, step, live) > now for step in pending)


def end_of(search: Known, prune: Pruner | None = None, contenders: Contenders | None = None) -> End | None:
    """Return why a search is over, without looking for a point; None while it is not."""
    outcome = plan(search, lambda known, _: known.fingerprint.default, prune=prune, contenders=contenders)
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


def _earliest_end(search: Known, step: Step, live: Mapping[int, int]) -> float:
    """Return before which virtual time a pending step cannot end, from how far it has come."""
    trial = search.trial(step.trial)
    begun_at = step.from_epoch * (trial.batches or 0) + step.from_batch
    reached = max(trial.batches_trained, live.get(trial.number, 0), begun_at)
    ends_at = min(_possible_ends(step, trial, reached), default=reached)
    return step.begins + search.fingerprint.virtual_time(ends_at - begun_at, trial)


def _possible_ends(step: Step, trial: Trial, reached: int) -> Iterator[int]:
    """Yield after how many batches of a trial a step may end that has come so far.

    It ends at rungs that have a threshold, and at the ends of epochs: one that fails takes all of the epoch.
    """
    if not (batches := trial.batches):
        return
    yield max(-(-reached // batches), 1) * batches
    found = {each.epochs: each.batches for each in trial.rungs}  # a little later where it trains several at once
    for each in step.thresholds:
        if each.score is not None and (rung := found.get(each.epochs, batches_at(each.epochs, batches))) >= reached:
            yield rung


@dataclass(frozen=True)
class _Decision:
    """What comes next on a virtual worker that is free `now`, from what is known by then."""

    known: Known
    propose: Propose
    pruner: Pruner
    contenders: Contenders | None
    worker: int
    now: float

    def outcome(self) -> Plan:
        asked = self._asked_for()
        if asked is not None:
            return asked
        end = _why_over(self.known)
        trials = _trials_are_tried(self.known)
        if end is None and (number := self.pruner.take_up(self.known)) is not None:
            return self._go_on(number)
        if end is None and not trials:
            if self._budget_is_planned():
                return Wait()
            if (proposed := self._proposed()) is not None:
                given = proposed in self.known.fingerprint.given
                return self._new_trial(proposed, Origin.GIVEN if given else Origin.PROPOSED)
        if trials or end is None:
            end = _end_because(self.known, trials or SPACE_USED_UP)
        return Wait() if _pending_trials(self.known) else self._after_trials(end)

    def _after_trials(self, end: End) -> Plan:
        """Return what comes once no trial is begun any more: `end`, unless one is to be finished, or some confirmed."""
        left = () if self.known.completed or _is_hopeless(self.known) else self.known.promising
        if left:
            return self._finish(left[0].number)
        return self._confirm() or (Wait() if self.known.pending else end)

    def _confirm(self) -> Replicate | None:
        """Return what is trained next to confirm the best trials; None where that is nothing, or has to wait."""
        if self.contenders is None or _hours_are_spent(self.known, 0.0):
            return None
        confirmation = confirmation_of(self.known, self.contenders)
        again = None if confirmation is None else confirmation.next
        if again is None:
            return None
        return Replicate(of=again.of, replicate=again.replicate, worker=self.worker, begins=self.now)

    def _asked_for(self) -> Plan | None:
        """Return what users have asked for, the first of it that can be done."""
        for entry in open_requests(self.known):
            match entry.input:
                case Enqueued(params):
                    if (point := self.propose(self.known, params)) is not None:
                        return self._new_trial(point, Origin.ENQUEUED, entry.request)
                case Retried(trial):
                    return TryAgain(
                        trial=trial,
                        worker=self.worker,
                        begins=self.now,
                        request=entry.request,
                        thresholds=self.pruner.thresholds(self.known, None),
                    )
        return None

    def _budget_is_planned(self) -> bool:
        """Tell whether the trials that are pending may be the last ones of the budget."""
        known = self.known
        tried = len(known.completed) + len(known.stopped) + len(_pending_trials(known))
        return known.limits.trials is not None and tried >= known.limits.trials

    def _proposed(self) -> Params | None:
        return None if _is_used_up(self.known) else self.propose(self.known, {})

    def _new_trial(self, params: Params, origin: Origin, request: str = "") -> NewTrial:
        return NewTrial(
            params=params,
            origin=origin,
            worker=self.worker,
            begins=self.now,
            request=request,
            thresholds=self.pruner.thresholds(self.known, None),
        )

    def _go_on(self, trial: int) -> GoOn:
        thresholds = self.pruner.thresholds(self.known, trial)
        return GoOn(trial=trial, worker=self.worker, begins=self.now, thresholds=thresholds)

    def _finish(self, trial: int) -> GoOn:
        """Go on with a trial to its end."""
        planned = self._go_on(trial)
        return replace(planned, thresholds=tuple(Threshold(epochs=each.epochs) for each in planned.thresholds))


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
    """Return why no trial is begun any more, but for the budget of trials; None while one is."""
    if reason := _spent(known):
        return _end_because(known, reason)
    if not _is_hopeless(known):
        return None
    failures, last = known.failures_in_a_row, known.ended[-1]
    return End(
        reason=f"{failures} trials in a row have failed, the last one, {last.number}, because: {last.reason}",
        failed=True,
        hint=f"see {trial_log(last.number)}; {_way_on(known, failures + 1)}",
    )


def _is_hopeless(known: Known) -> bool:
    return known.failures_in_a_row >= known.limits.max_failures


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


def _trials_are_tried(known: Known) -> str:
    """Return that the budget of trials is spent, in words; empty while it is not."""
    budget, completed, stopped = known.limits.trials, len(known.completed), len(known.stopped)
    if budget is None or completed + stopped < budget:
        return ""
    if stopped:
        return f"{completed + stopped} of {budget} trials are tried, {completed} of them to the end"
    are = "trial is" if completed == budget == 1 else "trials are"
    return f"{completed} of {budget} {are} complete"


def _spent(known: Known) -> str:
    """Return what else is spent or reached, in words; empty while nothing is."""
    limits = known.limits
    if limits.target is not None and (best := known.best) is not None and _reaches(known, best, limits.target):
        score = best.score(known.fingerprint.objective)
        return f"trial {best.number} has reached the target of {limits.target:.6g} with {score:.6g}"
    if limits.max_hours is not None and _hours_are_spent(known, _seconds_of_confirmation(known)):
        seconds = sum(step.seconds for step in known.steps)
        rest = "" if _hours_are_spent(known, 0.0) else ", and the rest is for the confirmation"
        return f"{seconds / _SECONDS_PER_HOUR:.2f} hours of training are spent, of {limits.max_hours:g}{rest}"
    if limits.patience is not None and known.trials_without_gain >= limits.patience:
        return f"{known.trials_without_gain} trials in a row have brought no gain"
    return ""


def _hours_are_spent(known: Known, reserve: float) -> bool:
    """Tell whether no time is left of the hours of training, less so many seconds."""
    hours = known.limits.max_hours
    return hours is not None and sum(step.seconds for step in known.steps) + reserve >= hours * _SECONDS_PER_HOUR


def _seconds_of_confirmation(known: Known) -> float:
    """Return how many seconds the confirmation of a search that ends now would train, by its trials so far."""
    effort = effort_for(known)
    return 0.0 if effort is None else effort.trainings * fmean(trial.seconds for trial in known.completed)


def _pending_trials(known: Known) -> tuple[Step, ...]:
    """Return the pending steps that are no replicates."""
    return tuple(step for step in known.pending if step.trial > 0)


def _reaches(known: Known, trial: Trial, target: float) -> bool:
    objective = known.fingerprint.objective
    loss = trial.loss(objective)
    return loss is not None and loss <= objective.loss(target) + _SCORE_PRECISION * abs(target)


def _is_used_up(known: Known) -> bool:
    space = known.fingerprint.space
    return space.size is not None and len({tuple(space.values(trial.params)) for trial in known.trials}) >= space.size
