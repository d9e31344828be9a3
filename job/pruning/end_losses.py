"""Final losses as the forecast sees them: by the logarithm of how far they are from the best one.

From 2 % to 1 % is as much as from 20 % to 10 %. No bound of the objective is known, so the scale begins a little below
the best loss so far: by a part of the distance from there to the median. Neither unit nor offset of the losses matters.
"""

from dataclasses import dataclass

import numpy as np

from job.pruning.rung_scores import Floats

_BELOW_BEST = 0.2  # of the distance from the best loss to the median


@dataclass(frozen=True)
class Scale:
    """Turns final losses into marks and back; the marks of those that it was made of have mean 0 and deviation 1."""

    best: float
    step: float  # in loss, from where the scale begins to the best one
    mean: float  # of the logarithms
    deviation: float

    def marks(self, losses: Floats) -> Floats:
        """Return the marks of losses, none of which is below the best one, any shape."""
        return np.asarray((np.log(losses - self.best + self.step) - self.mean) / self.deviation)

    def losses(self, marks: Floats, *, worst: float) -> Floats:
        """Return the losses of marks, any shape, none worse than the worst; the inverse of `marks`."""
        most = float(np.log(worst - self.best + self.step))
        return np.asarray(self.best - self.step + np.exp(np.minimum(self.mean + self.deviation * marks, most)))


def scale_of(losses: Floats) -> Scale | None:
    """Return the scale of final losses, finite ones; None where they do not differ, or there are none."""
    if not losses.size or losses.min() == losses.max():
        return None
    gaps = losses - losses.min()
    step = _BELOW_BEST * float(np.median(gaps) or np.mean(gaps))
    logarithms = np.log(gaps + step)
    return Scale(float(losses.min()), step, float(logarithms.mean()), float(logarithms.std()))
