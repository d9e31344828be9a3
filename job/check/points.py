"""Which points of a space are tried before a search, the most telling ones first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from job.core.space import Categorical, Dimension, Params, Space, Value
from job.proposals.draws import points_at

_N_RANDOM = 3


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A point that is tried, and why; `is_telling` where what it costs tells of other points too."""

    params: Params
    reason: str
    is_telling: bool = False


def probes(space: Space, given: Sequence[Params], *, seed: int) -> tuple[Probe, ...]:
    """Return the points to try, each once.

    They are those that are `given`, else the middle; then all numbers together at their ends; all categories, so each
    branch of each condition too; each number by itself at its ends; and random points.
    """
    found: list[Probe] = []
    for each in _all(space, given, seed):
        if not any(each.params == other.params for other in found):
            found.append(each)
    return tuple(found)


def _all(space: Space, given: Sequence[Params], seed: int) -> Iterator[Probe]:
    begin = dict(given[0]) if given else space.completed({})
    yield Probe(params=begin, reason="the default point" if given else "the middle of each dimension", is_telling=True)
    for number, params in enumerate(given[1:], start=2):
        yield Probe(params=params, reason=f"point {number} of DEFAULT")
    yield from _corners(space, begin)
    for each in space.dimensions:
        if isinstance(each, Categorical):
            yield from _of_one(space, begin, each, each.categories)
    for each in space.dimensions:
        if not isinstance(each, Categorical):
            yield from _of_one(space, begin, each, (each.low, each.high))
    quantiles = np.random.default_rng(seed).random((len(space.dimensions), _N_RANDOM))
    for number, params in enumerate(points_at(space, quantiles), start=1):
        yield Probe(params=params, reason=f"random point {number}")


def _corners(space: Space, begin: Params) -> Iterator[Probe]:
    """Yield the points with every number at its upper end, and at its lower one: the largest model is often there."""
    numbers = [each for each in space.active(begin) if not isinstance(each, Categorical)]
    for name in ("upper", "lower"):
        ends = {each.name: each.high if name == "upper" else each.low for each in numbers}
        yield Probe(
            params=space.completed({**begin, **ends}), reason=f"every number at its {name} end", is_telling=True
        )


def _of_one(space: Space, begin: Params, dimension: Dimension, values: Sequence[Value]) -> Iterator[Probe]:
    """Yield the points that have these values of one dimension, and else those of `begin` as far as they go with it."""
    needed = space.needed([dimension.name])
    parents = {name: begin[name] if begin.get(name) in among else among[0] for name, among in needed.items()}
    where = "".join(f", {name} {value}" for name, value in parents.items())
    for value in values:
        params = space.completed({**begin, **parents, dimension.name: value})
        yield Probe(params=params, reason=f"{dimension.name} {value}{where}")
