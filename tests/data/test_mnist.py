import gzip
import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from job.core.events import Event
from job.data import DataSource
from job.data.digest import digest_of
from job.data.mnist import FASHION_MNIST, MNIST, load
from job.errors import DataMissingError
from tests.data.test_download import Answer, serving
from tests.data.test_idx import encode

SMALL = replace(MNIST, train_shape=(6, 2, 2), test_shape=(3, 2, 2), n_validation=2, url="http://127.0.0.1:9")
IDX_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
ARRAYS: dict[str, NDArray[np.uint8]] = {
    "x_train": np.arange(24, dtype=np.uint8).reshape(6, 2, 2),
    "y_train": np.array([0, 1, 2, 3, 4, 5], dtype=np.uint8),
    "x_test": np.arange(100, 112, dtype=np.uint8).reshape(3, 2, 2),
    "y_test": np.array([6, 7, 8], dtype=np.uint8),
}


def unheard(event: Event) -> None:
    raise AssertionError(f"nothing should be downloaded, but there was {event}")


def write_idx(folder: Path, *, suffix: str = "") -> Path:
    for name, file in IDX_FILES.items():
        content = encode(ARRAYS[name])
        (folder / f"{file}{suffix}").write_bytes(gzip.compress(content) if suffix == ".gz" else content)
    return folder


def write_npz(folder: Path, name: str = "mnist.npz") -> Path:
    np.savez(folder / name, **ARRAYS)  # type: ignore[arg-type]  # NumPy's stub takes allow_pickle for an array
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keras's folder of data sets, empty."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    folder = tmp_path / "keras" / "datasets"
    folder.mkdir(parents=True)
    return folder


def test_the_first_training_images_are_for_validation(tmp_path: Path) -> None:
    data = load(SMALL, DataSource(write_idx(tmp_path)), unheard)
    assert data.validation.labels.tolist() == [0, 1]
    assert data.train.labels.tolist() == [2, 3, 4, 5]
    assert data.test.labels.tolist() == [6, 7, 8]
    np.testing.assert_array_equal(data.train.images[..., 0], ARRAYS["x_train"][2:])


def test_images_are_bytes_with_a_channel_and_labels_are_integers(tmp_path: Path) -> None:
    train = load(SMALL, DataSource(write_idx(tmp_path)), unheard).train
    assert (train.images.shape, train.images.dtype) == ((4, 2, 2, 1), np.dtype(np.uint8))
    assert (train.labels.shape, train.labels.dtype) == ((4,), np.dtype(np.int64))


def test_all_forms_of_the_files_give_the_same_data(tmp_path: Path) -> None:
    digests = set()
    for number, suffix in enumerate(("", ".gz")):
        folder = tmp_path / str(number)
        folder.mkdir()
        digests.add(digest_of(load(SMALL, DataSource(write_idx(folder, suffix=suffix)), unheard)))
        for file in list(folder.iterdir()):
            file.rename(folder / file.name.replace("-idx", ".idx"))
        digests.add(digest_of(load(SMALL, DataSource(folder), unheard)))
    digests.add(digest_of(load(SMALL, DataSource(write_npz(tmp_path)), unheard)))
    assert len(digests) == 1


def test_an_archive_may_be_named_itself_and_another_file_is_told_what_it_should_be(tmp_path: Path) -> None:
    archive = write_npz(tmp_path, "mine.npz") / "mine.npz"
    assert load(SMALL, DataSource(archive), unheard).test.labels.tolist() == [6, 7, 8]
    (table := tmp_path / "churn.csv").write_text("churned\n1\n")
    with pytest.raises(DataMissingError, match=r"churn.csv: expected a NumPy archive") as caught:
        load(SMALL, DataSource(table), unheard)
    assert "or name mnist.npz itself" in caught.value.hint


def test_a_given_folder_without_the_files_is_an_error_that_names_them(tmp_path: Path, cache: Path) -> None:
    write_npz(cache)
    write_idx(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataMissingError, match=r"found no mnist.npz and no t10k-labels-idx1-ubyte$") as caught:
        load(SMALL, DataSource(tmp_path), unheard)
    assert "--data" in caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    folder = write_idx(tmp_path)
    folder.chmod(0)
    try:
        with pytest.raises(DataMissingError, match="may not be read"):
            load(SMALL, DataSource(folder), unheard)
    finally:
        folder.chmod(0o700)


def test_mnist_in_an_archive_is_not_taken_for_fashion_mnist(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match="expected Fashion-MNIST"):
        load(FASHION_MNIST, DataSource(write_npz(tmp_path)), unheard)


