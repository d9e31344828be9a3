"""How the live display is drawn."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.progress_bar import ProgressBar
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from job.core.confirmation import best_trial
from job.core.events import DownloadProgress
from job.core.space import summarize_space, value_in
from job.core.study import Study
from job.core.trial import Status
from job.display.crew import crew_rows, describe_alone, describe_workers, trial_row
from job.display.lines import describe_best, describe_params, describe_progress
from job.display.scene import Scene
from job.plain_text import natural_width
from job.report.progress import estimate_seconds_left, share_done
from job.words import format_duration, format_score, format_size, format_value

_BEST_ROWS = 5  # of the table
_LINES_KEPT = 5  # for the bars of a test and of the search, and for what is printed above the display
_GAP = 2  # columns
_BAR_WIDTH = 30  # columns, where the terminal has them
_LEAST_BAR_WIDTH = 4
_PART_FOR_BARS = 8  # one of so many columns, beside the lines of several trials
_LABEL_WIDTH = len("trial 99")
_BEST = "green"


def draw(scene: Scene, *, now: float) -> RenderableType:
    """Return the scene as something that a rich console prints, on no more lines than it has if that can be."""
    return _Drawing(scene, now)


@dataclass(frozen=True)
class _Drawing:
    scene: Scene
    now: float

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        scene, now = self.scene, self.now
        if scene.ended and scene.ended.finished:  # what it has found is printed once the display is closed
            return
        above = console.render_lines(Group(*_above(scene, now)), options, pad=False)
        for line in above:
            yield from line
            yield Segment.line()
        if scene.study is not None and not scene.ended:
            room = options.size.height - len(above) - _LINES_KEPT
            yield _draw_bars(scene, scene.study, now, columns=options.max_width, room=room)


def _above(scene: Scene, now: float) -> Iterator[RenderableType]:
    """Yield what stands above the bars of the trials."""
    if scene.arriving:
        yield _draw_arriving(scene)
    if scene.study is not None:
        yield Text()
        if scene.study.best:
            yield _BestTrials(scene.study)
    yield _draw_points(scene, scene.study, now)


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
    grid = Table.grid(padding=(0, _GAP))
    grid.add_column(min_width=_LABEL_WIDTH)
    grid.add_column(overflow="fold")
    if study is not None and (best := best_trial(study)):
        point = f"{describe_best(study)}: {describe_params(study, best.number)}"
        grid.add_row(Text("best"), Text(point), style=_BEST)
    if study is not None and (workers := describe_workers(scene, study)):
        grid.add_row(Text("workers"), Text(workers))
    if scene.phase is not None:
        grid.add_row(Text("now"), Text(f"{scene.phase}, {format_duration(now - scene.phase_at)}"))
    elif study is not None and not scene.has_company:  # of several trials at once the parameters stand in their lines
        for trial in scene.in_training:
            grid.add_row(Text("now"), Text(describe_alone(scene, study, trial)))
    return grid


def _draw_bars(scene: Scene, study: Study, now: float, *, columns: int, room: int) -> RenderableType:
    """Draw a bar for each trial in training, and one of the search, on so many `columns`.

    Several trials take no more lines than there is `room` for.
    """
    if scene.has_company:
        bar = max(min(columns // _PART_FOR_BARS, _BAR_WIDTH), _LEAST_BAR_WIDTH)
        label = max([_LABEL_WIDTH, *(len(trial.title) for trial in scene.in_training)])
        text = max(columns - label - bar - 2 * _GAP, 1)
        grid, rows = _bars(bar, text), crew_rows(scene, study, now, columns=text, room=room)
    else:
        grid, rows = _bars(), (trial_row(scene, study, trial, now) for trial in scene.in_training)
    for row in rows:
        grid.add_row(*row)
    if scene.testing is not None:
        grid.add_row(
            Text("test"), ProgressBar(total=None, pulse=True), Text(f"the model of {study.trial(scene.testing).title}")
        )
    grid.add_row(Text("search"), _search_bar(study), Text(_search_line(study), no_wrap=False))
    return grid


def _search_bar(study: Study) -> RenderableType:
    share = share_done(study)
    return Text() if share is None else ProgressBar(total=1.0, completed=share)


def _search_line(study: Study) -> str:
    parts, failed, left = [describe_progress(study)], study.with_status(Status.FAILED), estimate_seconds_left(study)
    if study.stopped:
        parts.append(f"{len(study.stopped)} stopped")
    if failed:
        parts.append(f"{len(failed)} failed")
    if left:
        parts.append(f"about {format_duration(left)} left")
    return ", ".join(parts)


def _bars(bar: int | None = None, text: int | None = None) -> Table:
    """Return a grid for labels, bars and texts; where their columns are not given, the bars make room for the texts."""
    grid = Table.grid(padding=(0, _GAP))
    grid.add_column(no_wrap=True, min_width=_LABEL_WIDTH)
    grid.add_column(no_wrap=bar is not None, width=bar, max_width=_BAR_WIDTH)
    grid.add_column(no_wrap=True, width=text)
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
        table.add_row(*(Text(cell) for cell in cells), style=_BEST if trial == best_trial(study) else "")
    return table
