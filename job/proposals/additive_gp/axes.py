"""One dimension of a space in numbers: a code for each of its values, and where it stands between its ends.

The code of a value that is counted (an integer, a step, a category) is its place, from 0; that of a real number its
position. Positions are from 0 to 1, even on the dimension's scale. NaN is the code of what is inactive.
"""

import math
from dataclasses import dataclass

import numpy as np

from job.core.space import Categorical, Dimension, Integer, Ordinal, Real, Value
from job.proposals.draws import Floats, places_at

# Real numbers are proposed to so many significant digits of what is between their bounds, so that the last bits of a
# logarithm, which may differ from one machine to the next, are not in them.
_DIGITS, _ALL_DIGITS = 12, 17


@dataclass(frozen=True)
class Axis:
    """A dimension that has more than one value."""

    dimension: Dimension

    @property
    def levels(self) -> int | None:
        """How many values are counted; None where they are all real numbers between the bounds."""
        return self.dimension.size

    @property
    def is_ordered(self) -> bool:
        """Whether values that are next to each other are alike."""
        return isinstance(self.dimension, Real | Integer | Ordinal)

    def code(self, value: Value) -> float:
        """Return the code of a value that the dimension has."""
        match self.dimension:
            case Categorical():
                return float(self.dimension.categories.index(value))
            case Real(low=low, step=None):
                return float(self._position(np.array(float(value))))
            case Real(low=low) | Integer(low=low):
                return float(round((float(value) - low) / (self.dimension.step or 1)))

    def value(self, code: float) -> Value:
        """Return the value that has a code."""
        if not (isinstance(self.dimension, Real) and self.dimension.step is None):
            return self.dimension.at(int(code))
        low, high = self.dimension.low, self.dimension.high
        if self.dimension.prior == "log-uniform":
            value = math.exp(math.log(low) + code * (math.log(high) - math.log(low)))
        else:
            value = low + code * (high - low)
        share = (high - low) / max(abs(low), abs(high))
        digits = min(_DIGITS + max(-math.floor(math.log10(share)), 0), _ALL_DIGITS)
        return min(max(float(f"{value:.{digits}g}"), low), high)

    def positions(self, codes: Floats) -> Floats:
        """Return the positions of codes of an ordered dimension."""
        match self.dimension:
            case Categorical(size=size):
                return codes / (size - 1)
            case Real(step=None):
                return codes
            case Real(low=low) | Integer(low=low):
                return self._position(low + codes * (self.dimension.step or 1))

    def codes_at(self, quantiles: Floats) -> Floats:
        """Return the codes of the values at quantiles of the dimension's prior."""
        return quantiles if self.levels is None else places_at(self.dimension, quantiles)

    def codes_near(self, positions: Floats) -> Floats:
        """Return the codes whose positions are nearest to these, or nearly so on a logarithmic scale."""
        if self.levels is None:
            return positions
        last = self.levels - 1
        match self.dimension:
            case Real(low=low, high=high, prior="log-uniform") | Integer(low=low, high=high, prior="log-uniform"):
                values = np.exp(math.log(low) + positions * (math.log(high) - math.log(low)))
                return np.rint(np.clip((values - low) / (self.dimension.step or 1), 0, last))
            case _:
                return np.rint(positions * last)

    def _position(self, values: Floats) -> Floats:
        dimension = self.dimension
        assert isinstance(dimension, Real | Integer), "categories have their places"
        low, high = dimension.low, dimension.high
        if dimension.prior == "log-uniform":
            return np.log(values / low) / math.log(high / low)
        return (values - low) / (high - low)
