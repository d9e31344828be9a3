"""The past of a search: what was known when a step of it was planned."""

from collections.abc import Sequence
from dataclasses import replace

from job.core.ending import EndKind
from job.core.journal import Dropped
from job.core.known import Known
from job.core.step import Step
from job.core.trial import RungScore, Status, Trial


def known_at(search: Known, number: int, now: float) -> Known:
    """Return what step `number` of a search, planned to begin at the virtual time `now`, knows of it.

    That are the steps before it which have ended by then, and the inputs that apply to it. Steps before it that have
    not ended by then are pending, though they may have ended since.
    """
    before, since = search.steps[: number - 1], {step.trial for step in search.steps[number - 1 :]}
    journal = tuple(entry for entry in search.journal if entry.step <= number)
    dropped = {entry.input.trial for entry in journal if isinstance(entry.input, Dropped)}
    latest = {step.trial: step for step in before}
    replicates = [
        each if step.known_at(now) else _pending(each)
        for each in search.replicates
        if (step := latest.get(each.number)) is not None
    ]
    trials = []
    for trial in search.trials:
        step = latest.get(trial.number)
        if step is None:
            if trial.number in since:
                break  # it and all that follow have begun since
            trials.append(_imported(trial, is_dropped=trial.number in dropped))
        elif trial.number in dropped:
            # How far it has come by now is nobody's business.
            trials.append(_with_status(replace(trial, rungs=()) if trial.rungs else trial, Status.DROPPED))
        elif not step.known_at(now):
            trials.append(_in_hand(trial, step, before))
        elif trial.number in since or trial.status is Status.DROPPED:
            trials.append(_ended(trial, step))
        else:
            trials.append(_as_left(trial, step))
    return Known(
        fingerprint=search.fingerprint,
        trials=tuple(trials),
        replicates=tuple(replicates),
        steps=tuple(step if step.known_at(now) else _unended(step) for step in before),
        journal=journal,
        data=search.data,
    )


def _with_status(trial: Trial, status: Status) -> Trial:
    return trial if trial.status is status else replace(trial, status=status)


def _imported(trial: Trial, *, is_dropped: bool) -> Trial:
    """Return a trial that was scored elsewhere as it was before or after it was dropped."""
    return _with_status(trial, Status.DROPPED if is_dropped else Status.IMPORTED)


def _in_hand(trial: Trial, step: Step, before: Sequence[Step]) -> Trial:
    """Return a trial as it was while a step of it was pending: as the one before has left it, of those `before`, if it
    goes on from there.
    """
    if step.begins_trial:
        return _pending(trial)
    stopped = next(each for each in reversed(before) if each.trial == trial.number and each.number < step.number)
    return replace(_stopped(trial, stopped), status=Status.RUNNING)


def _pending(trial: Trial) -> Trial:
    """Return a trial as it was while its first step was pending, of which nobody knows anything then."""
    return Trial(
        number=trial.number,
        params=trial.params,
        origin=trial.origin,
        expected=trial.expected,
        replicate=trial.replicate,
        of=trial.of,
        cost=trial.cost,
    )


def _ended(trial: Trial, step: Step) -> Trial:
    """Return a trial as a step has left it, of one that has been dropped, begun again or gone on with since."""
    if step.ended is EndKind.COMPLETED:
        return _with_status(trial, Status.COMPLETED)
    if step.ended is EndKind.PAUSED:
        return _stopped(trial, step)
    attempt = step.attempts[-1] if step.attempts else None
    return replace(_pending(trial), status=Status.FAILED, reason=attempt.reason if attempt else "")


def _as_left(trial: Trial, step: Step) -> Trial:
    """Return a trial as its last step has left it, with the rungs that this step tells of.

    Those of a failed one count for nothing. One that has stopped may have been further before it was begun again.
    """
    match trial.status:
        case Status.FAILED if trial.rungs:
            return replace(trial, rungs=())
        case Status.STOPPED if trial.rungs[-1].epochs != step.stopped_at:
            return replace(trial, rungs=_rungs_until(trial, step))
    return trial


def _rungs_until(trial: Trial, step: Step) -> tuple[RungScore, ...]:
    """Return the rungs of a trial up to that at which a step of it has stopped."""
    assert step.stopped_at is not None, "it has stopped at a rung"
    return tuple(each for each in trial.rungs if each.epochs <= step.stopped_at)


def _stopped(trial: Trial, step: Step) -> Trial:
    """Return a trial as it was when a step of it had stopped at a rung, with as many batches behind it as then.

    What it had after the epochs of these is forgotten where it has been begun again since: they are in `batch` then.
    """
    rungs = _rungs_until(trial, step)
    assert rungs and trial.batches, "of what has reached a rung, both are known"
    history = trial.history[: rungs[-1].batches // trial.batches]
    return replace(
        _pending(trial),
        status=Status.STOPPED,
        rungs=rungs,
        history=history,
        batch=rungs[-1].batches - len(history) * trial.batches,
        batches=trial.batches,
    )


def _unended(step: Step) -> Step:
    return step if step.is_pending else replace(step, ends=None, ended=None, seconds=0.0, stopped_at=None)
