"""The state directory: where everything lies, what is saved in which order, and who may write.

    study.json          the truth                      study.json.prev   the generation before
    result.joblib       skopt's view of it             best.keras        the best model so far
    report/             derived from the study         predictions.npz   what it says of the test set
    lock                held by the run at work        trials/0007/      a trial's checkpoint, model and log
    report.lock         held while a report is written replicates/0007/  the same of the replicate with number -7
    inbox/              what users ask for, until it is taken into study.json
    retrained-4-to-30/  the state of trial 4, which is trained again for 30 epochs
    before-1/           the search that another has begun in the place of

A model and its predictions are durable before the study that speaks of them, and the study before the report that does;
the result with all trials and its model before the study that says that the search has finished.
A damaged file is set aside under another name and never deleted.
"""

import errno
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

from job.address import StatePlace
from job.core.confirmation import model_of, models_wanted
from job.core.study import Study
from job.core.trial import trial_directory
from job.errors import SettingsError, StateUnreadableError
from job.state import durable, study_json
from job.state.inbox import Inbox, Requests
from job.state.lock import PATIENCE_SECONDS, hold_lock, holder_of_lock
from job.state.owner import Holder
from job.state.result_stamp import bears_stamp_of
from job.state.sealed import DamagedError, NewerFormatError


@dataclass(frozen=True)
class TrialFiles:
    """Where a trial keeps what it needs and leaves."""

    directory: Path

    @property
    def checkpoint(self) -> Path:
        return self.directory / "checkpoint"

    @property
    def model(self) -> Path:
        return self.directory / "model.keras"

    @property
    def log(self) -> Path:
        return self.directory / "log.txt"


