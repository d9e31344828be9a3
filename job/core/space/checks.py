"""What is asked of a dimension when it is made; each check raises a SettingsError that names it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, get_args

from job.core.space.when import When
from job.core.values import TEXT, Prior, Value, is_category, is_number, is_text, plain, shown
from job.errors import SettingsError

if TYPE_CHECKING:
    from job.core.space.dimensions import Categorical, Dimension, Integer, Real

# Random forests compute in 32-bit floats, and integers are drawn as 64-bit ones: this is safe with both.
_LARGEST_BOUND = 1e15
# Scikit-optimize multiplies the bounds of a logarithmic dimension with each other, and two of these do not underflow.
_SMALLEST_BOUND = 1e-30
# Between bounds that are closer than this share of them there are too few floats to choose from.
_SMALLEST_SHARE = 1e-9


def check_name(dimension: "Dimension") -> None:
    """Raise SettingsError unless a dimension has a name, which becomes Python's own text, and conditions, if it has."""
    name = plain(dimension.name)
    if not is_text(name) or {"=", ":"} & set(name):
        raise SettingsError(f"expected as name of a dimension {TEXT}, '=' and ':', found {shown(name)}")
    object.__setattr__(dimension, "name", name)
    object.__setattr__(dimension, "when", _checked_when(dimension))


def check_bounds(dimension: "Real | Integer") -> None:
    """Raise SettingsError unless all is in order with the bounds, which become Python's own numbers."""
    check_name(dimension)
    name, low, high = dimension.name, plain(dimension.low), plain(dimension.high)
    object.__setattr__(dimension, "low", low)
    object.__setattr__(dimension, "high", high)
    if dimension.prior not in get_args(Prior):
        raise SettingsError(f"{name}: expected one of {', '.join(get_args(Prior))}, found {shown(dimension.prior)}")
    if not (is_number(low) and is_number(high) and low < high):
        raise SettingsError(f"{name}: expected a lower bound below the upper one, {_found(dimension)}")
    if max(abs(low), abs(high)) > _LARGEST_BOUND:
        raise SettingsError(f"{name}: expected bounds within ±{_LARGEST_BOUND:.0e}, {_found(dimension)}")
    if dimension.prior == "log-uniform" and low <= 0:
        raise SettingsError(f"{name}: expected positive bounds for a log-uniform dimension, {_found(dimension)}")


def check_width(dimension: "Real") -> None:
    """Raise SettingsError where there are too few floats between the bounds."""
    name, low, high = dimension.name, dimension.low, dimension.high
    if dimension.prior == "log-uniform" and low < _SMALLEST_BOUND:
        raise SettingsError(
            f"{name}: expected bounds from {_SMALLEST_BOUND:.0e} on for a log-uniform dimension, {_found(dimension)}"
        )
    if high - low < max(_SMALLEST_BOUND, _SMALLEST_SHARE * max(abs(low), abs(high))):
        raise SettingsError(f"{name}: expected bounds that are further apart, {_found(dimension)}")


def check_whole(dimension: "Integer") -> None:
    """Raise SettingsError unless the bounds are whole numbers."""
    if not (isinstance(dimension.low, int) and isinstance(dimension.high, int)):
        raise SettingsError(f"{dimension.name}: expected whole numbers as bounds, {_found(dimension)}")


def check_step(dimension: "Real | Integer") -> None:
    """Raise SettingsError unless steps lead from the lower bound to the upper one; a step becomes Python's own."""
    if dimension.step is None:
        return
    name, low, high, step = dimension.name, dimension.low, dimension.high, plain(dimension.step)
    whole = isinstance(low, int)
    if not is_number(step) or (whole and not isinstance(step, int)) or step <= 0:
        raise SettingsError(f"{name}: expected as step a positive {'whole ' * whole}number, found {shown(step)}")
    if step < _SMALLEST_SHARE * max(abs(low), abs(high)):
        raise SettingsError(f"{name}: expected a larger step between {low!r} and {high!r}, found {shown(step)}")
    # In decimal numbers, in which people write them: three steps of 0.1 are 0.3.
    first, last, each = (Decimal(repr(number)) for number in (low, high, step))
    if (last - first) % each:
        below = first + (last - first) // each * each
        raise SettingsError(
            f"{name}: expected an upper bound that steps of {step!r} from {low!r} lead to, found {high!r}",
            hint=f"the next ones are {below:f} and {below + each:f}",
        )
    object.__setattr__(dimension, "step", step)


def checked_categories(dimension: "Categorical") -> tuple[Value, ...]:
    """Return the categories as Python's own values; raise SettingsError unless all is in order with them."""
    name, given = dimension.name, dimension.categories
    if not isinstance(given, list | tuple):
        raise SettingsError(f"{name}: expected a list of categories, found {shown(given)}")
    categories = [plain(each) for each in given]
    for each in categories:
        if not is_category(each):
            raise SettingsError(
                f"{name}: expected as category a number, True, False or {TEXT}, found {shown(each)}",
                hint="give what stands for something else a name, and let build_model look it up",
            )
    found = tuple(each for each in categories if is_category(each))
    if not found or len(set(found)) < len(found) or len(set(map(str, found))) < len(found):
        raise SettingsError(f"{name}: expected one or more distinct categories, found {shown(found)}")
    return found


def _checked_when(dimension: "Dimension") -> When:
    """Return the conditions with Python's own values. Whether they fit into a space is for that to tell."""
    name = dimension.name
    given: object = dimension.when
    if not isinstance(given, Mapping):
        form = """when={"optimizer": ["sgd"]}"""
        raise SettingsError(f"{name}: when: expected names and lists of values such as {form}, found {shown(given)}")
    found: dict[str, list[Value]] = {}
    for other, values in given.items():
        known = [plain(each) for each in values] if isinstance(values, list | tuple) else []
        found[str(plain(other))] = [each for each in known if is_category(each)]
        if not known or len(found[str(plain(other))]) < len(known):
            raise SettingsError(f"{name}: when: {other}: expected a list of values, found {shown(values)}")
    return When(found)


def _found(dimension: "Real | Integer") -> str:
    return f"found {shown(dimension.low)} and {shown(dimension.high)}"
