"""One run of `hpo-job search`: from settings to a study taken up, searched and reported."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from job.address import Address
from job.core.events import Event, Level, Listener, Notice, Phase, PhaseStarted, RunEnded, StateLocked
from job.core.fingerprint import DO_NOT_REPEAT, Fingerprint
from job.core.plan import end_of
from job.core.run import RunEnd
from job.core.study import Study
from job.data.shared import memory_file
from job.errors import InterruptedRunError, JobError, NoProgressError, StateLockedError, exit_code_of
from job.executors import Executor, Place
from job.executors.room import environment_of
from job.proposals.contenders import contenders
from job.pruning.prune import PRUNING
from job.run.asking import Asking
from job.run.best_model import is_finished
from job.run.evidence import begin_again, begin_from, check_source, read_search, refuse_result
from job.run.fingerprint import check_same
from job.run.in_force import Asked, asked_of, data_source_of, limits_of, options_of
from job.run.intake import Intake
from job.run.machine import Software
from job.run.open_run import OpenRun
from job.run.reports import LiveReport
from job.run.result import LiveResult
from job.run.stopping import StopFlag
from job.run.stopwatch import Stopwatch
from job.run.workers import most_on_cluster, workers_at_work
from job.settings import Settings
from job.settings.addresses import is_open_to_others
from job.settings.choices import IfLocked
from job.state.directory import StateDirectory
from job.state.places import state_at
from job.training import Setup, setup_of
from job.training.best_model import data_of
from job.versions import arithmetic_settings, program_versions

if TYPE_CHECKING:
    from job.run.loop import Loop


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
    store = state_at(settings.state)
    asking = Asking(_executor(settings, stop), stop, lambda event: listener(event, None))
    # This tells what is wrong before anything is written or waited for.
    asked_of(settings, store.read().study, asking.declare, asking.machine)
    with ExitStack() as held:
        try:
            held.enter_context(_lock(settings, store, stop, listener))
        except StateLockedError as error:
            if settings.if_locked is not IfLocked.SKIP:
                raise
            return f"nothing done: {error}", None
        listener(StateLocked(), None)
        study = _recover(store, listener)  # no other than what was read before, unless another run held the state
        asked = asked_of(settings, study, asking.declare, asking.machine)
        return _Run(asked, store, stop, listener, asking).go(study)


def _executor(settings: Settings, stop: StopFlag) -> Executor:
    if settings.in_process:
        from job.executors.inline import InlineExecutor

        return InlineExecutor(lambda: stop.is_raised)
    if (address := settings.listen or settings.cluster) is not None:
        from job.executors.cluster.executor import ClusterExecutor

        return ClusterExecutor(address, listens=settings.listen is not None, workers=most_on_cluster(settings))
    from job.executors.processes import ProcessExecutor

    return ProcessExecutor()


def _lock(
    settings: Settings, store: StateDirectory, stop: StopFlag, listener: Listener
) -> AbstractContextManager[None]:
    """Hold the state, after the run that holds it now if this one is to wait, or that is to be seen to live or not."""
    waits, told = settings.if_locked is IfLocked.WAIT, list[str]()

    def waiting(holder: str) -> None:
        stop.check()
        if not told and (waits or isinstance(store.place, Address)):
            listener(PhaseStarted(Phase.LOCK), None)
            what = "waiting for" if waits else "looking for a sign of life of"
            listener(Notice(f"{what} the run that holds {store.place}: {holder}"), None)
            told.append(holder)

    patience = {"patience_seconds": math.inf} if waits else {}
    return store.lock(waiting=waiting, lost=stop.ask, **patience)


def _recover(store: StateDirectory, listener: Listener) -> Study | None:
    """Return the saved study, after setting aside what is damaged and clearing up after runs that were killed."""
    for message in store.take_over():
        listener(Notice(message, level=Level.WARNING), None)
    study = store.read().study
    store.clean(study)
    return study


def _ending_in(error: BaseException) -> RunEnded:
    if isinstance(error, JobError):
        return RunEnded(str(error), finished=False, hint=error.hint, exit_code=error.exit_code)
    reason = f"a bug: {type(error).__name__}: {error}"
    return RunEnded(reason, finished=False, exit_code=exit_code_of(error))


class _Heard:
    """Passes events on to `listener`, and knows the study that they last told of.

    What each process that reads the data has to say of them is passed on once.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._notices = set[Notice]()
        self.study: Study | None = None

    def __call__(self, event: Event, study: Study | None) -> None:
        self.study = study or self.study
        if isinstance(event, Notice):
            if event in self._notices:
                return
            self._notices.add(event)
        self._listener(event, study)


