"""What the live display shows: a frozen record of the run, and how it is drawn."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from job.core.events import (
    BatchesDone,
    DownloadProgress,
    Event,
    Notice,
    Phase,
    PhaseStarted,
    ReadingProgress,
    RunEnded,
    TestStarted,
    TrialStarted,
)
from job.core.space import summarize_space, value_in
from job.core.study import Study
from job.core.trial import Status, Trial
from job.display.lines import describe_best, describe_params, describe_progress
from job.plain_text import natural_width
from job.report.progress import estimate_seconds_left, trials_budget, trials_done
from job.words import format_duration, format_score, format_size, format_value

# Rows of the table, and bars of trials in training at once: the display leaves room for what is printed above it.
_BEST_ROWS = 5
_BARS = 8
_BAR_WIDTH = 30  # columns, where the terminal has them
_LABEL_WIDTH = len("trial 99")
_BEST = "green"

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Scene:
    """What is known of the run; times are seconds of the display's clock."""

    study: Study | None = None
    batches: Mapping[int, BatchesDone] = field(default_factory=dict)  # the latest of each trial, by its number
    started_at: Mapping[int, float] = field(default_factory=dict)  # of this attempt at each trial
    arriving: Mapping[str, DownloadProgress | ReadingProgress] = field(default_factory=dict)  # by their names
    testing: int | None = None  # the trial whose model is being tested
    phase: Phase | None = None  # what the run is at
    phase_at: float = 0.0  # since when
    phases: Mapping[int, Phase] = field(default_factory=dict)  # what trials are at before their first batch
    ended: RunEnded | None = None

    def after(self, event: Event, study: Study | None, *, now: float) -> "Scene":
        """Return the scene as it is after `event`; `study` is None as long as there is none."""
        scene = replace(self, study=study or self.study)
        match event:
            case Notice():
                return scene
            case DownloadProgress(name, done, total) | ReadingProgress(name, done, total):
                rest = _without(name, self.arriving)
                return replace(scene, arriving=rest if done >= total > 0 else {**rest, name: event})
            case PhaseStarted(phase, number) if number is not None:
                return replace(scene, phases={**self.phases, number: phase})
            case PhaseStarted(phase):
                return replace(scene, phase=phase, phase_at=now, testing=None)
            case BatchesDone(number):
                phases = _without(number, self.phases)
                return replace(scene, batches={**self.batches, number: event}, phases=phases)
            case _:
                return replace(scene, phase=None)._turned_to(event, now=now)

    def _turned_to(self, event: Event, *, now: float) -> "Scene":
        match event:
            case TrialStarted(number):
                started_at, phases = {**self.started_at, number: now}, _without(number, self.phases)
                batches = _without(number, self.batches)
                return replace(self, batches=batches, phases=phases, started_at=started_at, testing=None)
            case TestStarted(number):
                return replace(self, testing=number)
            case RunEnded():
                return replace(self, ended=event, arriving={}, testing=None)
            case _:
                return self


def _without(key: _Key, mapping: Mapping[_Key, _Value]) -> dict[_Key, _Value]:
    return {each: value for each, value in mapping.items() if each != key}


def draw(scene: Scene, *, now: float) -> RenderableType:
    """Return the scene as something that a rich console prints."""
    return Group(*_parts(scene, now))


def _parts(scene: Scene, now: float) -> Iterator[RenderableType]:
    if scene.ended and scene.ended.finished:  # what it has found is printed once the display is closed
        return
    if scene.arriving:
        yield _draw_arriving(scene)
    study = scene.study
    if study is not None:
        yield Text()
        if study.best:
            yield _BestTrials(study)
    yield _draw_points(scene, study, now)
    if study is not None and not scene.ended:
        yield _draw_bars(scene, study, now)


def _draw_arriving(scene: Scene) -> RenderableType:
    grid = _bars()
    for name, event in scene.arriving.items():
        known = event.total > 0
        size: Callable[[int], str] = format_size if isinstance(event, DownloadProgress) else "{:,}".format
        of_total = f" of {size(event.total)}" if known else ""
        bar = ProgressBar(total=event.total if known else None, completed=event.done)
        grid.add_row(Text(name), bar, Text(f"{size(event.done)}{of_total}"))
    return grid


def _draw_points(scene: Scene, study: Study | None, now: float) -> RenderableType:
    grid, in_hand = Table.grid(padding=(0, 2)), [] if study is None else _in_hand(scene, study)
    grid.add_column(min_width=_LABEL_WIDTH)
    grid.add_column(overflow="fold")
    if study is not None and study.best:
        point = f"{describe_best(study)}: {describe_params(study, study.best.number)}"
        grid.add_row(Text("best"), Text(point), style=_BEST)
    if scene.phase is not None:
        grid.add_row(Text("now"), Text(f"{scene.phase}, {format_duration(now - scene.phase_at)}"))
    # Of several trials at once the parameters would crowd out the rest.
    elif study is not None and len(in_hand) == 1:
        grid.add_row(Text("now"), Text(_describe_in_hand(study, in_hand[0], _batches(scene, in_hand[0]))))
    return grid


