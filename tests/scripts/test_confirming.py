"""What the benchmark of confirmations measures."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from job.core.effort import Effort

BENCHMARKS = Path(__file__).parents[2] / "scripts" / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the module of the benchmark."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("confirming")


def searches(benchmark: Any, *levels: list[float], deviation: float = 0.0) -> Any:
    """Return searches whose points have these losses on all images."""
    known = np.array(levels)
    return benchmark.Searches(known, known, known, deviation)


def test_the_worse_half_leaves_in_each_round(benchmark: Any) -> None:
    policy = benchmark.Policy("4x2", Effort(4, 2))
    assert policy.rounds == ((4, 1), (2, 2))
    losses = [[3.0, 0.0, 0.0], [2.0, 2.0, 2.0], [1.0, 3.2, 1.9], [4.0, 0.0, 0.0]]
    trained, winner = benchmark.choose(np.array([losses, losses[::-1]]), policy)
    assert trained[0].tolist() == [[True, False, False], [True] * 3, [True] * 3, [True, False, False]]
    assert winner.tolist() == [[1], [2]]


def test_without_halving_all_candidates_have_all_seeds(benchmark: Any) -> None:
    policy = benchmark.Policy("3x2", Effort(3, 2), is_halving=False)
    trained, winner = benchmark.choose(np.array([[[3.0, 0.0], [2.0, 2.0], [1.0, 3.1]]]), policy)
    assert trained.all()
    assert (winner.tolist(), policy.trainings) == ([[0]], 8)


def test_where_seeds_change_nothing_the_best_score_is_true(benchmark: Any) -> None:
    known = searches(benchmark, [0.2, 0.1, 0.4], [0.3, 0.5, 0.1])
    for policy in benchmark.POLICIES[:3]:
        outcome = benchmark.confirmed(known, policy, np.random.default_rng(0))
        assert outcome.regret.tolist() == [0.0, 0.0]
        assert outcome.optimism == pytest.approx([0.0, 0.0])
        assert not outcome.excluded.any()


def test_the_best_of_noisy_scores_owes_to_chance_what_a_confirmation_does_not(benchmark: Any) -> None:
    known = benchmark.draw_searches("mnist", 0.4, (60, 40), np.random.default_rng(0))
    by_score, by_confirmation = (
        benchmark.confirmed(known, policy, np.random.default_rng(1)) for policy in benchmark.POLICIES[:4:3]
    )
    assert by_score.optimism.mean() > 0.3
    assert abs(by_confirmation.optimism.mean()) < 0.1
    assert by_score.regret.mean() > by_confirmation.regret.mean()


def test_images_do_much_the_same_to_all_points_of_a_search(benchmark: Any) -> None:
    known = benchmark.draw_searches("mnist", 0.1, (300, 40), np.random.default_rng(0))
    errors = known.levels - known.truth
    good = np.abs(known.truth + 98) < 1.5
    within = np.mean([np.std(each[which]) for each, which in zip(errors, good, strict=True) if which.sum() > 5])
    assert 0.4 < within / np.std(errors[good]) < 0.65  # sqrt(1 - 0.7) is 0.55
