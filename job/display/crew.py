"""How trials in training are drawn: one with all that is known of it, several with a line each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.text import Text

from job.core.space import summarize_space, value_in
from job.core.study import Study
from job.core.trial import Trial
from job.display.lines import describe_params
from job.display.scene import Scene
from job.words import count, format_duration, format_epochs, format_score, format_value

Row = tuple[RenderableType, RenderableType, RenderableType]  # a label, a bar, and a line of text
_GAP = "  "


def trial_row(scene: Scene, study: Study, trial: Trial, now: float) -> Row:
    """Return the row of a trial that trains alone."""
    place = scene.place(trial, study.fingerprint.epochs)
    parts = [f"epoch {place.epoch} of {study.fingerprint.epochs}"]
    if place.batch and place.batches:
        parts.append(f"batch {place.batch} of {place.batches}")
    if phase := scene.phases.get(trial.number):
        parts.append(phase)
    parts.append(format_duration(now - scene.started_at[trial.number]))
    return _row(scene, study, trial, ", ".join(parts))


def describe_alone(scene: Scene, study: Study, trial: Trial) -> str:
    """Return the last score of a trial that trains alone as that of the best one is told, its loss, its parameters."""
    metric, parts = study.fingerprint.objective.metric, []
    if (last := _last_score(study, trial)) is not None:
        epochs, score = last
        when = f"after epoch {epochs:g}" if epochs.is_integer() else f"at {format_epochs(epochs)}"
        parts.append(f"{metric} {format_score(metric, score)} {when}")
    if (loss := _last_loss(scene, study, trial)) is not None and metric != "loss":
        parts.append(f"loss {loss:.4g}")
    told = f"{', '.join(parts)} ({trial.title})" if parts else trial.title
    return f"{told}: {describe_params(study, trial.number)}"


def crew_rows(scene: Scene, study: Study, now: float, *, columns: int, room: int) -> Iterator[Row]:
    """Yield a row for each trial in training, of which several are at a time: no more rows than there is `room` for.

    Their texts tell as much as goes into so many `columns`.
    """
    trials = scene.in_training
    shown = trials if len(trials) <= room else trials[: max(room - 1, 1)]
    for trial, line in zip(shown, _Crew(scene, study, shown, now).lines(columns), strict=True):
        yield _row(scene, study, trial, line)
    if more := len(trials) - len(shown):
        yield Text(), Text(), Text(f"and {more} more", style="dim")


def describe_workers(scene: Scene, study: Study) -> str:
    """Return how many workers of a cluster there are, and what the idle ones wait for; empty elsewhere."""
    there = scene.workers
    if there is None:
        return ""
    at_work = len(scene.in_training)
    told = f"{there.workers} on {count(there.machines, 'machine')}, {at_work} at work"
    idle, lookahead = there.workers - at_work, study.fingerprint.lookahead
    if idle <= 0 or scene.testing is not None:
        return told
    if there.workers > lookahead:
        return f"{told}: a search with --lookahead {lookahead} plans no more at a time"
    return f"{told}: the next trial is planned from results that are not there yet"


def _row(scene: Scene, study: Study, trial: Trial, text: str) -> Row:
    epochs = study.fingerprint.epochs
    place = scene.place(trial, epochs)
    done = float(trial.epochs)
    if place.batch and place.batches:
        done = place.epoch - 1 + place.batch / place.batches
    return Text(trial.title), ProgressBar(total=epochs, completed=done), Text(text)


def _last_score(study: Study, trial: Trial) -> tuple[float, float] | None:
    """Return after how many epochs the objective was looked at last, and what it was; None before it was."""
    metric = study.fingerprint.objective.metric
    seen = [(float(epoch), logs[metric]) for epoch, logs in enumerate(trial.history, 1) if metric in logs]
    seen += [(rung.epochs, rung.score) for rung in trial.rungs_behind]
    return max(seen, default=None)


def _last_loss(scene: Scene, study: Study, trial: Trial) -> float | None:
    loss = scene.place(trial, study.fingerprint.epochs).loss
    return loss if loss is not None or not trial.history else trial.history[-1].get("loss")


@dataclass(frozen=True)
class _Crew:
    """Trials that are in training at a time, and what is told of each."""

    scene: Scene
    study: Study
    trials: Sequence[Trial]
    now: float

    def lines(self, columns: int) -> list[str]:
        """Return a line of each trial, aligned, in the fullest form that has room; or else in the shortest."""
        lines: list[str] = []
        for form in (
            (self._machine, self._of_all_epochs, self._loss, self._score, self._time, self._params),
            (self._machine, self._of_all_epochs, self._loss, self._score, self._time, self._values),
            (self._machine, self._of_all_epochs, self._loss, self._time, self._values),
            (self._of_all_epochs, self._loss, self._score, self._time, self._params),
            (self._of_all_epochs, self._loss, self._score, self._time, self._values),
            (self._of_all_epochs, self._loss, self._time, self._values),
            (self._epoch, self._loss, self._time, self._values),
            (self._epoch, self._loss, self._values),
        ):
            lines = _aligned([[tell(trial) for tell in form] for trial in self.trials])
            if all(len(line) <= columns for line in lines):
                break
        return lines

    def _machine(self, trial: Trial) -> str:
        """Return the machine of a cluster; empty where trials train where the run is."""
        return self.study.machine_of(trial.number)

    def _epoch(self, trial: Trial) -> str:
        return f"epoch {self.scene.place(trial, self.study.fingerprint.epochs).epoch}"

    def _of_all_epochs(self, trial: Trial) -> str:
        return f"{self._epoch(trial)} of {self.study.fingerprint.epochs}"

    def _loss(self, trial: Trial) -> str:
        """Return the loss, or what the trial is at before it has one."""
        if phase := self.scene.phases.get(trial.number):
            return phase
        loss = _last_loss(self.scene, self.study, trial)
        return "" if loss is None else f"loss {loss:.4g}"

    def _score(self, trial: Trial) -> str:
        if (last := _last_score(self.study, trial)) is None:
            return ""
        epochs, score = last
        return f"{format_score(self.study.fingerprint.objective.metric, score)} at {format_epochs(epochs)}"

    def _time(self, trial: Trial) -> str:
        return format_duration(self.now - self.scene.started_at[trial.number])

    def _params(self, trial: Trial) -> str:
        return describe_params(self.study, trial.number)

    def _values(self, trial: Trial) -> str:
        """Return the parameters without their names, which stand in the same order where the best trial is told."""
        space = summarize_space(self.study.fingerprint.space)
        return ", ".join(format_value(value_in(trial.params, dimension), dimension) for dimension in space)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return each row in one line, in columns; those that are empty in all rows are left out."""
    columns = [column for column in zip(*rows, strict=True) if any(column)]
    padded = [[cell.ljust(max(map(len, column))) for cell in column] for column in columns]
    return [_GAP.join(cells).rstrip() for cells in zip(*padded, strict=True)]
