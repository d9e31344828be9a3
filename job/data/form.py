"""The form of the images that a model is trained on, and pictures from elsewhere brought into it.

Data in MNIST's manner show something on a plain background: each drawing was scaled, with its proportions, to fit a box
of 20 x 20 pixels and set with its centre of mass into the centre of 28 x 28 (LeCun, Bottou, Bengio and Haffner 1998,
"Gradient-based learning applied to document recognition", section III.A). What the background is, how large the box is
and which centre is meant, the training images themselves tell.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

_WHITE = 255
# Training images that are looked at, evenly chosen: more would tell the same.
_N_LOOKED_AT = 2000
# Up to this distance two levels of brightness are the same background.
_TOLERANCE = 25
# A background is plain if this share of the training images' border has its level.
_PLAIN_SHARE = 0.5
# A picture whose border has less than this share of the level of a background has another background.
_SOME_SHARE = 0.1
# Ink is what differs from the background by this share of the most that anything does.
_INK_SHARE = 0.25
# Drawings fit their box but for this share, such as those with a stray dot.
_FITTING_SHARE = 0.99
# Less contrast is noise.
_LEAST_CONTRAST = 8
# Pixels around the box, in which blurred edges run out.
_MARGIN = 2
_LARGEST_SIDE = 1000  # pixels, of a picture that is worked on
_RESAMPLING = Image.Resampling.LANCZOS

Levels = NDArray[np.float32]  # of shape (height, width)


class NothingToSeeError(Exception):
    """The picture is of one colour."""

    def __str__(self) -> str:
        return "there is nothing to see: all of it is one colour"


@dataclass(frozen=True, kw_only=True)
class Ink:
    """How drawings lie on a plain background of brightness `background`, with levels from 0 to 255."""

    background: float
    contrast: float  # of the strongest ink: above 0 where it is lighter than the background, else below
    box: tuple[float, float]  # height and width that drawings fit into
    by_mass: bool  # whether their centre of mass is what is centred, or else the centre of their extent
    centre: tuple[float, float]  # where it lies, from the top and from the left


@dataclass(frozen=True, kw_only=True)
class Form:
    """What the images of a data set look like; `ink` is None where they fill their frame."""

    shape: tuple[int, int, int]  # height, width, channels
    ink: Ink | None

    def adapt(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a picture of shape (height, width, 1 or 3) in this form; one that is in it already stays as it is.

        Raise NothingToSeeError where all of it is one colour.
        """
        image = _with_channels(_shrunk(pixels), self.shape[2])
        if np.ptp(image, axis=(0, 1)).max() < _LEAST_CONTRAST:
            raise NothingToSeeError
        if self.ink is None:
            return fitted(image, self.shape[:2])
        return _redrawn(image[..., 0], self.shape[:2], self.ink)[..., np.newaxis]


def form_of(images: NDArray[np.uint8], *, are_cut: bool = False) -> Form:
    """Return the form of training images of shape (n_images, height, width, channels).

    They fill their frames where they `are_cut` from the middle of larger pictures, whatever their borders look like.
    """
    chosen = images[np.linspace(0, len(images) - 1, min(len(images), _N_LOOKED_AT)).astype(int)]
    height, width, channels = images.shape[1:]
    fill_frames = are_cut or channels > 1
    return Form(shape=(height, width, channels), ink=None if fill_frames else _ink_of(chosen[..., 0]))


def _ink_of(images: NDArray[np.uint8]) -> Ink | None:
    border = _border(images)
    background = float(np.median(border))
    if _share_near(border, background).mean() < _PLAIN_SHARE:
        return None
    drawings = [found for image in images if (found := _find_drawing(image, background))]
    if not drawings:
        return None
    boxes = np.array([each.box for each in drawings])
    masses, middles = (np.array([getattr(each, name) for each in drawings]) for name in ("mass", "middle"))
    by_mass = bool(masses.var(axis=0).sum() < middles.var(axis=0).sum())
    centre = (masses if by_mass else middles).mean(axis=0)
    height, width = np.quantile(boxes[:, 1] - boxes[:, 0], _FITTING_SHARE, axis=0)
    return Ink(
        background=background,
        contrast=float(np.median([each.contrast for each in drawings])),
        box=(float(height), float(width)),
        by_mass=by_mass,
        centre=(float(centre[0]), float(centre[1])),
    )


@dataclass(frozen=True)
class _Drawing:
    """What stands out from the background of one picture."""

    strength: Levels  # from 0 for the background upwards
    contrast: float  # the greatest strength, negative where the ink is darker than the background
    box: tuple[tuple[int, int], tuple[int, int]]  # top and left, bottom and right

    @property
    def middle(self) -> tuple[float, float]:
        (top, left), (bottom, right) = self.box
        return (top + bottom) / 2, (left + right) / 2

    @property
    def mass(self) -> tuple[float, float]:
        return _centre_of_mass(self.strength)


