import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from job.data import npz
from job.errors import DataMissingError

SHAPES = {"x_train": (3, 2, 2), "y_train": (3,)}
IMAGES = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)
LABELS = np.array([4, 0, 9], dtype=np.uint8)


def archive(path: Path, **arrays: NDArray[np.generic]) -> Path:
    contents: dict[str, NDArray[np.generic]] = {"x_train": IMAGES, "y_train": LABELS}
    np.savez(path, allow_pickle=True, **(contents | arrays))
    return path


def failure(path: Path) -> str:
    with pytest.raises(DataMissingError) as caught:
        npz.read(path, shapes=SHAPES, hint="get the right one")
    assert str(caught.value).startswith(f"{path}: expected ")
    assert caught.value.hint == "get the right one"
    return str(caught.value)


def test_the_arrays_are_read_by_name(tmp_path: Path) -> None:
    arrays = npz.read(archive(tmp_path / "a.npz", other=LABELS), shapes=SHAPES, hint="")
    assert set(arrays) == {"x_train", "y_train"}
    np.testing.assert_array_equal(arrays["x_train"], IMAGES)
    np.testing.assert_array_equal(arrays["y_train"], LABELS)


def test_a_missing_archive_is_named(tmp_path: Path) -> None:
    failure(tmp_path / "a.npz")


def test_a_missing_array_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=IMAGES)
    assert "expected y_train as uint8[3], found no such array" in failure(tmp_path / "a.npz")


def test_an_array_of_another_shape_is_named(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", x_train=IMAGES[:2])
    assert "expected x_train as uint8[3, 2, 2], found uint8[2, 2, 2]" in failure(path)


def test_an_array_of_another_type_is_named(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", y_train=LABELS.astype(np.int64))
    assert "expected y_train as uint8[3], found int64[3]" in failure(path)


def test_an_array_of_objects_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", y_train=np.array([{}, {}, {}], dtype=object))
    assert "Object arrays cannot be loaded" in failure(path)


def test_an_archive_of_other_files_is_told_by_its_missing_array(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("x_train", "no array")
        file.writestr("y_train", "no array")
    assert "found no such array" in failure(tmp_path / "a.npz")


def test_every_truncation_is_found(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz")
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        failure(path)


@pytest.mark.filterwarnings("ignore::UserWarning")  # NumPy reads a header of its format's first versions another way
@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_flipped_bit_is_found_or_harmless(tmp_path: Path, is_compressed: bool) -> None:
    path = tmp_path / "a.npz"
    save = np.savez_compressed if is_compressed else np.savez
    save(path, x_train=IMAGES, y_train=LABELS)
    content = path.read_bytes()
    for bit in range(0, 8 * len(content), 13):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        try:
            arrays = npz.read(path, shapes=SHAPES, hint="")
        except DataMissingError:
            continue
        np.testing.assert_array_equal(arrays["x_train"], IMAGES)
        np.testing.assert_array_equal(arrays["y_train"], LABELS)