@dataclass(frozen=True)
class Loaded:
    """The newest generation of the study that can be read, and what is to be said about the others."""

    study: Study | None
    damaged: tuple[Path, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class StateDirectory:
    """The state of one search in a directory of its own."""

    root: Path

    @property
    def inbox_seconds(self) -> float:
        """How often the inbox is to be looked into: a directory on a network volume no more often."""
        return 1.0

    @property
    def place(self) -> StatePlace:
        """What --state names it by."""
        return self.root

    def told(self, path: Path) -> str:
        """Return where users find a file that is at `path` here."""
        return str(path)

    @property
    def study_file(self) -> Path:
        return self.root / "study.json"

    @property
    def previous_study_file(self) -> Path:
        return self.root / "study.json.prev"

    @property
    def result_file(self) -> Path:
        return self.root / "result.joblib"

    @property
    def best_model(self) -> Path:
        return self.root / "best.keras"

    @property
    def predictions_file(self) -> Path:
        return self.root / "predictions.npz"

    @property
    def report_directory(self) -> Path:
        return self.root / "report"

    @property
    def trials_directory(self) -> Path:
        return self.root / "trials"

    @property
    def replicates_directory(self) -> Path:
        return self.root / "replicates"

    def retraining_place(self, number: int, epochs: int) -> StatePlace:
        """Return where the state of a trial is that is trained again for so many epochs."""
        return self.root / f"retrained-{number}-to-{epochs}"

    @property
    def inbox(self) -> Requests:
        return Inbox(self._inbox_directory)

    @property
    def _inbox_directory(self) -> Path:
        return self.root / "inbox"

    @property
    def lock_file(self) -> Path:
        return self.root / "lock"

    @property
    def report_lock_file(self) -> Path:
        return self.root / "report.lock"

    def trial_files(self, number: int) -> TrialFiles:
        return TrialFiles(self.root / trial_directory(number))

    def read(self) -> Loaded:
        """Return the newest readable generation; raise StateUnreadableError when there are some and all are damaged."""
        damaged: list[Path] = []
        reasons: list[str] = []
        for path in (self.study_file, self.previous_study_file):
            try:
                if (data := self._bytes(path)) is None:
                    continue
                return Loaded(study_json.load(data), tuple(damaged), tuple(reasons))
            except DamagedError as error:
                damaged.append(path)
                reasons.append(f"{self.told(path)} is damaged ({error})")
            except NewerFormatError as error:
                raise StateUnreadableError(
                    f"{self.told(path)}: {error}", hint="go on with the newer hpo-job that wrote it"
                ) from None
        if damaged:
            raise StateUnreadableError(
                f"no generation of the state can be read: {'; '.join(reasons)}",
                hint=f"restore {self.told(self.study_file)} from a backup, or start afresh elsewhere with --state",
            )
        return Loaded(None)

    def holder(self) -> Holder | None:
        """Return the run that holds the state; None when none does."""
        name = holder_of_lock(self.lock_file)
        return None if name is None else Holder(name)

    def is_at_work(self) -> bool:
        """Tell whether a run holds the state and lives, as far as is known."""
        holder = self.holder()
        return holder is not None and holder.silent_since is None

    def lock(
        self,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        waiting: Callable[[str], None] | None = None,
        lost: Callable[[str], None] | None = None,
    ) -> AbstractContextManager[None]:
        """Hold the state, as `job.state.lock.hold_lock` does.

        `lost` is called, in another thread, with the reason for which it is held no longer; a directory always is.
        """
        del lost
        return hold_lock(self.lock_file, patience_seconds=patience_seconds, waiting=waiting)

    def take_over(self) -> tuple[str, ...]:
        """Make the state this run's, which holds it; return what is to be said of what is damaged in it.

        What is damaged gets another name.
        """
        loaded = self.read()
        asides = [durable.set_aside(path) for path in loaded.damaged]
        told = zip(loaded.reasons, asides, strict=True)
        return tuple(f"{reason}; it is now {aside.name}, and the generation before serves" for reason, aside in told)

    def save(self, study: Study) -> None:
        """Make `study` the current generation, durably, and the current one the generation before."""
        with durable.replacing(self.study_file) as temporary:
            temporary.write_bytes(study_json.dump(study))
            if self.study_file.exists():
                self.study_file.replace(self.previous_study_file)

    def save_progress(self, study: Study) -> None:
        """Do as `save` does, of a study in which a trial has got on, and nothing else has happened."""
        self.save(study)

    def begin_again_with(self, study: Study, aside: Path) -> None:
        """Make `study` the current generation, and the first one, after moving all else to the directory `aside`.

        A kill on the way leaves the study as it was, and the next call goes on with the same directory.
        """
        data = self._bytes(self.study_file)
        durable.make_directory(aside)
        if data is not None:
            durable.write(aside / self.study_file.name, data)
        files = (self.previous_study_file, self.result_file, self.best_model, self.predictions_file)
        folders = (self.report_directory, self.trials_directory, self.replicates_directory, self._inbox_directory)
        for path in (*files, *folders, *self.root.glob("retrained-*")):
            if path.exists():
                durable.rename(path, aside / path.name)
        durable.write(self.study_file, study_json.dump(study))

    def place_aside(self) -> Path:
        """Return the directory that the search is moved to for another one: new, or where a kill has ended its move."""
        study, number = self._bytes(self.study_file), 1
        while self._bytes(place := self.root / f"before-{number}" / self.study_file.name) not in (None, study):
            number += 1
        return place.parent

    def keep_best(self, number: int) -> None:
        """Make the model that trial `number` left the best one."""
        model = self.trial_files(number).model
        if model.exists():
            durable.rename(model, self.best_model)

    def has_model(self, number: int, digest: str) -> bool:
        """Tell whether a trial's own model is there with the content that is expected."""
        return bool(digest) and _has_digest(self.trial_files(number).model, digest)

    def set_best_aside(self) -> None:
        """Give the best model, which is not what it should be, another name if it is there."""
        if self.best_model.exists():
            durable.set_aside(self.best_model)

    def best_model_is(self, digest: str) -> bool:
        """Tell whether the best model is there with the content that is expected."""
        return _has_digest(self.best_model, digest)

    def bring(self) -> None:
        """Have all files of the state below `root`, where they are in a directory anyway."""

    def best_model_data(self) -> bytes | None:
        """Return the file of the best model as it is; None where there is none."""
        return self._bytes(self.best_model)

    def log_of(self, number: int) -> Path:
        """Return the file with what a trial has printed so far, which need not be there."""
        return self.trial_files(number).log

    def write_predictions(self, data: bytes) -> None:
        """Keep what the best model says of the test set; before the study that tells the digest of it."""
        durable.write(self.predictions_file, data)

    def has_predictions_of(self, study: Study) -> bool:
        """Tell whether the predictions that `study` speaks of are there; true where it speaks of none."""
        expected = study.test.predictions_sha256 if study.test else ""
        return not expected or _has_digest(self.predictions_file, expected)

    def predictions_of(self, study: Study) -> bytes | None:
        """Return the predictions that `study` speaks of; None if there are none, or others, or they are damaged."""
        expected = study.test.predictions_sha256 if study.test else ""
        data = self._bytes(self.predictions_file) if expected else None
        return data if data is not None and sha256(data).hexdigest() == expected else None

    def write_result(self, data: bytes) -> None:
        durable.write(self.result_file, data)

    def has_whole_result(self, study: Study) -> bool:
        """Tell whether the result is of all trials of `study` that have ended, with its model."""
        return bears_stamp_of(study, self._bytes(self.result_file))

    def report_file(self, name: str) -> bytes | None:
        """Return a file of the report; None where it cannot be read, since it is derived and can be made again."""
        try:
            return (self.report_directory / name).read_bytes()
        except OSError:
            return None

    def hold_report(self, *, patience_seconds: float = PATIENCE_SECONDS) -> AbstractContextManager[None]:
        """Hold the report, to look at it and then write it; raise StateLockedError while somebody else does."""
        return hold_lock(self.report_lock_file, patience_seconds=patience_seconds)

    def write_report(self, files: Mapping[str, bytes | None]) -> None:
        """Replace files of the report, in this order, and remove those that are None; by who holds the report.

        What interrupted writes have left goes first. Whatever else stands there is the user's.
        """
        paths = {self.report_directory / name: data for name, data in files.items()}
        for folder in dict.fromkeys((self.report_directory, *(path.parent for path in paths))):
            durable.make_directory(folder)
            durable.sweep(folder)
        for path, data in paths.items():
            if data is not None:
                durable.write(path, data)
            elif path.is_file():
                durable.remove(path)

    def clear_trial(self, number: int) -> None:
        """Remove what only an unfinished trial needs, half-written or not; by when its process has gone."""
        files = self.trial_files(number)
        durable.sweep(files.directory)
        durable.remove(files.checkpoint)
        durable.remove(files.model)

    def keep_checkpoints(self, study: Study, numbers: Collection[int]) -> None:
        """Remove the checkpoints of stopped trials but for those of these numbers: what they hold can be had again."""
        for trial in study.stopped:
            if trial.number not in numbers and self.trial_files(trial.number).checkpoint.exists():
                self.clear_trial(trial.number)

    def clean(self, study: Study | None) -> None:
        """Remove half-written files, and the checkpoints and models of all trials that `study` does not go on with.

        None goes on with no trial: what lies there is of another search, whose study is gone.
        """
        unfinished = self._unfinished(study) if study is not None else set()
        durable.sweep(self.root)
        for number in self._trials_with_files():
            if number in unfinished:
                durable.sweep(self.trial_files(number).directory)
            else:
                self.clear_trial(number)

    def _trials_with_files(self) -> Iterator[int]:
        """Yield the number of each trial that has a directory; others that stand beside them are nobody's business."""
        folders = ((self.trials_directory, 1), (self.replicates_directory, -1))
        found = ((path, sign) for folder, sign in folders for path in folder.glob("*/") if path.name.isdecimal())
        for path, sign in found:
            if (number := sign * int(path.name)) and path == self.trial_files(number).directory:
                yield number

    def _unfinished(self, study: Study) -> set[int]:
        numbers = {*(step.trial for step in study.pending), *(trial.number for trial in study.stopped)}
        numbers |= {each.number for each in models_wanted(study)}
        best = model_of(study)
        return numbers if best is None or self.best_model_is(best.model_sha256) else numbers | {best.number}

    def _bytes(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            known = durable.explain(path, error)
            if error.errno in (errno.ENOTDIR, errno.EISDIR):
                raise StateUnreadableError(str(known), hint=known.hint) from error
            raise known from error


def read_study(store: StateDirectory, *, warn: Callable[[str], object] = warnings.warn) -> Study:
    """Return the study in a state, without its lock: a run that is at work there is not disturbed.

    `warn` is told of a generation that is damaged. Raise SettingsError where there is no search, StateUnreadableError
    where no generation of it can be read, and StatePermissionError.
    """
    loaded = store.read()
    for reason in loaded.reasons:
        warn(f"{reason}; the generation before serves")
    if loaded.study is None:
        raise SettingsError(
            f"there is no search in {store.place}",
            hint="begin one with hpo-job search, or name where it is with --state",
        )
    return loaded.study


def _has_digest(path: Path, digest: str) -> bool:
    if not path.exists():
        return False
    with durable.state_errors(path), path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest() == digest