def _find_drawing(image: NDArray[np.uint8], background: float) -> _Drawing | None:
    """Return what stands out in an image of shape (height, width); None where nothing does."""
    distance = image.astype(np.float32) - background
    if (greatest := float(abs(distance).max())) < _LEAST_CONTRAST:
        return None
    sign = math.copysign(1.0, distance[abs(distance) >= _INK_SHARE * greatest].sum())
    strength = np.maximum(sign * distance, 0)
    contrast = float(strength.max())
    inked = strength >= _INK_SHARE * contrast
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    box = ((int(rows[0]), int(columns[0])), (int(rows[-1]) + 1, int(columns[-1]) + 1))
    return _Drawing(strength, sign * contrast, box)


def _redrawn(image: NDArray[np.uint8], shape: tuple[int, int], ink: Ink) -> NDArray[np.uint8]:
    """Return an image of shape (height, width) as the training images are drawn."""
    border = _border(image[np.newaxis])
    if image.shape == shape:
        same, inverse = (float(_share_near(border, level)[0]) for level in (ink.background, _WHITE - ink.background))
        if max(same, inverse) >= _SOME_SHARE:
            return image if same >= inverse else _WHITE - image
    drawing = _find_drawing(image, float(np.median(border)))
    if drawing is None:
        raise NothingToSeeError
    frame = _set_into_frame(_scaled_to_box(drawing, ink.box), shape, ink)
    levels = ink.background + frame * (ink.contrast / frame.max())
    return np.asarray(np.rint(np.clip(levels, 0, _WHITE)), np.uint8)


def _scaled_to_box(drawing: _Drawing, box: tuple[float, float]) -> Levels:
    """Return the drawing, with a margin on all sides, such that with its proportions it just fits the box."""
    (top, left), (bottom, right) = drawing.box
    height, width = bottom - top, right - left
    scale = min(box[0] / height, box[1] / width)
    new_height, new_width = max(round(scale * height), 1), max(round(scale * width), 1)
    # The margin in pixels of the picture, which is extended by as many lest it reach beyond.
    down, across = _MARGIN * height / new_height, _MARGIN * width / new_width
    rows, columns = math.ceil(down), math.ceil(across)
    extended = Image.fromarray(np.pad(drawing.strength, ((rows, rows), (columns, columns))))
    part = (left + columns - across, top + rows - down, right + columns + across, bottom + rows + down)
    size = (new_width + 2 * _MARGIN, new_height + 2 * _MARGIN)
    resized = np.asarray(extended.resize(size, _RESAMPLING, box=part), np.float32)
    return np.clip(resized, 0, abs(drawing.contrast))  # beside an edge the resampling swings too far


def _set_into_frame(drawing: Levels, shape: tuple[int, int], ink: Ink) -> Levels:
    """Return a frame of this shape with the drawing in it, moved by whole pixels; what lies outside is cut off."""
    height, width = drawing.shape
    centre = _centre_of_mass(drawing) if ink.by_mass else (height / 2, width / 2)
    wide = np.pad(drawing, ((shape[0], shape[0]), (shape[1], shape[1])))
    top, left = (round(middle - goal) for middle, goal in zip(centre, ink.centre, strict=True))
    return wide[shape[0] + top :, shape[1] + left :][: shape[0], : shape[1]]


def _centre_of_mass(strength: Levels) -> tuple[float, float]:
    """Return the distances from the top and from the left, where the middle of the first pixel is at 0.5."""
    total = float(strength.sum())
    rows, columns = (np.arange(length) + 0.5 for length in strength.shape)
    return float(strength.sum(axis=1) @ rows) / total, float(strength.sum(axis=0) @ columns) / total


def _border(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the outermost pixels of images of shape (n_images, height, width), of shape (n_images, n_pixels)."""
    sides = (images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1])
    return np.concatenate(sides, axis=1)


def _share_near(border: NDArray[np.uint8], level: float) -> NDArray[np.float64]:
    """Return which share of each image's border has this level."""
    return np.asarray((abs(border - np.float32(level)) <= _TOLERANCE).mean(axis=1))


def _shrunk(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a large picture in a size at which it is quick to work on, each pixel the mean of several."""
    factor = -(-max(pixels.shape) // _LARGEST_SIDE)
    return pixels if factor == 1 else np.atleast_3d(np.asarray(Image.fromarray(pixels.squeeze()).reduce(factor)))


def _with_channels(pixels: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Return the pixels as grey for one channel, and in as many equal ones otherwise where they are grey."""
    if pixels.shape[2] == channels:
        return pixels
    if channels == 1:
        return np.asarray(Image.fromarray(pixels).convert("L"))[..., np.newaxis]
    return np.repeat(pixels[..., :1], channels, axis=2)


def fitted(pixels: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the middle of a picture of shape (height, width, channels), as much of it as has these proportions.

    `shape` is the height and the width of what is returned.
    """
    image, (height, width) = _shrunk(pixels), shape
    if image.shape[:2] == shape:
        return image
    layers = (Image.fromarray(np.ascontiguousarray(image[..., each])) for each in range(image.shape[2]))
    return np.stack([np.asarray(ImageOps.fit(layer, (width, height), _RESAMPLING)) for layer in layers], axis=2)
