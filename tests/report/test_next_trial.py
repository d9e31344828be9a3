"""What a search would do next: of one whose trials may stop early."""

from dataclasses import replace

from job.core.space import Integer, Space
from job.report.next_trial import describe_next, render_next
from tests.fakes import Stop, study_with_rungs


def test_where_every_point_has_stopped_the_best_of_them_would_be_gone_on_with() -> None:
    study = study_with_rungs(Stop(0.5), Stop(0.6))
    space = Space((Integer("filters", 8, 9),))
    trials = tuple(replace(trial, params={"filters": 7 + trial.number}) for trial in study.trials)
    fingerprint = replace(study.fingerprint, space=space, default={"filters": 8})

    found = describe_next(replace(study, fingerprint=fingerprint, trials=trials))

    assert found["next"] is not None and (found["next"]["number"], found["next"]["again"]) == (2, False)
    assert "next        trial 2 goes on at batch 15 of 41 of epoch 1: filters 9" in render_next(found)
