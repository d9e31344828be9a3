"""What choosing the best of many trials by the same examples does, told by which of these each trial gets right.

Of `right`, of shape (n_trials, n_examples), a row is a trial, and `best` is the index of the one with the most of them
right, the first among equals. All is about the models as they are: how much the score of a point changes when it is
trained on another seed cannot be told from one training of each.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from job.core.tested import Interval
from job.core.trial import Hits
from job.statistics.examples import wilson_interval

Right = NDArray[np.bool_]

_LEVEL = 0.05
_SEED = 0
# How often the choice is made again: with so many the figures move by some thousandths of a point, and with as few as
# the least, of many examples, by less.
_MOST_CHOICES, _LEAST_CHOICES = 1_000, 200
_DRAWN = 2_500_000  # examples in all, as long as that makes no fewer choices; they take a tenth of a second and more
_DRAWN_AT_ONCE = 1_000_000  # which take some 20 MB


def unpacked(hits: Sequence[Hits]) -> Right:
    """Return the rows of trials that were validated on the same examples."""
    packed = np.stack([np.frombuffer(each.packed, np.uint8) for each in hits])
    return np.unpackbits(packed, axis=1, count=hits[0].examples).astype(bool)


def as_good_within_chance(right: Right, best: int) -> NDArray[np.bool_]:
    """Return which trials are not shown to be worse than `best`, itself among them.

    A trial is where the two get so many of the examples right which only one of them gets right, that of McNemar's
    exact test (1947), one-sided, its p is below 5 % after Holm's correction (1979) for as many comparisons as there are
    other trials. Then the model that is best in truth is among those that are left in 95 % of searches and more,
    whichever looks best (multiple comparisons with the best, Hsu 1984).
    """
    from scipy.special import bdtr

    more, less = (right[best] & ~right).sum(axis=1), (~right[best] & right).sum(axis=1)
    chances = np.where(more > less, bdtr(less, more + less, 0.5), 1.0)
    ascending = np.argsort(chances, kind="stable")
    bounds = _LEVEL / np.arange(len(right) - 1, -1, -1, dtype=float).clip(1)
    is_worse = np.logical_and.accumulate(chances[ascending] <= bounds)
    return np.asarray(~is_worse[np.argsort(ascending)])


def corrected(right: Right, best: int) -> tuple[float, Interval] | None:
    """Return the share of other examples that `best` may be expected to get right, with its 95 % interval.

    Its score less what choosing it by these examples has added: the bootstrap bias correction of Tsamardinos,
    Greasidou and Borboudakis (2018, section 3.2). The best trial is chosen again by examples drawn with replacement,
    and scored on those that were not drawn; by how much `best` is better on these is what the choice has added, and the
    quantiles of that score are the interval, which is at least Wilson's: where all get all right they are the same.
    None where there are too few examples, or no other trial.

    It does not know of training: a point whose model has had luck with its seed keeps all of that luck here.
    """
    score = float(right[best].mean())
    chosen, same = (np.concatenate(each) for each in zip(*_choices(right, best), strict=True))
    is_scored = np.isfinite(chosen)
    if len(right) < 2 or not is_scored.any():
        return None
    expected = min(score - float((same - chosen)[is_scored].mean()), score)
    low, high = np.quantile(chosen[is_scored], (_LEVEL / 2, 1 - _LEVEL / 2))
    lowest, highest = wilson_interval(expected, right.shape[1])
    return expected, (min(float(low), lowest), max(float(high), highest))


def _choices(right: Right, best: int) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Yield of some choices at a time the scores of the trial that is chosen and of `best` on what is not drawn.

    That of several that are equal on what is drawn is their mean.
    """
    n, random = right.shape[1], np.random.default_rng(_SEED)
    by_all = right.all(axis=0)
    differ = right.any(axis=0) & ~by_all  # the others are all the same for the choice
    compared = right[:, differ].T.astype(np.float32)
    left = min(max(_DRAWN // n, _LEAST_CHOICES), _MOST_CHOICES)
    while left > 0:
        some = min(left, max(_DRAWN_AT_ONCE // n, 1))
        places = random.integers(n, size=(some, n)) + n * np.arange(some)[:, np.newaxis]
        times = np.bincount(places.ravel(), minlength=some * n).reshape(some, n)
        drawn = times[:, differ].astype(np.float32) @ compared  # numbers of examples, and so without rounding
        spared = times == 0
        hits = spared[:, differ].astype(np.float32) @ compared + spared[:, by_all].sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore"):
            shares = hits / spared.sum(axis=1, keepdims=True)
        are_chosen = drawn == drawn.max(axis=1, keepdims=True)
        yield (shares * are_chosen).sum(axis=1) / are_chosen.sum(axis=1), shares[:, best]
        left -= some
