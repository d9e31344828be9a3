"""Points as the kernel compares them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.gaussian_process.kernels import Matern

from job.core.space import Categorical, Dimension, Integer, Ordinal, Params, Real, Space
from job.proposals.additive_gp import encoding
from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.additive_gp.encoding import Encoded, Encoder
from job.proposals.draws import Floats
from tests.proposals.additive_gp.examples import MIXED, drawn_rows, encoded_on

MAIN_LENGTH = 0.5


def encoded(dimension: Dimension, *values: object) -> Encoded:
    return encoded_on(Space((dimension,)), [{dimension.name: each} for each in values])  # type: ignore[dict-item]


def covariance(positions: Floats) -> Floats:
    """Return that of a main effect, by scikit-learn."""
    found: Floats = Matern(length_scale=MAIN_LENGTH, nu=2.5)(positions[:, None])
    return found


def test_every_two_categories_are_at_a_distance_of_1() -> None:
    coordinates = encoded(Categorical("c", ("a", 1, 2.5)), "a", 1, 2.5).coordinates

    assert cdist(coordinates, coordinates) == pytest.approx(1.0 - np.eye(3))


def test_neighbours_in_an_order_are_nearer_than_its_ends() -> None:
    coordinates = encoded(Ordinal("size", ("small", "medium", "large")), "small", "medium", "large").coordinates

    assert list(coordinates[:, 0]) == [0.0, 0.5, 1.0]


def test_a_category_has_a_main_effect_of_its_own() -> None:
    features = encoded(Categorical("c", ("a", "b", "c")), "a", "b", "c", "b").features

    assert (features @ features.T).tolist() == [[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 1, 0, 1]]


@pytest.mark.parametrize(
    ("dimension", "allowed"),
    [
        (Real("x", -2.0, 5.0), 0.01),
        (Real("x", 1e-6, 1e-2, "log-uniform"), 0.01),
        (Integer("x", 1, 512, "log-uniform"), 0.01),
        (Integer("x", 1, 10**6, "log-uniform"), 0.01),
        (Integer("x", 3, 8), 1e-8),  # told by its values at all places that there are
        (Ordinal("x", ("s", "m", "l")), 1e-8),
    ],
    ids=repr,
)
def test_products_of_features_are_the_covariance_of_a_main_effect(dimension: Dimension, allowed: float) -> None:
    points = Coordinates(Space((dimension,)))
    rows = np.unique(drawn_rows(points, 60), axis=0)

    features = Encoder(points).encode(rows).features

    positions = points.axes[0].positions(rows[:, 0])
    assert features @ features.T == pytest.approx(covariance(positions), abs=allowed)


def test_what_is_inactive_has_no_main_effect_and_the_same_distance_from_others_whatever_they_have() -> None:
    inactive: Params = {"rate": 1e-3, "optimizer": "adam", "units": 8, "size": "small", "dropout": 0.0}
    active = [
        {**inactive, "optimizer": "sgd", "momentum": momentum, "nesterov": nesterov}
        for momentum in (0.0, 0.99)
        for nesterov in (True, False)
    ]
    encoder = Encoder(Coordinates(MIXED))
    points = encoder.encode(encoder.points.rows([inactive, *active]))
    names = [axis.dimension.name for axis in encoder.points.axes]

    for axis in (names.index("momentum"), names.index("nesterov")):
        features = points.features[:, encoder.axis_of_feature == axis]
        assert not features[0].any() and features[1:].any(axis=1).all()
        coordinates = points.coordinates[:, encoder.axis_of_coordinate == axis]
        distances = cdist(coordinates[:1], coordinates[1:])
        assert distances == pytest.approx(distances[0, 0]) and 0 < distances[0, 0] < 1


@pytest.mark.parametrize(
    "dimension",
    [
        Integer("x", 1, 40, "log-uniform"),
        Real("x", 0.0, 2.0, step=0.25),
        Ordinal("x", ("s", "m", "l")),
        Categorical("x", (True, "a", 3, 2.5)),
    ],
    ids=repr,
)
def test_an_axis_that_is_looked_up_is_encoded_as_one_that_is_reckoned(
    dimension: Dimension, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = Coordinates(Space((Categorical("on", (True, False)), replace(dimension, when={"on": [True]}))))
    rows = drawn_rows(points, 100)
    assert np.isnan(rows).any()
    looked_up = Encoder(points).encode(rows)
    monkeypatch.setattr(encoding, "_TABLED", 0)

    reckoned = Encoder(points).encode(rows)

    assert looked_up.coordinates == pytest.approx(reckoned.coordinates, abs=1e-12)
    assert looked_up.features == pytest.approx(reckoned.features, abs=1e-12)


def test_columns_belong_to_the_axes_in_their_order() -> None:
    encoder = Encoder(Coordinates(MIXED))
    points = encoder.encode(drawn_rows(encoder.points, 4))

    assert encoder.axis_of_coordinate.tolist() == [0, 1, 1, 1, 2, 3, 3, 4, 5, 6]
    assert np.bincount(encoder.axis_of_feature).tolist() == [8, 3, 8, 2, 8, 3, 6]
    assert points.coordinates.shape == (4, 10) and points.features.shape == (4, 38)


def test_points_are_chosen_and_joined_with_coordinates_and_features() -> None:
    points = encoded(Real("x", 0.0, 1.0), 0.0, 0.25, 1.0)

    joined = points[:1] + points[np.array([2])]

    assert joined.coordinates.tolist() == [[0.0], [1.0]]
    assert joined.features.tolist() == points.features[[0, 2]].tolist()
    assert len(joined) == 2


def test_no_points_are_encoded_as_no_rows() -> None:
    points = encoded_on(MIXED, [])

    assert points.coordinates.shape == (0, 10) and points.features.shape == (0, 38)
