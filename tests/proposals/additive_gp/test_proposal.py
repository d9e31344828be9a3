"""The point that a study would try next."""

from dataclasses import replace

import pytest
from numpy.random import RandomState

from job.core.space import Integer, Params, Space
from job.core.study import Study
from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.additive_gp.encoding import Encoder
from job.proposals.additive_gp.fit import model_of
from job.proposals.propose import propose
from tests.fakes import START, study_of
from tests.proposals.additive_gp.examples import LINE, MIXED, drawn_rows

TRIED = (0.0, 0.2, 0.35, 0.5, 0.75, 1.0)


def begun(space: Space, *, seed: int = 7) -> Study:
    """Return a study of a space in which the surrogate is asked for each point."""
    settings = study_of(objective="val_loss:min").fingerprint
    return Study(
        fingerprint=replace(settings, space=space, default={}, surrogate="additive-gp", initial_points=0, seed=seed)
    )


def scored(study: Study, params: Params, loss: float) -> Study:
    study = study.propose(params)
    return study.complete(len(study.trials), ({"val_loss": loss},), seconds=1.0, now=START, model_sha256="")


def on_line(*, factor: float = 1.0, noise: float = 0.0, times: int = 1, seed: int = 7) -> Study:
    study, chance = begun(LINE, seed=seed), RandomState(0)
    for x in TRIED * times:
        study = scored(study, {"x": x}, factor * ((x - 0.6) ** 2 + noise * chance.standard_normal()))
    return study


def proposed(study: Study, fixed: Params | None = None) -> Params:
    point = propose(study, fixed)
    assert point is not None
    study.fingerprint.space.check(point)
    return point


def is_repeat(study: Study, point: Params) -> bool:
    encoder = Encoder(Coordinates(study.fingerprint.space))
    return bool(model_of(study).are_repeats(encoder.encode(encoder.points.rows([point])))[0])


def test_it_is_near_the_best_and_the_same_when_asked_again() -> None:
    point = proposed(on_line())

    assert 0.5 < float(point["x"]) < 0.75
    assert proposed(on_line()) == point != proposed(on_line(seed=8))


@pytest.mark.parametrize("factor", [2.0**-900, 2.0**10, 2.0**900])
def test_it_does_not_hang_on_the_unit_of_the_losses(factor: float) -> None:
    assert proposed(on_line(factor=factor)) == proposed(on_line())


def test_values_that_are_fixed_are_in_it_to_the_last_digit() -> None:
    points = Coordinates(MIXED)
    study = begun(MIXED)
    for number, row in enumerate(drawn_rows(points, 6)):
        study = scored(study, points.point(row), 0.1 * number)

    for fixed in ({"momentum": 1 / 3}, {"rate": 0.1 / 3, "nesterov": True}):
        point = proposed(study, fixed)
        assert {name: point[name] for name in fixed} == fixed


def test_points_that_are_tried_beside_each_other_are_told_apart() -> None:
    study, points = on_line(noise=0.02), []
    for _ in range(4):
        points.append(proposed(study))
        assert not is_repeat(study, points[-1])
        study = study.propose(points[-1])
        assert is_repeat(study, points[-1])


def test_where_nothing_can_be_learnt_but_noise_there_is_a_point_all_the_same() -> None:
    study, chance = begun(Space((Integer("n", 0, 60),))), RandomState(0)
    for n in (0, 15, 30, 45, 60) * 4:
        study = scored(study, {"n": n}, chance.standard_normal())

    point = proposed(study)

    assert all(is_repeat(study, {"n": n}) for n in range(0, 61, 3))
    assert point["n"] not in (0, 15, 30, 45, 60)
