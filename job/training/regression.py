"""How far numbers that a model gives are from the true ones, with 95 % intervals.

The intervals are percentiles of a bootstrap (Efron and Tibshirani 1993, "An introduction to the bootstrap", section
13.3), which draws examples anew. Of many examples it draws groups of them, each as large as any other: that changes
nothing but the time it takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from job.core.tested import Figure, Interval, NumberResult
from job.core.trial import EpochLogs
from job.training.answers import Numbers

_N_RESAMPLES = 1000
_MOST_GROUPS = 2000
_FEWEST_EXAMPLES = 10  # for an interval
_SEED = 0
# A metric that differs from a figure by less, relatively, is that figure: Keras adds up in half as many digits.
_SAME = 1e-4
_TINY = 1e-12  # a smaller share of the squares is a rounding error

Floats = NDArray[np.float64]


def measure(numbers: Numbers) -> tuple[NumberResult, ...]:
    """Return how far each number is from the true one."""
    found = _figures(numbers, together=False)
    return tuple(
        NumberResult(name=name, mae=mae, rmse=rmse, r2=r2 if np.isfinite(r2.value) else None)
        for name, mae, rmse, r2 in zip(numbers.names, found["mae"], found["rmse"], found["r2"], strict=True)
    )


def metric_intervals(numbers: Numbers, metrics: EpochLogs) -> Mapping[str, Interval]:
    """Return the intervals of those `metrics` that are a figure of all numbers together, by whatever name."""
    figures = [figure for each in _figures(numbers, together=True).values() for figure in each]
    known = ((name, figure.interval) for name, value in metrics.items() for figure in figures if _is(value, figure))
    return {name: interval for name, interval in known if interval is not None}


def _is(value: float, figure: Figure) -> bool:
    return abs(value - figure.value) <= _SAME * max(abs(figure.value), _SAME)


@dataclass(frozen=True)
class _Sums:
    """Sums over examples, each of shape (…, k): of which the figures are functions."""

    n: Floats
    errors: Floats  # without their signs
    squared_errors: Floats
    true: Floats
    squared_true: Floats

    def figures(self, *, together: bool) -> dict[str, Floats]:
        """Return the figures of each number, or of all `together`; NaN where they are not defined."""
        variance = self.squared_true - self.true**2 / self.n
        mae, mse = self.errors / self.n, self.squared_errors / self.n
        defined = variance > _TINY * self.squared_true
        r2 = np.where(defined, 1 - self.squared_errors / np.where(defined, variance, 1), np.nan)
        if together:
            mae, mse, r2 = (each.mean(axis=-1, keepdims=True) for each in (mae, mse, r2))
        return {"mae": mae, "mse": mse, "rmse": np.sqrt(mse), "r2": r2}


def _figures(numbers: Numbers, *, together: bool) -> dict[str, list[Figure]]:
    sums = _sums(numbers)
    values = _Sums(*sums.sum(axis=0)).figures(together=together)
    if len(numbers.true) < _FEWEST_EXAMPLES:
        return {name: [Figure(value=float(each)) for each in found] for name, found in values.items()}
    random = np.random.default_rng(_SEED)
    drawn = np.stack([sums[random.integers(len(sums), size=len(sums))].sum(axis=0) for _ in range(_N_RESAMPLES)])
    spread = _Sums(*np.moveaxis(drawn, 1, 0)).figures(together=together)
    return {
        name: [
            Figure(value=float(each), interval=_interval(resampled))
            for each, resampled in zip(found, spread[name].T, strict=True)
        ]
        for name, found in values.items()
    }


def _sums(numbers: Numbers) -> Floats:
    """Return the sums over each group of examples, of shape (n_groups, 5, k)."""
    true = numbers.true - numbers.true.mean(axis=0)
    errors = numbers.true - numbers.predicted
    columns = np.stack([np.ones_like(true), abs(errors), errors**2, true, true**2], axis=1)
    n_groups = min(len(columns), _MOST_GROUPS)
    # The last examples that make no whole turn of the groups have their places in the first ones.
    sums = np.zeros((n_groups, *columns.shape[1:]))
    np.add.at(sums, np.arange(len(columns)) % n_groups, columns)
    return sums


def _interval(values: NDArray[Any]) -> Interval | None:
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)
