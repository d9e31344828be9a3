"""What surrogates hear of trials that have stopped at a rung: how these are thought to end, and how sure that is."""

from dataclasses import replace
from io import BytesIO
from itertools import islice

import pytest
import skopt

from job.core.evidence import fitting
from job.core.known import Known
from job.core.trial import Status
from job.proposals.contenders import contenders
from job.proposals.designs import random_points
from job.proposals.expectation import expected_of
from job.proposals.propose import propose
from job.proposals.result import dump_result, load_result
from job.proposals.surrogate import FittedSurrogate, fit_surrogate
from job.proposals.told import heard, told
from job.pruning.prospects import prospects
from job.state.result_stamp import bears_stamp_of
from tests.pruning.curves import Curve, search_of

ENDED = [[0.1 + 0.1 * place * share for share in (0.2, 0.4, 0.6, 0.8, 1.0)] for place in (3, 1, 4, 0, 7, 6, 2, 5)]
STOPPED = [[0.12, 0.15], [0.2, 0.3, 0.4], [0.11]]


def search(*curves: Curve, direction: str = "max", surrogate: str = "additive-gp") -> Known:
    """Return a search of trials at points all over its space, the surrogate of which is asked for the next."""
    signed = ([score if direction == "max" else -score for score in curve] for curve in curves)
    known = search_of(*signed, objective=f"val_accuracy:{direction}")
    fingerprint = replace(known.fingerprint, surrogate=surrogate, initial_points=0, design="sobol", default={})
    points = islice(random_points(fingerprint.space, 0, {}), len(curves))
    trials = tuple(replace(trial, params=point) for trial, point in zip(known.trials, points, strict=True))
    return replace(known, fingerprint=fingerprint, trials=trials)


def completed(known: Known, number: int, score: float) -> Known:
    """Return a search, one trial of which has completed with a score, without having been at a rung."""
    history = ({"val_accuracy": score},) * known.fingerprint.epochs
    ended = replace(known.trial(number), status=Status.COMPLETED, rungs=(), history=history)
    return replace(known, trials=(*known.trials[: number - 1], ended, *known.trials[number:]))


def fitted(known: Known) -> FittedSurrogate:
    surrogate = fit_surrogate(known)
    assert surrogate is not None
    return surrogate


@pytest.mark.parametrize("direction", ["max", "min"])
def test_one_that_has_stopped_is_heard_of_with_the_loss_that_it_is_thought_to_end_with(direction: str) -> None:
    known = search(*ENDED[:4], *STOPPED, *ENDED[4:], direction=direction)

    found, (numbers, losses) = prospects(known), told(known, with_lies=False)

    assert numbers == list(range(1, 12))
    assert losses[4:7] == [found[number].loss for number in (5, 6, 7)]
    assert [each.trial.number for each in heard(known)] == [1, 2, 3, 4, 8, 9, 10, 11, 5, 6, 7]
    assert [each.deviation for each in heard(known)] == [0.0] * 8 + [found[number].deviation for number in (5, 6, 7)]


def test_the_direction_of_the_objective_changes_no_proposal() -> None:
    more, less = (search(*ENDED, *STOPPED, direction=direction) for direction in ("max", "min"))

    point = propose(more)

    assert point is not None and point == propose(less) == propose(more)
    expected, expected_less = expected_of(more, point), expected_of(less, point)
    assert expected is not None and expected_less == replace(expected, score=-expected.score)


def test_of_stopped_ones_beside_a_single_end_nothing_is_heard_and_the_design_goes_on() -> None:
    known = search(ENDED[0], *STOPPED)

    assert told(known, with_lies=True) == ([1], [-ENDED[0][-1]])
    assert propose(known) == propose(search(ENDED[0], *STOPPED[::-1]))
    assert fit_surrogate(known) is None
    result = skopt.load(BytesIO(dump_result(known, with_model=False)))
    assert (len(result.x_iters), "stopped" in result.hpo_job) == (1, False)


