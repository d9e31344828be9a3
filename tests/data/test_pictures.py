"""Pictures in files: each kind of content, and what is no picture."""

import io
import os
import struct
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from job.data.pictures import PictureError, read_picture, read_pictures, shorter_side

SHAPE = (28, 28, 1)
# A gradient, lighter to the right, so that an orientation and an inversion show.
GREY: NDArray[np.uint8] = np.tile(np.arange(0, 240, 10, dtype=np.uint8), (12, 1))


def only(path: Path) -> NDArray[np.uint8]:
    """Return the pixels of a file that has one picture."""
    (picture,) = read_pictures(path, SHAPE)
    assert picture.index is None
    return picture.pixels


def saved(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def reason(path: Path) -> str:
    """Return why there is no picture in a file."""
    with pytest.raises(PictureError) as caught:
        list(read_pictures(path, SHAPE))
    return str(caught.value)


@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_a_png_in_any_mode_has_its_grey_levels(tmp_path: Path, mode: str) -> None:
    found = only(saved(tmp_path / "a.png", Image.fromarray(GREY).convert(mode)))
    np.testing.assert_array_equal(found[..., 0], GREY)


def test_a_png_of_one_bit_is_black_and_white(tmp_path: Path) -> None:
    bits = GREY > 100
    found = only(saved(tmp_path / "a.png", Image.fromarray(bits)))
    np.testing.assert_array_equal(found[..., 0], bits * 255)


def test_a_png_of_16_bits_keeps_its_levels(tmp_path: Path) -> None:
    found = only(saved(tmp_path / "a.png", Image.fromarray(GREY.astype(np.uint16) * 257)))
    np.testing.assert_array_equal(found[..., 0], GREY)


@pytest.mark.parametrize(("kind", "options"), [("WEBP", {"lossless": True}), ("BMP", {}), ("GIF", {})])
def test_other_kinds_of_pictures_are_read_too_whatever_their_name_says(
    tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    Image.fromarray(GREY).save(tmp_path / "a.png", format=kind, **options)
    np.testing.assert_array_equal(only(tmp_path / "a.png")[..., 0], GREY)


def test_an_animated_picture_is_its_first_frame(tmp_path: Path) -> None:
    first, second = Image.fromarray(GREY), Image.fromarray(255 - GREY)
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second])
    np.testing.assert_array_equal(only(tmp_path / "a.gif")[..., 0], GREY)


def test_the_shorter_side_is_told_without_the_pixels(tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.png", Image.fromarray(GREY)).read_bytes()
    (tmp_path / "a.png").write_bytes(whole[:-30])
    assert shorter_side(tmp_path / "a.png") == min(GREY.shape)
    with pytest.raises(PictureError, match="damaged"):
        read_picture(tmp_path / "a.png")


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_in_any_mode_is_about_what_was_saved(tmp_path: Path, mode: str) -> None:
    found = only(saved(tmp_path / "a.jpg", Image.fromarray(GREY).convert(mode), quality=95))
    assert abs(found[..., 0].astype(int) - GREY).max() < 8


def test_a_picture_is_turned_as_its_exif_data_say(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: to be turned by 90 degrees clockwise
    found = only(saved(tmp_path / "a.jpg", Image.fromarray(GREY), quality=95, exif=exif))
    assert found.shape[:2] == (GREY.shape[1], GREY.shape[0])
    assert abs(found[..., 0].astype(int) - np.rot90(GREY, -1)).max() < 8


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0)])
def test_what_is_drawn_on_nothing_stands_out(tmp_path: Path, ink: int, paper: int) -> None:
    pixels = np.full((10, 10, 4), ink, np.uint8)
    pixels[..., 3] = 0
    pixels[3:6, 3:6, 3] = 255
    found = only(saved(tmp_path / "a.png", Image.fromarray(pixels)))
    assert (found[4, 4] == ink).all() and (found[0, 0] == paper).all()


