"""The constants of a problem's module, converted to Python's own values or refused with the name they stand under."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from job.core.objective import parse_objective
from job.core.problem import BATCH_SIZE, DATA_OPTIONS, Declared, NamedSpace
from job.core.space import Categorical, Dimension, Integer, Params, Real, Space
from job.core.values import TEXT, is_text, plain, shown
from job.errors import SettingsError

_KERAS_BATCH_SIZE = 32  # where a problem says nothing
_REQUIRED = ("SPACE", "EPOCHS")
# Of the module that scikit-optimize's dimensions are in, which is not imported to tell them.
_SKOPT = "skopt"


def declared_in(module: Any, name: str) -> Declared:
    """Return what `module` declares; raise SettingsError for what is missing or is not what it should be."""
    for each in _REQUIRED:
        if not hasattr(module, each):
            raise SettingsError(
                f"{name}: expected the names {', '.join(_REQUIRED)}, load_data and build_model, found no {each}",
                hint="job/problems/mnist.py shows what a problem is made of",
            )
    with naming(f"{name}: SPACE"):
        space = _space(module.SPACE)
    with naming(f"{name}: DEFAULT"):
        points = tuple(_points(space, getattr(module, "DEFAULT", None)))
    return Declared(
        space=space,
        points=points,
        spaces=dict(_named_spaces(module, name)),
        epochs=_whole(module.EPOCHS, f"{name}: EPOCHS"),
        batch_size=_whole(getattr(module, "BATCH_SIZE", _KERAS_BATCH_SIZE), f"{name}: BATCH_SIZE"),
        objective=_objective(getattr(module, "OBJECTIVE", ""), f"{name}: OBJECTIVE"),
        options=_options(getattr(module, "OPTIONS", ()), f"{name}: OPTIONS"),
    )


@contextmanager
def naming(where: str) -> Iterator[None]:
    """Say of a SettingsError where in the module its cause is."""
    try:
        yield
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}", hint=error.hint) from error


def _named_spaces(module: Any, name: str) -> Iterator[tuple[str, NamedSpace]]:
    """Yield the other spaces, each with the points that are to be tried first in it."""
    spaces, defaults = (_by_name(getattr(module, each, {}), f"{name}: {each}") for each in ("SPACES", "DEFAULTS"))
    if unknown := [each for each in defaults if each not in spaces]:
        known = ", ".join(spaces) or "none"
        raise SettingsError(f"{name}: DEFAULTS: expected names of SPACES, which are {known}, found {shown(unknown[0])}")
    for each, given in spaces.items():
        with naming(f"{name}: SPACES: {each}"):
            space = _space(given)
        with naming(f"{name}: DEFAULTS: {each}"):
            yield each, NamedSpace(space=space, points=tuple(_points(space, defaults.get(each))))


def _by_name(given: Any, where: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise SettingsError(f"{where}: expected a dictionary with a name for each space, found {shown(given)}")
    for each in given:
        if not is_text(each):
            raise SettingsError(f"{where}: expected as name of a space {TEXT}, found {shown(each)}")
    return dict(given)


def _space(given: Any) -> Space:
    space = given if isinstance(given, Space) else Space(_dimensions(given))
    for each in space.dimensions:
        if each.name == BATCH_SIZE:
            _check_batch_size(each)
    return space


def _dimensions(given: Any) -> Any:
    return [_dimension(each) for each in given] if isinstance(given, list | tuple) else given


def _dimension(given: Any) -> Any:
    """Return a dimension of scikit-optimize as one of ours; anything else as it is."""
    kind = type(given)
    if kind.__module__.partition(".")[0] != _SKOPT:
        return given
    if given.name is None:
        raise SettingsError(
            f"expected a name for each dimension, found {shown(given)}",
            hint=f'write {kind.__name__}(…, name="learning_rate")',
        )
    match kind.__name__:
        case "Real":
            return Real(given.name, given.low, given.high, given.prior)
        case "Integer":
            return Integer(given.name, given.low, given.high, given.prior)
        case "Categorical" if given.prior is None:
            return Categorical(given.name, given.categories)
        case "Categorical":
            raise SettingsError(f"{given.name}: expected categories that are equally likely, found {shown(given)}")
        case _:
            return given


def _check_batch_size(dimension: Dimension) -> None:
    values = dimension.categories if isinstance(dimension, Categorical) else (dimension.low,)
    if isinstance(dimension, Real) or not all(_is_whole(each) for each in values):
        raise SettingsError(
            f"{BATCH_SIZE}: expected whole numbers of 1 or more, found {shown(dimension)}",
            hint="a dimension of this name is the batch size; give one that is something else another name",
        )


def _points(space: Space, given: Any) -> Iterator[Params]:
    """Yield the points that are to be tried first: none, one, or several in a list."""
    if given is None:
        return
    several = isinstance(given, list | tuple) and all(isinstance(each, Mapping | list | tuple) for each in given)
    for each in given if several else [given]:
        yield _point(space, each)


def _point(space: Space, given: Any) -> Params:
    if isinstance(given, list | tuple) and len(given) == len(space.names):
        given = dict(zip(space.names, given, strict=True))
    if not isinstance(given, Mapping):
        raise SettingsError(
            f"expected a dictionary of {', '.join(space.names)}, or their values in this order, found {shown(given)}"
        )
    params: dict[Any, Any] = {plain(each): plain(value) for each, value in given.items()}
    space.check(params)
    return params


def _whole(value: Any, where: str) -> int:
    found = plain(value)
    if not _is_whole(found):
        raise SettingsError(f"{where}: expected a whole number of 1 or more, found {shown(found)}")
    assert isinstance(found, int)
    return found


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _objective(value: Any, where: str) -> str:
    found = plain(value)
    if not isinstance(found, str):
        raise SettingsError(f'{where}: expected a text such as "val_mae:min", found {shown(found)}')
    if not found:
        return ""
    try:
        return str(parse_objective(found))
    except SettingsError as error:
        raise SettingsError(f"{where}: {str(error).removeprefix('--objective: ')}", hint=error.hint) from error


def _options(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or any(plain(each) not in DATA_OPTIONS for each in value):
        raise SettingsError(f"{where}: expected a list of names among {', '.join(DATA_OPTIONS)}, found {shown(value)}")
    return tuple(str(plain(each)) for each in value)
