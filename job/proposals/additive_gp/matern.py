"""The Matérn kernel of smoothness 5/2: of functions that can be derived twice.

Rasmussen and Williams 2006, "Gaussian processes for machine learning", 4.2.1.
"""

import numpy as np

from job.proposals.draws import Floats

_AT_ONCE = 2**15  # values of the kernel: as many as stay in a processor's cache while they are worked out


def matern52(squares: Floats) -> Floats:
    """Return the kernel at squared distances in units of its length, any shape; 1 at none."""
    root = np.sqrt(5.0 * np.maximum(squares, 0.0))
    kernel: Floats = (1.0 + root + root * root / 3.0) * np.exp(-root)
    return kernel


def matern52_and_slope(squares: Floats) -> tuple[Floats, Floats]:
    """Return the kernel, and its derivative by the squared distance."""
    root = np.sqrt(5.0 * np.maximum(squares, 0.0))
    decay = np.exp(-root)
    kernel: Floats = (1.0 + root + root * root / 3.0) * decay
    slope: Floats = -5.0 / 6.0 * (1.0 + root) * decay
    return kernel, slope


def squared_distances(one: Floats, other: Floats) -> Floats:
    """Return the squared distance of each row of one matrix from each of another, of shape (n_rows, n_other)."""
    lengths = np.sum(one * one, axis=1)[:, None] + np.sum(other * other, axis=1)[None, :]
    squares: Floats = lengths - 2.0 * (one @ other.T)
    return squares


def sums_of_matern52(one: Floats, other: Floats, factors: Floats) -> Floats:
    """Return `matern52(squared_distances(one, other)) @ factors`, but for the last bits.

    It is faster where there are many rows.
    """
    one, other = np.sqrt(5.0) * one, np.sqrt(5.0) * other
    lengths, other_lengths, doubled = np.sum(one * one, axis=1), np.sum(other * other, axis=1), -2.0 * other.T
    sums, step = np.empty(len(one)), max(1, _AT_ONCE // len(other))
    for start in range(0, len(one), step):
        rows = slice(start, start + step)
        root = one[rows] @ doubled
        root += lengths[rows, None]
        root += other_lengths
        np.sqrt(np.maximum(root, 0.0, out=root), out=root)
        kernel = root / 3.0
        kernel += 1.0
        kernel *= root
        kernel += 1.0
        kernel *= np.exp(np.negative(root, out=root), out=root)
        sums[rows] = kernel @ factors
    return sums
