"""Images a second of training, by the job and by plain `model.fit` on float32 arrays: MNIST's network, batches of 128.

The job's path is `advance`, which is what a trial's process runs, with its batches, callbacks and checkpoints; with
deterministic operations off and on. The plain one is a single `fit` of the same model on the same images. Both
validate after each epoch on the same images in batches of 500, and the seconds of an epoch include that; the job's
include its checkpoint too. The first epoch, in which Keras traces, is left out.

Deterministic operations cannot be turned off again, so each variant has a process of its own. They take turns, a
round after the other; the ratio is the median over the rounds of the ratios within a round. The images are MNIST's
where --data-dir has them, and random ones of its shape without: the speed does not depend on what they show.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from figures import CannotMeasureError, Figure, exit_code, show

from job.data import Data, Split
from job.events import Event
from job.problems import mnist

_BATCH_SIZE = 128
_PARAMS = {"learning_rate": 1e-3, "num_dense_layers": 2, "num_dense_nodes": 256, "activation": "relu"}
_PLAIN, _JOB, _DETERMINISTIC = "plain model.fit", "job", "job, deterministic operations"
_VALIDATION_SHARE = 11  # one image to so many for training, as in MNIST
_ARCHIVE = "images.npz"

build_model = mnist.build_model
callbacks = mnist.callbacks


def load_data(data_dir: Path | None, tell: Callable[[Event], None]) -> Data:
    """Return the images that `_write_images` has written: with the names above, this module is a problem."""
    del tell
    assert data_dir is not None, "the images lie in a folder"
    with np.load(data_dir / _ARCHIVE) as arrays:
        train, validation = (Split(arrays[f"{name}_images"], arrays[f"{name}_labels"]) for name in ("train", "val"))
    return Data(train=train, validation=validation, test=validation, class_names=tuple("0123456789"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the speed of training with that of plain model.fit.")
    parser.add_argument("--images", type=int, default=20_000, help="images to train on")
    parser.add_argument("--epochs", type=int, default=3, help="epochs that are timed, after a first one")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each variant")
    parser.add_argument("--data-dir", type=Path, help="folder with MNIST; without it, random images")
    parser.add_argument("--variant", help=argparse.SUPPRESS)  # this process trains, in the folder of --data-dir
    options = parser.parse_args()
    if options.variant:
        print(json.dumps(_epoch_seconds(options.variant, options.data_dir, options.epochs)))
        return
    sys.exit(exit_code(lambda: _measure(options)))


def _measure(options: argparse.Namespace) -> None:
    rates: dict[str, list[float]] = {_JOB: [], _PLAIN: [], _DETERMINISTIC: []}
    with tempfile.TemporaryDirectory() as folder:
        _write_images(Path(folder), options.images, options.data_dir)
        for _ in range(options.rounds):
            for variant, of_rounds in rates.items():
                seconds = _in_process(variant, Path(folder), options.epochs)
                of_rounds.append(options.images / median(seconds))
    show(f"Training on {options.images} images, validation included, {options.rounds} rounds", _figures(rates))


def _figures(rates: Mapping[str, Sequence[float]]) -> list[Figure]:
    speeds = [Figure(name=name, value=median(of_rounds), unit="images/s") for name, of_rounds in rates.items()]
    ratios = {name: _ratios(rates[name], rates[_PLAIN]) for name in (_JOB, _DETERMINISTIC)}
    return [
        *speeds,
        Figure(name=f"{_JOB} / {_PLAIN}", value=median(ratios[_JOB]), unit="", target=1.0, better="more"),
        Figure(name="  its lowest round", value=min(ratios[_JOB]), unit=""),
        Figure(name="  its highest round", value=max(ratios[_JOB]), unit=""),
        Figure(name=f"{_DETERMINISTIC} / {_PLAIN}", value=median(ratios[_DETERMINISTIC]), unit=""),
    ]


def _ratios(rates: Sequence[float], plain: Sequence[float]) -> list[float]:
    return [rate / other for rate, other in zip(rates, plain, strict=True)]


def _write_images(folder: Path, images: int, data_dir: Path | None) -> None:
    n_validation = max(images // _VALIDATION_SHARE, 1)
    if data_dir is not None:
        data = mnist.load_data(data_dir, lambda _: None)
        splits = {"train": data.train, "val": data.validation}
    else:
        splits = {"train": _random_split(images), "val": _random_split(n_validation)}
    arrays = {f"{name}_images": split.images for name, split in splits.items()}
    arrays |= {f"{name}_labels": split.labels for name, split in splits.items()}
    limits = {"train": images, "val": n_validation}
    np.savez(folder / _ARCHIVE, **{name: array[: limits[name.split("_")[0]]] for name, array in arrays.items()})


def _random_split(images: int) -> Split:
    generator = np.random.default_rng(0)
    return Split(generator.integers(0, 256, (images, 28, 28, 1), np.uint8), generator.integers(0, 10, images))


def _in_process(variant: str, folder: Path, epochs: int) -> list[float]:
    """Return the seconds of each epoch of a variant."""
    command = [sys.executable, __file__, "--variant", variant, "--data-dir", folder, "--epochs", str(epochs)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise CannotMeasureError(f"{variant} has left with {done.returncode}: {done.stderr[-2000:]}")
    seconds: list[float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def _epoch_seconds(variant: str, folder: Path, epochs: int) -> list[float]:
    """Train in this process for one epoch more than `epochs`, and return the seconds of all but the first."""
    from training_variants import train_by_job, train_plainly

    if variant == _PLAIN:
        ends = train_plainly(load_data(folder, lambda _: None), _PARAMS, _BATCH_SIZE, epochs + 1)
    else:
        ends = train_by_job(Path(__file__).stem, folder, _PARAMS, _BATCH_SIZE, epochs + 1)
    return [after - before for before, after in zip(ends, ends[1:], strict=False)]


if __name__ == "__main__":
    main()
