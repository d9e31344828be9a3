"""Evidence: trials that were scored elsewhere, as far as they fit a search, and where they come from."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from job.core.fingerprint import Fingerprint
from job.core.space import Categorical, Dimension, Integer, Params, Real, Value, describe
from job.core.trial import Status

_UNFINISHED = "unfinished"
_UNSCORED = (_UNFINISHED, Status.STOPPED, Status.FAILED, Status.DROPPED)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Where the trials of a study come from that were scored elsewhere, which are its first ones."""

    source: str  # the absolute path of a state directory or of a file, or the address of a state
    sha256: str  # of what was read there
    numbers: tuple[int, ...] = ()  # of the trials taken, as they are counted there
    left_out: Mapping[str, int] = field(default_factory=dict)  # how many others there are, by reason
    problem: str = ""  # that they were scored on; empty where that is not known
    data: str = ""  # SHA-256 of the arrays that they were trained and scored on; empty where that is not known
    epochs: int | None = None  # of each; None where that is not known


@dataclass(frozen=True, kw_only=True)
class OtherTrial:
    """A trial of another search: its point there, and its score by the metric of this one, or why it has none."""

    number: int  # from 1, as it is counted there
    params: Params
    value: float | None  # in natural units
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class OtherSearch:
    """What is known of another search."""

    source: str
    sha256: str
    trials: tuple[OtherTrial, ...]
    fixed: frozenset[str] = frozenset()  # the dimensions that have one value in all its points
    problem: str = ""
    is_of_same_problem: bool = False  # as far as is known
    data: str = ""
    epochs: int | None = None

    @property
    def has_scores(self) -> bool:
        """Whether any trial has been scored, be it by another metric."""
        return any(trial.reason not in _UNSCORED for trial in self.trials)


def without_score(status: str) -> str:
    """Return why a trial of this status, as it is told elsewhere, has no score."""
    return _UNFINISHED if status == Status.RUNNING else status


def fitting(search: OtherSearch, fingerprint: Fingerprint) -> tuple[tuple[tuple[Params, float], ...], Evidence]:
    """Return the points and scores of another search that are evidence for one of `fingerprint`, and their record.

    Of a point of that search, a value is passed over whose dimension is inactive here, or had no other value there and
    is none here. What it has no value for takes the only value that there is; for a built-in problem, where a dimension
    that is new was fixed at its default before, that one; otherwise it is not known what was trained, and it does not
    fit.
    """
    taken: list[tuple[Params, float]] = []
    numbers, left_out = list[int](), Counter[str]()
    for trial in search.trials:
        point = _point(trial, search, fingerprint)
        if isinstance(point, str):
            left_out[point] += 1
        elif trial.value is not None:
            taken.append((point, trial.value))
            numbers.append(trial.number)
    evidence = Evidence(
        source=search.source,
        sha256=search.sha256,
        numbers=tuple(numbers),
        left_out=dict(left_out),
        problem=search.problem,
        data=search.data,
        epochs=search.epochs,
    )
    return tuple(taken), evidence


def _point(trial: OtherTrial, search: OtherSearch, fingerprint: Fingerprint) -> dict[str, Value] | str:
    """Return the point here of a trial of another search, or why it does not fit."""
    if trial.value is None or not math.isfinite(trial.value):
        return trial.reason or "without a score"
    space = fingerprint.space
    if gone := [name for name in trial.params if name not in space.names and name not in search.fixed]:
        return f"with {gone[0]}, which is no dimension here"
    assumed = fingerprint.default if search.is_of_same_problem and fingerprint.own is None else {}
    assumed = {**assumed, **{each.name: each.at(0) for each in space.dimensions if _is_fixed(each)}}
    known = {**{name: value for name, value in assumed.items() if name not in trial.params}, **trial.params}
    point: dict[str, Value] = {}
    for each in space.active(known):
        if each.name not in known:
            return f"without a value for {each.name}"
        point[each.name] = _as_one_of(each, known[each.name])
        if point[each.name] not in each:
            return f"with {each.name} outside {describe(each)}"
    return point


def _is_fixed(dimension: Dimension) -> bool:
    return isinstance(dimension, Categorical) and dimension.size == 1


def _as_one_of(dimension: Dimension, value: Value) -> Value:
    """Return a number as the type that the values of a dimension have, where it is one of them."""
    match dimension:
        case Real() if isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        case Integer() if isinstance(value, float) and value.is_integer():
            return int(value)
    return value
