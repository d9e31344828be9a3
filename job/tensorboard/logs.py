"""TensorBoard's logs, derived from the study: a trial's curve for each metric, and its row in HParams.

    events.out.tfevents.hpo-job         the space and the objective
    0007/tensorboard/                   a trial's point, start, end and score
    0007/tensorboard/train/             its metrics after each epoch
    0007/tensorboard/validation/        the same in validation, under the same tags, and so in the same charts
    0007/tensorboard/rungs/             the objective at each rung, in hundredths of an epoch, since steps are whole

A file is only ever appended to: a TensorBoard that watches reads on from where it was, and never looks at a file that
has taken the place of another. What stands in a file follows from the study, so whatever a kill has cut short is
completed by the next write, and nothing is doubled or left out. Nothing is synced: `write_logs` mends what is lost.

Replicates have no logs here: HParams would show each as a trial, and its score among those of the search.
"""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from job.core.ending import EndKind
from job.core.events import EpochEnded, Event, Listener, RungReached, RunStarted, TrialEnded, TrialStarted
from job.core.study import Study
from job.core.trial import EpochLogs, Status, Trial, trial_name
from job.state import durable
from job.tensorboard import event_file, hparams

_VALIDATION = "val_"
_AT_RUNGS = "_at_rungs"  # after the objective's name: a chart of its own
_HUNDREDTHS = 100  # of an epoch


def follow(directory: Path) -> Listener:
    """Return a listener that keeps the logs in `directory` as far as the run is."""

    def listen(event: Event, study: Study | None) -> None:
        if study is None:
            return
        match event:
            case RunStarted():
                write_logs(study, directory)
            case TrialStarted(number) | EpochEnded(number) | RungReached(number) | TrialEnded(number) if number > 0:
                write_trial_logs(study, number, directory)

    return listen


def write_logs(study: Study, directory: Path) -> None:
    """Make the logs in `directory`, which belongs to one search, what `study` says, whatever is there."""
    kept = {directory / event_file.NAME}
    _append(directory / event_file.NAME, experiment_file(study))
    for trial in study.trials:
        kept |= write_trial_logs(study, trial.number, directory)
    for path in directory.glob(f"*/**/{event_file.NAME}"):
        if path not in kept:
            durable.remove(path)


def write_trial_logs(study: Study, number: int, directory: Path) -> set[Path]:
    """Append to the logs of trial `number` in `directory` what they lack, and return their paths."""
    epochs, rungs = (_known_times(study, number, directory, split) for split in ("train", "rungs"))
    files = event_files(study, number, epoch_times=epochs, rung_times=rungs)
    for path, content in files.items():
        _append(directory / path, content)
    return {directory / path for path in files}


def experiment_file(study: Study) -> bytes:
    """Return the content of the file that describes the search."""
    time = _begun_at(study)
    return event_file.start(time) + event_file.summaries(hparams.experiment(study.fingerprint, time=time), time=time)


def event_files(
    study: Study, number: int, *, epoch_times: Sequence[float] = (), rung_times: Sequence[float] = ()
) -> dict[str, bytes]:
    """Return the content of each file of trial `number` by its path below the directory of all logs.

    `epoch_times` are the Unix times at which its first epochs are known to have ended, and `rung_times` those at which
    it came to its first rungs; the study tells only what all of that took, and so the others are spread evenly over
    what is left of it.
    """
    trial = study.trial(number)
    if trial.status is Status.RUNNING and trial.started_at is None:
        return {}
    start, times = _started_at(study, trial), _spread(study, trial, epoch_times[: trial.epochs])
    files = {_path(number): _session(study, trial)}
    for split, epochs in {"train": _training(trial), "validation": _validation(trial)}.items():
        if any(epochs):
            files[_path(number, split)] = _curve(list(enumerate(epochs, start=1)), start=start, times=times)
    if rungs := _rungs(study, trial):
        times = _spread_rungs(study, trial, rung_times[: len(rungs)])
        files[_path(number, "rungs")] = _curve(rungs, start=start, times=times)
    return files


