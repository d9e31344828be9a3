"""What a search would do next: of one whose trials may stop early."""

from dataclasses import replace

from job.core.space import Integer, Space
from job.report.next_trial import describe_next, render_next
from tests.fake_confirmation import confirming
from tests.fakes import Stop, study_with_rungs


def test_where_every_point_has_stopped_the_best_of_them_would_be_gone_on_with() -> None:
    study = study_with_rungs(Stop(0.5), Stop(0.6))
    space = Space((Integer("filters", 8, 9),))
    trials = tuple(replace(trial, params={"filters": 7 + trial.number}) for trial in study.trials)
    fingerprint = replace(study.fingerprint, space=space, default={"filters": 8})

    found = describe_next(replace(study, fingerprint=fingerprint, trials=trials))

    assert found["next"] is not None and (found["next"]["number"], found["next"]["again"]) == (2, False)
    assert "next        trial 2 goes on at batch 15 of 41 of epoch 1: filters 9" in render_next(found)


def test_what_comes_next_in_a_confirmation_is_a_trial_again_on_another_seed() -> None:
    found = describe_next(confirming(0.91, 0.94, 0.95))
    assert found["next"] is not None and found["over"] == ""
    assert (found["next"]["number"], found["next"]["replicate_of"], found["next"]["seed"]) == (-4, 3, 2)
    assert "next        trial 3 again on seed 2: learning_rate" in render_next(found)
    assert "made for    confirmation" in render_next(found)


def test_the_training_in_hand_of_a_confirmation_is_named_and_what_comes_after_it_follows() -> None:
    found = describe_next(confirming(0.91, running=True))
    assert "in hand     trial 2 again on seed 1; what comes after it is told" in render_next(found)
    assert "next        trial 3 again on seed 1: " in render_next(found)


def test_values_are_asked_about_in_a_confirmation_as_at_any_other_time() -> None:
    study = confirming(0.91)
    found = describe_next(study, dict(study.trial(2).params) | {"filters": 63})
    assert found["next"] is not None and (found["next"]["number"], found["next"]["seed"]) == (5, None)


def test_after_a_confirmation_the_next_would_be_a_trial() -> None:
    found = describe_next(confirming(0.91, 0.94, 0.95, 0.93, 0.96, 0.90, 0.94))
    assert found["next"] is not None and found["next"]["number"] == 5
    assert found["over"] == "4 of 4 trials are complete"