def test_what_a_file_is_called_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "picture.npy"
    Image.fromarray(GREY).save(path, format="PNG")
    np.testing.assert_array_equal(only(path)[..., 0], GREY)


@pytest.mark.parametrize(
    ("shape", "n_images"),
    [
        ((28, 28), None),
        ((5, 9), None),
        ((28, 28, 1), None),
        ((30, 40, 3), None),
        ((5, 28, 28), 5),
        ((5, 9, 7), 5),
        ((3, 28, 28, 1), 3),
        ((2, 30, 40, 3), 2),
        ((2, 30, 40, 4), 2),
        ((6, 28, 28), 6),
    ],
)
def test_the_axes_of_an_array_tell_one_image_from_several(
    tmp_path: Path, shape: tuple[int, ...], n_images: int | None
) -> None:
    np.save(tmp_path / "a.npy", 255 - np.arange(np.prod(shape)).reshape(shape) % 256)
    found = list(read_pictures(tmp_path / "a.npy", SHAPE))
    assert [picture.index for picture in found] == ([None] if n_images is None else list(range(n_images)))
    assert {picture.pixels.ndim for picture in found} == {3}
    assert {picture.pixels.shape[2] for picture in found} <= {1, 3}


def test_one_image_in_the_form_of_the_data_is_not_taken_for_several(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
    (picture,) = read_pictures(tmp_path / "a.npy", (4, 4, 3))
    assert picture.pixels.shape == (4, 4, 3)
    assert len(list(read_pictures(tmp_path / "a.npy", (4, 3, 1)))) == 4


@pytest.mark.parametrize(
    "array",
    [
        GREY.astype(np.float32) / 255,
        GREY.astype(np.float64),
        GREY.astype(np.int64),
        GREY.astype(np.uint16) * 257,
        np.asfortranarray(GREY),
        GREY.astype(">f4") / 255,
    ],
    ids=["floats to 1", "floats to 255", "integers", "16 bits", "columns first", "big-endian"],
)
def test_the_values_of_an_array_tell_what_white_is(tmp_path: Path, array: NDArray[np.generic]) -> None:
    array = array.copy()
    array[0, 0] = {True: 1, False: array.max()}[array.dtype.kind == "f" and array.max() <= 1]
    np.save(tmp_path / "a.npy", array)
    np.testing.assert_array_equal(only(tmp_path / "a.npy")[1:, :, 0], GREY[1:])


@pytest.mark.parametrize("kind", [np.float64, np.int64, np.uint8])
def test_values_from_0_to_16_as_of_scikit_learns_digits_are_scaled_and_told(tmp_path: Path, kind: type) -> None:
    np.save(tmp_path / "a.npy", (np.arange(17) % 17).repeat(4).reshape(17, 4).astype(kind))
    (picture,) = read_pictures(tmp_path / "a.npy", SHAPE)
    assert picture.pixels[[0, 8, 16], 0, 0].tolist() == [0, 128, 255]
    assert picture.white == 16


@pytest.mark.parametrize("white", [1.0, 255.0])
def test_values_up_to_what_white_mostly_is_are_not_told(tmp_path: Path, white: float) -> None:
    np.save(tmp_path / "a.npy", GREY / GREY.max() * white)
    (picture,) = read_pictures(tmp_path / "a.npy", SHAPE)
    assert picture.pixels.max() == 255 and picture.white is None


def test_a_dark_picture_in_bytes_stays_dark(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.full((5, 5), 40, np.uint8))
    assert only(tmp_path / "a.npy").max() == 40


def test_truth_values_are_black_and_white(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", GREY > 100)
    np.testing.assert_array_equal(only(tmp_path / "a.npy")[..., 0], (GREY > 100) * 255)


@pytest.mark.parametrize("name", ["images", "x_test", "anything"])
def test_an_archive_is_asked_for_its_images_first(tmp_path: Path, name: str) -> None:
    others = {} if name == "anything" else {"first": np.zeros(3)}
    np.savez(tmp_path / "a.npz", **others, **{name: GREY}, labels=np.arange(3))  # type: ignore[arg-type]
    np.testing.assert_array_equal(only(tmp_path / "a.npz")[..., 0], GREY)


def test_a_missing_file_a_directory_and_a_pipe_are_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "No such file" in reason(tmp_path / "nothing.png")
    assert "a directory" in reason(tmp_path)
    (tmp_path / "link.png").symlink_to("nowhere.png")
    assert "link.png is a link to nowhere.png, which does not exist" in reason(tmp_path / "link.png")
    assert "something else" in reason(tmp_path / "pipe")


def test_what_is_no_picture_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"")
    assert reason(path) == "the file is empty"
    path.write_text("a letter to nobody")
    assert "PNG, JPEG" in reason(path)
    Image.fromarray(GREY).save(path, format="TIFF")
    assert "PNG, JPEG" in reason(path)


def encoded(kind: str) -> bytes:
    """Return a picture or an array as the content of a file."""
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (40, 40)).astype(np.uint8)
    match kind:
        case "npy":
            np.save(buffer, noise)
        case "npz":
            np.savez_compressed(buffer, images=noise)
        case _:
            Image.fromarray(noise).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "npy", "npz"])
