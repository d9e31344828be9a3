"""The program that is measured, started as a user starts it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from figures import CannotMeasureError

from job.core.study import Study
from job.settings.option import PREFIX
from job.state.directory import StateDirectory

PROGRAM = Path(sys.executable).with_name("hpo-job")
# What the searches train: one epoch in few batches, so that training is short.
PROBLEM = "digits"
EPOCHS = 1
BATCH_SIZE = 256


def run(*arguments: str, **variables: str) -> str:
    """Run `hpo-job` with `arguments` and more environment variables to its end, and return its standard error."""
    done = subprocess.run(
        _command(*arguments),
        check=False,
        env={**environment(), **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    _check(done.returncode, arguments, done.stderr)
    return done.stderr


@contextmanager
def running(*arguments: str) -> Iterator[tuple[int, Iterator[str]]]:
    """Run `hpo-job`; yield its process id and the lines of its standard output, which are to be read to the end."""
    with subprocess.Popen(
        _command(*arguments), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None, "it is a pipe"
        try:
            yield process.pid, iter(process.stdout)
        except BaseException:
            process.terminate()
            raise
    _check(process.returncode, arguments, "")


def search_arguments(state: Path, trials: int) -> tuple[str, ...]:
    """Return the command line of a search of `trials` trials, and no confirmation."""
    problem = ("--problem", PROBLEM, "--epochs", str(EPOCHS), "--batch-size", str(BATCH_SIZE))
    size = ("--trials", str(trials), "--confirm", "none")
    return ("search", "--state", str(state), *size, "--log-format", "json", *problem)


def read_study(state: Path) -> Study:
    """Return the study in a state directory."""
    study = StateDirectory(state).read().study
    if study is None:
        raise CannotMeasureError(f"there is no study in {state}")
    return study


def free_port() -> int:
    """Return the number of a port of this machine that nothing listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment() -> dict[str, str]:
    """Return the environment without settings of the user's own."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def _command(*arguments: str) -> list[str]:
    if not PROGRAM.exists():
        raise CannotMeasureError(f"expected {PROGRAM.name} beside {sys.executable}; run this with the project's Python")
    return [str(PROGRAM), *arguments]


def _check(code: int, arguments: tuple[str, ...], stderr: str) -> None:
    if code != 0:
        raise CannotMeasureError(f"hpo-job {' '.join(arguments)} has left with {code}: {stderr[-2000:]}")
