"""What the live display shows: a frozen record of the run, and how it is drawn."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from job.core.events import BatchesDone, DownloadProgress, Event, RunEnded, TestStarted, TrialStarted
from job.core.space import summarize_space
from job.core.study import Study
from job.core.trial import Status, Trial
from job.display.lines import describe_best, describe_params, describe_progress
from job.plain_text import natural_width
from job.report.status import estimate_seconds_left, trials_budget, trials_done
from job.words import format_duration, format_score, format_size, format_value

# Rows of the table, and bars of trials in training at once: the display leaves room for what is printed above it.
_BEST_ROWS = 5
_BARS = 8
_BAR_WIDTH = 30  # columns, where the terminal has them
_LABEL_WIDTH = len("trial 99")
_BEST = "green"


@dataclass(frozen=True)
class Scene:
    """What is known of the run; times are seconds of the display's clock."""

    study: Study | None = None
    batches: Mapping[int, BatchesDone] = field(default_factory=dict)  # the latest of each trial, by its number
    started_at: Mapping[int, float] = field(default_factory=dict)  # of this attempt at each trial
    downloads: Mapping[str, DownloadProgress] = field(default_factory=dict)  # those that are under way
    testing: int | None = None  # the trial whose model is being tested
    ended: bool = False

    def after(self, event: Event, study: Study | None, *, now: float) -> "Scene":
        """Return the scene as it is after `event`; `study` is None as long as there is none."""
        scene = replace(self, study=study or self.study)
        match event:
            case TrialStarted(number):
                batches = {key: each for key, each in self.batches.items() if key != number}
                return replace(scene, batches=batches, started_at={**self.started_at, number: now}, testing=None)
            case BatchesDone(number):
                return replace(scene, batches={**self.batches, number: event})
            case DownloadProgress(name, done, total):
                rest = {key: each for key, each in self.downloads.items() if key != name}
                return replace(scene, downloads=rest if done >= total > 0 else {**rest, name: event})
            case TestStarted(number):
                return replace(scene, testing=number)
            case RunEnded():
                return replace(scene, ended=True, downloads={}, testing=None)
            case _:
                return scene


def draw(scene: Scene, *, now: float) -> RenderableType:
    """Return the scene as something that a rich console prints."""
    return Group(*_parts(scene, now))


def _parts(scene: Scene, now: float) -> Iterator[RenderableType]:
    if scene.downloads:
        yield _draw_downloads(scene)
    study = scene.study
    if study is None:
        return
    yield Text()
    if study.best:
        yield _BestTrials(study)
    yield _draw_points(scene, study)
    if not scene.ended:
        yield _draw_bars(scene, study, now)


def _draw_downloads(scene: Scene) -> RenderableType:
    grid = _bars()
    for event in scene.downloads.values():
        known = event.total > 0
        of_total = f" of {format_size(event.total)}" if known else ""
        bar = ProgressBar(total=event.total if known else None, completed=event.done)
        grid.add_row(Text(event.name), bar, Text(f"{format_size(event.done)}{of_total}"))
    return grid


def _draw_points(scene: Scene, study: Study) -> RenderableType:
    grid, in_hand = Table.grid(padding=(0, 2)), _in_hand(scene, study)
    grid.add_column(min_width=_LABEL_WIDTH)
    grid.add_column(overflow="fold")
    if study.best:
        point = f"{describe_best(study)}: {describe_params(study, study.best.number)}"
        grid.add_row(Text("best"), Text(point), style=_BEST)
    # Of several trials at once the parameters would crowd out the rest.
    if len(in_hand) == 1:
        number = in_hand[0].number
        grid.add_row(Text("now"), Text(f"trial {number}: {describe_params(study, number)}"))
    return grid


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
    epochs, batches = study.fingerprint.epochs, scene.batches.get(trial.number)
    # Batches of an epoch that has been saved since are old news.
    if batches is None or batches.epoch <= trial.epochs:
        batches = BatchesDone(trial.number, min(trial.epochs + 1, epochs), trial.batch, trial.batches or 0)
    done, parts = float(trial.epochs), [f"epoch {batches.epoch} of {epochs}"]
    if batches.batch and batches.batches:
        done = batches.epoch - 1 + batches.batch / batches.batches
        parts.append(f"batch {batches.batch} of {batches.batches}")
    parts.append(format_duration(now - scene.started_at[trial.number]))
    return Text(f"trial {trial.number}"), ProgressBar(total=epochs, completed=done), Text(", ".join(parts))


def _search_bar(study: Study) -> RenderableType:
    budget = trials_budget(study)
    return Text() if budget is None else ProgressBar(total=budget, completed=trials_done(study))


def _search_line(study: Study) -> str:
    parts, failed, left = [describe_progress(study)], study.with_status(Status.FAILED), estimate_seconds_left(study)
    if failed:
        parts.append(f"{len(failed)} failed")
    if left is not None:
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
        values = [format_value(trial.params[dimension["name"]], dimension) for dimension in space]
        seconds = format_duration(trial.seconds) if trial.seconds else "imported"
        cells = (str(rank), str(trial.number), *values, format_score(objective.metric, score), seconds)
        table.add_row(*(Text(cell) for cell in cells), style=_BEST if trial == study.best else "")
    return table
