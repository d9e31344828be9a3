"""What a report says of the best of many trials that share their images, against the truth of simulated searches.

Each point has an accuracy on average over seeds, a training there one of its own, and each image a difficulty that all
models share. The score of the best trial exceeds what its model is worth, since it was chosen by these images, and that
what its point is worth, since it was chosen among trainings. The report tells the first, and says of the second that it
does not know it.
"""

import argparse
import sys
from dataclasses import dataclass

import numpy as np
from figures import exit_code, show_table
from numpy.typing import NDArray
from scipy.stats import norm

from job.statistics.chosen import as_good_within_chance, corrected

_BEST, _SPREAD = 0.99, 0.002  # of the points: the best one is at most this good, and others are worse by so much
_LIKENESS = 0.7  # the correlation of how hard an image is for two models
_HEAD = (
    *("images", "seeds", "above its model", "it says", "above its point"),
    *("interval has model", "point", "rivals", "with best model", "point"),
)


@dataclass(frozen=True)
class Search:
    """What is true of the best trial of a search, and what is said of it: shares of all examples there could be."""

    score: float
    of_model: float
    of_point: float
    expected: float
    interval: tuple[float, float]
    rivals: int
    has_best_model: bool
    has_best_point: bool

    def holds(self, share: float) -> bool:
        return self.interval[0] <= share <= self.interval[1]


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare what a report says of chance with the truth.")
    parser.add_argument("--searches", type=int, default=100, help="of each kind")
    parser.add_argument("--trials", type=int, default=40, help="of each search")
    parser.add_argument("--images", type=int, nargs="+", default=[250, 5_000])
    parser.add_argument("--seeds", type=float, nargs="+", default=[0.0, 0.2, 0.4], help="deviations over them, points")
    sys.exit(exit_code(lambda: _measure(parser.parse_args())))


def _measure(options: argparse.Namespace) -> None:
    rows = []
    for images in options.images:
        for deviation in options.seeds:
            random = np.random.default_rng(0)
            searches = [search(images, deviation / 100, options.trials, random) for _ in range(options.searches)]
            rows.append((f"{images:,}", f"{deviation:g}", *_told(searches)))
    title = (
        f"{options.searches} searches of {options.trials} trials each; deviations over seeds and differences in points"
    )
    show_table(title, [_HEAD, *rows], right=range(len(_HEAD)))


def search(images: int, deviation: float, trials: int, random: np.random.Generator) -> Search:
    """Simulate a search, and look at its best trial as a report does."""
    points = _BEST - random.exponential(_SPREAD, trials)
    models = np.clip(points + random.normal(0.0, deviation, trials), 0.5, 0.9999)
    right = _hits(images, models, random)
    best = int(right.sum(axis=1).argmax())
    alike, found = as_good_within_chance(right, best), corrected(right, best)
    assert found is not None, "there are several trials"
    return Search(
        score=float(right[best].mean()),
        of_model=float(models[best]),
        of_point=float(points[best]),
        expected=found[0],
        interval=found[1],
        rivals=int(alike.sum()) - 1,
        has_best_model=bool(alike[models.argmax()]),
        has_best_point=bool(alike[points.argmax()]),
    )


def _hits(images: int, accuracies: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.bool_]:
    shared, own = random.normal(size=images), random.normal(size=(len(accuracies), images))
    hard = np.sqrt(_LIKENESS) * shared + np.sqrt(1 - _LIKENESS) * own
    return np.asarray(hard < norm.ppf(accuracies)[:, np.newaxis])


def _told(searches: list[Search]) -> list[str]:
    """Return the cells of a row: differences with their standard errors, and shares of the searches."""
    differences = (
        [each.score - each.of_model for each in searches],
        [each.score - each.expected for each in searches],
        [each.score - each.of_point for each in searches],
    )
    return [
        *(f"{100 * np.mean(each):.2f} ± {100 * np.std(each) / len(each) ** 0.5:.2f}" for each in differences),
        _share([each.holds(each.of_model) for each in searches]),
        _share([each.holds(each.of_point) for each in searches]),
        f"{np.mean([each.rivals for each in searches]):.1f}",
        _share([each.has_best_model for each in searches]),
        _share([each.has_best_point for each in searches]),
    ]


def _share(held: list[bool]) -> str:
    return f"{100 * np.mean(held):.0f} %"


if __name__ == "__main__":
    main()
