"""A search of four trials whose best three are trained again: on one seed, two of them on another, one on two more."""

from job.core.plan import Replicate, plan
from job.core.study import Study
from tests.core.test_confirmation import by_score, default_point, ended, searched
from tests.fakes import START

TRAININGS = 7


def confirming(*scores: float | None, running: bool = False, confirm: str = "3x2") -> Study:
    """Return the search after so many trainings of its confirmation, which got `scores`, None for a failed one.

    With `running` one more is in training.
    """
    study = searched(0.99, 0.96, 0.95, 0.80, confirm=confirm)
    for score in scores:
        study = _begin(study)
        study = ended(study, study.replicates[-1].number, score)
    return _begin(study) if running else study


def _begin(study: Study) -> Study:
    planned = plan(study, default_point, contenders=by_score)
    assert isinstance(planned, Replicate)
    study = study.replicate(planned.of, planned.replicate, worker=planned.worker, begins=planned.begins)
    return study.start(study.replicates[-1].number, now=START)
