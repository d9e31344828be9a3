"""What decides the bits of a trial: threads, cores, TensorFlow's pools, oneDNN and the instructions that it may use.

One trial of the digits and one of MNIST's network, each with deterministic operations, are trained in different ways,
round after round, each in a process of its own. The table tells by numbers which of them end in the same weights, and
in the same logs of every epoch, to the bit; and in images a second what more threads than cores cost. oneDNN that may
use no more than AVX2 stands for another kind of processor. MNIST's images are random ones of its shape without
--data.

Exits 0 when it has measured, whatever it found.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from figures import CannotMeasureError, exit_code
from images import write_images

from job.problems import digits
from job.words import count

_DIGITS, _MNIST = digits.__name__, "epochs"  # modules of problems
_NO_ONEDNN = {"TF_ENABLE_ONEDNN_OPTS": "0"}
_ONLY_AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2"}


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to train."""

    name: str
    threads: int = 2  # 0: as TensorFlow takes by itself
    cores: int = 2
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What came of a trial."""

    weights: str  # digest
    logs: str  # digest
    seconds: float  # of an epoch


_WAYS = (
    Way(name="2 threads on 2 cores"),
    Way(name="2 threads on 1 core", cores=1),
    Way(name="1 thread on 2 cores", threads=1),
    Way(name="4 threads on 2 cores", threads=4),
    Way(name="4 threads on 1 core", threads=4, cores=1),
    Way(name="64 threads on 2 cores", threads=64),
    Way(
        name="2 in the intra-op pool, 1 in the inter-op",
        threads=0,
        variables={"TF_NUM_INTRAOP_THREADS": "2", "TF_NUM_INTEROP_THREADS": "1"},
    ),
    Way(name="OMP_NUM_THREADS=1", variables={"OMP_NUM_THREADS": "1"}),
    Way(name="oneDNN with AVX2 at most", variables=_ONLY_AVX2),
    Way(name="the same on 1 core", cores=1, variables=_ONLY_AVX2),
    Way(name="oneDNN off", variables=_NO_ONEDNN),
    Way(name="the same on 1 core", cores=1, variables=_NO_ONEDNN),
    Way(name="oneDNN off, AVX2 at most", variables=_NO_ONEDNN | _ONLY_AVX2),
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the bits of a trial that is trained in different ways.")
    parser.add_argument("--images", type=int, default=11_000, help="images of MNIST to train on")
    parser.add_argument("--epochs", type=int, default=3, help="epochs of a trial")
    parser.add_argument("--rounds", type=int, default=2, help="turns of each way")
    parser.add_argument("--data", type=Path, help="folder with MNIST; without it, random images")
    options = parser.parse_args()
    if options.images < 1 or options.epochs < 2 or options.rounds < 1:
        parser.error("expected one or more images and rounds, and two or more epochs")
    sys.exit(exit_code(lambda: _measure(options.images, options.epochs, options.rounds, options.data)))


def _measure(images: int, epochs: int, rounds: int, data_path: Path | None) -> None:
    if len(os.sched_getaffinity(0)) < 2:
        raise CannotMeasureError("expected two cores, found one: there is nothing to compare")
    with tempfile.TemporaryDirectory() as folder:
        write_images(Path(folder), images, data_path)
        of_digits = len(digits.load_data().train)
        for title, module, n_images in (("Digits", _DIGITS, of_digits), ("MNIST", _MNIST, images)):
            trained: list[list[Trained]] = [[] for _ in _WAYS]
            for _ in range(rounds):
                for way, of_rounds in zip(_WAYS, trained, strict=True):
                    of_rounds.append(_train(way, module, Path(folder), epochs))
            told = f"{count(n_images, 'image')}, {count(epochs, 'epoch')}, {count(rounds, 'round')}"
            _show(f"{title}: {told}", trained, n_images)


def _train(way: Way, module: str, folder: Path, epochs: int) -> Trained:
    script = Path(__file__).with_name("bits_of.py")
    command = [sys.executable, str(script), module, str(folder), str(way.threads), str(epochs)]
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(cores)[: way.cores])  # which the process inherits
    try:
        done = subprocess.run(command, check=False, env={**os.environ, **way.variables}, capture_output=True, text=True)
    finally:
        os.sched_setaffinity(0, cores)
    if done.returncode != 0:
        raise CannotMeasureError(f"training with {way.name} has left with {done.returncode}: {done.stderr[-2000:]}")
    return Trained(**json.loads(done.stdout.splitlines()[-1]))


def _show(title: str, trained: Sequence[Sequence[Trained]], images: int) -> None:
    weights = _numbered([each.weights for each in of_rounds] for of_rounds in trained)
    logs = _numbered([each.logs for each in of_rounds] for of_rounds in trained)
    rates = (f"{images / median(each.seconds for each in of_rounds):,.0f}" for of_rounds in trained)
    names = (way.name for way in _WAYS)
    rows = [("", "weights", "logs", "images/s"), *zip(names, weights, logs, rates, strict=True)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    sys.stdout.write("\n".join([title, *lines]) + "\n\n")
    sys.stdout.flush()


def _numbered(of_ways: Iterable[Sequence[str]]) -> list[str]:
    """Return the number that the digest of each way first got here, from 1; several where its rounds differ."""
    known: dict[str, str] = {}
    told = []
    for of_rounds in of_ways:
        numbers = [known.setdefault(digest, str(len(known) + 1)) for digest in of_rounds]
        told.append(", ".join(dict.fromkeys(numbers)))
    return told


if __name__ == "__main__":
    main()