def _describe_in_hand(study: Study, trial: Trial, batches: BatchesDone | None) -> str:
    """Return the last score of a trial as that of the best one is told, its loss, and its parameters."""
    number, metric, parts = trial.number, study.fingerprint.objective.metric, []
    logs = trial.history[-1] if trial.history else {}
    if metric in logs:
        parts.append(f"{metric} {format_score(metric, logs[metric])} after epoch {trial.epochs}")
    loss = logs.get("loss") if batches is None or batches.loss is None else batches.loss
    if loss is not None and metric != "loss":
        parts.append(f"loss {loss:.4g}")
    told = f"{', '.join(parts)} (trial {number})" if parts else f"trial {number}"
    return f"{told}: {describe_params(study, number)}"


def _draw_bars(scene: Scene, study: Study, now: float) -> RenderableType:
    grid = _bars()
    for trial in _in_hand(scene, study)[:_BARS]:
        grid.add_row(*_trial_bar(scene, study, trial, now))
    if scene.testing is not None:
        grid.add_row(Text("test"), ProgressBar(total=None, pulse=True), Text(f"the model of trial {scene.testing}"))
    grid.add_row(Text("search"), _search_bar(study), Text(_search_line(study)))
    return grid


def _in_hand(scene: Scene, study: Study) -> list[Trial]:
    running = () if scene.ended else study.with_status(Status.RUNNING)
    return [trial for trial in running if trial.number in scene.started_at]


def _trial_bar(scene: Scene, study: Study, trial: Trial, now: float) -> tuple[RenderableType, ...]:
    epochs, batches = study.fingerprint.epochs, _batches(scene, trial)
    if batches is None:
        batches = BatchesDone(trial.number, min(trial.epochs + 1, epochs), trial.batch, trial.batches or 0)
    done, parts = float(trial.epochs), [f"epoch {batches.epoch} of {epochs}"]
    if batches.batch and batches.batches:
        done = batches.epoch - 1 + batches.batch / batches.batches
        parts.append(f"batch {batches.batch} of {batches.batches}")
    if phase := scene.phases.get(trial.number):
        parts.append(phase)
    parts.append(format_duration(now - scene.started_at[trial.number]))
    return Text(f"trial {trial.number}"), ProgressBar(total=epochs, completed=done), Text(", ".join(parts))


def _batches(scene: Scene, trial: Trial) -> BatchesDone | None:
    """Return how far the trial is in its epoch; batches of an epoch that has been saved since are old news."""
    batches = scene.batches.get(trial.number)
    return batches if batches is not None and batches.epoch > trial.epochs else None


def _search_bar(study: Study) -> RenderableType:
    budget = trials_budget(study)
    return Text() if budget is None else ProgressBar(total=budget, completed=trials_done(study))


def _search_line(study: Study) -> str:
    parts, failed, left = [describe_progress(study)], study.with_status(Status.FAILED), estimate_seconds_left(study)
    if failed:
        parts.append(f"{len(failed)} failed")
    if left:
        parts.append(f"about {format_duration(left)} left")
    return ", ".join(parts)


def _bars() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, min_width=_LABEL_WIDTH)
    grid.add_column(max_width=_BAR_WIDTH)
    grid.add_column(no_wrap=True)
    return grid


@dataclass(frozen=True)
class _BestTrials:
    """A table of the best trials, without their parameters where the terminal is too narrow for them."""

    study: Study

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        full = _draw_table(self.study, with_params=True)
        yield full if natural_width(full) <= options.max_width else _draw_table(self.study, with_params=False)


def _draw_table(study: Study, *, with_params: bool) -> Table:
    objective, space = study.fingerprint.objective, summarize_space(study.fingerprint.space) if with_params else []
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for header in ("rank", "trial", *(dimension["name"] for dimension in space), objective.metric, "time"):
        table.add_column(Text(header), justify="right", no_wrap=True)
    for rank, trial in enumerate(study.ranked[:_BEST_ROWS], start=1):
        score = trial.score(objective)
        if score is None:
            break
        values = [format_value(value_in(trial.params, dimension), dimension) for dimension in space]
        score_cell, time = format_score(objective.metric, score), format_duration(trial.seconds)
        cells = (str(rank), str(trial.number), *values, score_cell, time)
        table.add_row(*(Text(cell) for cell in cells), style=_BEST if trial == study.best else "")
    return table
