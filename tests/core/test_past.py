"""What was known when a step was planned."""

from job.core.journal import Dropped
from job.core.past import known_at
from job.core.trial import Status
from tests.fakes import START, study_of


def test_a_trial_that_was_scored_elsewhere_is_known_until_it_is_dropped() -> None:
    study = study_of(0.9, imported=[0.8]).enter(Dropped(1), now=START)

    statuses = [known_at(study, number, 0.0).trial(1).status for number in (1, 2)]

    assert statuses == [Status.IMPORTED, Status.DROPPED]
