"""Which trials are trained again after a search, on which seeds, and which of them wins."""

from collections.abc import Callable

from job.core.confirmation import (
    Confirmation,
    best_trial,
    confirmation_of,
    confirmations_begun,
    model_of,
    models_wanted,
)
from job.core.journal import Dropped
from job.core.known import Known
from job.core.limits import Limits
from job.core.plan import End, NewTrial, Replicate, Wait, plan
from job.core.space import Params
from job.core.study import Study
from job.core.tested import TestResult
from job.core.trial import Trial
from tests.fakes import START, study_of

Scores = Callable[[Trial], float | None]


def by_score(known: Known, count: int) -> tuple[int, ...]:
    return tuple(trial.number for trial in known.ranked[:count])


def default_point(known: Known, fixed: Params) -> Params:
    return {**known.fingerprint.default, "dropout": len(known.trials) / 100, **fixed}


def searched(*scores: float | None, confirm: str, trials: int = 4, objective: str = "val_accuracy:max") -> Study:
    """Return a search that has ended after trials with these scores, and is to be confirmed."""
    study = study_of(*scores, objective=objective, budget=trials)
    return study.limited(Limits(trials=trials, confirm=confirm), now=START)


def ended(study: Study, number: int, score: float | None) -> Study:
    """Return a study in which a trial or replicate has ended with a score, or failed."""
    if score is None:
        return study.fail(number, "ValueError: no such layer", now=START)
    metric, epochs = study.fingerprint.objective.metric, study.fingerprint.epochs
    study = study.tell_batches(number, 41)
    return study.complete(number, ({metric: score},) * epochs, seconds=60.0, now=START, model_sha256=f"model {number}")


def confirmed(study: Study, scores: Scores) -> Study:
    """Carry a confirmation out in which replicates get these scores."""
    while not isinstance(planned := plan(study, default_point, contenders=by_score), End):
        assert isinstance(planned, Replicate)
        study = study.replicate(planned.of, planned.replicate, worker=planned.worker, begins=planned.begins)
        study = ended(study, study.replicates[-1].number, scores(study.replicates[-1]))
    return study


def trained(study: Study) -> list[tuple[int | None, int]]:
    return [(each.of, each.replicate) for each in study.replicates]


def confirmation(study: Study) -> Confirmation:
    found = confirmation_of(study)
    assert found is not None
    return found


TRUE = {1: 0.90, 2: 0.94, 3: 0.97, 4: 0.80}


def true_score(replicate: Trial) -> float:
    """Return what a trial truly gives, with an error of the seed that all trials share."""
    assert replicate.of is not None
    return TRUE[replicate.of] - replicate.replicate / 1000


def test_candidates_are_trained_on_the_same_seeds_and_the_worse_half_leaves_after_each_round() -> None:
    study = confirmed(searched(0.99, 0.96, 0.95, 0.80, confirm="3x2"), true_score)
    assert trained(study)[:5] == [(1, 1), (2, 1), (3, 1), (3, 2), (2, 2)]  # by then the third has the best mean
    assert confirmation(study).winner == 3


def test_candidates_are_those_that_were_trusted_before_it_began() -> None:
    def by_all_scores(known: Known, count: int) -> tuple[int, ...]:
        numbers = by_score(known, len(known.trials))
        return numbers[:count] if len(known.replicates) == before else numbers[::-1][:count]

    study = confirmed(searched(0.99, 0.96, 0.95, 0.80, confirm="2x1"), true_score)
    study, before = study.limited(Limits(trials=4, confirm="3x1"), now=START), len(study.replicates)
    for begun in range(3):
        found = confirmation_of(study, by_all_scores)
        assert found is not None and found.candidates == (1, 2, 3)
        study = study.replicate(found.candidates[begun], found.first)
        study = ended(study, study.replicates[-1].number, 0.5)


def test_the_winner_is_measured_on_seeds_that_have_chosen_nothing() -> None:
    study = confirmed(searched(0.99, 0.96, 0.95, 0.80, confirm="3x2"), true_score)
    assert trained(study)[5:] == [(3, 3), (3, 4)]
    assert [each.replicate for each in confirmation(study).measuring] == [3, 4]
    assert {of: len(each) for of, each in confirmation(study).choosing.items()} == {1: 1, 2: 2, 3: 2}


def test_the_best_model_is_that_in_the_middle_of_those_that_measure() -> None:
    scores = {3: 0.95, 4: 0.99, 5: 0.97}
    study = searched(0.9, 0.8, confirm="2x3", trials=2)
    before = model_of(study)
    study = confirmed(study, lambda each: scores.get(each.replicate - 1, 0.9 + (each.of == 1) / 20))
    model = model_of(study)
    assert before == study.trial(1)
    assert model is not None and (model.of, model.replicate) == (1, 6)


def test_one_candidate_is_measured_without_a_choice() -> None:
    study = confirmed(searched(0.9, 0.8, confirm="1x3", trials=2), true_score)
    assert trained(study) == [(1, 1), (1, 2), (1, 3)]
    assert confirmation(study).winner == 1


def test_less_of_a_loss_wins() -> None:
    study = searched(0.5, 0.4, confirm="2x2", trials=2, objective="val_loss:min")
    study = confirmed(study, lambda each: 0.3 if each.of == 1 else 0.45)
    assert confirmation(study).winner == 1


def test_among_equals_the_most_trusted_wins() -> None:
    assert confirmation(confirmed(searched(0.8, 0.9, confirm="2x2", trials=2), lambda _: 1.0)).winner == 2


def test_a_candidate_that_fails_on_a_seed_leaves() -> None:
    study = searched(0.99, 0.96, 0.95, 0.80, confirm="3x2")
    study = confirmed(study, lambda each: None if each.of == 3 else true_score(each))
    assert confirmation(study).winner == 2


