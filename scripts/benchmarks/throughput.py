"""Images a second of training, by the job and by plain `model.fit` on float32 arrays: MNIST's network, batches of 128.

The job's path is `advance`, which is what a trial's process runs, with its batches, callbacks and checkpoints; with
deterministic operations off and on. The plain one is a single `fit` of the same model on the same images. Both
validate after each epoch on the same images in batches of the same size, and the seconds of an epoch include that;
the job's include its checkpoint too. The first epoch, in which Keras traces, is left out.

Deterministic operations cannot be turned off again, so each variant has a process of its own. They take turns, round
after round; the ratio is the median over the rounds of the ratios within a round. The images are MNIST's where
--data has them, and random ones of its shape without: the speed does not depend on what they show.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from epochs import Variant
from figures import CannotMeasureError, Figure, exit_code, show
from images import write_images


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the speed of training with that of plain model.fit.")
    parser.add_argument("--images", type=int, default=20_000, help="images to train on")
    parser.add_argument("--epochs", type=int, default=3, help="epochs that are timed, after a first one")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each variant")
    parser.add_argument("--data", type=Path, help="folder with MNIST; without it, random images")
    options = parser.parse_args()
    if min(options.images, options.epochs, options.rounds) < 1:
        parser.error("expected one or more images, epochs and rounds")
    sys.exit(exit_code(lambda: _measure(options.images, options.epochs, options.rounds, options.data)))


def _measure(images: int, epochs: int, rounds: int, data_path: Path | None) -> None:
    rates: dict[Variant, list[float]] = {variant: [] for variant in Variant}
    with tempfile.TemporaryDirectory() as folder:
        write_images(Path(folder), images, data_path)
        for _ in range(rounds):
            for variant, of_rounds in rates.items():
                of_rounds.append(images / median(_epoch_seconds(variant, Path(folder), epochs)))
    show(f"Training on {images} images, with validation; {rounds} rounds of {epochs} epochs", _figures(rates))


def _figures(rates: Mapping[Variant, Sequence[float]]) -> list[Figure]:
    plain = rates[Variant.PLAIN]
    ratios = _ratios(rates[Variant.JOB], plain)
    deterministic = _ratios(rates[Variant.DETERMINISTIC], plain)
    return [
        *(Figure(name=variant, value=median(of_rounds), unit="images/s") for variant, of_rounds in rates.items()),
        Figure(name=f"{Variant.JOB} / {Variant.PLAIN}", value=median(ratios), unit="", target=1.0, better="more"),
        Figure(name="  lowest of the rounds", value=min(ratios), unit=""),
        Figure(name="  highest of the rounds", value=max(ratios), unit=""),
        Figure(name=f"{Variant.DETERMINISTIC} / {Variant.PLAIN}", value=median(deterministic), unit=""),
    ]


def _ratios(rates: Sequence[float], plain: Sequence[float]) -> list[float]:
    return [rate / other for rate, other in zip(rates, plain, strict=True)]


def _epoch_seconds(variant: Variant, folder: Path, epochs: int) -> list[float]:
    """Train in a process of its own, and return the seconds of each epoch but the first."""
    command = [sys.executable, str(Path(__file__).with_name("epochs.py")), variant, str(folder), str(epochs + 1)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise CannotMeasureError(f"training by {variant} has left with {done.returncode}: {done.stderr[-2000:]}")
    ends: list[float] = json.loads(done.stdout.splitlines()[-1])
    return [after - before for before, after in itertools.pairwise(ends)]


if __name__ == "__main__":
    main()
