"""Which trials stop at a rung, and which are gone on with."""

import math
from collections.abc import Sequence
from random import Random

import pytest

from job.core.known import Known
from job.pruning.prune import PRUNING
from tests.pruning.curves import EPOCHS, RUNGS, Curve, pruned, search_of

ALL = len(RUNGS) + 1
ENDS = (*RUNGS, EPOCHS)


def learner(final: float, *, slowness: float = 0.31) -> Curve:
    """Return the curve of an accuracy that comes from a tenth to `final`, a slow one late."""
    return [0.1 + (final - 0.1) * (end / EPOCHS) ** slowness for end in ENDS]


def learners(count: int, *, seed: int = 0) -> list[Curve]:
    """Return curves that hardly cross, in random order."""
    random = Random(seed)
    return [learner(random.uniform(0.2, 0.9), slowness=random.uniform(0.3, 0.32)) for _ in range(count)]


def stopped(seen: Sequence[int]) -> int:
    return sum(each < ALL for each in seen)


def scores(known: Known) -> list[float | None]:
    return [each.score for each in PRUNING.thresholds(known, None)]


def test_poor_trials_stop_early_and_the_best_ends() -> None:
    curves = learners(40)
    seen = pruned(*curves)
    best = max(range(40), key=lambda each: curves[each][-1])
    assert seen[best] == ALL
    assert stopped(seen) > 25
    assert sum(ENDS[each - 1] for each in seen) < 0.4 * 40 * EPOCHS


@pytest.mark.parametrize("first", [(0.9, 0.1), (0.1, 0.9), (0.5, 0.5)])
def test_the_first_two_trials_end_whatever_they_have(first: tuple[float, float]) -> None:
    assert pruned(*(learner(final) for final in first)) == [ALL, ALL]


def test_before_two_have_ended_differently_none_stops() -> None:
    same = learner(0.1)
    for known in (search_of(), search_of(same), search_of(same, same, same), search_of(same[:1], same[:2], same)):
        assert scores(known) == [None] * len(RUNGS)


def test_a_slow_learner_that_wins_at_the_end_is_kept_where_curves_have_crossed() -> None:
    fast = [learner(0.5 + number / 50) for number in range(5)]
    slow = [learner(0.6 + number / 50, slowness=3.0) for number in range(5)]
    winner = learner(0.95, slowness=3.0)
    for rung in range(len(RUNGS)):
        assert winner[rung] < min(curve[rung] for curve in fast)
    crossing = [curve for pair in zip(fast, slow, strict=True) for curve in pair]
    for count in range(2, len(crossing) + 1):
        assert pruned(*crossing[:count], winner, never=count) == [ALL] * (count + 1)
    assert pruned(*learners(10), winner, never=10)[-1] < ALL  # where none has, it is taken for a poor one


def test_what_is_ahead_of_all_others_at_a_rung_goes_on() -> None:
    curves = learners(30)
    for rung, score in enumerate(scores(search_of(*curves))):
        assert score is None or score <= max(curve[rung] for curve in curves)


@pytest.mark.parametrize(("scale", "shift"), [(1000.0, 0.0), (1e-6, 0.0), (1.0, 50.0), (1e150, -1e150)])
def test_neither_unit_nor_offset_of_the_objective_matters(scale: float, shift: float) -> None:
    curves = learners(20)
    assert pruned(*([scale * score + shift for score in curve] for curve in curves)) == pruned(*curves)


def test_less_is_better_where_the_objective_says_so() -> None:
    curves = learners(20)
    losses = [[-math.log(score) for score in curve] for curve in curves]
    for objective in ("val_loss:min", "val_accuracy:min"):
        seen = pruned(*losses, objective="val_accuracy:min")
        assert seen[min(range(20), key=lambda each: losses[each][-1])] == ALL, objective
        assert stopped(seen) > 8
    mirrored = [[-score for score in curve] for curve in curves]
    assert pruned(*mirrored, objective="val_accuracy:min") == pruned(*curves)


def test_equal_scores_go_on_or_stop_together() -> None:
    at_chance = [0.1] * 3
    curves = [*(learner(final) for final in (0.8, 0.1, 0.7, 0.2)), *([*at_chance, 0.1, 0.1] for _ in range(10))]
    first, *_ = scores(search_of(*curves))
    assert first is None or first != pytest.approx(0.1) or first == 0.1
    assert stopped(pruned(*curves)) >= 6


def test_scores_as_far_apart_as_numbers_can_be_are_no_trouble() -> None:
    huge = [[1e308, 1e308, -1e308, 1e300, 1e308], [-1e308] * 5, [0.0] * 5, [1e-308] * 4 + [5e-324]]
    known = search_of(*huge, [-1e308])
    assert all(score is None or math.isfinite(score) for score in scores(known))
    PRUNING.take_up(known)


def test_a_stopped_trial_is_gone_on_with_when_the_rest_turned_out_worse() -> None:
    good, poor = learner(0.8), [learner(0.2 + number / 100) for number in range(8)]
    assert PRUNING.take_up(search_of(*poor, good[:3])) == 9
    assert PRUNING.take_up(search_of(*poor, learner(0.95), learner(0.15)[:3])) is None


def test_the_most_promising_one_is_gone_on_with_first_and_none_that_has_ended() -> None:
    poor = [learner(0.2 + number / 100) for number in range(8)]
    assert PRUNING.take_up(search_of(*poor, learner(0.7)[:3], learner(0.8)[:3], learner(0.75)[:3])) == 10
    assert PRUNING.take_up(search_of(*poor)) is None


def test_one_that_is_gone_on_with_has_the_rungs_before_it_that_it_has_not_reached() -> None:
    known = search_of(*learners(10), learner(0.8)[:2])
    assert [each.epochs for each in PRUNING.thresholds(known, 11)] == list(RUNGS[2:])
    assert PRUNING.thresholds(known, 11) == PRUNING.thresholds(known, None)[2:]


def test_the_same_is_decided_again_and_nothing_is_changed() -> None:
    known = search_of(*learners(12), learner(0.8)[:2])
    assert scores(known) == scores(known) == scores(search_of(*learners(12), learner(0.8)[:2]))