def test_with_two_ends_the_surrogate_hears_of_all_that_have_stopped() -> None:
    known = search(ENDED[0], ENDED[1], *STOPPED * 6)

    point = propose(known)

    assert fitted(known).numbers == tuple(range(1, 21))
    assert point is not None and point == propose(known)
    assert point not in [trial.params for trial in known.trials]


@pytest.mark.parametrize("surrogate", ["additive-gp", "RF"])
def test_the_surrogate_learns_from_where_trials_have_stopped(surrogate: str) -> None:
    """The better one was at its rung, the more is expected at its point."""
    poor, good = (search(*ENDED, *STOPPED, [score] * 3, surrogate=surrogate) for score in (0.1, 0.65))

    means = [fitted(each).predict([each.trials[-1].params])[0][0] for each in (poor, good)]

    assert means[0] < means[1] - 0.02


def test_a_prediction_that_is_not_sure_counts_less_than_an_end() -> None:
    known = search(*ENDED, *STOPPED)
    place = [known.trials[-1].params]
    loss = prospects(known)[11].loss

    stopped, ended = (fitted(each).predict(place) for each in (known, completed(known, 11, -loss)))

    without = fitted(replace(known, trials=known.trials[:-1])).predict(place)
    assert abs(stopped[0][0] - without[0][0]) < abs(ended[0][0] - without[0][0])
    assert ended[1][0] < stopped[1][0] < 1.2 * without[1][0]


def test_a_surrogate_fitted_without_some_knows_how_sure_the_others_are() -> None:
    known = search(*ENDED, *STOPPED, ENDED[0])
    elsewhere, dropped = (
        replace(
            known, trials=(*known.trials[:-1], replace(known.trial(12), status=status, rungs=(), imported_value=0.2))
        )
        for status in (Status.IMPORTED, Status.DROPPED)
    )
    places = [trial.params for trial in known.trials]

    mean, deviation = fitted(elsewhere).without([11]).predict(places)

    other_mean, other_deviation = fitted(dropped).predict(places)
    assert (mean.tolist(), deviation.tolist()) == (other_mean.tolist(), other_deviation.tolist())


def test_no_contender_has_stopped() -> None:
    known = search(*ENDED, [0.9, 0.9, 0.9, 0.9])  # which was better at its rung than any other

    assert sorted(contenders(known, 20)) == list(range(1, 9))


def test_a_result_names_those_that_have_stopped_and_none_of_them_is_its_best() -> None:
    """The first one is thought to end better than any has ended."""
    known = search([0.99] * 4, *[[0.1, 0.12]] * 12, *ENDED[:3])

    result = skopt.load(BytesIO(dump_result(known, with_model=False)))

    numbers, losses = told(known, with_lies=False)
    assert min(losses) == losses[0]
    assert result.hpo_job["stopped"] == list(range(13))
    assert result.func_vals.tolist() == losses and len(numbers) == 16
    assert known.best is not None and result.fun == known.best.loss(known.fingerprint.objective)
    assert result.x == list(known.fingerprint.space.values(known.best.params))


def test_what_has_stopped_in_a_result_is_no_evidence() -> None:
    known = search(*ENDED, *STOPPED)

    found = load_result(dump_result(known, with_model=False), known.fingerprint, source="result.joblib")

    taken, evidence = fitting(found, known.fingerprint)
    assert ([value for _, value in taken], evidence.left_out) == ([curve[-1] for curve in ENDED], {"stopped": 3})
    assert found.has_scores and not replace(found, trials=found.trials[8:]).has_scores


def test_a_result_is_not_that_of_a_search_whose_stopped_trial_has_come_further() -> None:
    known, further = search(*ENDED, *STOPPED), search(*ENDED, *STOPPED[:2], [0.11, 0.12])

    data = dump_result(known, with_model=True)

    assert bears_stamp_of(known, data) and not bears_stamp_of(further, data)