def test_where_all_candidates_fail_none_has_won_and_the_best_model_is_the_best_trials() -> None:
    study = confirmed(searched(0.9, 0.8, confirm="2x2", trials=2), lambda _: None)
    assert len(study.replicates) == 4
    assert confirmation(study).winner is None
    assert confirmation(study).is_over
    assert model_of(study) == study.trial(1)


def test_the_middle_is_of_those_that_have_not_failed() -> None:
    study = searched(0.9, 0.8, confirm="1x3", trials=2)
    study = confirmed(study, lambda each: None if each.replicate == 2 else 0.9 + each.replicate / 100)
    model = model_of(study)
    assert model is not None and model.replicate == 1  # the worse one of two


def test_nothing_is_confirmed_unless_it_is_asked_for_and_a_trial_has_completed() -> None:
    assert isinstance(plan(searched(0.9, 0.8, confirm="none", trials=2), default_point, contenders=by_score), End)
    failed = searched(None, None, confirm="2x2", trials=2)
    assert isinstance(plan(failed, default_point, contenders=by_score), NewTrial)
    assert confirmation_of(failed, by_score) is None


def test_a_search_that_is_gone_on_with_is_confirmed_anew_on_fresh_seeds() -> None:
    study = confirmed(searched(0.9, 0.8, confirm="2x1", trials=2), true_score)
    seen = trained(study)
    study = study.limited(Limits(trials=3, confirm="2x1"), now=START)
    planned = plan(study, default_point, contenders=by_score)
    assert isinstance(planned, NewTrial)
    study = study.propose(planned.params, begins=planned.begins)
    assert model_of(study) == study.trial(1)  # until it is confirmed

    study = confirmed(ended(study, 3, 0.95), true_score)
    assert trained(study) == [*seen, (3, 3), (1, 3), (3, 4)]
    assert [each.replicate for each in confirmation(study).replicates] == [3, 3, 4]


def test_another_effort_is_another_confirmation_on_fresh_seeds() -> None:
    study = confirmed(searched(0.9, 0.8, confirm="1x2", trials=2), true_score)
    study = confirmed(study.limited(Limits(trials=2, confirm="1x3"), now=START), true_score)
    assert trained(study) == [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5)]


def test_without_a_candidate_that_is_dropped_it_begins_anew() -> None:
    study = confirmed(searched(0.9, 0.8, 0.7, confirm="2x1", trials=3), true_score)
    study = study.limited(Limits(trials=2, confirm="2x1"), now=START).enter(Dropped(1), now=START)
    study = confirmed(study, true_score)
    assert trained(study)[3:] == [(2, 3), (3, 3), (3, 4)]


def test_a_round_has_to_end_before_the_next_one_begins() -> None:
    study = searched(0.99, 0.96, confirm="2x2", trials=2)
    for of, replicate in [(1, 1), (2, 1), (1, 2), (2, 2)]:
        planned = plan(study, default_point, contenders=by_score)
        assert isinstance(planned, Replicate) and (planned.of, planned.replicate) == (of, replicate)
        study = study.replicate(of, replicate, worker=planned.worker, begins=planned.begins)
        if replicate == 1 or of == 1:
            study = ended(study, study.replicates[-1].number, 0.9)
    assert confirmation(study).next is None
    assert not confirmation(study).is_over
    assert plan(study, default_point, contenders=by_score) == Wait()


def test_hours_of_training_leave_enough_for_the_confirmation_and_it_ends_with_them() -> None:
    study = study_of(0.9, 0.8, budget=40)  # of a minute each
    for hours, comes in [(7.9 / 60, Replicate), (8.1 / 60, NewTrial)]:
        asked = study.limited(Limits(trials=40, max_hours=hours, confirm="2x2"), now=START)
        assert isinstance(plan(asked, default_point, contenders=by_score), comes)
    spent = study.limited(Limits(trials=40, max_hours=2 / 60, confirm="2x2"), now=START)
    end = plan(spent, default_point, contenders=by_score)
    assert isinstance(end, End) and end.reason == "0.03 hours of training are spent, of 0.0333333"


def test_the_models_that_measure_are_wanted_until_they_are_tested() -> None:
    study = searched(0.9, 0.8, confirm="1x3", trials=2)
    assert models_wanted(study) == ()
    study = confirmed(study, true_score)
    assert [each.number for each in models_wanted(study)] == [-1, -2, -3]
    study = study.record_test_of_replicate(TestResult(number=-1, metrics={}))
    study = study.record_test(TestResult(number=-2, metrics={}))
    assert [each.number for each in models_wanted(study)] == [-3]


def test_the_best_trial_is_the_winner_once_it_is_measured() -> None:
    study = searched(0.99, 0.96, 0.95, 0.80, confirm="3x2")
    assert best_trial(study) == study.trial(1)
    study = confirmed(study, true_score)
    assert best_trial(study) == study.trial(3)
    unmeasured = confirmed(
        searched(0.99, 0.96, 0.95, 0.80, confirm="3x2"), lambda each: None if each.replicate > 2 else true_score(each)
    )
    assert best_trial(unmeasured) == unmeasured.trial(1)


def test_confirmations_are_counted_from_the_first_replicate_of_each() -> None:
    study = searched(0.9, 0.8, 0.7, confirm="2x1", trials=3)
    assert confirmations_begun(study) == 0
    study = confirmed(study, true_score)
    assert confirmations_begun(study) == 1
    study = confirmed(study.limited(Limits(trials=2, confirm="1x3"), now=START), true_score)
    assert confirmations_begun(study) == 2
    study = study.enter(Dropped(1), now=START)
    assert confirmations_begun(study) == 2
    assert confirmations_begun(confirmed(study, true_score)) == 3
