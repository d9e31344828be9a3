"""The surrogate: what trials tell of the loss anywhere."""

import numpy as np
import pytest
from numpy.random import RandomState

from job.proposals.additive_gp.acquisition import ACQUISITIONS
from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.additive_gp.encoding import Encoder
from job.proposals.additive_gp.model import Model, Scores, fit_model
from job.proposals.draws import Floats
from tests.proposals.additive_gp.examples import LINE, MIXED, drawn_rows, encoded_on, model_on_line, on_line

BOWL = {x: (x - 0.6) ** 2 for x in (0.0, 0.2, 0.35, 0.5, 0.75, 0.9, 1.0)}
GRID = np.linspace(0.0, 1.0, 101)
ON_GRID = on_line(*GRID)


def parameters(model: Model) -> Floats:
    """Return the hyper-parameters of each of its processes, one a row."""
    kernels = [each.kernel for each in model.posteriors]
    return np.log([[*each.weights, each.joint, *each.main, each.noise] for each in kernels])


def mixed_model(count: int, seed: int = 0) -> Model:
    encoder = Encoder(Coordinates(MIXED))
    rows = drawn_rows(encoder.points, count)
    losses = (rows[:, 0] - 0.3) ** 2 + 0.2 * (rows[:, 1] != 1) + 0.05 * RandomState(1).standard_normal(count)
    return fit_model(encoder, scores=Scores(rows, losses, 0 * losses), failed=rows[:0], seed=seed)


def test_losses_are_predicted_where_they_were_seen_and_between() -> None:
    losses = model_on_line(BOWL).loss(ON_GRID)

    assert abs(GRID[losses.argmin()] - 0.6) < 0.05
    assert losses[30:90] == pytest.approx((GRID[30:90] - 0.6) ** 2, abs=0.02)


def test_the_first_process_is_the_most_likely_one_and_the_others_are_drawn_around_it_by_the_seed() -> None:
    one, same, other = (mixed_model(20, seed) for seed in (0, 0, 1))

    assert len(one.posteriors) == 8
    assert parameters(one).tolist() == parameters(same).tolist()
    assert parameters(one)[0].tolist() == parameters(other)[0].tolist()
    distinct = np.vstack([parameters(one), parameters(other)[1:]])
    assert len(np.unique(distinct, axis=0)) == 15
    spread = np.std(parameters(one)[1:], axis=0)
    assert (spread > 0.05).all() and (spread < 2.0).all()


def test_with_more_points_there_are_fewer_processes() -> None:
    assert [len(mixed_model(count).posteriors) for count in (150, 151, 300)] == [8, 3, 2]


def test_mean_and_variance_are_those_of_the_mixture() -> None:
    model = model_on_line(BOWL)

    mean, variance = model.mean_and_variance(ON_GRID)

    means, variances = np.array([each.mean_and_variance(ON_GRID) for each in model.posteriors]).transpose(1, 0, 2)
    assert mean == pytest.approx(means.mean(axis=0))
    assert mean == pytest.approx(model.mean(ON_GRID))
    assert variance == pytest.approx((means**2 + variances).mean(axis=0) - mean**2, abs=1e-9)


def test_a_deviation_is_one_of_losses_in_their_unit() -> None:
    model, best = model_on_line(BOWL), on_line(0.55)

    loss, deviation = model.loss_and_deviation(best)

    mean, variance = model.mean_and_variance(best)
    assert mean + np.sqrt(variance) < model.warping.zero  # of the better half, where distances are kept
    assert deviation == pytest.approx(np.sqrt(variance) * model.warping.unit)
    assert loss == pytest.approx(model.loss(best))


def test_what_a_point_is_worth_is_averaged_over_the_processes_each_with_its_own_best() -> None:
    model = model_on_line(BOWL)

    worth = model.utility(ON_GRID, ACQUISITIONS["EI"])

    each = [
        np.exp(ACQUISITIONS["EI"].of(*posterior.mean_and_variance(ON_GRID), posterior.mean(model.tried).min()))
        for posterior in model.posteriors
    ]
    assert np.exp(worth) == pytest.approx(np.mean(each, axis=0))
    assert abs(GRID[worth.argmax()] - 0.6) < 0.1


def test_what_is_to_be_beaten_is_no_lucky_loss_but_the_lowest_mean() -> None:
    chance = RandomState(0)
    noisy = [(x, (x - 0.6) ** 2 + 0.3 * chance.standard_normal()) for x in np.linspace(0.0, 1.0, 21)]
    model = model_on_line(noisy)

    assert min(model.bests) > model.warping.warped.min() + 0.3
    assert model.bests[0] == model.posteriors[0].mean(model.tried).min()


