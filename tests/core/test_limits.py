"""What may fail."""

import pytest

from job.core.limits import Limits
from job.core.trial import Trial
from tests.fakes import START, study_of


def attempts_at(*, heard: int, unheard: int) -> Trial:
    """Return a trial in hand that died so many times, and was as often started without a word of how that ended."""
    study = study_of(running_epochs=0).interrupt(1, now=START)
    for _ in range(heard):
        study = study.start(1, now=START).stumble(1, "killed by SIGSEGV", now=START)
    for _ in range(unheard):
        study = study.start(1, now=START)
    return study.trial(1)


@pytest.mark.parametrize(
    ("heard", "unheard", "reason"),
    [
        (2, 2, ""),
        (3, 0, "died 3 times without getting on: killed by SIGSEGV"),
        (3, 2, "died 3 times without getting on: killed by SIGSEGV"),
        (0, 3, "started 3 times without getting on: killed each time"),
        (2, 3, "started 3 times without getting on: killed each time"),
    ],
)
def test_deaths_of_a_trial_and_kills_of_the_job_are_limited_each_for_itself(
    heard: int, unheard: int, reason: str
) -> None:
    assert Limits(max_attempts=3).given_up(attempts_at(heard=heard, unheard=unheard)) == reason


def test_a_trial_that_got_on_may_die_as_often_again() -> None:
    study = study_of(running_epochs=0)
    for _ in range(2):
        study = study.start(1, now=START).stumble(1, "killed by SIGSEGV", now=START)
    study = (
        study.get_on(1, ({"val_accuracy": 0.5},), seconds=1.0).start(1, now=START).stumble(1, "killed again", now=START)
    )

    assert Limits(max_attempts=3).given_up(study.trial(1)) == ""
