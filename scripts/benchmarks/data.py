"""What each worker needs of the data: the time until its first batch, and memory, loaded by each and shared by all.

Shared, as in a search, the data are decoded once and mapped by each worker; loaded, each decodes and holds its own. A
worker is a process forked from a server that has imported TensorFlow. Counted is from its start until it has the first
batch to train on: its own start, TensorFlow's first use, the data, and the model. Both ways take turns, one worker at a
time, and the fastest of each counts, since others are at work on the machine too. Then several workers train on a batch
and read all others of an epoch, and while all of them live, what each holds is read: what is its own alone, and its
share of all that they have in common, TensorFlow's code too.

Pictures are 2,000 that are made up, in files of 96 x 96 pixels, as in a folder of a user's. They are in the cache of
decoded ones before, which the look at the data leaves.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from figures import CannotMeasureError, Figure, exit_code, seconds_of, show

from job import problems
from job.core.objective import Objective
from job.core.randomness import Seeds
from job.data import DataSource
from job.data.shared import memory_file
from job.training import Setup

if TYPE_CHECKING:
    from job.core.events import Event

_PRELOAD = ["job.training.preload"]
_REPEATS = 3
_N_PICTURES, _SIDE = 2000, 96  # and pixels
_MEBIBYTE = 1024  # kibibytes


class _Control:
    must_stop = False

    def tell(self, event: "Event") -> None:
        """Show nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what each worker needs of the data.")
    parser.add_argument("--mnist", type=Path, help="folder with MNIST; without it, that is left out")
    parser.add_argument("--workers", type=int, default=4, help="that hold the data at a time")
    options = parser.parse_args()
    sys.exit(exit_code(lambda: _measure(options.mnist, options.workers)))


def _measure(mnist: Path | None, workers: int) -> None:
    multiprocessing.set_start_method("forkserver")
    multiprocessing.set_forkserver_preload(_PRELOAD)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KERAS_HOME"] = folder  # where the cache of pictures is
        pictures = _write_pictures(Path(folder) / "pictures")
        sources = {"digits": None, "images": pictures} | ({"mnist": mnist} if mnist else {})
        for problem, path in sources.items():
            show(f"{problem}, {workers} workers", _of_problem(problem, path, workers))


def _write_pictures(folder: Path) -> Path:
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)
    for number in range(_N_PICTURES):
        file = folder / f"class {number % 4}" / f"{number}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (_SIDE, _SIDE, 3), np.uint8)).save(file)
    return folder


def _of_problem(problem: str, path: Path | None, workers: int) -> list[Figure]:
    setup = _setup(problem, path)
    _run(setup, 1)  # the server imports TensorFlow, and the cache is made
    with memory_file() as file:
        if file is None:
            raise CannotMeasureError("there are no files in memory here")
        ways = {"loaded": setup, "shared": replace(setup, shared=file)}
        looks = {name: _look(each) for name, each in ways.items()}
        starts: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(_REPEATS):
            for name, each in ways.items():
                starts[name].append(_run(each, 1)[0][:2])
        memories = {name: [each[2:] for each in _run(each, workers)] for name, each in ways.items()}
    figures = []
    for name in ways:
        first, data = (min(column) for column in zip(*starts[name], strict=True))
        own, share = zip(*memories[name], strict=True)
        figures += [
            Figure(name=f"{name}: the look at the data", value=looks[name], unit="s"),
            Figure(name=f"{name}: start of a worker until its first batch", value=first, unit="s"),
            Figure(name=f"{name}:   the data in it", value=data, unit="s"),
            Figure(name=f"{name}: memory of a worker's own", value=median(own), unit="MiB"),
            Figure(name=f"{name}: memory of all {workers}", value=sum(share), unit="MiB"),
        ]
    return figures


def _setup(problem: str, path: Path | None) -> Setup:
    declared = problems.load(problems.module_name(problem)).declared
    return Setup(
        module=problems.module_name(problem),
        data=DataSource(path, download=False),
        seed=0,
        epochs=1,
        batch_size=declared.batch_size,
        objective=Objective("val_accuracy", "max"),
        deterministic=True,
        threads=1,
        checkpoint_seconds=3600,
    )


def _look(setup: Setup) -> float:
    """Return how long a process that only looks at the data looks, which shares them where `setup` says so."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=look, args=(setup, theirs))
    process.start()
    seconds: float = ours.recv()
    process.join()
    return seconds


def look(setup: Setup, pipe: Connection) -> None:
    from job.training import look_at_data

    pipe.send(seconds_of(lambda: look_at_data(setup, _Control())))


def _run(setup: Setup, workers: int) -> list[tuple[float, float, float, float]]:
    """Return what `work` tells of so many workers, which hold the data at a time."""
    pipes = []
    for _ in range(workers):
        ours, theirs = multiprocessing.Pipe()
        multiprocessing.Process(target=work, args=(setup, time.perf_counter(), theirs)).start()
        theirs.close()
        pipes.append(ours)
    try:
        starts = [pipe.recv() for pipe in pipes]
        for pipe in pipes:
            pipe.send("tell")
        memories = [pipe.recv() for pipe in pipes]
    except EOFError as error:
        raise CannotMeasureError("a worker has died") from error
    for pipe in pipes:
        pipe.send("end")
    return [(*start, *memory) for start, memory in zip(starts, memories, strict=True)]


def work(setup: Setup, began_at: float, pipe: Connection) -> None:
    """Do what a trial does; tell of seconds until its first batch, of the data's, and then of its memory in MiB."""
    from job.training.batches import evaluation_batches
    from job.training.devices import configure
    from job.training.feeding import batches_of
    from job.training.loading import load_data
    from job.training.workpiece import assemble

    configure(deterministic=True, threads=setup.threads)
    problem = problems.load(setup.module)
    data_began_at = time.perf_counter()
    data = load_data(problem, setup, _Control())
    data_ended_at = time.perf_counter()
    workpiece = assemble(problem, problem.declared.points[0], data, setup)
    batches = batches_of(data.train, workpiece.batch_size, Seeds(seed=0, trial=1))
    next(iter(batches.epoch(0)))
    pipe.send((time.perf_counter() - began_at, data_ended_at - data_began_at))
    validation = evaluation_batches(data.validation)
    workpiece.model.train_on_batch(*next(iter(batches.epoch(0))))
    for dataset in (batches.epoch(0), validation):
        for _ in dataset:
            pass
    pipe.recv()
    pipe.send(_memory())
    pipe.recv()


def _memory() -> tuple[float, float]:
    """Return how much memory this process has of its own, and with its share of what it has in common; in MiB."""
    lines = (line.split() for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    sizes = {line[0]: int(line[1]) / _MEBIBYTE for line in lines}
    return sizes["Private_Clean:"] + sizes["Private_Dirty:"], sizes["Pss:"]


if __name__ == "__main__":
    main()
