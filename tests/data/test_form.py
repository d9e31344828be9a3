"""Pictures brought into the form of data, on drawings made here: how well a model reads them, tests/training shows."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from job.data.form import Form, NothingToSeeError, form_of

SIDE = 28
BOX = 20

Pixels = NDArray[np.uint8]


def drawing(number: int, height: int, width: int) -> Pixels:
    """Return a figure that has no symmetry, light on black, which fills all of (height, width)."""
    image = Image.new("L", (width, height))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 3, height - 1), fill=255)
    draw.rectangle((0, 0, width - 1, height // (3 + number % 3)), fill=255)
    return np.asarray(image)


def centred_by_mass(figure: Pixels) -> Pixels:
    frame = np.zeros((SIDE, SIDE), np.uint8)
    rows, columns = np.indices(figure.shape)
    top, left = (round(SIDE / 2 - np.average(axis + 0.5, weights=figure)) for axis in (rows, columns))
    frame[top : top + figure.shape[0], left : left + figure.shape[1]] = figure
    return frame


def like_mnist() -> NDArray[np.uint8]:
    """Return images whose figures fit 20 x 20 pixels and have their centre of mass in the middle."""
    sizes = [(BOX, 6 + number % 15) if number % 2 else (6 + number % 15, BOX) for number in range(60)]
    return np.stack([centred_by_mass(drawing(number, *size)) for number, size in enumerate(sizes)])[..., np.newaxis]


@pytest.fixture(scope="module")
def images() -> NDArray[np.uint8]:
    return like_mnist()


@pytest.fixture(scope="module")
def form(images: NDArray[np.uint8]) -> Form:
    return form_of(images)


def enlarged(image: Pixels, factor: int) -> Pixels:
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def difference(found: Pixels, expected: Pixels) -> float:
    """Return the difference as a share of the ink, after a move by a pixel at most: where a half is rounded to."""
    moved = (np.roll(found, shift, (0, 1)).astype(float) for shift in itertools.product((-1, 0, 1), repeat=2))
    return min(float(abs(each - expected).sum() / expected.sum()) for each in moved)


def test_the_form_of_data_made_like_mnist_is_found(form: Form) -> None:
    assert form.shape == (SIDE, SIDE, 1)
    assert form.ink is not None
    assert (form.ink.background, form.ink.contrast, form.ink.box) == (0, 255, (BOX, BOX))
    assert form.ink.by_mass
    assert form.ink.centre == pytest.approx((SIDE / 2, SIDE / 2), abs=0.25)


def test_figures_that_are_centred_by_their_extent_are_told_from_those_by_mass() -> None:
    frames = np.zeros((40, SIDE, SIDE, 1), np.uint8)
    for number, frame in enumerate(frames):
        height, width = (BOX, 6 + 2 * (number % 7))
        top, left = (SIDE - height) // 2, (SIDE - width) // 2
        frame[top : top + height, left : left + width, 0] = drawing(number, height, width)
    found = form_of(frames).ink
    assert found is not None and not found.by_mass


def test_data_that_are_dark_on_light_have_ink_below_their_background(images: NDArray[np.uint8]) -> None:
    form = form_of(255 - images)
    assert form.ink is not None
    assert (form.ink.background, form.ink.contrast) == (255, -255)
    np.testing.assert_array_equal(form.adapt(images[0]), 255 - images[0])


def test_pictures_that_fill_their_frame_have_no_ink() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (50, 12, 10, 1)).astype(np.uint8)
    assert form_of(noise) == Form(shape=(12, 10, 1), ink=None)
    assert form_of(np.repeat(noise, 3, axis=3)) == Form(shape=(12, 10, 3), ink=None)


def test_images_that_are_cut_from_larger_ones_fill_their_frames_whatever_their_borders(
    images: NDArray[np.uint8],
) -> None:
    assert form_of(images, are_cut=True) == Form(shape=(SIDE, SIDE, 1), ink=None)


def test_images_in_the_form_stay_as_they_are(images: NDArray[np.uint8], form: Form) -> None:
    for image in images:
        np.testing.assert_array_equal(form.adapt(image), image)


def test_inverted_images_in_the_right_size_are_inverted_back(images: NDArray[np.uint8], form: Form) -> None:
    for image in images:
        np.testing.assert_array_equal(form.adapt(255 - image), image)


def test_grey_in_three_channels_is_the_same_grey(images: NDArray[np.uint8], form: Form) -> None:
    np.testing.assert_array_equal(form.adapt(np.repeat(images[0], 3, axis=2)), images[0])


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("factor", [2, 7, 40])
def test_an_enlarged_figure_anywhere_in_its_picture_becomes_what_it_was(
    images: NDArray[np.uint8], form: Form, factor: int, inverted: bool
) -> None:
    for number, image in enumerate(images[:10, ..., 0]):
        margins = ((3 * number, 20), (5, 4 * number))
        picture = np.pad(enlarged(image, factor), [(above * factor // 2, below) for above, below in margins])
        found = form.adapt((255 - picture if inverted else picture)[..., np.newaxis])
        assert found.shape == form.shape
        assert difference(found[..., 0], image) < 0.1


def test_pale_ink_on_grey_paper_becomes_full_ink(images: NDArray[np.uint8], form: Form) -> None:
    image = images[0, ..., 0]
    paper = np.asarray(180 - enlarged(image, 10) * (60 / 255), np.uint8)
    assert difference(form.adapt(paper[..., np.newaxis])[..., 0], image) < 0.1


def test_pale_ink_in_the_right_size_is_no_image_of_the_form(images: NDArray[np.uint8], form: Form) -> None:
    image = images[0]
    paper = np.asarray(180 - image * (60 / 255), np.uint8)
    assert difference(form.adapt(paper), image) < 0.1


def test_colour_problems_get_pictures_in_their_size_and_nothing_else() -> None:
    form = Form(shape=(6, 4, 3), ink=None)
    gradient = np.repeat(np.tile(np.arange(0, 240, 20, dtype=np.uint8)[:, None], (1, 8))[..., None], 3, axis=2)
    found = form.adapt(gradient)
    assert found.shape == (6, 4, 3)
    assert (np.diff(found[:, 0, 0].astype(int)) > 0).all(), "neither turned nor inverted"
    assert form.adapt(gradient[..., :1]).shape == (6, 4, 3)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_of_one_colour_shows_nothing(form: Form, level: int) -> None:
    with pytest.raises(NothingToSeeError, match="one colour"):
        form.adapt(np.full((40, 60, 3), level, np.uint8))


def test_colours_of_the_same_brightness_show_nothing_where_only_brightness_counts(form: Form) -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:20], picture[20:] = (0, 100, 0), (196, 0, 0)
    with pytest.raises(NothingToSeeError):
        form.adapt(picture)


@pytest.mark.parametrize("size", [(1, 500), (500, 1), (2, 2), (3000, 2000)])
def test_a_picture_of_any_size_comes_into_the_form(form: Form, size: tuple[int, int]) -> None:
    picture = np.zeros((*size, 1), np.uint8)
    picture[: size[0] // 2 + 1, : size[1] // 2] = 255
    if size[1] == 1:
        picture[:100] = 255
    found = form.adapt(picture)
    assert found.shape == form.shape
    assert found.max() == 255
