"""What stopped trials would come to."""

import pytest

from job.pruning.prospects import prospects
from tests.pruning.curves import search_of
from tests.pruning.test_prune import learner, learners


def test_stopped_trials_have_prospects_and_those_that_have_ended_none() -> None:
    known = search_of(*learners(10), learner(0.3)[:2], learner(0.7)[:4])
    assert set(prospects(known)) == {11, 12}


def test_one_that_was_better_where_it_stopped_is_thought_to_end_better() -> None:
    known = search_of(*learners(10), learner(0.3)[:2], learner(0.5)[:2], learner(0.7)[:2])
    poor, middling, good = (prospects(known)[number] for number in (11, 12, 13))
    assert poor.loss > middling.loss > good.loss
    assert poor.chance < middling.chance < good.chance < 0.5
    assert abs(good.loss + 0.7) < 3 * good.deviation


def test_nothing_is_thought_of_a_trial_before_two_have_ended_differently() -> None:
    assert prospects(search_of()) == prospects(search_of(learner(0.5)[:2])) == {}
    assert prospects(search_of(learner(0.5), learner(0.5), learner(0.4)[:2])) == {}


def test_prospects_are_in_the_unit_of_the_objective_and_no_worse_than_what_was_seen() -> None:
    curves = [*learners(10), learner(0.3)[:2], [0.0]]
    few, many = (
        prospects(search_of(*([scale * score for score in curve] for curve in curves))) for scale in (1.0, 1000.0)
    )
    for number in (11, 12):
        assert many[number].loss == pytest.approx(1000 * few[number].loss, rel=1e-4)
        assert many[number].deviation == pytest.approx(1000 * few[number].deviation, rel=1e-4)
        assert many[number].chance == pytest.approx(few[number].chance, rel=1e-4)
        assert few[number].loss <= 0.0
        assert few[number].deviation > 0


def test_a_poor_trial_is_thought_to_end_no_better_than_others_that_were_better_where_it_stopped() -> None:
    poor = [0.1, 0.11, 0.3]
    others = [learner(final) for final in (0.9, 0.92, 0.95, 0.97)]
    as_poor = [score - 0.01 for score in poor[:2]]
    known = search_of(*others, [*poor, *poor[-1:] * (len(others[0]) - len(poor))], as_poor)
    prospect = prospects(known)[6]

    assert prospect.loss >= -0.3
    assert prospect.loss - prospect.deviation > -0.97, "it is not thought to become the best"
