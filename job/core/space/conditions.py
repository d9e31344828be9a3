"""Whether the conditions of dimensions fit together, and the order in which they can be asked."""

from collections.abc import Iterable, Mapping, Sequence

from job.core.space.dimensions import Categorical, Dimension
from job.core.space.summary import describe
from job.core.space.when import is_among
from job.core.values import Value, shown
from job.errors import SettingsError


def check_conditions(dimensions: Sequence[Dimension]) -> None:
    """Raise SettingsError unless each condition is on values of another dimension, and none goes round in a circle."""
    named = {each.name: each for each in dimensions}
    for each in dimensions:
        for name, values in each.when.items():
            _check_condition(each, name, values, named)
    if circle := _circle(dimensions):
        raise SettingsError(f"{circle[0]}: when: expected no circle of conditions, found {' → '.join(circle)}")


def parents_first(dimensions: Sequence[Dimension]) -> tuple[Dimension, ...]:
    """Return the dimensions in their order, but for those that are conditions of others, which come before them.

    What is in a circle, or behind one, is left out.
    """
    placed: dict[str, Dimension] = {}
    while ready := [
        each for each in dimensions if each.name not in placed and all(name in placed for name in each.when)
    ]:
        placed[ready[0].name] = ready[0]
    return tuple(placed.values())


def needed(names: Iterable[str], named: Mapping[str, Dimension]) -> dict[str, tuple[Value, ...]]:
    """Return which values of which other dimensions make these ones active, of dimensions by their names.

    There is an empty tuple where they never are so at once.
    """
    found: dict[str, tuple[Value, ...]] = {}
    pending = list(names)
    while pending:
        for name, values in named[pending.pop()].when.items():
            among = found.get(name, tuple(values))
            found[name] = tuple(each for each in among if is_among(each, values))
            pending.append(name)
    return found


def _check_condition(dimension: Dimension, name: str, values: Sequence[object], named: dict[str, Dimension]) -> None:
    where = f"{dimension.name}: when"
    if name not in named:
        raise SettingsError(
            f"{where}: there is no dimension {shown(name)}", hint=f"the dimensions are {', '.join(named)}"
        )
    parent = named[name]
    if not isinstance(parent, Categorical):
        raise SettingsError(f"{where}: {name}: expected a dimension with categories, found {describe(parent)}")
    for value in values:
        if not is_among(value, parent.categories):
            raise SettingsError(f"{where}: {name}: {shown(value)} is outside {describe(parent)}")


def _circle(dimensions: Sequence[Dimension]) -> list[str]:
    """Return the names along a circle of conditions, the first one at the end again; nothing where there is none."""
    placed = {each.name for each in parents_first(dimensions)}
    left = {each.name: each for each in dimensions if each.name not in placed}
    path: list[str] = []
    name = next(iter(left), "")
    while name and name not in path:
        path.append(name)
        name = next(each for each in left[name].when if each in left)
    return [*path[path.index(name) :], name] if name else []
