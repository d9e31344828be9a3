"""How soon what a worker was at goes on elsewhere, once that worker is asked to end.

A search of digits, one trial at a time, listens on this machine, with two workers. In each round the worker that has
the trial gets SIGTERM. The time is that from there to the first save of a checkpoint that is further on, by the other
worker: the checkpoint and its way, the start of a process, the data, the model, and the first batches. A worker that
has ended is started again, and is there before the next round.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TypeVar

import psutil
from broken import Process
from figures import CannotMeasureError, Figure, exit_code, show
from program import free_port

from job.errors import ExitCode
from job.state.directory import StateDirectory

_TARGET_SECONDS = 15.0
_PATIENCE_SECONDS = 120.0
_TICK_SECONDS = 0.02
_Found = TypeVar("_Found")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    sys.exit(exit_code(lambda: _measure(options.rounds)))


def _measure(rounds: int) -> None:
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        address, state = f"tcp://127.0.0.1:{free_port()}", StateDirectory(folder / "state")
        program = [sys.executable, "-m", "job"]
        options = ["--problem=digits", "--epochs=100000", "--lookahead=1", "--threads=2", "--checkpoint-seconds=0.2"]
        words = [*program, "search", *options, f"--state={state.root}", f"--listen={address}", "--no-tensorboard"]
        search = Process("search", words, folder / "search.log")
        workers = [Process(name, [*program, "worker", address], folder / name) for name in ("first", "second")]
        for each in (search, *workers):
            held.callback(each.kill, 0.0)
            each.wake()
        seconds = [_round(state, workers, search, number) for number in range(rounds)]
    show(
        f"from SIGTERM to a worker until its trial is further on elsewhere, {rounds} times",
        [
            Figure(name="median", value=median(seconds), unit="s"),
            Figure(name="the longest", value=max(seconds), unit="s", target=_TARGET_SECONDS),
        ],
    )


def _round(state: StateDirectory, workers: list[Process], search: Process, number: int) -> float:
    """Ask the worker at work to end, start it again, and return how long its trial took to get on elsewhere."""
    _until(lambda: search.log.read_text().count(" has come: ") > number + 1, search)
    before = _until(lambda: _place(state), search)
    machine = before[0]
    leaving = next(each for each in workers if _listens(each, port=int(machine.rpartition(":")[2])))
    began_at = time.monotonic()
    assert leaving.running is not None
    leaving.running.send_signal(signal.SIGTERM)
    handed_over = _until(lambda: _place_beyond(state, machine), search)
    _until(lambda: (now := _place(state)) is not None and now[1] > handed_over[1], search)
    taken = time.monotonic() - began_at
    if leaving.running.wait(_PATIENCE_SECONDS) != ExitCode.TEMPORARY_FAILURE:
        raise CannotMeasureError(f"a worker has left otherwise than asked:\n{leaving.told()}")
    leaving.running = None
    leaving.wakes_at = 0.0
    leaving.wake()
    return taken


def _place(state: StateDirectory) -> tuple[str, tuple[int, int]] | None:
    """Return the machine of the trial at work, and the epochs and batches that it has behind it."""
    study = state.read().study
    if study is None or not study.at_work:
        return None
    (trial,) = study.at_work
    return (study.machine_of(trial.number), (trial.epochs, trial.batch)) if trial.epochs or trial.batch else None


def _place_beyond(state: StateDirectory, machine: str) -> tuple[str, tuple[int, int]] | None:
    """Return the same once the trial is on another machine."""
    place = _place(state)
    return place if place is not None and place[0] != machine else None


def _listens(worker: Process, port: int) -> bool:
    assert worker.running is not None, "it is started at once"
    connections = psutil.Process(worker.running.pid).net_connections("tcp")
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in connections)


def _until(found: Callable[[], _Found | None], search: Process) -> _Found:
    """Return what is found once it is there and true."""
    ends_at = time.monotonic() + _PATIENCE_SECONDS
    while not (there := found()):
        if time.monotonic() > ends_at:
            raise CannotMeasureError(f"it does not come so far:\n{search.told()}")
        time.sleep(_TICK_SECONDS)
    return there


if __name__ == "__main__":
    main()
