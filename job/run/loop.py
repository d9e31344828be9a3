"""The loop: plan, record, advance, record, until the plan says that the search is over; then the test.

Every step begins from the saved study and ends in saving it, so the loop starts anywhere: with no trial, within one,
between two, or before the test. As many steps are at work at a time as there are workers, in the order of their
numbers; which ends first makes no difference to what is planned.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from job.core.confirmation import model_of
from job.core.ending import EndKind
from job.core.events import Phase, PhaseStarted, TrialStarted, WorkersChanged
from job.core.limits import Limits
from job.core.plan import End, GoOn, NewTrial, Plan, Replicate, TryAgain, Wait, is_certain, plan
from job.core.requests import describe_open_requests
from job.core.run import RunEnd
from job.core.step import Step
from job.core.study import Study
from job.errors import InterruptedRunError, JobError, NoProgressError
from job.executors import HERE, Place
from job.proposals.contenders import contenders
from job.proposals.expectation import expected_when_planned
from job.proposals.propose import propose
from job.pruning.prune import PRUNING
from job.run.best_model import finish_best_model
from job.run.confirming import tell_of_beginning
from job.run.crew import TICK_SECONDS, Crew
from job.run.endings import conclude, fail
from job.run.machine import Software, find_devices
from job.run.open_run import OpenRun
from job.run.result import LiveResult
from job.training import Setup, advance


@dataclass
class Loop:
    """One run of a search."""

    run: OpenRun
    setup: Setup
    limits: Limits
    require_gpu: bool
    software: Software = field(default_factory=Software)
    options: tuple[str, ...] = ()
    workers: Callable[[], Sequence[Place]] = lambda: (HERE,)  # that there are now
    reason: str = ""  # why the search is over, once it is
    _waits: tuple[tuple[int, int, int], Wait] | None = None  # for what the plan said last to wait, and of which steps
    _is_waiting: bool = False  # for workers
    _known_workers: WorkersChanged | None = None  # of a cluster

    def __post_init__(self) -> None:
        self.crew = Crew(self.run, self.workers)

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
        run.store.keep_checkpoints(self.study, run.worth_keeping)
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
        except JobError as error:
            for number in self.crew.close():
                if not run.is_set_aside(number):
                    run.study = self.study.interrupt(number, now=run.clock(), reason=str(error))
            raise
        finally:
            run.close(ended)
        return self.study

    def _search(self) -> str:
        """Return why the search is over, its best model tested.

        What an interruption left half done is begun before anything else is planned.
        """
        while True:
            end = None if self.run.stop.is_raised else self._plan_steps()
            match end:
                case End(failed=True):
                    raise NoProgressError(end.reason, hint=end.hint)
                case End(reason=reason) if self._finish():
                    return reason
            self._tell_of_workers()
            if not self.run.stop.is_raised:
                self._start_steps()
            if not self.crew.trials:
                self.run.stop.check()
                self._await_workers()
                continue
            self._attend()

    def _tell_of_workers(self) -> None:
        """Tell how many workers there are, where they come and go and others have been told of."""
        workers = self.workers()
        machines = {place.machine for place in workers} - {HERE.machine}
        now = WorkersChanged(len(workers), len(machines))
        if (machines or self._known_workers) and now != self._known_workers:
            self._known_workers = now
            self.run.tell(now)

    def _await_workers(self) -> None:
        """Hear a cluster for a moment where no worker of it is there, which elsewhere never is so."""
        if self.workers():
            self._is_waiting = False
            return
        if not self._is_waiting:
            self._is_waiting = True
            self.run.tell(PhaseStarted(Phase.WORKERS))
        self.run.take_in_if_due()
        with self.run.stopwatch.running("workers"):
            self.run.executor.wait((), self.run.hear, TICK_SECONDS)

    def _attend(self) -> None:
        """Hear the steps at work for a moment, and take all that have ended into the study before an error of one."""
        with self.run.stopwatch.running("trials"):
            ended = list(self.crew.attend())
        errors: list[JobError] = []
        for number, ending in ended:
            try:
                conclude(self.run, number, ending)
            except JobError as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def _plan_steps(self) -> End | None:
        """Plan steps for the workers that are idle, and one more, as far as the plan allows; return the end of it."""
        while len(self._waiting) <= self.crew.idle and self._is_worth_asking():
            if not self.crew.trials:
                self.run.take_in()
            match planned := self._next_step():
                case End():
                    return planned
                case Wait():
                    self._waits = self._state_of_steps, planned
                    return None
                case None:
                    return None
        return None

    @property
    def _waiting(self) -> tuple[Step, ...]:
        """The steps that are planned and not at work, in the order of their numbers."""
        at_work = self.crew.trials
        return tuple(step for step in self.study.pending if step.trial not in at_work)

    def _is_worth_asking(self) -> bool:
        """Tell whether a virtual worker is free, and the plan may say something else than `Wait`, its last word."""
        if len(self.study.pending) >= self.study.fingerprint.lookahead:
            return False
        if self._waits is None or self._waits[0] != self._state_of_steps:
            return True
        return is_certain(self.study, self._waits[1].until, self.run.live)

    @property
    def _state_of_steps(self) -> tuple[int, int, int]:
        return len(self.study.steps), len(self.study.pending), len(self.study.journal)

    def _next_step(self) -> Plan | None:
        """Ask the plan, and take the step that it says into the study; None where a request to stop comes between."""
        try:
            with self.run.stopwatch.running("proposals"), self.run.stop.interruptible():
                planned = plan(self.study, propose, prune=PRUNING, contenders=contenders, live=self.run.live)
                expected = expected_when_planned(self.study, planned)
        except InterruptedRunError:
            return None
        match planned:
            case NewTrial(params=params, origin=origin, request=request):
                study = self.study.propose(params, origin=origin, request=request, **_placed(planned))
                self.run.study = study.expect(expected)
            case TryAgain(trial=trial, request=request):
                self.run.store.clear_trial(trial)
                self.run.live.pop(trial, None)
                self.run.study = self.study.retry(trial, request=request, **_placed(planned))
            case GoOn(trial=trial):
                self.run.study = self.study.go_on(trial, **_placed(planned))
            case Replicate(of=of, replicate=replicate):
                self.run.study = self.study.replicate(of, replicate, worker=planned.worker, begins=planned.begins)
                tell_of_beginning(self.run)
        return planned

    def _start_steps(self) -> None:
        """Let idle workers take planned steps, in the order of their numbers.

        One that must have a machine to itself waits until one is free; others begin on other machines meanwhile.
        """
        waiting = self._waiting
        self.crew.keep_free_for([step.trial for step in waiting])
        for step in waiting:
            trial, last = self.study.trial(step.trial), step.last_attempt
            is_innocent = last is not None and (last.in_company or last.was_left)
            reason = "" if is_innocent else self.study.limits.given_up(trial)
            if reason:
                fail(self.run, trial.number, reason, EndKind.DIED, trial.log_tail)
                continue
            alone = step.needs_the_machine(trial.attempts)
            place = self.crew.find(trial.number, alone=alone)
            if place is not None:
                self._start(step, place)
            elif not alone:
                break
            with self.run.stopwatch.running("trials"):
                self.run.refresh()

    def _start(self, step: Step, place: Place) -> None:
        """Start or go on with a trial on an idle worker."""
        run, number = self.run, step.trial
        beside = [each for each in self.crew.beside(place) if not run.is_set_aside(each)]
        run.save(self.study.start(number, now=run.clock(), beside=beside, place=place.machine))
        trial, files = self.study.trial(number), run.store.trial_files(number)
        run.tell(TrialStarted(number, trial.attempts))
        limit = self.study.limits.trial_timeout
        # What it had of the time beside others is not counted against it.
        spent = 0.0 if step.was_late_in_company else trial.seconds
        self.crew.submit(
            place,
            number,
            *(advance, self.setup.for_trial(trial), number),
            *(trial.params, step.to_epoch, step.thresholds, files),
            files=files,
            timeout=None if limit is None else max(limit - spent, 0.0),
        )

    def _finish(self) -> bool:
        """Write the result and test the best model, before the study says that the search has finished.

        Return whether it has: not where users have asked for something meanwhile.
        """
        best, n_inputs = model_of(self.study), len(self.study.journal)
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


def _placed(planned: NewTrial | TryAgain | GoOn) -> dict[str, Any]:
    return {"worker": planned.worker, "begins": planned.begins, "thresholds": planned.thresholds}
