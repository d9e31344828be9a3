"""A timestamped plain line for what happens in a run: for the logs of a container, a file or a pipe."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self, TextIO

from job.core.confirmation import confirmation_of, model_of
from job.core.events import (
    BatchesDone,
    CheckpointLeft,
    ConfirmationEnded,
    ConfirmationStarted,
    DownloadProgress,
    EpochEnded,
    Event,
    Level,
    Notice,
    Phase,
    PhaseStarted,
    ReadingProgress,
    RoundEnded,
    RunEnded,
    RungReached,
    RunStarted,
    StateLocked,
    TestStarted,
    TrainingBegan,
    TrialEnded,
    TrialStarted,
    WorkersChanged,
)
from job.core.space import summarize_space
from job.core.study import Study
from job.core.trial import Status, trial_log, trial_title
from job.display.confirming import describe_confirmation, describe_mean
from job.display.stream import SilentStream
from job.report.progress import (
    describe_place,
    describe_stop,
    taken_up_at,
    trainings_to_confirm,
    trials_budget,
    trials_done,
)
from job.report.summary import summarize_best
from job.words import count, format_duration, format_epochs, format_logs, format_params, format_score, format_size


class LineDisplay:
    """Writes the events to `stream`, each as one line that begins with the time in UTC, and flushes it."""

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.time) -> None:
        self._stream = SilentStream(stream)
        self._clock = clock
        self._is_news = NewsFilter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()

    def __call__(self, event: Event, study: Study | None) -> None:
        line = describe_event(event, study)
        if line is not None and self._is_news(event):
            moment = datetime.fromtimestamp(self._clock(), UTC)
            self._stream.write(f"{moment:%Y-%m-%dT%H:%M:%SZ} {line}\n")
            self._stream.flush()


class NewsFilter:
    """Tells which events are worth a line in a log: not every batch, and of files on their way every tenth."""

    def __init__(self) -> None:
        self._tenths: dict[str, int] = {}  # of what is being downloaded or read, as told last

    def __call__(self, event: Event) -> bool:
        match event:
            case StateLocked() | TrainingBegan() | BatchesDone() | CheckpointLeft():
                return False
            case PhaseStarted(number=number):
                return number is None
            case DownloadProgress(name, done, total) | ReadingProgress(name, done, total):
                tenth = 10 * done // total if total > 0 else 0
                was, self._tenths[name] = self._tenths.get(name), tenth
                return tenth != was
            case _:
                return True


def describe_event(event: Event, study: Study | None) -> str | None:
    """Return one line on `event` without a newline at its end; None for what is not worth a line."""
    match event:
        case StateLocked() | WorkersChanged() | TrainingBegan() | BatchesDone() | CheckpointLeft():
            line = None
        case RunStarted():
            line = _describe_run(study)
        case PhaseStarted(phase, number):  # of a lock that is waited for, a notice tells who holds it
            line = None if phase is Phase.LOCK or number is not None else str(phase)
        case TrialStarted() | EpochEnded() | RungReached() | TrialEnded() | TestStarted():
            line = _describe_trial(event, study)
        case ConfirmationStarted() | RoundEnded() | ConfirmationEnded():
            line = describe_confirmation(event, study)
        case Notice(message, level):
            line = " ".join(message.split()) if level is Level.INFO else f"{level}: {' '.join(message.split())}"
        case DownloadProgress():
            line = _describe_download(event)
        case ReadingProgress(kind, done, total):
            line = f"read {total:,} {kind}" if done >= total else f"read {done:,} of {total:,} {kind}"
        case RunEnded(reason, finished, hint):
            line = f"finished: {reason}" if finished else "\nwhat to do: ".join(filter(None, (reason, hint)))
    return line


def _describe_trial(
    event: TrialStarted | EpochEnded | RungReached | TrialEnded | TestStarted, study: Study | None
) -> str | None:
    title = study.trial(event.number).title if study else trial_title(event.number)
    match event:
        case TrialStarted():
            return _describe_start(event, title, study)
        case EpochEnded(_, epoch, logs):
            of_epochs = f" of {study.fingerprint.epochs}" if study else ""
            return f"{title}: epoch {epoch}{of_epochs}, {format_logs(logs)}"
        case RungReached(epochs=epochs) if epochs.is_integer():  # which the end of the epoch has told
            return None
        case RungReached(_, epochs, score):
            metric = study.fingerprint.objective.metric if study else "the score"
            return f"{title}: {metric} {format_score(metric, score)} at {format_epochs(epochs)}"
        case TrialEnded(number):
            return _describe_end(number, title, study)
        case TestStarted(number):
            is_best = study is None or (model := model_of(study)) is None or model.number == number
            return f"testing the {'best model, ' if is_best else 'model '}of {title}"


def describe_best(study: Study) -> str:
    """Return the best score and whose it is, such as `val_accuracy 98.80 % (trial 7)`; "" before there is one."""
    best, metric = summarize_best(study), study.fingerprint.objective.metric
    return f"{metric} {format_score(metric, best['score'])} (trial {best['number']})" if best else ""


def describe_params(study: Study, number: int) -> str:
    """Return the parameters of a trial in one line."""
    return format_params(study.trial(number).params, summarize_space(study.fingerprint.space))


def describe_progress(study: Study) -> str:
    """Return how many trials are done, such as `12 of 40 trials done`, and of a confirmation, how many trainings."""
    done, budget = trials_done(study), trials_budget(study)
    trials = f"{count(done, 'trial')} done" if budget is None else f"{done} of {count(budget, 'trial')} done"
    if confirmation_of(study) is None:
        return trials
    ended, trainings = trainings_to_confirm(study)
    return f"{trials}, {ended} of {count(trainings, 'training')} of the confirmation"


def _describe_run(study: Study | None) -> str:
    if study is None:
        return "started"
    best = describe_best(study)
    return f"search of {study.fingerprint.problem}: {describe_progress(study)}{f', best {best}' if best else ''}"


def _describe_start(event: TrialStarted, title: str, study: Study | None) -> str:
    if study is None:
        return f"{title} starts"
    place = describe_place(study.trial(event.number), epochs=study.fingerprint.epochs)
    if (rung := taken_up_at(study, event.number)) is not None:
        place = f"from {format_epochs(rung)}, where it had stopped"
    verb = f"goes on {place}" if place else "starts"
    attempt = f" (attempt {event.attempt})" if event.attempt > 1 else ""
    on_machine = f" on {machine}" if (machine := study.machine_of(event.number)) else ""
    return f"{title} {verb}{on_machine}{attempt}: {describe_params(study, event.number)}"


def _describe_end(number: int, title: str, study: Study | None) -> str:
    if study is None:
        return f"{title} ended"
    trial, metric = study.trial(number), study.fingerprint.objective.metric
    if trial.status is Status.FAILED:
        return f"{title} failed: {trial.reason} (log: {trial_log(number)})"
    if trial.status is Status.DROPPED:
        return f"{title} is set aside after {format_duration(trial.seconds)} of training"
    if trial.status is Status.STOPPED:
        return f"{title} stopped {describe_stop(study, number)}"
    score = format_score(metric, trial.score(study.fingerprint.objective))
    ended = f"{title} {trial.status} in {format_duration(trial.seconds)}: {metric} {score}"
    if trial.of is not None:
        return f"{ended}{describe_mean(study, trial)}"
    rank = "the best so far" if study.best == trial else f"best {describe_best(study)}"
    return f"{ended}, {rank}"


def _describe_download(event: DownloadProgress) -> str:
    if event.total <= 0:
        return f"downloading {event.name}: {format_size(event.done)}"
    if event.done >= event.total:
        return f"downloaded {event.name}: {format_size(event.total)}"
    return f"downloading {event.name}: {100 * event.done // event.total} % of {format_size(event.total)}"
