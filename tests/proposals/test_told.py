"""Which trials a surrogate hears of, and with which loss."""

from io import BytesIO

import pytest
import skopt

from job.core.ending import EndKind
from job.core.past import known_at
from job.core.study import Study
from job.proposals.result import dump_result
from job.proposals.told import told
from job.state.result_stamp import bears_stamp_of
from tests.fakes import START, study_of

FAILURES = [EndKind.DIVERGED, EndKind.RAISED, EndKind.OUT_OF_MEMORY, EndKind.TIMED_OUT, EndKind.DIED]


def with_failure(kind: EndKind) -> Study:
    """Return a study of two scores, the third trial of which has failed, with a fourth one that is in hand."""
    failed = study_of(0.9, 0.7, running_epochs=1).fail(3, "no more", now=START, kind=kind)
    return failed.propose(failed.trial(1).params).start(4, now=START)


@pytest.mark.parametrize("kind", FAILURES)
def test_a_trial_that_failed_counts_as_the_worst_and_with_lies_one_that_runs_as_the_best(kind: EndKind) -> None:
    assert told(with_failure(kind), with_lies=False) == ([1, 2, 3], [-0.9, -0.7, -0.7])
    assert told(with_failure(kind), with_lies=True) == ([1, 2, 3, 4], [-0.9, -0.7, -0.7, -0.9])


def test_of_a_trial_that_was_lost_nobody_hears() -> None:
    study = with_failure(EndKind.LOST)
    assert told(study, with_lies=False) == ([1, 2], [-0.9, -0.7])
    assert told(study, with_lies=True) == ([1, 2, 4], [-0.9, -0.7, -0.9])
    result = skopt.load(BytesIO(dump_result(study, with_model=False)))
    assert (len(result.x_iters), result.hpo_job["failed"]) == (2, [])


def test_of_a_lost_trial_that_was_begun_again_what_came_of_that_is_heard_and_not_before() -> None:
    again = study_of(0.9, 0.7, running_epochs=1).fail(3, "its node is gone", now=START, kind=EndKind.LOST).retry(3)
    assert told(again, with_lies=True) == ([1, 2, 3], [-0.9, -0.7, -0.9])
    failed = again.start(3, now=START).fail(3, "too deep", now=START)
    assert told(failed, with_lies=False) == ([1, 2, 3], [-0.9, -0.7, -0.7])
    before = known_at(failed, len(failed.steps), failed.steps[-1].begins)
    assert told(before, with_lies=False) == ([1, 2], [-0.9, -0.7])


def test_a_result_from_when_a_trial_was_lost_is_not_that_of_its_failure() -> None:
    lost, failed = (with_failure(kind) for kind in (EndKind.LOST, EndKind.RAISED))
    data = dump_result(lost, with_model=True)
    assert bears_stamp_of(lost, data) and not bears_stamp_of(failed, data)
    assert bears_stamp_of(failed, dump_result(with_failure(EndKind.DIED), with_model=True))