def test_what_is_pending_keeps_what_comes_next_apart() -> None:
    model, chosen = model_on_line({0.0: 0.36, 0.3: 0.09, 1.0: 0.16}), []
    for seed in range(4):
        place = int(model.utility(ON_GRID, ACQUISITIONS["EI"]).argmax())
        chosen.append(GRID[place])
        model = model.given_pending(on_line(GRID[place]), seed)
        assert model.are_repeats(on_line(GRID[place]))[0]

    assert np.diff(sorted(chosen)).min() >= 0.02
    assert len(model.tried) == 3 + 4


def test_the_losses_of_pending_points_are_dreamt_by_each_process_and_by_the_seed() -> None:
    model, pending = model_on_line(BOWL), on_line(0.1, 0.62, 0.63)

    dreams = [
        np.array([each.losses[-3:] for each in model.given_pending(pending, seed).posteriors]) for seed in (0, 0, 1)
    ]

    assert dreams[0].tolist() == dreams[1].tolist() != dreams[2].tolist()
    assert len(np.unique(dreams[0][:, 0])) == 8
    # Of two that are next to each other the losses are drawn jointly, and so are as good as one.
    assert np.abs(dreams[0][:, 1] - dreams[0][:, 2]).max() < 0.5 * np.ptp(dreams[0][:, 0])
    many = [model.given_pending(pending, seed).posteriors[0].losses[-3:] for seed in range(300)]
    mean, covariance = model.posteriors[0].mean_and_covariance(pending)
    deviation = np.sqrt(np.diag(covariance))
    assert np.mean(many, axis=0) == pytest.approx(mean, abs=5 * deviation.max() / np.sqrt(300))
    assert np.std(many, axis=0) == pytest.approx(deviation, rel=0.2)


def test_without_pending_points_the_model_stays_as_it_is() -> None:
    model = model_on_line(BOWL)

    assert model.given_pending(on_line(), 0) is model


def test_what_is_nearly_a_known_point_is_a_repeat_and_what_is_not_is_none() -> None:
    points = [
        {"rate": 1e-3, "optimizer": optimizer, "units": 8, "size": "small", "dropout": 0.1}
        | ({"momentum": 0.5} if optimizer != "adam" else {})
        | ({"nesterov": True} if optimizer == "sgd" else {})
        for optimizer in ("adam", "sgd", "rmsprop")
    ]
    encoder = Encoder(Coordinates(MIXED))
    rows = np.vstack([drawn_rows(encoder.points, 20), encoder.points.rows(points[:1])])
    scores = Scores(rows[1:], rows[1:, 0] ** 2, np.zeros(20))
    model = fit_model(encoder, scores=scores, failed=rows[:1], seed=0)

    near = {**points[0], "rate": 1.0001e-3}
    far = {**points[0], "rate": 1e-1}
    repeats = model.are_repeats(encoded_on(MIXED, [points[0], near, far, *points[1:]]))

    assert repeats.tolist() == [True, True, False, False, False]
    assert model.are_repeats(encoder.encode(rows)).all()  # the failed one too


def test_the_noisier_the_losses_the_further_a_repeat_may_be() -> None:
    chance = RandomState(0)
    exact = [(x, (x - 0.6) ** 2) for x in np.linspace(0.0, 1.0, 12)]
    noisy = [(x, loss + 0.2 * chance.standard_normal()) for x, loss in exact]

    counts = [int(model_on_line(each).are_repeats(ON_GRID).sum()) for each in (exact, noisy)]

    assert 12 <= counts[0] + 12 < counts[1]


def test_points_that_are_repeated_with_other_losses_tell_of_noise() -> None:
    again = list(BOWL.items())
    apart = [(x, loss + sign * 0.2) for (x, loss), sign in zip(again, (1, -1, 1, -1, 1, -1, 1), strict=True)]

    exact, noisy = model_on_line(again + again), model_on_line(again + apart)

    assert noisy.posteriors[0].kernel.noise > 100 * exact.posteriors[0].kernel.noise
    assert noisy.mean_and_variance(on_line(0.5))[1] > exact.mean_and_variance(on_line(0.5))[1]
    _, with_noise = noisy.loss_and_deviation(on_line(0.5), with_noise=True)
    _, without = noisy.loss_and_deviation(on_line(0.5))
    assert with_noise[0] > 1.5 * without[0]


