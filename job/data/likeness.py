"""Whether pictures look like the images that a model was trained on: it answers to anything, and is sure of nonsense.

A picture is compared with the training image that is most similar to it, as one that lies among them is near to one
(Ramaswamy, Rastogi and Shim 2000, "Efficient algorithms for mining outliers from large data sets"); and of what stands
out from the background it has neither much less nor much more. How similar and how much, the training images tell of
each other. Noise in a large picture would be grey in a small one: it is told before.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from job.data.form import Form

# Training images that pictures are compared with, evenly chosen, and those of them that are compared with the others.
_N_REFERENCES = 10_000
_N_COMPARED = 4_000
# This share of the images compared is less similar to any other one than a picture has to be. Measured with MNIST: so
# are 0.1 % of the test images, 98 % of pictures with two digits, and all with three, or with noise.
_UNLIKE_SHARE = 0.001
# What differs from the background by this share of the most that anything does stands out.
_INK_SHARE = 0.25
# By this factor more or less may stand out than in any training image: a picture has been scaled and redrawn.
_SLACK = 1.1
# Neighbouring pixels of a drawing or a photograph are correlated by more than this, and those of noise hardly at all.
_NOISE_CORRELATION = 0.2
_SMALLEST_NOISE = 16  # pixels of the longer side: with fewer, drawings are hardly smoother than noise
_LARGEST_SIDE = 32  # pixels; what is larger is compared in a smaller size
_WHITE = 255
_BATCH = 500  # images whose similarities are in memory at a time

Rows = NDArray[np.float32]  # of shape (n_images, n_values)


@dataclass(frozen=True, kw_only=True, eq=False)
class Likeness:
    """What training images are like: pictures of the same shape can be compared with them."""

    background: float | NDArray[np.float32]
    references: Rows  # each of length 1
    similarity: float  # to one of them: the least cosine of a picture that looks like them
    inked: tuple[float, float]  # the least and the greatest share of an image that stands out

    def is_like(self, images: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Tell of each picture, of shape (n_images, height, width, channels), whether it looks like training images."""
        rows = _rows(images, self.background)
        inked, (least, greatest) = _inked(rows), self.inked
        batches = (_directions(rows[batch]) @ self.references.T for batch in _batches(len(rows)))
        similarity = np.concatenate([batch.max(axis=1) for batch in batches])
        return np.asarray((similarity >= self.similarity) & (least <= inked) & (inked <= greatest))


def likeness_of(images: NDArray[np.uint8], form: Form) -> Likeness:
    """Return what training images of shape (n_images, height, width, channels) are like."""
    chosen = images[_evenly(len(images), _N_REFERENCES)]
    background = form.ink.background / _WHITE if form.ink else _shrunk(chosen).mean(axis=0)
    rows = _rows(chosen, background)
    references, inked = _directions(rows), _inked(rows)
    return Likeness(
        background=background,
        references=references,
        similarity=float(np.quantile(list(_similarities(references)), _UNLIKE_SHARE)),
        inked=(float(inked.min()) / _SLACK, float(inked.max()) * _SLACK),
    )


def is_noise(pixels: NDArray[np.uint8]) -> bool:
    """Tell whether neighbours in a picture of shape (height, width, channels) have nothing to do with each other.

    Of a very small one that cannot be told, and it is none.
    """
    levels = pixels.mean(axis=2, dtype=np.float32)
    levels -= levels.mean()
    variance = float((levels**2).mean())
    if max(levels.shape) < _SMALLEST_NOISE or min(levels.shape) < 2 or not variance:
        return False
    down, across = (levels[1:] * levels[:-1]).mean(), (levels[:, 1:] * levels[:, :-1]).mean()
    return float(down + across) / 2 < _NOISE_CORRELATION * variance


def _similarities(references: Rows) -> Iterator[float]:
    """Yield how similar each image that is compared is to the most similar other one."""
    compared = _evenly(len(references), _N_COMPARED)
    for places in (compared[batch] for batch in _batches(len(compared))):
        similarities = references[places] @ references.T
        similarities[np.arange(len(places)), places] = -1
        yield from similarities.max(axis=1)


def _directions(rows: Rows) -> Rows:
    """Return the rows with length 1, so that a drawing in pale ink is the same one."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, np.finfo(np.float32).tiny))


def _inked(rows: Rows) -> NDArray[np.float64]:
    """Return which share of each image stands out."""
    strengths = abs(rows)
    return np.asarray((strengths >= _INK_SHARE * strengths.max(axis=1, keepdims=True)).mean(axis=1))


def _rows(images: NDArray[np.uint8], background: float | NDArray[np.float32]) -> Rows:
    """Return images as rows of what differs from the background, with white as 1."""
    return np.asarray((_shrunk(images) - background).reshape(len(images), -1), np.float32)


def _shrunk(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return images from 0 to 1 with no more than so many pixels a side, each the mean of several."""
    number, height, width, channels = images.shape
    factor = -(-max(height, width) // _LARGEST_SIDE)
    down, across = max(height // factor, 1), max(width // factor, 1)
    cut = images[:, : down * factor, : across * factor].astype(np.float32) / _WHITE
    blocks = cut.reshape(number, down, cut.shape[1] // down, across, cut.shape[2] // across, channels)
    return np.asarray(blocks.mean(axis=(2, 4)))


def _evenly(number: int, most: int) -> NDArray[np.int64]:
    return np.linspace(0, number - 1, min(number, most)).astype(np.int64)


def _batches(number: int) -> Iterator[slice]:
    return (slice(start, start + _BATCH) for start in range(0, number, _BATCH))
