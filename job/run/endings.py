"""What becomes of a step whose call has ended: in the study, in the store, and for whoever listens."""

from job.core.confirmation import models_wanted
from job.core.ending import EndKind
from job.core.events import TrialEnded
from job.core.study import Study
from job.executors import Died, Ending, Lost, Raised, Returned, log_tail
from job.run.confirming import tell_of_round
from job.run.open_run import OpenRun
from job.training import Completed, Diverged, Paused, Stopped
from job.words import format_duration


def conclude(run: OpenRun, number: int, ending: Ending) -> None:
    """Take into the study how the call of trial `number` has ended; raise the error of one that ends the run."""
    if run.is_set_aside(number):
        _end(run, run.study, number)
        return
    now, tail = run.clock(), log_tail(run.store.trial_files(number).log)
    match ending:
        case Returned(Completed() as completed):
            _complete(run, number, completed)
        case Returned(Paused() as paused):
            _pause(run, number, paused)
        case Returned(Stopped()):
            run.save(run.study.interrupt(number, now=now))
        case Returned(Diverged(reason)):
            fail(run, number, reason, EndKind.DIVERGED, tail)
        case Raised(_, error) if error is not None:
            run.save(run.study.interrupt(number, now=now, reason=str(error)))
            raise error
        case Lost(reason):
            run.save(run.study.lose(number, now=now, reason=reason))
            run.warn(f"{run.study.trial(number).title}: {reason}; it goes on elsewhere from its checkpoint")
        case Raised() | Died():
            _conclude_failure(run, number, ending, tail)
        case Returned(value):
            raise AssertionError(f"a trial returned {value!r}")


def _conclude_failure(run: OpenRun, number: int, ending: Raised | Died, tail: str) -> None:
    match ending:
        case Raised(reason, out_of_memory=True):
            _fail_unless_in_company(run, number, reason, EndKind.OUT_OF_MEMORY, tail)
        case Raised(reason):
            fail(run, number, reason, EndKind.RAISED, tail)
        case Died(timed_out=True) if (limit := run.study.limits.trial_timeout) is not None:
            # The call itself knows only what earlier attempts had left of the time.
            reason = f"took longer than {format_duration(limit)}, over all its attempts"
            _fail_unless_in_company(run, number, reason, EndKind.TIMED_OUT, tail)
        case Died(reason):
            _stumble(run, number, reason, EndKind.DIED, tail)


def fail(run: OpenRun, number: int, reason: str, kind: EndKind, tail: str) -> None:
    """End trial `number` for good without a score."""
    _end(run, run.study.fail(number, reason, now=run.clock(), log_tail=tail, kind=kind), number)


def _complete(run: OpenRun, number: int, completed: Completed) -> None:
    """The model first, then the study, then what is derived from it, then what nobody needs any more."""
    study = run.study.get_on(
        number,
        completed.history,
        seconds=completed.seconds,
        batches=run.study.trial(number).batches,
        rungs=completed.rungs,
    )
    study = study.complete(
        number,
        completed.history,
        seconds=completed.seconds,
        now=run.clock(),
        model_sha256=completed.model_sha256,
        n_weights=completed.n_weights,
    )
    study = study.note_model(number, weights_sha256=completed.weights_sha256, kept=completed.kept, hits=completed.hits)
    if study.best == study.trial(number):
        run.store.keep_best(number)
    _end(run, study, number)


def _pause(run: OpenRun, number: int, paused: Paused) -> None:
    """The study, which tells of the checkpoint that the trial has left."""
    assert paused.stopped_at is not None, "a step ends at its full epochs or at a rung"
    study = run.study.get_on(
        number,
        paused.history,
        seconds=paused.seconds,
        batch=paused.batch,
        batches=paused.batches,
        rungs=paused.rungs,
    )
    kept = {*run.worth_keeping, number}
    run.save(study.pause(number, stopped_at=paused.stopped_at, now=run.clock()))
    run.tell(TrialEnded(number))
    for each in kept - {*run.worth_keeping}:
        run.store.clear_trial(each)


def _fail_unless_in_company(run: OpenRun, number: int, reason: str, kind: EndKind, tail: str) -> None:
    """Fail a trial for good, unless what ran beside it may be the cause."""
    last = run.study.steps_of(number)[-1].last_attempt
    if last is not None and last.in_company:
        _stumble(run, number, reason, kind, tail)
    else:
        fail(run, number, reason, kind, tail)


def _stumble(run: OpenRun, number: int, reason: str, kind: EndKind, tail: str) -> None:
    """Note how an attempt has failed, after which there is another one, or none."""
    run.save(run.study.stumble(number, reason, now=run.clock(), log_tail=tail, kind=kind))
    if run.study.steps_of(number)[-1].failed_in_company:
        then = "it is tried again from its checkpoint, alone"
    elif run.study.limits.given_up(run.study.trial(number)):
        then = "it is given up"
    else:
        then = "it is tried again from its checkpoint"
    run.warn(f"{run.study.trial(number).title}: {reason}; {then}")


def _end(run: OpenRun, study: Study, number: int) -> None:
    before = run.study
    run.save(study)
    run.tell(TrialEnded(number))
    tell_of_round(run, before)
    if number not in {each.number for each in models_wanted(study)}:
        run.store.clear_trial(number)
