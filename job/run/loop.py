"""The loop: plan, record, advance, record, until the plan says that the search is over; then the test.

Every step begins from the saved study and ends in saving it, so the loop starts anywhere: with no trial, within one,
between two, or before the test.
"""

from dataclasses import dataclass, field

from job.core.ending import EndKind
from job.core.events import Phase, PhaseStarted, TrialEnded, TrialStarted
from job.core.limits import Limits
from job.core.plan import End, NewTrial, TryAgain, Wait, plan
from job.core.requests import describe_open_requests
from job.core.run import RunEnd
from job.core.study import Study
from job.core.trial import Trial
from job.errors import InterruptedRunError, NoProgressError
from job.executors import Died, Ending, Raised, Returned, log_tail
from job.proposals.expectation import expected_when_planned
from job.proposals.propose import propose
from job.run.best_model import finish_best_model
from job.run.machine import Software, find_devices
from job.run.open_run import OpenRun
from job.run.result import LiveResult
from job.training import Completed, Diverged, Setup, Stopped, advance
from job.words import format_duration


@dataclass
class Loop:
    """One run of a search."""

    run: OpenRun
    setup: Setup
    limits: Limits
    require_gpu: bool
    software: Software = field(default_factory=Software)
    options: tuple[str, ...] = ()
    reason: str = ""  # why the search is over, once it is

    @property
    def study(self) -> Study:
        return self.run.study

    def go(self) -> Study:
        """Search until the plan says that it is over, and test the best model.

        Raise InterruptedRunError when the run is asked to stop, NoProgressError when trials fail one after another, and
        DeviceMissingError when there is no GPU and one is required; all is saved then.
        """
        run, ended = self.run, RunEnd.FAILED
        run.open(self.limits, self.software.versions, self.options)
        try:
            with run.stopwatch.running("start"):
                run.tell(PhaseStarted(Phase.TENSORFLOW))
                with run.stop.interruptible():
                    run.executor.prepare()
                run.tell(PhaseStarted(Phase.DEVICES))
                find_devices(run, self.setup, self.software, require_gpu=self.require_gpu)
            self.reason = self._search()
            ended = RunEnd.FINISHED
        except InterruptedRunError:
            ended = RunEnd.INTERRUPTED
            raise
        finally:
            run.close(ended)
        return self.study

    def _search(self) -> str:
        """Return why the search is over, its best model tested.

        What an interruption left half done is finished before that is asked, and what users ask for is done before.
        """
        while True:
            while pending := self.study.pending:
                self._attempt(self.study.trial(pending[0].trial))
            self.run.take_in()
            with self.run.stopwatch.running("proposals"), self.run.stop.interruptible():
                planned = plan(self.study, propose)
                expected = expected_when_planned(self.study, planned)
            match planned:
                case NewTrial(params=params, origin=origin, worker=worker, begins=begins, request=request):
                    study = self.study.propose(params, origin=origin, worker=worker, begins=begins, request=request)
                    self.run.study = study.expect(expected)
                case TryAgain(trial=trial, worker=worker, begins=begins, request=request):
                    self.run.store.clear_trial(trial)
                    self.run.study = self.study.retry(trial, worker=worker, begins=begins, request=request)
                case End(failed=True) as end:
                    raise NoProgressError(end.reason, hint=end.hint)
                case End(reason=reason):
                    if self._finish():
                        return reason
                case Wait():
                    raise AssertionError("there is something to wait for while a step is pending only")

    def _finish(self) -> bool:
        """Write the result and test the best model, before the study says that the search has finished.

        Return whether it has: not where users have asked for something meanwhile.
        """
        best, n_inputs = self.study.best, len(self.study.journal)
        with self.run.stopwatch.running("report"):
            LiveResult(self.run.store, self.run.stop).write(self.study)
        with self.run.stopwatch.running("test"):
            if best is not None:
                finish_best_model(self.run, self.setup, best)
            self.run.take_in()
        if len(self.study.journal) > n_inputs:
            return False
        for request in describe_open_requests(self.study):
            self.run.warn(f"{request}: every point with these values has been tried")
        return True

    def _attempt(self, trial: Trial) -> None:
        """Start or go on with a trial, and take what became of it into the study."""
        run, number = self.run, trial.number
        if reason := self.study.limits.given_up(trial):
            self._fail(number, reason, EndKind.DIED, trial.log_tail)
            return
        run.stop.check()
        run.save(self.study.start(number, now=run.clock()))
        run.tell(TrialStarted(number, self.study.trial(number).attempts))
        limit = self.study.limits.trial_timeout
        timeout = None if limit is None else max(limit - trial.seconds, 0.0)
        files, to_epoch = run.store.trial_files(number), self.study.fingerprint.epochs
        with run.stopwatch.running("trials"):
            ending = run.call(
                *(advance, self.setup, number, trial.params, to_epoch, (), files),
                log=files.log,
                timeout=timeout,
                meanwhile=run.refresh,
                trial=number,
            )
        if run.is_set_aside(number):
            self._end(self.study, number)
        else:
            self._conclude(number, ending, log_tail(files.log))

    def _conclude(self, number: int, ending: Ending, tail: str) -> None:
        run, now = self.run, self.run.clock()
        match ending:
            case Returned(Completed() as completed):
                self._complete(number, completed)
            case Returned(Stopped()):
                run.save(self.study.interrupt(number, now=now))
                run.stop.check()
            case Returned(Diverged(reason)):
                self._fail(number, reason, EndKind.DIVERGED, tail)
            case Raised(_, error) if error is not None:
                run.save(self.study.interrupt(number, now=now, reason=str(error)))
                raise error
            case Raised(reason, out_of_memory=out_of_memory):
                self._fail(number, reason, EndKind.OUT_OF_MEMORY if out_of_memory else EndKind.RAISED, tail)
            case Died(timed_out=True) if (limit := self.study.limits.trial_timeout) is not None:
                # The call itself knows only what earlier attempts had left of the time.
                reason = f"took longer than {format_duration(limit)}, over all its attempts"
                self._fail(number, reason, EndKind.TIMED_OUT, tail)
            case Died(reason):
                run.save(self.study.stumble(number, reason, now=now, log_tail=tail))
                given_up = self.study.limits.given_up(self.study.trial(number))
                then = "it is given up" if given_up else "it is tried again from its checkpoint"
                run.warn(f"trial {number}: {reason}; {then}")
            case Returned(value):
                raise AssertionError(f"a trial returned {value!r}")

    def _complete(self, number: int, completed: Completed) -> None:
        """The model first, then the study, then what is derived from it, then what nobody needs any more."""
        study = self.study.complete(
            number,
            completed.history,
            seconds=completed.seconds,
            now=self.run.clock(),
            model_sha256=completed.model_sha256,
            n_weights=completed.n_weights,
        )
        study = study.note_model(number, weights_sha256=completed.weights_sha256, kept=completed.kept)
        if study.best == study.trial(number):
            self.run.store.keep_best(number)
        self._end(study, number)

    def _fail(self, number: int, reason: str, kind: EndKind, tail: str) -> None:
        self._end(self.study.fail(number, reason, now=self.run.clock(), log_tail=tail, kind=kind), number)

    def _end(self, study: Study, number: int) -> None:
        self.run.save(study)
        self.run.tell(TrialEnded(number))
        self.run.store.clear_trial(number)
