"""A live display for a terminal: what is in training now, the best so far, and the time left."""

import sys
import time
from collections.abc import Callable
from typing import Self, TextIO, cast

from rich.console import Console
from rich.live import Live
from rich.text import Text

from job.core.events import (
    DownloadProgress,
    EpochEnded,
    Event,
    Level,
    Notice,
    PhaseStarted,
    ReadingProgress,
    RungReached,
    TrialEnded,
    TrialStarted,
)
from job.core.study import Study
from job.core.trial import Status
from job.display.drawing import draw
from job.display.lines import describe_event
from job.display.scene import Scene
from job.display.stream import SilentStream
from job.report.progress import describe_place

# Often enough to look alive, seldom enough to cost nothing beside training.
_REFRESHES_PER_SECOND = 4


class LiveDisplay:
    """Redraws the state of the run in place at the foot of a terminal; what stays to be read goes above it."""

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._scene = Scene()
        self._console = Console(file=cast(TextIO, SilentStream(stream)), force_terminal=True, highlight=False)
        self._live = Live(
            console=self._console,
            get_renderable=lambda: draw(self._scene, now=self._clock()),
            refresh_per_second=_REFRESHES_PER_SECOND,
            # Standard output may be a file, and then what is printed belongs there.
            redirect_stdout=sys.stdout.isatty(),
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def __call__(self, event: Event, study: Study | None) -> None:
        # The thread that refreshes the display reads the scene: it is replaced as a whole, and never changed.
        self._scene = self._scene.after(event, study, now=self._clock())
        line = describe_event(event, study)
        if line is not None and _stays(event, study):
            moment = Text(time.strftime("%H:%M:%S "), style="dim")
            self._console.print(moment.append(line, style=_style(event, study)))


def _stays(event: Event, study: Study | None) -> bool:
    """Tell whether `event` is worth a line above the display; what the display itself shows is not."""
    match event:
        case TrialStarted(number, attempt):
            return attempt > 1 or (study is not None and describe_place(study.trial(number), epochs=0) != "")
        case DownloadProgress() | ReadingProgress() | EpochEnded() | RungReached() | PhaseStarted():
            return False
        case _:
            return True


def _style(event: Event, study: Study | None) -> str:
    match event:
        case Notice(level=Level.WARNING):
            return "yellow"
        case TrialEnded(number) if study and study.trial(number).status is Status.FAILED:
            return "red"
        case TrialEnded(number) if study and study.best and study.best.number == number:
            return "green"
        case _:
            return "not dim"