def test_images_and_labels_of_different_counts_are_named(tmp_path: Path) -> None:
    (write_idx(tmp_path) / IDX_FILES["y_train"]).write_bytes(encode(ARRAYS["y_train"][:5]))
    with pytest.raises(DataMissingError, match=r"train-labels-idx1-ubyte: expected 6 labels .*, found 5 labels"):
        load(SMALL, DataSource(tmp_path), unheard)


@pytest.mark.parametrize("as_archive", [False, True])
def test_a_label_that_names_no_class_is_told_with_its_place(tmp_path: Path, as_archive: bool) -> None:
    labels = np.array([6, 10, 8], dtype=np.uint8)
    if as_archive:
        np.savez(tmp_path / "mnist.npz", **(ARRAYS | {"y_test": labels}))  # type: ignore[arg-type]
    else:
        (write_idx(tmp_path) / IDX_FILES["y_test"]).write_bytes(encode(labels))
    source = "mnist.npz: y_test" if as_archive else IDX_FILES["y_test"]
    with pytest.raises(DataMissingError, match=f"{source}: expected labels from 0 to 9, found 10 at index 1"):
        load(SMALL, DataSource(tmp_path), unheard)


def test_the_cache_of_keras_serves_without_a_download(cache: Path) -> None:
    write_npz(cache)
    assert load(SMALL, DataSource(), unheard).test.labels.tolist() == [6, 7, 8]


def test_a_data_set_that_came_with_the_program_serves_before_the_cache(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = tmp_path / "datasets" / "mnist"
    bundled.mkdir(parents=True)
    write_idx(bundled, suffix=".gz")
    monkeypatch.setenv("HPO_JOB_DATASETS", str(tmp_path / "datasets"))
    assert load(SMALL, DataSource(), unheard).test.labels.tolist() == [6, 7, 8]


def test_a_data_set_that_did_not_come_with_the_program_is_looked_for_in_the_cache(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_npz(cache)
    monkeypatch.setenv("HPO_JOB_DATASETS", str(tmp_path / "datasets"))
    assert load(SMALL, DataSource(), unheard).test.labels.tolist() == [6, 7, 8]


def test_nothing_is_downloaded_where_that_is_forbidden(cache: Path) -> None:
    with serving(Answer(b"")) as served:
        dataset = replace(SMALL, url=served.url.rpartition("/")[0])
        with pytest.raises(DataMissingError, match=r"found no mnist.npz, and nothing is to be downloaded") as caught:
            load(dataset, DataSource(download=False), unheard)
    assert served.n_requests == 0
    assert "--download" in caught.value.hint


def test_a_download_lands_in_the_cache_of_keras_and_serves_the_next_time(cache: Path, tmp_path: Path) -> None:
    archive = (write_npz(tmp_path) / "mnist.npz").read_bytes()
    with serving(Answer(archive)) as served:
        dataset = replace(
            SMALL,
            url=served.url.rpartition("/")[0],
            digests={"mnist.npz": hashlib.sha256(archive).hexdigest()},
        )
        load(dataset, DataSource(), served.events.append)
    assert (cache / "mnist.npz").read_bytes() == archive
    assert load(dataset, DataSource(), unheard).test.labels.tolist() == [6, 7, 8]


def test_only_the_files_that_are_missing_are_downloaded(cache: Path) -> None:
    folder = cache / "fashion-mnist"
    folder.mkdir()
    write_idx(folder, suffix=".gz")
    missing = folder / "t10k-labels-idx1-ubyte.gz"
    packed = missing.read_bytes()
    missing.unlink()
    with serving(Answer(packed)) as served:
        dataset = replace(
            SMALL,
            cache_folder="fashion-mnist",
            url=served.url.rpartition("/")[0],
            digests={
                f"{file}.gz": hashlib.sha256(encode(ARRAYS[name])).hexdigest() for name, file in IDX_FILES.items()
            },
        )
        load(dataset, DataSource(), served.events.append)
    assert served.n_requests == 1


def test_the_real_files_are_read() -> None:
    beside_the_repository = Path(__file__).parents[2].parent / "shared" / "data" / "mnist"
    folder = Path(os.environ.get("HPO_JOB_TEST_DATA", beside_the_repository))
    if not folder.is_dir():
        pytest.skip(f"expected MNIST in HPO_JOB_TEST_DATA or in {beside_the_repository}")
    data = load(MNIST, DataSource(folder), unheard)
    assert (len(data.train), len(data.validation), len(data.test)) == (55_000, 5_000, 10_000)
    assert data.validation.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert data.test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(data.test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
