"""What pruning saves and what it costs, on the learning curves of real trainings: whole searches without any training.

Each search has its trials in another order, one after another. Beside the program's own policy at several levels stand
two that are well known. In searches with a surrogate later points are better than earlier ones, so there are orders
like that too: sorted in part by how they end, and ten at random before those that are all among the better ones.

The policy was tuned on digits, and is judged on MNIST.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import numpy as np
from curves import METRICS, NAMES, Curves, read_curves
from figures import Figure, exit_code, show, show_table
from numpy.typing import NDArray
from rung_policies import Line, Never, Ours, Policy, Rank

from job.core.rungs import default_rungs, describe_rungs, parse_rungs
from job.pruning.decisions import LEVEL

_LEVELS = (5.0, 4.0, 3.5, 3.0, LEVEL, 1.0)
_PERCENT = 100
_FIRST = 10  # trials of an order at random before the good ones
_GOOD = 0.6  # of all trials
_SORTED = 0.3  # how much of an order is by how trials end
_JUDGED_ON = "mnist"
_MOST_LOST = 0.03  # points, of the default

Order = NDArray[np.int_]  # rows of curves


@dataclass(frozen=True)
class Outcome:
    """What came of a search: its share of the epochs of one without pruning, and what its best loss is worse."""

    epochs: float
    lost: float
    taken_up: int  # trials that had stopped


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what pruning saves, and what it costs.")
    parser.add_argument("--curves", nargs="+", choices=NAMES, default=NAMES, help="of these problems")
    parser.add_argument("--metric", choices=METRICS, default=METRICS[0], help="of the objective")
    parser.add_argument("--orders", type=int, default=200, help="searches of each kind")
    parser.add_argument("--trials", type=int, default=40, help="of a search")
    parser.add_argument("--rungs", default="auto", help="as for the program")
    parser.add_argument("--jobs", type=int, default=1, help="processes, each with one thread")
    options = parser.parse_args()
    sys.exit(exit_code(lambda: _measure(options)))


def _measure(options: argparse.Namespace) -> None:
    for name in options.curves:
        curves = read_curves(name, options.metric)
        rungs = _rungs(options.rungs, int(curves.epochs[-1]))
        found = {
            kind: _outcomes(curves.at(rungs), orders, options)
            for kind, orders in _orders(curves.losses[:, -1], options.trials, options.orders).items()
        }
        show_table(_title(name, curves, options), [["", *found], *_rows(found)], right=set())
        if name == _JUDGED_ON and options.metric == METRICS[0]:
            show("The default", _figures(next(iter(found.values()))[f"ours, level {LEVEL:g}"]))


def _rungs(text: str, epochs: int) -> tuple[float, ...]:
    return default_rungs(epochs) if text == "auto" else parse_rungs(text, epochs)


def _title(name: str, curves: Curves, options: argparse.Namespace) -> str:
    rungs = describe_rungs(_rungs(options.rungs, int(curves.epochs[-1])))
    return (
        f"{name}, {options.metric}: {len(curves.losses)} curves of {curves.epochs[-1]:g} epochs, rungs {rungs}.\n"
        f"{options.orders} searches of {options.trials} trials: % of the epochs, points lost, % that lose any"
    )


def _orders(ends: NDArray[np.float64], trials: int, count: int) -> dict[str, list[Order]]:
    """Return orders of trials by kind, the same ones for the same curves."""
    kinds: dict[str, Callable[[np.random.Generator], Order]] = {
        "at random": lambda random: random.permutation(len(ends))[:trials],
        "better and better": lambda random: _sorted_in_part(random, ends, trials),
        "mostly good": lambda random: _mostly_good(random, ends, trials),
    }
    return {kind: [draw(np.random.default_rng(seed)) for seed in range(count)] for kind, draw in kinds.items()}


def _sorted_in_part(random: np.random.Generator, ends: NDArray[np.float64], trials: int) -> Order:
    order = random.permutation(len(ends))[:trials]
    ranks = np.argsort(np.argsort(-ends[order])) / trials
    return order[np.argsort(_SORTED * ranks + (1 - _SORTED) * random.random(trials))]


def _mostly_good(random: np.random.Generator, ends: NDArray[np.float64], trials: int) -> Order:
    good = random.permutation(np.argsort(ends)[: int(_GOOD * len(ends))])[: trials - _FIRST]
    others = random.permutation(np.setdiff1d(np.arange(len(ends)), good))[:_FIRST]
    return np.concatenate((others, good))


def _policies(metric: str) -> dict[str, Policy]:
    bound = -1.0 if metric == METRICS[0] else 0.0
    return {
        "every trial to its end": Never(),
        "rank, a third goes on": Rank(3),
        "rank, a half goes on": Rank(2),
        "regression, at 20 %": Line(0.2, bound),
        "regression, at 5 %": Line(0.05, bound),
        **{f"ours, level {level:g}": Ours(level) for level in _LEVELS},
    }


def _outcomes(curves: Curves, orders: Sequence[Order], options: argparse.Namespace) -> dict[str, list[Outcome]]:
    found = {}
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for name, policy in _policies(options.metric).items():
            found[name] = list(pool.map(partial(searched, curves, policy), orders, chunksize=10))
    return found


def searched(curves: Curves, policy: Policy, order: Order) -> Outcome:
    """Search through trials in an order, with rungs at all places of the curves but the last."""
    ends, full = tuple(float(each) for each in curves.epochs), curves.losses[order]
    seen = np.full_like(full, np.nan)
    taken_up = 0
    for number in range(len(order) + 1):
        known = seen[:number]
        while (row := policy.take_up(known, ends)) is not None:
            _train(seen[row], full[row], policy.thresholds(known, ends))
            taken_up += 1
        if number < len(order):
            _train(seen[number], full[number], policy.thresholds(known, ends))
    epochs = curves.epochs[(~np.isnan(seen)).sum(axis=1) - 1]
    lost = float(np.nanmin(seen[:, -1]) - full[:, -1].min())
    return Outcome(float(epochs.sum() / (len(order) * ends[-1])), lost, taken_up)


def _train(seen: NDArray[np.float64], curve: NDArray[np.float64], thresholds: Sequence[float]) -> None:
    """See a curve on until it is above a threshold that has not been passed yet."""
    first = int((~np.isnan(seen)).sum())
    above = (rung for rung in range(first, len(thresholds)) if curve[rung] > thresholds[rung])
    upto = next(above, len(thresholds)) + 1
    seen[first:upto] = curve[first:upto]


def _rows(found: Mapping[str, Mapping[str, Sequence[Outcome]]]) -> Iterator[list[str]]:
    for policy in next(iter(found.values())):
        yield [policy, *(_cell(outcomes[policy]) for outcomes in found.values())]


def _cell(outcomes: Sequence[Outcome]) -> str:
    losing = _PERCENT * float(np.mean([each.lost > 0 for each in outcomes]))
    return f"{_epochs(outcomes):5.1f}  {_lost(outcomes):6.3f}  {losing:3.0f}"


def _figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    taken_up = float(np.mean([each.taken_up for each in outcomes]))
    return [
        Figure(name="epochs, of those without pruning", value=_epochs(outcomes), unit="%"),
        Figure(name="lost of the best score", value=_lost(outcomes), unit="points", target=_MOST_LOST),
        Figure(name="stopped trials that are gone on with, a search", value=taken_up, unit=""),
    ]


def _epochs(outcomes: Sequence[Outcome]) -> float:
    return _PERCENT * float(np.mean([each.epochs for each in outcomes]))


def _lost(outcomes: Sequence[Outcome]) -> float:
    return _PERCENT * float(np.mean([each.lost for each in outcomes]))


if __name__ == "__main__":
    main()
