"""At any moment of any search, its study is saved, read, planned and reported."""

import json
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from job.core.plan import plan
from job.core.study import Study
from job.report.files import known_summary, render_files
from job.report.status import describe_status, render_status
from job.state.study_json import dump, load
from tests.fake_workers import Asked, Fate, Workers, propose
from tests.fakes import START
from tests.searches import ALL_FATES, CHANCES, LIMITS, REQUESTS, SEARCHES

_MOMENTS = 3  # of each search; each takes some 10 ms


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SEARCHES, ALL_FATES, st.integers(1, 16), CHANCES, st.lists(st.builds(Asked, REQUESTS | LIMITS), max_size=4))
def test_at_any_moment_of_any_search_its_study_is_saved_read_planned_and_reported(
    study: Study, fates: list[Fate], number: int, chance: Random, asked: list[Asked]
) -> None:
    moments: list[Study] = []
    workers = Workers(study, fates, number=number, chance=chance, kills=3, asked=asked, look=moments.append)
    workers.carry_out()
    for each in chance.sample(moments, min(_MOMENTS, len(moments))):
        loaded = load(dump(each))
        assert loaded == each
        assert dump(loaded) == dump(each)
        assert plan(loaded, propose) == plan(each, propose)
        files = render_files(known_summary(each, None), model_path="best.keras")
        report = json.loads(files["report.json"])
        evidence = report["evidence"]["trials"] if report["evidence"] else []
        assert len(report["trials"]) + len(evidence) == len(each.trials)
        assert render_status(describe_status(each, holder=None, now=START))
