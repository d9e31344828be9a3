"""The minimum of a smooth function, by its gradient.

A library's minimizer would serve, but its steps decide the next trial: another release of it would make another search.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from job.proposals.draws import Floats

Function = Callable[[Floats], tuple[float, Floats]]  # to its value and its gradient

_MOST_STEPS = 50
_LONGEST_STEP = 2.0  # in any variable
_LEAST_SLOPE, _LEAST_GAIN = 1e-5, 1e-4  # of what is minimized: less is as good as none
_SHRINKING, _MOST_TRIES, _SHARE_OF_SLOPE = 0.4, 8, 1e-4
_LEAST_CURVATURE = 1e-10


class Minimum(NamedTuple):
    """Where a function is least, and the inverse of its second derivatives there as the way to it has shown them."""

    at: Floats
    inverse_hessian: Floats


class _Place(NamedTuple):
    at: Floats
    value: float
    gradient: Floats


def minimize(function: Function, start: Floats, bounded: Callable[[Floats], Floats]) -> Minimum:
    """Return the minimum that BFGS finds (Nocedal and Wright 2006, "Numerical optimization", algorithm 6.1).

    The inverse of the second derivatives begins as the identity. No step leaves what is `bounded`.
    """
    here, inverse = _Place(start, *function(start)), np.eye(len(start))
    for _ in range(_MOST_STEPS):
        there = _step(function, here, -inverse @ here.gradient, bounded)
        if there is None:
            break
        inverse = _updated(inverse, there.at - here.at, there.gradient - here.gradient)
        gain, here = here.value - there.value, there
        if gain < _LEAST_GAIN:
            break
    return Minimum(here.at, inverse)


def _step(function: Function, here: _Place, way: Floats, bounded: Callable[[Floats], Floats]) -> _Place | None:
    """Return a place along a way that is better by enough (the same, algorithm 3.1); None where there is none."""
    way = way * min(1.0, _LONGEST_STEP / max(np.abs(way).max(), _LEAST_CURVATURE))
    slope, length = float(here.gradient @ way), 1.0
    if slope > -_LEAST_SLOPE:
        return None
    for _ in range(_MOST_TRIES):
        at = bounded(here.at + length * way)
        there = _Place(at, *function(at))
        if there.value <= here.value + _SHARE_OF_SLOPE * length * slope:
            return there
        length *= _SHRINKING
    return None


def _updated(inverse: Floats, step: Floats, change: Floats) -> Floats:
    """Return the inverse of the second derivatives after a step that changed the gradient so (equation 6.17)."""
    curvature = step @ change
    if curvature <= _LEAST_CURVATURE:
        return inverse
    seen = inverse @ change
    along, mixed = np.outer(step, step) * (1.0 + change @ seen / curvature), np.outer(step, seen)
    return inverse + (along - mixed - mixed.T) / curvature