def test_a_file_that_is_cut_off_anywhere_is_refused(tmp_path: Path, kind: str) -> None:
    content, path = encoded(kind), tmp_path / "a"
    for length in range(1, len(content) - 60, 97):
        path.write_bytes(content[:length])
        assert reason(path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "npy", "npz"])
def test_a_flipped_bit_gives_a_picture_or_a_reason_and_nothing_else(tmp_path: Path, kind: str) -> None:
    content, path = encoded(kind), tmp_path / "a"
    for position in np.random.default_rng(1).integers(0, min(len(content), 600), 150):
        damaged = bytearray(content)
        damaged[position] ^= 1 << (position % 8)
        path.write_bytes(damaged)
        with suppress(PictureError):
            assert all(picture.pixels.dtype == np.uint8 for picture in read_pictures(path, SHAPE))


def test_a_picture_of_absurd_dimensions_is_refused_unread(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))))
    assert "pixels, found more" in reason(path)


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.arange(28.0), "shape (28,)"),
        (np.zeros((2, 3, 4, 5, 1)), "shape (2, 3, 4, 5, 1)"),
        (np.zeros((2, 28, 28, 2)), "shape (2, 28, 28, 2)"),
        (np.zeros((0, 28, 28)), "an empty array"),
        (np.array([[0.5, np.nan]]), "nan"),
        (np.array([[0.5, np.inf]]), "inf"),
        (np.array([[-1.0, 1.0]]), "-1 to 1"),
        (np.array([[0, 256]]), "0 to 256"),
        (np.array([[0, 100]]), "0 to 100, which does not tell what white is"),
        (np.array([[0, 2.5]]), "expected values from 0 to 1, 16, 255 or 65535, found 0 to 2.5"),
        (np.array([[0, 5]], np.uint8), "0 to 5"),
        (np.array([[0, 4000]], np.uint16), "0 to 4000"),
        (np.array([[0, 70000]]), "0 to 70000"),
        (np.array([["a", "b"]]), "numbers"),
        (np.array([[1j]]), "numbers"),
    ],
)
def test_an_array_of_something_else_is_described(tmp_path: Path, array: NDArray[np.generic], said: str) -> None:
    np.save(tmp_path / "a.npy", array)
    assert said in reason(tmp_path / "a.npy")


def test_an_array_of_objects_runs_no_code(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (os.mkdir, (str(tmp_path / "trapped"),))

    np.save(tmp_path / "a.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    assert "damaged" in reason(tmp_path / "a.npy")
    np.savez(tmp_path / "a.npz", images=np.array([Trap()], dtype=object))
    assert "damaged" in reason(tmp_path / "a.npz")
    assert not (tmp_path / "trapped").exists()


def test_an_archive_without_arrays_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("letter.txt", "to nobody")
    assert "without arrays" in reason(tmp_path / "a.npz")
