"""At any moment of any search, its record is found to be in order."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from job.core.study import Study
from job.verification.inputs import check_journal
from job.verification.record import check_numbers, check_steps
from job.verification.replay import check_plan
from tests.fake_workers import Asked, Fate, Pruner, Workers, contenders, propose
from tests.searches import ALL_FATES, CHANCES, LIMITS, REQUESTS, SEARCHES

_MOMENTS = 3  # of each search


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SEARCHES, ALL_FATES, st.integers(1, 16), CHANCES, st.lists(st.builds(Asked, REQUESTS | LIMITS), max_size=4))
def test_at_any_moment_of_any_search_nothing_differs(
    study: Study, fates: list[Fate], number: int, chance: Random, asked: list[Asked]
) -> None:
    moments: list[Study] = []
    Workers(study, fates, number=number, chance=chance, asked=asked, look=moments.append).carry_out()
    for each in (*chance.sample(moments, min(_MOMENTS, len(moments))), moments[-1]):
        assert check_numbers(each) == ()
        assert check_steps(each).differences == ()
        assert check_journal(each).differences == ()
        assert check_plan(each, propose, lambda *_: None, prune=Pruner(), contenders=contenders).differences == ()
