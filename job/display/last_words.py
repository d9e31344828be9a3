"""What a run leaves for `kubectl describe`: how far it has come, and why it ended.

The kubelet shows what stands in /dev/termination-log as the message of the container that has ended. The file is there
in a pod alone.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from job.core.confirmation import test_of_model
from job.core.events import Event, RunEnded, RunStarted, TrialEnded
from job.core.study import Study
from job.display.lines import describe_best, describe_progress
from job.report.confirmation import summarize_confirmation
from job.report.confirmation.sentences import confirmed_headline, tests_line
from job.report.summary import summarize
from job.words import format_logs

TERMINATION_LOG = Path("/dev/termination-log")
LARGEST_BYTES = 4096  # what the kubelet keeps of it


class LastWords:
    """Writes the message as a listener of a run: after every trial, in case there is no time at the end, and there."""

    def __init__(self, path: Path = TERMINATION_LOG) -> None:
        self._path = path
        self._study: Study | None = None

    def __call__(self, event: Event, study: Study | None) -> None:
        self._study = study or self._study
        match event:
            case RunStarted() | TrialEnded():
                self._write("running when this was written")
            case RunEnded(reason, finished=True):
                self._write(f"finished: {reason}")
            case RunEnded(reason, hint=hint, exit_code=code):
                self._write(f"exit code {code}: {reason}", f"what to do: {hint}" if hint else "")

    def _write(self, first: str, last: str = "") -> None:
        lines = [first, *self._progress(), last]
        message = "\n".join(filter(None, lines)).encode(errors="replace")[:LARGEST_BYTES]
        # Into the file as it is: it is a mount of its own, which nothing can be renamed onto.
        with suppress(OSError), self._path.open("r+b") as file:
            file.truncate()
            file.write(message)

    def _progress(self) -> Iterator[str]:
        study = self._study
        if study is None:
            return
        yield describe_progress(study)
        if (confirmation := summarize_confirmation(study)) is not None and confirmation["measured"] is not None:
            summary = summarize(study)
            yield f"confirmed {confirmed_headline(summary, confirmation)}"
            if tested := tests_line(summary, confirmation):
                yield f"test {tested}"
            return
        if study.best is not None:
            yield f"best {describe_best(study)}"
        if (test := test_of_model(study)) is not None:
            yield f"test {format_logs(test.metrics)}"
