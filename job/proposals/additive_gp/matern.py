"""The Matérn kernel of smoothness 5/2: of functions that can be derived twice.

Rasmussen and Williams 2006, "Gaussian processes for machine learning", 4.2.1.
"""

import numpy as np

from job.proposals.draws import Floats


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