def test_a_point_that_was_tried_often_is_known_better_than_one_that_was_tried_once() -> None:
    chance = RandomState(0)
    losses = [(x, 0.2 * chance.standard_normal()) for x in (0.1, 0.3, 0.7, 0.9, *[0.3] * 8)]

    _, (once, often) = model_on_line(losses).loss_and_deviation(on_line(0.7, 0.3))

    assert often < 0.8 * once


def test_where_points_have_failed_the_loss_is_that_of_the_worst_and_nothing_is_worth_trying() -> None:
    falling = [(x, -x) for x in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)]
    failed = (0.6, 0.75, 0.9, 1.0)
    without, model = model_on_line(falling), model_on_line(falling, failed=failed)

    assert GRID[without.utility(ON_GRID, ACQUISITIONS["EI"]).argmax()] > 0.6
    assert GRID[model.utility(ON_GRID, ACQUISITIONS["EI"]).argmax()] < 0.6
    assert model.loss(on_line(*failed)) == pytest.approx(0.0, abs=0.1)
    assert model.warping.losses.tolist() == without.warping.losses.tolist()
    assert len(model.tried) == 6


def test_a_loss_that_is_sure_counts_as_one_that_is_known() -> None:
    known, sure = model_on_line(BOWL), model_on_line(BOWL, deviations={0.35: 1e-6, 0.9: 1e-6})

    assert sure.loss(ON_GRID) == pytest.approx(known.loss(ON_GRID), abs=1e-4)
    assert sure.utility(ON_GRID, ACQUISITIONS["EI"]).argmax() == known.utility(ON_GRID, ACQUISITIONS["EI"]).argmax()
    assert sure.bests == pytest.approx(known.bests, abs=1e-3)
    assert sure.are_repeats(on_line(0.35, 0.9)).all()


def test_the_less_sure_a_loss_is_the_less_it_counts() -> None:
    place, among = on_line(0.6), BOWL | {0.6: 0.08}

    known, unsure, vague = (model_on_line(among, deviations={0.6: each}) for each in (0.0, 0.08, 1.0))

    losses = [float(each.loss(place)[0]) for each in (known, unsure, vague)]
    assert losses[0] > losses[1] > losses[2]
    assert losses[0] > 0.04 and abs(losses[2]) < 0.005
    right = (model_on_line(BOWL | {0.6: 0.0}, deviations={0.6: each}) for each in (0.0, 0.1, 1.0))
    assert (np.diff([float(each.mean_and_variance(place)[1][0]) for each in right]) > 0).all()


def test_with_nothing_but_equal_losses_the_unknown_is_worth_most() -> None:
    model = model_on_line([(x, 0.5) for x in (0.0, 0.1, 0.2, 0.3)])

    assert GRID[model.utility(ON_GRID, ACQUISITIONS["EI"]).argmax()] > 0.6
    mean, deviation = model.loss_and_deviation(ON_GRID)
    assert set(mean) == {0.5} and not deviation.any()


def test_one_loss_is_enough_for_a_model() -> None:
    assert np.isfinite(model_on_line({0.5: 1.0}).utility(ON_GRID, ACQUISITIONS["EI"])).all()


@pytest.mark.parametrize("factor", [1e300, 1e-300])
def test_predictions_are_in_the_unit_of_the_losses(factor: float) -> None:
    model, scaled = (model_on_line({x: unit * loss for x, loss in BOWL.items()}) for unit in (1.0, factor))

    (mean, deviation), others = (each.loss_and_deviation(ON_GRID) for each in (model, scaled))

    assert others[0] / factor == pytest.approx(mean, abs=1e-6) and others[1] / factor == pytest.approx(
        deviation, abs=1e-6
    )


def test_of_very_many_points_the_best_half_and_some_of_all_others_are_reckoned_with() -> None:
    encoder = Encoder(Coordinates(LINE))
    rows = np.round(RandomState(0).random_sample((1700, 1)), 9)
    losses = np.abs(rows[:, 0] - 0.6) + 0.01 * RandomState(1).standard_normal(1700)

    model = fit_model(encoder, scores=Scores(rows, losses, 0 * losses), failed=rows[:0], seed=0)

    (posterior,) = model.posteriors
    are_kept = np.isin(rows[:, 0], posterior.points.coordinates[:, 0])
    others = np.flatnonzero(losses > np.sort(losses)[749])
    assert len(posterior.points) == are_kept.sum() == 1500 and len(model.tried) == 1700
    assert are_kept[losses <= np.sort(losses)[749]].all()
    assert set(np.diff(np.flatnonzero(~are_kept[others]))) <= {4, 5, 6}  # so many of each to one that is left out
    assert abs(GRID[model.loss(ON_GRID).argmin()] - 0.6) <= 0.02
