"""Silence, but for one line when a run fails: what cron sends by mail is then worth reading."""

from typing import Self, TextIO

from job.core.events import Event, RunEnded
from job.core.study import Study
from job.display.stream import SilentStream
from job.errors import ExitCode, Rerun


class QuietDisplay:
    """Writes to `stream` why a run has failed; one that was interrupted, and goes on the next time, has not."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = SilentStream(stream)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()

    def __call__(self, event: Event, study: Study | None) -> None:
        del study
        if not isinstance(event, RunEnded) or event.finished or ExitCode(event.exit_code).rerun is Rerun.AT_ONCE:
            return
        line = "; what to do: ".join(filter(None, (event.reason, event.hint)))
        self._stream.write(f"hpo-job: {' '.join(line.split())}\n")