class _Run:
    def __init__(self, asked: Asked, store: StateDirectory, stop: StopFlag, listener: Listener, asking: Asking) -> None:
        self.asked, self.store, self.stop, self.listener, self.asking = asked, store, stop, listener, asking
        self.settings, self.limits = asked.settings, limits_of(asked.settings)
        self.result, self.report = LiveResult(store, stop), LiveReport(store, stop, self._tell)

    def go(self, study: Study | None) -> tuple[str, Study]:
        """Go on with the saved study, if there is one; return why there is nothing more to do, and the study."""
        fingerprint = self.asked.fingerprint
        self._tell_of_file(fingerprint)
        begins, fresh = study is None or not study.is_begun or self._begins_again(study, fingerprint), None
        if begins:
            fresh = self._fresh(study, fingerprint)
        elif study is not None:
            if self.settings.begin_from is not None:
                check_source(study.evidence, self.settings.begin_from, fingerprint, tell=self._tell)
            end = end_of(study.limited(self.limits, now=time.time()), PRUNING, contenders)
            is_over = end is not None and not end.failed and not self.store.inbox.names()
            if end is not None and is_over and is_finished(study, self.store):
                study = self._note_finished(study)
                if not self.report.is_complete(study):
                    self._draw_report(study)
                return f"nothing left to do: {end.reason}", study
        self._tell_of_data(study)
        setup = setup_of(
            fingerprint, data_source_of(self.settings), checkpoint_seconds=self.settings.checkpoint_seconds
        )
        with nullcontext() if self.settings.in_process else memory_file() as shared:
            setup = replace(setup, shared=shared)
            digest, description = self.asking.look_at_data(setup)
            study = self._take_up(study, fresh, replace(fingerprint, data=digest))
            if not description.repeats and not study.is_begun:
                self._tell(Notice(DO_NOT_REPEAT))
            return self._search(study.describe_data(description), replace(setup, described=description))

    def _begins_again(self, study: Study, fingerprint: Fingerprint) -> bool:
        """Tell whether another search than that of the state begins, as far as is known without the data.

        Raise SettingsChangedError where it is another one, and may not begin.
        """
        asked = replace(fingerprint, data=study.fingerprint.data)
        if self.settings.begin_again:
            return study.fingerprint != asked
        check_same(study.fingerprint, asked)
        return False

    def _tell_of_file(self, fingerprint: Fingerprint) -> None:
        """Say it where the file of the problem is not where it was: no change of it is heard of then."""
        if fingerprint.own and not Path(file := fingerprint.own.sources.file).exists():
            self._tell(Notice(f"there is no {file}: the search goes on with what it said"))

    def _tell_of_data(self, study: Study | None) -> None:
        """Say it where the data of the search are not where they were."""
        if study and not self.settings.data and (data := data_of(study)) and not data.exists():
            self._tell(Notice(f"there is no {data} any more, where the data were: they are looked for without --data"))

    def _note_finished(self, study: Study) -> Study:
        """Have the study say that the search has finished, if its last run was stopped or killed before it could.

        The result that a finished search leaves comes first.
        """
        if not self.store.has_whole_result(study):
            self.result.write(study)
        if study.runs[-1].ended is RunEnd.FINISHED:
            return study
        versions, options = program_versions(), options_of(self.asked, study.evidence)
        study = study.open_run(now=time.time(), limits=self.limits, versions=versions, options=options)
        study = study.close_run(RunEnd.FINISHED)
        self.store.save(study)
        return study

    def _fresh(self, study: Study | None, fingerprint: Fingerprint) -> Study:
        """Return the study of a search that begins, with the evidence that it is to begin from."""
        if study is None:
            refuse_result(self.store)
        source = self.settings.begin_from
        if source is None:
            return Study(fingerprint=fingerprint)
        search = read_search(source, fingerprint, tell=self._tell)
        return begin_from(search, fingerprint, tell=self._tell)

    def _take_up(self, study: Study | None, fresh: Study | None, fingerprint: Fingerprint) -> Study:
        """Return the saved study if it is of this search; one that nothing has come of yet gives way to a fresh one."""
        has_begun = study is not None and (study.is_begun or self.settings.begin_from is None)
        if study is not None and has_begun and study.fingerprint == fingerprint:
            saved = study.fingerprint
            kept = replace(fingerprint, start_batches=saved.start_batches, start_share=saved.start_share)
            return replace(study, fingerprint=kept)  # which may give the same bounds in other words
        if study is not None and study.is_begun:
            if not self.settings.begin_again:
                check_same(study.fingerprint, fingerprint)
            return begin_again(study, fingerprint, self.store, tell=self._tell)
        self.store.clean(None)
        return replace(fresh or Study(fingerprint=fingerprint), fingerprint=fingerprint)

    def _search(self, study: Study, setup: Setup) -> tuple[str, Study]:
        from job.run.loop import Loop

        with self._workers(study, setup) as workers:
            loop = Loop(
                run=self._open_run(study),
                setup=setup,
                limits=self.limits,
                require_gpu=self.settings.require_gpu,
                software=Software(program_versions(), arithmetic_settings(study.fingerprint.threads)),
                options=options_of(self.asked, study.evidence),
                workers=workers,
            )
            study = self._go(loop)
        self._draw_report(study)
        return loop.reason, study

    def _go(self, loop: "Loop") -> Study:
        try:
            return loop.go()
        except NoProgressError:
            with suppress(InterruptedRunError):  # to be run again would not help
                self.result.write(loop.study)
                self._draw_report(loop.study)
            raise

    @contextmanager
    def _workers(self, study: Study, setup: Setup) -> Iterator[Callable[[], Sequence[Place]]]:
        """Yield what tells the workers that there are: on this machine always the same."""
        if self.settings.is_on_cluster:
            with self._workers_of_cluster(study, setup) as workers:
                yield workers
            return
        number, told = workers_at_work(self.settings, self.asking.machine)
        if told:
            self._tell(Notice(told))
        gpus = len(self.asking.machine().gpus) if number > 1 else 0
        here = tuple(Place(worker=worker, environment=environment_of(worker, gpus)) for worker in range(number))
        yield lambda: here

    @contextmanager
    def _workers_of_cluster(self, study: Study, setup: Setup) -> Iterator[Callable[[], Sequence[Place]]]:
        """Have a cluster take calls."""
        from job.executors.cluster.executor import ClusterExecutor
        from job.executors.cluster.terms import Terms

        executor, settings = self.asking.executor, self.settings
        assert isinstance(executor, ClusterExecutor), "on a cluster there is no other"
        terms = Terms(
            setup=setup,
            data=study.fingerprint.data,
            versions=program_versions(),
            arithmetic=arithmetic_settings(study.fingerprint.threads),
            trials_per_gpu=settings.trials_per_gpu,
            require_gpu=settings.require_gpu,
        )
        with executor.opened(terms):
            if settings.listen is not None:
                self._tell_of_listening(settings.listen)
            yield executor.workers

    def _tell_of_listening(self, address: str) -> None:
        protocol, port = address.partition("://")[0], address.rpartition(":")[2]
        self._tell(Notice(f"trains on the workers that come to {address}: hpo-job worker {protocol}://HOST:{port}"))
        if is_open_to_others(address):
            message = f"whoever reaches {address} can run code here and on the workers"
            self._tell(Notice(f"{message}: let only these reach it, or use certificates with tls://", Level.WARNING))

    def _draw_report(self, study: Study) -> None:
        self.listener(PhaseStarted(Phase.REPORT), study)
        self.report.draw(study)

    def _open_run(self, study: Study) -> OpenRun:
        """Return the run at work, with its result and its reports: they are on its stopwatch too."""
        stopwatch = Stopwatch()
        return OpenRun(
            study=study,
            store=self.store,
            executor=self.asking.executor,
            stop=self.stop,
            listener=self.listener,
            intake=Intake(self.store.inbox, seconds=self.store.inbox_seconds),
            stopwatch=stopwatch,
            keep_paused=self.settings.keep_paused,
            refreshers=(*self.result.refreshers(stopwatch), *self.report.refreshers(stopwatch)),
        )

    def _tell(self, event: Event) -> None:
        self.listener(event, None)
