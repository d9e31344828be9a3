"""Points as the kernel compares them: coordinates for its joint part, features for the main effects."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular

from job.proposals.additive_gp.axes import Axis
from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.additive_gp.matern import matern52
from job.proposals.draws import Floats

Indices = NDArray[np.intp]

_MIDDLE = 0.5
_MAIN_LENGTH = 0.5  # of a main effect, along an axis of length 1
_MAIN_PLACES = 8  # along an axis, by whose values a main effect is told
_MAIN_JITTER = 1e-10
_TABLED = 1000  # so many values of an axis are encoded once


@dataclass(frozen=True, eq=False)
class Encoded:
    """Points, one a row: coordinates, of shape (n_points, n_coordinates), and features (n_points, n_features)."""

    coordinates: Floats
    features: Floats

    def __len__(self) -> int:
        return len(self.coordinates)

    def __getitem__(self, rows: slice | Indices) -> "Encoded":
        return Encoded(self.coordinates[rows], self.features[rows])

    def __add__(self, other: "Encoded") -> "Encoded":
        """Return these points and then the others."""
        coordinates = np.vstack([self.coordinates, other.coordinates])
        return Encoded(coordinates, np.vstack([self.features, other.features]))


@dataclass(frozen=True)
class Encoder:
    """How the points of a space are encoded, axis by axis.

    As a coordinate, a number is its position. It stands in the middle where it is inactive, so that this part of its
    distance from other points is the same whatever they have (imputation, as in Lévesque, Durand, Gagné and Sabourin
    2017, "Bayesian optimization for conditional hyperparameter spaces"). A category is as far from one as from any
    other (Hutter, Hoos and Leyton-Brown 2011, "Sequential model-based optimization for general algorithm
    configuration"). What is counted is compared at what there is alone, and not in between (Garrido-Merchán and
    Hernández-Lobato 2020, "Dealing with categorical and integer-valued variables in Bayesian optimization with Gaussian
    processes").

    The features of an axis are such that their products are the covariance of its main effect: for a number a Matérn
    kernel, told by its values at a few places (Williams and Seeger 2001, "Using the Nyström method to speed up kernel
    machines"), for a category a value of its own. What is inactive has no main effect: all features are 0.
    """

    points: Coordinates

    @cached_property
    def axis_of_coordinate(self) -> Indices:
        """The axis of each coordinate."""
        return np.repeat(np.arange(len(self._axes)), [each.n_coordinates for each in self._axes])

    @cached_property
    def axis_of_feature(self) -> Indices:
        """The axis of each feature."""
        return np.repeat(np.arange(len(self._axes)), [each.n_features for each in self._axes])

    def encode(self, rows: Floats) -> Encoded:
        """Return rows of codes, of shape (n_points, n_axes), encoded."""
        parts = [each.encode(codes) for each, codes in zip(self._axes, rows.T, strict=True)]
        return Encoded(np.hstack([each for each, _ in parts]), np.hstack([each for _, each in parts]))

    @cached_property
    def _axes(self) -> tuple["_AxisEncoder", ...]:
        return tuple(_AxisEncoder(axis) for axis in self.points.axes)


@dataclass(frozen=True)
class _AxisEncoder:
    axis: Axis

    @property
    def n_coordinates(self) -> int:
        return 1 if self.axis.is_ordered else self._levels

    @property
    def n_features(self) -> int:
        return len(self._places) if self.axis.is_ordered else self._levels

    def encode(self, codes: Floats) -> tuple[Floats, Floats]:
        """Return coordinates and features of codes, both with a row for each."""
        if self._table is None:
            return self._coordinates(codes), self._features(codes)
        coordinates, features = self._table
        entries = np.where(np.isnan(codes), self._levels, codes).astype(int)
        return coordinates[entries], features[entries]

    @cached_property
    def _table(self) -> tuple[Floats, Floats] | None:
        """What each code is encoded as, and then what is inactive; None where there are too many."""
        if self.axis.levels is None or self.axis.levels > _TABLED:
            return None
        codes = np.append(np.arange(float(self.axis.levels)), np.nan)
        return self._coordinates(codes), self._features(codes)

    @property
    def _levels(self) -> int:
        return self.axis.levels or 0

    @cached_property
    def _places(self) -> Floats:
        return np.linspace(0.0, 1.0, min(_MAIN_PLACES, self._levels or _MAIN_PLACES))

    @cached_property
    def _root(self) -> Floats:
        """The Cholesky factor of the covariance of a main effect between its places."""
        covariance = self._covariance(self._places)
        root: Floats = cholesky(covariance + _MAIN_JITTER * np.eye(len(covariance)), lower=True)
        return root

    def _coordinates(self, codes: Floats) -> Floats:
        if not self.axis.is_ordered:
            return math.sqrt(0.5) * self._indicators(codes)  # two categories are at a distance of 1
        return self._positions(codes)[:, None]

    def _features(self, codes: Floats) -> Floats:
        if not self.axis.is_ordered:
            return self._indicators(codes)
        covariance = self._covariance(self._positions(codes))
        features: Floats = solve_triangular(self._root, covariance.T, lower=True).T
        features[np.isnan(codes)] = 0.0
        return features

    def _positions(self, codes: Floats) -> Floats:
        """Return positions, in the middle where a code is NaN."""
        return np.where(np.isnan(codes), _MIDDLE, self.axis.positions(np.nan_to_num(codes)))

    def _covariance(self, positions: Floats) -> Floats:
        return matern52(((positions[:, None] - self._places[None, :]) / _MAIN_LENGTH) ** 2)

    def _indicators(self, codes: Floats) -> Floats:
        return np.equal(codes[:, None], np.arange(self._levels)[None, :]).astype(float)
