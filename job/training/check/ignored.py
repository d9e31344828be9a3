"""Which dimensions seem to change nothing: points that differ in one alone, and in no trait."""

from collections.abc import Iterator, Mapping
from itertools import combinations

from job.core.space import Params, Space

Traits = Mapping[str, str | None]  # by what they are of; None for one that cannot be told


def ignored(space: Space, points: Mapping[int, Params], traits: Mapping[int, Traits]) -> dict[str, tuple[int, ...]]:
    """Return the dimensions of which no value that was tried changes a trait, with the indices of the points.

    One with a trait that cannot be told, or of which fewer than two values were tried, is not among them.
    """
    found: dict[str, tuple[int, ...]] = {}
    known = {index: points[index] for index in traits}
    for name in space.names:
        pairs = [*_pairs(space, known, name)]
        if pairs and all(_alike(traits[one], traits[other]) for one, other in pairs):
            found[name] = tuple(sorted({index for pair in pairs for index in pair}))
    return found


def _pairs(space: Space, points: Mapping[int, Params], name: str) -> Iterator[tuple[int, int]]:
    """Yield the points that differ in this dimension, and else only in what depends on it."""
    dependent = {name, *_dependent(space, name)}
    for one, other in combinations(points, 2):
        first, second = points[one], points[other]
        if name in first and name in second and first[name] != second[name]:
            rest = {*first, *second} - dependent
            if all(first.get(each) == second.get(each) for each in rest):
                yield one, other


def _dependent(space: Space, name: str) -> set[str]:
    """Return the dimensions that are there only with some values of this one."""
    return {each for each in space.names if name in space.needed([each])}


def _alike(one: Traits, other: Traits) -> bool:
    return None not in {*one.values(), *other.values()} and one == other
