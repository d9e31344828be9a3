"""What was known when a step was planned."""

from job.core.journal import Dropped
from job.core.past import known_at
from job.core.trial import Status
from tests.fake_rungs import RUNGS, begin_trial, reach, search_on_rungs
from tests.fakes import START, study_of


def test_a_trial_that_was_scored_elsewhere_is_known_until_it_is_dropped() -> None:
    study = study_of(0.9, imported=[0.8]).enter(Dropped(1), now=START)

    statuses = [known_at(study, number, 0.0).trial(1).status for number in (1, 2)]

    assert statuses == [Status.IMPORTED, Status.DROPPED]


def test_how_far_a_trial_had_come_is_known_though_it_was_begun_again_since() -> None:
    stopped = reach(begin_trial(search_on_rungs()), 1, RUNGS[1], 0.5).pause(1, stopped_at=RUNGS[1], now=START)
    study = stopped.go_on(1).fail(1, "ValueError: no such layer", now=START).retry(1)

    known = known_at(study, 2, stopped.steps[0].ends or 0.0).trial(1)

    assert (known.batches_trained, known.rungs_behind) == (stopped.trial(1).batches_trained, stopped.trial(1).rungs)
