"""What scheduling costs on a cluster: the search's own link, scheduler and loop, and workers that sleep.

The workers are those of `hpo-job worker`, each in a process of its own on this machine, which make their calls in
threads. A call tells what a step tells, as often, and leaves a file as large as a checkpoint, but sleeps instead of
training. Steps, curves and rungs are those of `workers.py`.

A worker has nothing to do from the moment at which its call has ended until the next one begins there: on the way to
the search, in its loop, and on the way back. That is what scheduling costs, less the time in which the plan had no step
for it, as it is planned without any machine too. Counted are the gaps that end while there is a budget for new trials.

All processes share the cores of this machine, which those of a real cluster do not: the figures are the worse for it.
"""

import argparse
import queue
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import mean
from typing import Any

from figures import CannotMeasureError, Figure, exit_code, show
from sleeping import COME_SECONDS, Threads, Work, spans_in, workers
from workers import Simulated, evaluation, loop_of, search

from job.executors import HERE, Ending, Handle, Place, Tell
from job.executors.cluster.executor import ClusterExecutor
from job.executors.cluster.terms import Terms
from job.run.loop import Loop
from job.threads import cores_here
from job.training import Evaluation, advance, evaluate
from job.versions import arithmetic_settings, program_versions

_TARGET_SHARE, _TARGET_LOOP_MS = 0.05, 50.0
_TICK_SECONDS = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--trials", type=int, default=1000, help="of the search")
    parser.add_argument("--seconds", type=float, default=10.0, help="of a step, in the mean")
    parser.add_argument("--kilobytes", type=int, default=1000, help="of a checkpoint")
    parser.add_argument("--off", type=float, default=0.1, help="how much the times of points differ from virtual ones")
    parser.add_argument("--workers-off", type=float, default=0.0, help="of the search in simulated time")
    options = parser.parse_args()
    sys.exit(exit_code(lambda: _measure(options)))


def _measure(options: argparse.Namespace) -> None:
    simulated = search(options.workers, 2 * options.workers, options.trials, options)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        work = Work(folder, options.seconds / simulated.batches, options.off, options.kilobytes)
        with workers(options.workers, work) as address:
            searched = _searched(address, folder, options)
        _show(options, simulated, searched, spans_in(folder))


class Watched(ClusterExecutor):
    """The executor of a search, and what the search does when."""

    def __init__(self, address: str) -> None:
        super().__init__(address, listens=True)
        self._home = Threads()
        self._heard = self.ears = _Ears()
        self.loop: Loop | None = None
        self.last_new_trial = 0.0
        self.taking_in = 0.0  # seconds
        self.turns: list[tuple[float, float]] = []  # of a worker: its last call has ended, and the next one is sent
        self.lacking: list[tuple[float, float]] = []  # when, and for how many seconds workers had no step
        self._begun: set[int] = set()
        self._free_since: dict[Place, float] = {}
        self._places: dict[Handle, Place] = {}

    def submit(self, function: Callable[..., Any], *args: Any, place: Place | None = HERE, **also: Any) -> Handle:
        now = time.monotonic()
        if function is evaluate:
            return super().submit(_evaluated, *args, place=place, **also)
        handle = super().submit(function, *args, place=place, **also)
        if function is advance and place is not None:
            self._places[handle] = place
            if args[1] not in self._begun:
                self._begun.add(args[1])
                self.last_new_trial = now
            if place in self._free_since:
                self.turns.append((self._free_since[place], now))
        return handle

    def wait(self, handles: Collection[Handle], tell: Tell, seconds: float) -> Mapping[Handle, Ending]:
        lacking, began = self._lacking_now(), time.monotonic()
        ended = super().wait(handles, tell, seconds)
        now = time.monotonic()
        if lacking:
            self.lacking.append((now, lacking * (now - began)))
        for handle in ended:
            if handle in self._places:
                self._free_since[self._places.pop(handle)] = now
        return ended

    def _lacking_now(self) -> int:
        """Return for how many workers the plan has no step yet."""
        if self.loop is None:
            return 0
        crew, pending = self.loop.crew, self.loop.study.pending
        return max(crew.idle - (len(pending) - len(crew.trials)), 0)

    def _take_in(self, heard: Any, tell: Tell) -> None:
        began = time.monotonic()
        super()._take_in(heard, tell)
        self.taking_in += time.monotonic() - began


