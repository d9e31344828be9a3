"""One run of `hpo-job search`: from settings to a study taken up, searched and reported."""

import math
import time
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import replace

from job import problems
from job.core.events import Event, Level, Listener, Notice, Phase, PhaseStarted, RunEnded, StateLocked
from job.core.fingerprint import DataDescription, Fingerprint
from job.core.plan import end_of
from job.core.run import RunEnd
from job.core.study import Study
from job.data import Data, DataSource
from job.errors import InterruptedRunError, JobError, NoProgressError, StateLockedError, exit_code_of
from job.executors import Executor
from job.run.best_model import is_finished
from job.run.fingerprint import check_same
from job.run.in_force import Asked, asked_of, limits_of, options_of
from job.run.intake import Intake
from job.run.machine import Software
from job.run.open_run import OpenRun
from job.run.reports import LiveReport
from job.run.result import LiveResult
from job.run.stopping import StopFlag
from job.run.stopwatch import Stopwatch
from job.run.warm_start import new_study
from job.settings import Settings
from job.settings.choices import IfLocked
from job.state import durable
from job.state.directory import StateDirectory
from job.training import setup_of
from job.versions import arithmetic_settings, program_versions


def run(settings: Settings, *, stop: StopFlag, listener: Listener) -> Study | None:
    """Begin or go on with the search in the state directory until its budgets are spent; return the study.

    `settings` have passed their check. Return None where another run holds the state directory and they say to skip
    this one then. Raise one of the errors in `job.errors`; whatever it is, the state is as last saved. However the run
    ends, `listener` hears of it as RunEnded: once, and last.
    """
    stop.limit(grace_seconds=settings.grace_seconds, run_seconds=settings.run_for)
    heard = _Heard(listener)
    try:
        reason, study = _run(settings, stop, heard)
    except BaseException as error:
        heard(_ending_in(error), heard.study)
        raise
    heard(RunEnded(reason, finished=True), study)
    return study


def _run(settings: Settings, stop: StopFlag, listener: Listener) -> tuple[str, Study | None]:
    """Return why there is nothing more to do, and the study."""
    store = StateDirectory(settings.state)
    asked_of(settings, store.read().study, stop)  # tells what is wrong before anything is written or waited for
    with ExitStack() as held:
        try:
            held.enter_context(_lock(settings, store, stop, listener))
        except StateLockedError as error:
            if settings.if_locked is not IfLocked.SKIP:
                raise
            return f"nothing done: {error}", None
        listener(StateLocked(), None)
        study = _recover(store, listener)  # no other than what was read before, unless another run held the state
        return _Run(asked_of(settings, study, stop), store, stop, listener).go(study)


def _lock(
    settings: Settings, store: StateDirectory, stop: StopFlag, listener: Listener
) -> AbstractContextManager[None]:
    """Hold the state directory, after the run that holds it now if this one is to wait."""
    if settings.if_locked is not IfLocked.WAIT:
        return store.lock()
    told: list[str] = []

    def waiting(holder: str) -> None:
        stop.check()
        if not told:
            listener(PhaseStarted(Phase.LOCK), None)
            listener(Notice(f"waiting for the run that holds {store.root}: {holder}"), None)
            told.append(holder)

    return store.lock(patience_seconds=math.inf, waiting=waiting)


def _recover(store: StateDirectory, listener: Listener) -> Study | None:
    """Return the saved study, after setting aside what is damaged and clearing up after runs that were killed."""
    loaded = store.read()
    for path, reason in zip(loaded.damaged, loaded.reasons, strict=True):
        aside = durable.set_aside(path)
        message = f"{reason}; it is now {aside.name}, and the generation before serves"
        listener(Notice(message, level=Level.WARNING), None)
    store.clean(loaded.study)
    return loaded.study


def _ending_in(error: BaseException) -> RunEnded:
    if isinstance(error, JobError):
        return RunEnded(str(error), finished=False, hint=error.hint, exit_code=error.exit_code)
    reason = f"a bug: {type(error).__name__}: {error}"
    return RunEnded(reason, finished=False, exit_code=exit_code_of(error))


