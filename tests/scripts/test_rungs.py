"""What the benchmark of pruning measures."""

import importlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.pruning.curves import EPOCHS, pruned
from tests.pruning.test_prune import ENDS, learner, learners

BENCHMARKS = Path(__file__).parents[2] / "scripts" / "benchmarks"
CURVES = [*learners(12), learner(0.95, slowness=0.6), *learners(11, seed=1)]


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Return a module of the benchmarks."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


def searched(benchmark: Callable[[str], Any], policy: Any) -> Any:
    """Return what comes of a search through the curves above in their order."""
    curves = benchmark("curves").Curves(np.array(ENDS), -np.array(CURVES))
    return benchmark("rungs").searched(curves, policy, np.arange(len(CURVES)))


def test_the_benchmark_stops_those_trials_that_a_search_stops(benchmark: Callable[[str], Any]) -> None:
    outcome, seen = searched(benchmark, benchmark("rung_policies").Ours()), pruned(*CURVES)
    epochs = sum(ENDS[each - 1] for each in seen)
    assert epochs < len(CURVES) * EPOCHS
    assert outcome.epochs == pytest.approx(epochs / (len(CURVES) * EPOCHS))
    best = max(curve[-1] for curve, count in zip(CURVES, seen, strict=True) if count == len(ENDS))
    assert outcome.lost == pytest.approx(max(curve[-1] for curve in CURVES) - best)


def test_without_pruning_all_epochs_are_trained_and_nothing_is_lost(benchmark: Callable[[str], Any]) -> None:
    outcome = searched(benchmark, benchmark("rung_policies").Never())
    assert (outcome.epochs, outcome.lost, outcome.taken_up) == (1.0, 0.0, 0)


def test_by_rank_a_trial_needs_to_be_among_the_best_of_those_at_the_rung(benchmark: Callable[[str], Any]) -> None:
    losses = np.array([[0.5, 0.5], [0.2, np.nan], [0.3, 0.4], [0.1, 0.1], [0.4, np.nan]])
    third = benchmark("rung_policies").Rank(3)
    assert third.thresholds(losses, (1.0, 3.0)) == [0.2]
    assert third.thresholds(losses[:1], (1.0, 3.0)) == [math.inf]


def test_by_regression_none_stops_before_three_have_ended(benchmark: Callable[[str], Any]) -> None:
    losses = np.array([[0.5, 0.25], [0.4, 0.2], [0.1, 0.05], [0.3, np.nan]])
    line = benchmark("rung_policies").Line(0.2, 0.0)
    assert line.thresholds(losses[1:], (1.0, 3.0)) == [math.inf]
    assert line.thresholds(losses, (1.0, 3.0)) == pytest.approx([0.1])  # they are on a line: only the best is enough


@pytest.mark.parametrize(("name", "shape"), [("digits", (300, 18)), ("mnist", (60, 12))])
def test_the_curves_that_are_kept_are_whole(benchmark: Callable[[str], Any], name: str, shape: tuple[int, int]) -> None:
    accuracy, loss = (benchmark("curves").read_curves(name, metric) for metric in ("val_accuracy", "val_loss"))
    assert accuracy.losses.shape == loss.losses.shape == shape
    assert accuracy.losses.min() >= -1
    assert loss.losses.min() > 0
    assert accuracy.epochs[:2] == pytest.approx([0.1, 0.2])
