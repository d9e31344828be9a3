"""`hpo-job verify`."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from job.cli.output import show_json
from job.cli.status import JsonOption
from job.core.events import BatchesDone, EpochEnded, Event, Notice, PhaseStarted
from job.core.study import Study
from job.core.trial import Trial
from job.paths import parse_source
from job.run.stopping import StopFlag
from job.settings import DEFAULT_STATE, SEARCH_PANEL, DownloadOption, StateOption
from job.settings.option import option
from job.state.places import state_at

if TYPE_CHECKING:
    from job.verification import Verification

TrialsOption = Annotated[
    int,
    typer.Option(
        "--trials",
        help="How many completed trials to train again: the best one first; with 0 neither the data nor the weights "
        "are looked at.",
        metavar="N",
        min=0,
    ),
]
DataOption = Annotated[
    Path | None,
    option(
        "--data",
        SEARCH_PANEL,
        "File or folder with the data of the search; without it, where its last run had them from.",
        metavar="PATH",
        parser=parse_source,
    ),
]


def verify(
    context: typer.Context,
    state: StateOption = DEFAULT_STATE,
    trials: TrialsOption = 1,
    data: DataOption = None,
    download: DownloadOption = True,
    as_json: JsonOption = False,
) -> None:
    """Compare the saved search with what comes out now: its plan step by step, and trials that are trained again.

    Exit 65 where anything differs, be it in the last bit. The state is only read.
    """
    from job.cli.best_model import read_with_model
    from job.executors.processes import ProcessExecutor
    from job.executors.scratch import scratch_directory
    from job.training.best_model import setup_for
    from job.verification import Saved, verify
    from job.verification.bench import Bench
    from job.verification.text import describe_verification

    stop: StopFlag = context.obj
    study, model = read_with_model(state_at(state))
    setup = setup_for(study, data, download=download) if trials else None
    with stop.interruptible(), _watching(study) as watcher:
        executor = ProcessExecutor()
        try:
            with tempfile.TemporaryDirectory(dir=scratch_directory()) as directory:
                bench = Bench(executor=executor, directory=Path(directory), hear=watcher.hear)
                found = verify(Saved(study=study, model=model), trials, setup, bench, watcher)
        finally:
            executor.close_all()
    if as_json:
        show_json(describe_verification(found))
    else:
        _show(found)
    raise typer.Exit(found.exit_code)


def _show(verification: "Verification") -> None:
    """Print what was found: with colours in a terminal, and plainly elsewhere."""
    from rich.console import Console

    from job.verification.text import draw_verification, render_verification

    if sys.stdout.isatty():
        Console().print(draw_verification(verification))
    else:
        sys.stdout.write(render_verification(verification))


@dataclass(frozen=True)
class _Watcher:
    """Tells on standard error what is at work: `show` in place, and `say` in a line that stays."""

    study: Study
    show: Callable[[str], object]
    say: Callable[[str], object]

    def replaying(self, step: int, steps: int) -> None:
        self.show(f"Asking the plan again for step {step} of {steps} ...")

    def looking(self, what: str) -> None:
        self.show(f"Looking at {what} ...")

    def training(self, trial: Trial, place: int, trials: int) -> None:
        self.say(f"{trial.title} is trained again, {place} of {trials}")

    def hear(self, event: Event) -> None:
        match event:
            case Notice(message):
                self.say(message)
            case PhaseStarted(phase, None):
                self.show(f"{phase.capitalize()} ...")
            case PhaseStarted(phase, int(number)):
                self.show(f"{self._title(number)}: {phase} ...")
            case BatchesDone(number, epoch, batch, batches):
                self.show(f"{self._title(number)}: epoch {epoch} of {self.epochs}, batch {batch} of {batches} ...")
            case EpochEnded(number, epoch):
                self.show(f"{self._title(number)}: epoch {epoch} of {self.epochs} ...")

    def _title(self, number: int) -> str:
        return self.study.trial(number).title.capitalize()

    @property
    def epochs(self) -> int:
        return self.study.fingerprint.epochs


@contextmanager
def _watching(study: Study) -> Iterator[_Watcher]:
    """Yield who tells of the work: in place to whoever looks on in a terminal, and elsewhere a line a trial."""
    if not sys.stderr.isatty():
        yield _Watcher(study, show=lambda _: None, say=lambda text: sys.stderr.write(f"hpo-job: {text}\n"))
        return
    from rich.console import Console

    console = Console(stderr=True)
    spinner = "dots" if console.encoding.startswith("utf") else "line"
    with console.status("", spinner=spinner) as status:
        yield _Watcher(study, show=status.update, say=lambda text: console.print(f"hpo-job: {text}", markup=False))