class _Heard:
    """Passes events on to `listener`, and knows the study that they last told of."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.study: Study | None = None

    def __call__(self, event: Event, study: Study | None) -> None:
        self.study = study or self.study
        self._listener(event, study)


class _Run:
    def __init__(self, asked: Asked, store: StateDirectory, stop: StopFlag, listener: Listener) -> None:
        self.asked, self.store, self.stop, self.listener = asked, store, stop, listener
        self.settings, self.limits = asked.settings, limits_of(asked.settings)
        self.result, self.report = LiveResult(store, stop), LiveReport(store, stop, self._tell)

    def go(self, study: Study | None) -> tuple[str, Study]:
        """Go on with the saved study, if there is one; return why there is nothing more to do, and the study."""
        fingerprint = self.asked.fingerprint
        if study is not None and study.is_begun:
            check_same(study.fingerprint, replace(fingerprint, data=study.fingerprint.data))
            end = end_of(study.limited(self.limits, now=time.time()))
            is_over = end is not None and not end.failed and not self.store.inbox.names()
            if end is not None and is_over and is_finished(study, self.store):
                study = self._note_finished(study)
                if not self.report.is_complete(study):
                    self._draw_report(study)
                return f"nothing left to do: {end.reason}", study
        executor = self._executor()
        executor.start()
        digest, description = self._look_at_data()
        study = self._take_up(study, replace(fingerprint, data=digest))
        return self._search(study.describe_data(description), executor)

    def _note_finished(self, study: Study) -> Study:
        """Have the study say that the search has finished, if its last run was stopped or killed before it could.

        The result that a finished search leaves comes first.
        """
        if not self.store.has_whole_result(study):
            self.result.write(study)
        if study.runs[-1].ended is RunEnd.FINISHED:
            return study
        versions, options = program_versions(), options_of(self.asked)
        study = study.open_run(now=time.time(), limits=self.limits, versions=versions, options=options)
        study = study.close_run(RunEnd.FINISHED)
        self.store.save(study)
        return study

    def _take_up(self, study: Study | None, fingerprint: Fingerprint) -> Study:
        """Return the saved study if it is of this search; one that nothing has come of yet gives way to another."""
        if study is not None and study.fingerprint == fingerprint:
            return replace(study, fingerprint=fingerprint)  # which may give the same bounds in other words
        if study is not None and study.is_begun:
            check_same(study.fingerprint, fingerprint)
        self.store.clean(None)
        return new_study(fingerprint, self.store, warm_start=self.settings.warm_start, tell=self._tell)

    def _executor(self) -> Executor:
        if self.settings.in_process:
            from job.executors.inline import InlineExecutor

            return InlineExecutor(lambda: self.stop.is_raised)
        from job.executors.processes import ProcessExecutor

        return ProcessExecutor()

    def _look_at_data(self) -> tuple[str, DataDescription]:
        """Return the digest of the data and what they are; the data themselves are let go of."""
        self._tell(PhaseStarted(Phase.DATA))
        with self.stop.interruptible(), problems.exits_refused(problems.module_name(self.settings.problem)):
            data = self.asked.problem.load_data(self._data_source(), self._tell)
            return data.digest(), _describe(data)

    def _data_source(self) -> DataSource:
        folder = self.settings.data_dir
        return DataSource(folder=folder.absolute() if folder else None, download=self.settings.download)

    def _search(self, study: Study, executor: Executor) -> tuple[str, Study]:
        from job.run.loop import Loop

        loop = Loop(
            run=self._open_run(study, executor),
            setup=setup_of(study.fingerprint, self._data_source(), checkpoint_seconds=self.settings.checkpoint_seconds),
            limits=self.limits,
            require_gpu=self.settings.require_gpu,
            software=Software(program_versions(), arithmetic_settings(study.fingerprint.threads)),
            options=options_of(self.asked),
        )
        try:
            study = loop.go()
        except NoProgressError:
            with suppress(InterruptedRunError):  # to be run again would not help
                self.result.write(loop.study)
                self._draw_report(loop.study)
            raise
        self._draw_report(study)
        return loop.reason, study

    def _draw_report(self, study: Study) -> None:
        self.listener(PhaseStarted(Phase.REPORT), study)
        self.report.draw(study)

    def _open_run(self, study: Study, executor: Executor) -> OpenRun:
        """Return the run at work, with its result and its reports: they are on its stopwatch too."""
        stopwatch = Stopwatch()
        return OpenRun(
            study=study,
            store=self.store,
            executor=executor,
            stop=self.stop,
            listener=self.listener,
            intake=Intake(self.store.inbox),
            stopwatch=stopwatch,
            refreshers=(*self.result.refreshers(stopwatch), *self.report.refreshers(stopwatch)),
        )

    def _tell(self, event: Event) -> None:
        self.listener(event, None)


def _describe(data: Data) -> DataDescription:
    return DataDescription(
        train=len(data.train),
        validation=len(data.validation),
        test=len(data.test),
        image_shape=data.train.images.shape[1:],
        class_names=data.class_names,
    )
