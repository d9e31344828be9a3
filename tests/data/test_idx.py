import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from job.data import idx
from job.errors import DataMissingError

SHAPE = (3, 2, 2)
IMAGES = np.arange(12, dtype=np.uint8).reshape(SHAPE)
LABELS = np.array([4, 0, 9], dtype=np.uint8)


def encode(array: NDArray[np.uint8]) -> bytes:
    header = struct.pack(f">{1 + array.ndim}I", 0x0800 + array.ndim, *array.shape)
    return header + array.tobytes()


def failure(path: Path, shape: tuple[int, ...] = SHAPE) -> str:
    """Return what the error says about the file, after checking that it names it and gives the hint."""
    with pytest.raises(DataMissingError) as caught:
        idx.read(path, shape=shape, hint="get the right one")
    assert str(caught.value).startswith(f"{path}: expected ")
    assert caught.value.hint == "get the right one"
    return str(caught.value)


def test_images_and_labels_are_read(tmp_path: Path) -> None:
    (tmp_path / "images").write_bytes(encode(IMAGES))
    (tmp_path / "labels").write_bytes(encode(LABELS))
    np.testing.assert_array_equal(idx.read(tmp_path / "images", shape=SHAPE, hint=""), IMAGES)
    np.testing.assert_array_equal(idx.read(tmp_path / "labels", shape=(3,), hint=""), LABELS)


def test_a_gzipped_file_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(gzip.compress(encode(IMAGES)))
    np.testing.assert_array_equal(idx.read(path, shape=SHAPE, hint=""), IMAGES)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "No such file" in failure(tmp_path / "images")


def test_a_truncated_file_is_named_with_the_expected_count(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(encode(IMAGES)[:-5])
    message = failure(path)
    assert "expected 3 images of 2 x 2" in message
    assert "found a truncated file with 7 of 12 bytes after the header" in message


@pytest.mark.parametrize("length", range(16))
def test_a_file_that_ends_in_the_header_is_named_with_its_length(tmp_path: Path, length: int) -> None:
    path = tmp_path / "images"
    path.write_bytes(encode(IMAGES)[:length])
    assert f"found a file of {length} bytes" in failure(path)


def test_every_truncation_of_a_gzipped_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "images"
    packed = gzip.compress(encode(IMAGES))
    for length in range(len(packed)):
        path.write_bytes(packed[:length])
        failure(path)


def test_a_flipped_bit_in_gzipped_pixels_is_found(tmp_path: Path) -> None:
    path = tmp_path / "images"
    packed = bytearray(gzip.compress(encode(IMAGES)))
    packed[len(packed) // 2] ^= 1
    path.write_bytes(packed)
    assert "damaged" in failure(path)


def test_trailing_bytes_are_found(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(encode(IMAGES) + b"!")
    assert "found more than 12 bytes after the header" in failure(path)


def test_labels_in_the_place_of_images_are_told_by_their_magic_number(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(encode(LABELS))
    message = failure(path)
    assert "(magic number 2051), found labels (magic number 2049)" in message


def test_images_in_the_place_of_labels_are_told_by_their_magic_number(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    path.write_bytes(encode(IMAGES))
    message = failure(path, shape=(3,))
    assert "expected 3 labels in an IDX file (magic number 2049), found images (magic number 2051)" in message


def test_a_file_of_another_format_is_told_by_its_magic_number(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(b"<html>an error page of a proxy</html>")
    assert "found no IDX file of bytes (magic number 1013478509)" in failure(path)


def test_another_count_of_images_is_named(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(encode(IMAGES[:2]))
    assert "found 2 images of 2 x 2" in failure(path)


def test_another_size_of_images_is_named(tmp_path: Path) -> None:
    path = tmp_path / "images"
    path.write_bytes(encode(IMAGES.reshape(3, 4, 1)))
    assert "found 3 images of 4 x 1" in failure(path)
