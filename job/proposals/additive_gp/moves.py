"""What is next to a point: all points that differ from it in one dimension, by one of several steps."""

import numpy as np
from numpy.random import RandomState

from job.proposals.additive_gp.axes import Axis
from job.proposals.additive_gp.coordinates import DECIMALS, Coordinates
from job.proposals.draws import Floats

_FEW = 12  # values of a dimension, each of which is one step away
_STEPS = np.array([-0.3, -0.1, -0.03, -0.01, -0.003, 0.003, 0.01, 0.03, 0.1, 0.3])  # of an axis of length 1


def around(points: Coordinates, row: Floats, chance: RandomState) -> Floats:
    """Return the points next to that of a row. A dimension that a move makes active has a value by chance."""
    codes = [_codes_around(axis, code) for axis, code in zip(points.axes, row, strict=True)]
    columns = np.repeat(np.arange(len(codes)), [len(each) for each in codes])
    moved = np.repeat(row[None, :], len(columns), axis=0)
    moved[np.arange(len(columns)), columns] = np.concatenate(codes)
    return points.completed(moved, chance)


def _codes_around(axis: Axis, code: float) -> Floats:
    """Return the codes that are a step away from one; none from what is inactive."""
    if np.isnan(code):
        return np.empty(0)
    codes = _stepped(axis, code) if axis.levels is None or axis.levels > _FEW else np.arange(float(axis.levels))
    others: Floats = codes[codes != code]
    return others


def _stepped(axis: Axis, code: float) -> Floats:
    if not axis.is_ordered:
        return np.arange(float(axis.levels or 0))
    positions = np.clip(axis.positions(np.array([code])) + _STEPS, 0.0, 1.0)
    if axis.levels is None:
        return np.unique(np.round(positions, DECIMALS))
    beside = np.clip([code - 1.0, code + 1.0], 0.0, axis.levels - 1.0)
    return np.unique(np.append(axis.codes_near(positions), beside))
