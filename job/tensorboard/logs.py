"""TensorBoard's logs, derived from the study: a trial's curve for each metric, and its row in HParams.

    events.out.tfevents.hpo-job         the space and the objective
    0007/tensorboard/                   a trial's point, start, end and score
    0007/tensorboard/train/             its metrics after each epoch
    0007/tensorboard/validation/        the same in validation, under the same tags, and so in the same charts

A file is only ever appended to: a TensorBoard that watches reads on from where it was, and never looks at a file that
has taken the place of another. What stands in a file follows from the study, so whatever a kill has cut short is
completed by the next write, and nothing is doubled or left out. Nothing is synced: `write_logs` mends what is lost.
"""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from job.core.events import EpochEnded, Event, Listener, RunStarted, TrialEnded, TrialStarted
from job.core.study import Study
from job.core.trial import EpochLogs, Status, Trial, trial_name
from job.state import durable
from job.tensorboard import event_file, hparams

_VALIDATION = "val_"


def follow(directory: Path) -> Listener:
    """Return a listener that keeps the logs in `directory` as far as the run is."""

    def listen(event: Event, study: Study | None) -> None:
        if study is None:
            return
        match event:
            case RunStarted():
                write_logs(study, directory)
            case TrialStarted(number) | EpochEnded(number) | TrialEnded(number):
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
    known_times = _known_times(study, number, directory)
    files = event_files(study, number, epoch_times=known_times)
    for path, content in files.items():
        _append(directory / path, content)
    return {directory / path for path in files}


def experiment_file(study: Study) -> bytes:
    """Return the content of the file that describes the search."""
    time = _begun_at(study)
    return event_file.start(time) + event_file.summaries(hparams.experiment(study.fingerprint, time=time), time=time)


def event_files(study: Study, number: int, *, epoch_times: Sequence[float] = ()) -> dict[str, bytes]:
    """Return the content of each file of trial `number` by its path below the directory of all logs.

    `epoch_times` are the Unix times at which its first epochs are known to have ended; the study tells only what all of
    them took, and so the others are spread evenly over what is left of that.
    """
    trial = study.trial(number)
    if trial.status is Status.RUNNING and trial.started_at is None:
        return {}
    curves = {"train": _training(trial), "validation": _validation(trial)}
    times = _spread(study, trial, epoch_times[: trial.epochs])
    return {_path(number): _session(study, trial)} | {
        _path(number, split): _curve(epochs, start=_started_at(study, trial), times=times)
        for split, epochs in curves.items()
        if any(epochs)
    }


def _session(study: Study, trial: Trial) -> bytes:
    started_at, space, objective = _started_at(study, trial), study.fingerprint.space, study.fingerprint.objective
    content = event_file.start(started_at)
    content += event_file.summaries(hparams.session_start(trial, space, time=started_at), time=started_at)
    if trial.status is Status.RUNNING:
        return content
    ended_at = started_at if trial.ended_at is None else trial.ended_at
    score = trial.score(objective)
    if score is not None:
        # With the number as the step, the scores of all trials make one chart in the order of the search.
        content += event_file.scalars({hparams.SCORE_TAG: score}, step=trial.number, time=ended_at)
    return content + event_file.summaries(hparams.session_end(trial, time=ended_at), step=trial.number, time=ended_at)


def _curve(epochs: Sequence[EpochLogs], *, start: float, times: Sequence[float]) -> bytes:
    ends = enumerate(zip(epochs, times, strict=True), start=1)
    records = (event_file.scalars(logs, step=epoch, time=time) for epoch, (logs, time) in ends)
    return event_file.start(start) + b"".join(records)


def _training(trial: Trial) -> list[EpochLogs]:
    return [{tag: value for tag, value in logs.items() if not tag.startswith(_VALIDATION)} for logs in trial.history]


def _validation(trial: Trial) -> list[EpochLogs]:
    return [
        {tag.removeprefix(_VALIDATION): value for tag, value in logs.items() if tag.startswith(_VALIDATION)}
        for logs in trial.history
    ]


def _spread(study: Study, trial: Trial, known: Sequence[float]) -> list[float]:
    """Return when each epoch ended, had the trial been trained without a break."""
    last = known[-1] if known else _started_at(study, trial)
    left = trial.epochs - len(known)
    seconds = max(_started_at(study, trial) + trial.seconds - last, 0.0)
    return [*known, *(last + seconds * epoch / left for epoch in range(1, left + 1))]


def _known_times(study: Study, number: int, directory: Path) -> tuple[float, ...]:
    """Return the times that the log of the trial gives to its epochs; none if it is the log of another trial."""
    start, *epochs = event_file.times(_read(directory / _path(number, "train"))) or (None,)
    return tuple(epochs) if start == _started_at(study, study.trial(number)) else ()


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