def _evaluated(*_: Any) -> Evaluation:
    return evaluation()


class _Ears(queue.SimpleQueue[Any]):
    """A queue that tells for how many seconds it was waited for something."""

    seconds = 0.0

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        began = time.monotonic()
        try:
            return super().get(block, timeout)
        finally:
            self.seconds += time.monotonic() - began


@dataclass(frozen=True)
class Searched:
    """A search that has ended."""

    steps: int
    seconds: float
    saving: float  # seconds, as all here
    processor: float
    executor: Watched


def _searched(address: str, folder: Path, options: argparse.Namespace) -> Searched:
    executor, state = Watched(address), folder / "state"
    state.mkdir()
    loop = loop_of(state, executor, executor.workers, 2 * options.workers, options.trials)
    setup = replace(loop.setup, threads=cores_here())  # so that a worker takes one call at a time
    terms = Terms(setup=setup, data="", versions=program_versions(), arithmetic=arithmetic_settings(setup.threads))
    with executor.opened(terms):
        until = time.monotonic() + COME_SECONDS
        while len(executor.workers()) < options.workers:
            if time.monotonic() > until:
                raise CannotMeasureError(f"{len(executor.workers())} of {options.workers} workers have come")
            time.sleep(_TICK_SECONDS)
        print(f"{options.workers} workers have come", flush=True)
        executor.loop, executor.ears.seconds = loop, 0.0
        began, processor = time.monotonic(), _processor_seconds()
        study = loop.go()
        return Searched(
            steps=len(study.steps),
            seconds=time.monotonic() - began,
            saving=loop.run.stopwatch.seconds["saving"],
            processor=_processor_seconds() - processor,
            executor=executor,
        )


def _show(
    options: argparse.Namespace,
    simulated: Simulated,
    searched: Searched,
    spans: Sequence[Sequence[tuple[float, float]]],
) -> None:
    executor, steps = searched.executor, searched.steps
    last = executor.last_new_trial
    gaps = [after[0] - before[1] for each in spans for before, after in pairwise(each) if after[0] <= last]
    durations = [end - began for each in spans for began, end in each]
    turns = [sent - ended for ended, sent in executor.turns if sent <= last]
    if not gaps or not turns:
        raise CannotMeasureError("no worker has had two steps while there was a budget: expected more trials")
    without_step = sum(seconds for when, seconds in executor.lacking if when <= last) / len(gaps)
    costs = mean(gaps) - without_step
    own = searched.seconds - executor.ears.seconds - searched.saving
    figures = [
        Figure(name="a step, in the mean", value=mean(durations), unit="s"),
        Figure(name="from the end of a step to the next one on the same worker", value=mean(gaps), unit="s"),
        Figure(name="of that, without a step of the plan", value=without_step, unit="s"),
        Figure(name="of that, on the way to the search and back", value=mean(gaps) - mean(turns), unit="s"),
        Figure(name="of that, in the search", value=mean(turns) - without_step, unit="s"),
        Figure(
            name=f"what scheduling costs of a step of {options.seconds:g} s",
            value=costs / options.seconds,
            unit="",
            target=_TARGET_SHARE,
        ),
        Figure(name="the loop's own time a step", value=1e3 * own / steps, unit="ms", target=_TARGET_LOOP_MS),
        Figure(name="of that, to take in what workers say", value=1e3 * executor.taking_in / steps, unit="ms"),
        Figure(name="beside that, saving the study", value=1e3 * searched.saving / steps, unit="ms"),
        Figure(name="the loop in simulated time", value=simulated.loop_ms, unit="ms"),
        Figure(name="processor time of the search", value=searched.processor / searched.seconds, unit="cores"),
    ]
    show(f"{steps} steps on {options.workers} workers, {searched.seconds:.0f} s", figures)


def _processor_seconds() -> float:
    used = getrusage(RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
