"""MNIST and Fashion-MNIST: from a folder or an archive of the user's, what came with the program, or Keras's cache.

A folder holds the four IDX files, gzipped or not, or an archive `mnist.npz` in Keras's layout, which may be
named itself. Their form is checked: magic numbers, shapes, labels. The SHA-256 of the content is checked when it is
downloaded; a folder of the user's may hold other images in MNIST's form. `HPO_JOB_DATASETS` names the folder of data
sets that came with the program, each in a folder of its own name, as in a container image; what is in neither is
downloaded into Keras's cache.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from job.core.events import Event
from job.data import Data, DataSource, Images, idx, npz
from job.data.download import download
from job.data.keras_home import keras_home
from job.errors import DataMissingError

# The names of the arrays in Keras's archive, and of the IDX files that hold the same.
_IDX_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}

Arrays = dict[str, NDArray[np.uint8]]  # by the names above


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A data set in MNIST's form, and where it can be had."""

    name: str  # that of its .npz archive
    title: str
    class_names: tuple[str, ...]
    cache_folder: str  # in Keras's folder of data sets
    digests: Mapping[str, str]  # SHA-256 of the content of each file to download, by its name
    url: str = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"
    train_shape: tuple[int, int, int] = (60_000, 28, 28)
    test_shape: tuple[int, int, int] = (10_000, 28, 28)
    n_validation: int = 5_000

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each array, by its name."""
        return {
            "x_train": self.train_shape,
            "y_train": self.train_shape[:1],
            "x_test": self.test_shape,
            "y_test": self.test_shape[:1],
        }

    @property
    def hint(self) -> str:
        """How to get the files."""
        return (
            f"put {', '.join(_IDX_FILES.values())} of {self.title}, gzipped or not, or {self.name}.npz "
            f"in one folder and name it with --data, or name {self.name}.npz itself; "
            f"{', '.join(self.digests)} can be had from {self.url}"
        )


MNIST = DataSet(
    name="mnist",
    title="MNIST",
    class_names=tuple("0123456789"),
    cache_folder="",
    digests={"mnist.npz": "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"},
)

FASHION_MNIST = DataSet(
    name="fashion-mnist",
    title="Fashion-MNIST",
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    cache_folder="fashion-mnist",
    digests={
        "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
)


def load(dataset: DataSet, source: DataSource, tell: Callable[[Event], None]) -> Data:
    """Return a data set from the user's folder or archive, or else from where one is or may be downloaded to.

    The first 5,000 training images are for validation and the other 55,000 for training, as TensorFlow 1's
    `read_data_sets` split them, which the notebook used. Images have shape (n_images, 28, 28, 1). Raise
    DataMissingError where a file is missing or is not what it should be; into a folder of the user's, nothing is
    downloaded.
    """
    place = source.path or _bundled_folder(dataset)
    try:
        if place is None:
            place = keras_home() / "datasets" / dataset.cache_folder
            _complete(dataset, place, source, tell)
        return _split(dataset, _read(dataset, place))
    except PermissionError as error:
        message = f"{error.filename}: expected a file of {dataset.title}, found that it may not be read"
        raise DataMissingError(message, hint=dataset.hint) from error


def _complete(dataset: DataSet, folder: Path, source: DataSource, tell: Callable[[Event], None]) -> None:
    """Download what is missing in the cache, if that may be done."""
    missing = {name: sha256 for name, sha256 in dataset.digests.items() if not (folder / name).exists()}
    if missing and not source.download:
        message = f"{folder}: expected {dataset.title}, found no {', '.join(missing)}, and nothing is to be downloaded"
        raise DataMissingError(message, hint=f"allow it with --download, or {dataset.hint}")
    for name, sha256 in missing.items():
        download(f"{dataset.url}/{name}", folder / name, sha256=sha256, hint=dataset.hint, tell=tell)


def _bundled_folder(dataset: DataSet) -> Path | None:
    """Return the data set's folder among those that came with the program, if it is there."""
    datasets = os.environ.get("HPO_JOB_DATASETS")
    folder = Path(datasets) / dataset.name if datasets else None
    return folder if folder and folder.is_dir() else None


def _read(dataset: DataSet, place: Path) -> Arrays:
    if place.is_file():
        return _read_npz(dataset, place)
    return _read_folder(dataset, place)


def _read_folder(dataset: DataSet, folder: Path) -> Arrays:
    files = {name: path for name, stem in _IDX_FILES.items() if (path := _find(folder, stem))}
    missing = [stem for name, stem in _IDX_FILES.items() if name not in files]
    archive = folder / f"{dataset.name}.npz"
    if not missing:
        return _read_idx(dataset, files)
    if archive.exists():
        return _read_npz(dataset, archive)
    raise DataMissingError(
        f"{folder}: expected {dataset.title} in four IDX files or in {archive.name}, "
        f"found no {archive.name} and no {', '.join(missing)}",
        hint=dataset.hint,
    )


def _find(folder: Path, stem: str) -> Path | None:
    """Return the file of this name, gzipped or not; both `-idx3-` and `.idx3-` are in use."""
    names = (stem, f"{stem}.gz", stem.replace("-idx", ".idx"), f"{stem.replace('-idx', '.idx')}.gz")
    return next((folder / name for name in names if (folder / name).exists()), None)


def _read_idx(dataset: DataSet, files: Mapping[str, Path]) -> Arrays:
    arrays = {name: idx.read(path, shape=dataset.shapes[name], hint=dataset.hint) for name, path in files.items()}
    for name in ("y_train", "y_test"):
        _check_labels(dataset, arrays[name], source=str(files[name]))
    return arrays


def _read_npz(dataset: DataSet, archive: Path) -> Arrays:
    arrays = npz.read(archive, shapes=dataset.shapes, hint=dataset.hint)
    for name in ("y_train", "y_test"):
        _check_labels(dataset, arrays[name], source=f"{archive}: {name}")
    return arrays


def _check_labels(dataset: DataSet, labels: NDArray[np.uint8], *, source: str) -> None:
    highest, last = labels.max(), len(dataset.class_names) - 1
    if highest > last:
        message = f"{source}: expected labels from 0 to {last}, found {highest} at index {labels.argmax()}"
        raise DataMissingError(message, hint=dataset.hint)


def _split(dataset: DataSet, arrays: Arrays) -> Data:
    x_train, x_test = (arrays[name][..., np.newaxis] for name in ("x_train", "x_test"))
    y_train, y_test = (arrays[name].astype(np.int64) for name in ("y_train", "y_test"))
    n = dataset.n_validation
    return Data(
        train=Images(x_train[n:], y_train[n:]),
        validation=Images(x_train[:n], y_train[:n]),
        test=Images(x_test, y_test),
        class_names=dataset.class_names,
    )