def _session(study: Study, trial: Trial) -> bytes:
    started_at, space, objective = _started_at(study, trial), study.fingerprint.space, study.fingerprint.objective
    content = event_file.start(started_at)
    content += event_file.summaries(hparams.session_start(trial, space, time=started_at), time=started_at)
    for stopped_at in _stops(study, trial):  # also of one that has been gone on with, for files are appended to
        content += _end(trial, time=stopped_at)
    if trial.status in (Status.RUNNING, Status.STOPPED):
        return content
    ended_at = started_at if trial.ended_at is None else trial.ended_at
    score = trial.score(objective)
    if score is not None:
        # With the number as the step, the scores of all trials make one chart in the order of the search.
        content += event_file.scalars({hparams.SCORE_TAG: score}, step=trial.number, time=ended_at)
    return content + _end(trial, has_failed=trial.status is Status.FAILED, time=ended_at)


def _end(trial: Trial, *, has_failed: bool = False, time: float) -> bytes:
    return event_file.summaries(hparams.session_end(has_failed=has_failed, time=time), step=trial.number, time=time)


def _stops(study: Study, trial: Trial) -> list[float]:
    """Return the Unix times at which a trial has stopped at a rung since it began from its start."""
    stops: list[float] = []
    for step in study.steps_of(trial.number):
        if step.begins_trial:
            stops.clear()
        if step.ended is EndKind.PAUSED:
            ended_at = step.attempts[-1].ended_at if step.attempts else None
            stops.append(_started_at(study, trial) if ended_at is None else ended_at)
    return stops


def _curve(points: Sequence[tuple[int, EpochLogs]], *, start: float, times: Sequence[float]) -> bytes:
    timed = zip(points, times, strict=True)
    records = (event_file.scalars(logs, step=step, time=time) for (step, logs), time in timed)
    return event_file.start(start) + b"".join(records)


def _training(trial: Trial) -> list[EpochLogs]:
    return [{tag: value for tag, value in logs.items() if not tag.startswith(_VALIDATION)} for logs in trial.history]


def _validation(trial: Trial) -> list[EpochLogs]:
    return [
        {tag.removeprefix(_VALIDATION): value for tag, value in logs.items() if tag.startswith(_VALIDATION)}
        for logs in trial.history
    ]


def _rungs(study: Study, trial: Trial) -> list[tuple[int, EpochLogs]]:
    tag = f"{study.fingerprint.objective.metric}{_AT_RUNGS}"
    return [(round(_HUNDREDTHS * each.epochs), {tag: each.score}) for each in trial.rungs]


def _spread(study: Study, trial: Trial, known: Sequence[float]) -> list[float]:
    """Return when each epoch ended, had the trial been trained without a break."""
    last = known[-1] if known else _started_at(study, trial)
    left = trial.epochs - len(known)
    seconds = max(_started_at(study, trial) + trial.seconds - last, 0.0)
    return [*known, *(last + seconds * epoch / left for epoch in range(1, left + 1))]


def _spread_rungs(study: Study, trial: Trial, known: Sequence[float]) -> list[float]:
    """Return when the trial came to each rung, had it been trained without a break and at one speed."""
    start = _started_at(study, trial)
    batches = max(trial.batches_trained, trial.rungs[-1].batches)
    return [*known, *(start + trial.seconds * each.batches / batches for each in trial.rungs[len(known) :])]


def _known_times(study: Study, number: int, directory: Path, split: str) -> tuple[float, ...]:
    """Return the times that a log of the trial gives to its points; none if it is the log of another trial."""
    start, *times = event_file.times(_read(directory / _path(number, split))) or (None,)
    return tuple(times) if start == _started_at(study, study.trial(number)) else ()


def _started_at(study: Study, trial: Trial) -> float:
    """Return when the trial started; an imported one has been there from the beginning."""
    return _begun_at(study) if trial.started_at is None else trial.started_at


def _begun_at(study: Study) -> float:
    return study.runs[0].started_at if study.runs else 0.0


def _path(number: int, split: str = "") -> str:
    return str(PurePosixPath(trial_name(number), "tensorboard", split, event_file.NAME))


def _append(path: Path, content: bytes) -> None:
    """Give `path` this content by appending what it lacks, or anew if something else stands there."""
    present = _read(path)
    if not content.startswith(present):
        durable.remove(path)
        present = b""
    if present == content:
        return
    durable.make_directory(path.parent)  # durably, since a trial's checkpoint will lie in one of those above
    with durable.state_errors(path), path.open("ab") as file:
        file.write(content[len(present) :])


def _read(path: Path) -> bytes:
    with durable.state_errors(path):
        return path.read_bytes() if path.exists() else b""
