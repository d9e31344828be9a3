"""What decides the trials of a search: taken from the settings, and compared with that of the state."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, fields

from job.core.bounds import bounds_giving, with_bounds
from job.core.fingerprint import Fingerprint
from job.core.objective import parse_objective
from job.core.space import Dimension, Params, Space, describe
from job.errors import SettingsChangedError
from job.problems import Problem
from job.settings import Settings, settings_deciding
from job.settings.option import Decides

# What a problem brings with it of a fingerprint.
_OF_THE_PROBLEM = {"space", "default", "data", "epochs", "batch_size"}
_DIGITS_SHOWN = 12  # of the digest of data


def fingerprint_of(*, settings: Settings, problem: Problem, data: str) -> Fingerprint:
    """Return what decides the trials under these settings."""
    space = with_bounds(problem.SPACE, settings.bounds)
    default = space.nearest(problem.DEFAULT)
    space.check(default)
    return Fingerprint(
        problem=settings.problem,
        space=space,
        default=default,
        data=data,
        seed=settings.seed,
        epochs=settings.epochs or problem.EPOCHS,
        batch_size=settings.batch_size or problem.BATCH_SIZE,
        objective=parse_objective(settings.objective),
        surrogate=settings.surrogate.value,
        acquisition=settings.acquisition.value,
        initial_points=settings.initial_points,
        deterministic=settings.deterministic,
        keep=settings.keep,
    )


def check_same(saved: Fingerprint, given: Fingerprint) -> None:
    """Raise SettingsChangedError, with the differences, unless the state is one of the search that is asked for."""
    if saved == given:
        return
    # A difference that nothing here has words for is told all the same: to go on would be another search.
    changes = list(_changes(saved, given)) or [_Change("fingerprint", repr(saved), repr(given))]
    lines = [f"  {each.name}: {each.before} in the state, {each.now} now" for each in changes]
    options = [f"{shlex.join(each.option)}," for each in changes if each.option]
    raise SettingsChangedError(
        "the state belongs to a search with other settings:\n" + "\n".join(lines),
        hint=" ".join(("give the settings of the state,", *options, "or name another directory with --state")),
    )


def options_of(settings: Settings) -> tuple[str, ...]:
    """Return the command line that gives these settings, as far as they decide how the search comes out."""
    defaults = {field.name: field.default for field in fields(Settings)}
    given = ((name, getattr(settings, name)) for name in settings_deciding(Decides.TRIALS, Decides.OUTCOME))
    return tuple(word for name, value in given if value != defaults[name] for word in _words(name, value))


@dataclass(frozen=True)
class _Change:
    """A difference of two fingerprints; `option` gives the value of the first, where an option does."""

    name: str
    before: str
    now: str
    option: tuple[str, ...] = ()


def _changes(saved: Fingerprint, given: Fingerprint) -> Iterator[_Change]:
    """Yield what differs; of another problem not what it brings with it."""
    same_problem = saved.problem == given.problem
    for name in (field.name for field in fields(Fingerprint)):
        before, now = getattr(saved, name), getattr(given, name)
        match name:
            case _ if before == now or (name in _OF_THE_PROBLEM and not same_problem):
                pass
            case "space":
                yield from _changes_of_space(before, now)
            case "default":
                yield from _changes_of_default(before, now)
            case "data":
                yield _Change(name, f"{before[:_DIGITS_SHOWN]}…", f"{now[:_DIGITS_SHOWN]}…")
            case _:
                yield _Change(name.replace("_", " "), _show(before), _show(now), tuple(_words(name, before)))


def _changes_of_space(before: Space, now: Space) -> Iterator[_Change]:
    ours, theirs = ({each.name: each for each in space.dimensions} for space in (before, now))
    for name in dict.fromkeys((*before.names, *now.names)):
        one, other = ours.get(name), theirs.get(name)
        if one != other:
            bounds = bounds_giving(one, to=other) if one and other else ""
            option = ("--bounds", bounds) if bounds else ()
            yield _Change(name, _show_dimension(one, other), _show_dimension(other, one), option)
    if before.names != now.names and set(before.names) == set(now.names):
        yield _Change("order of the dimensions", ", ".join(before.names), ", ".join(now.names))


def _changes_of_default(before: Params, now: Params) -> Iterator[_Change]:
    for name in before:
        if name in now and before[name] != now[name]:
            yield _Change(f"default of {name}", _show(before[name]), _show(now[name]))


def _show_dimension(dimension: Dimension | None, other: Dimension | None) -> str:
    """Return a dimension as a person writes it, unless `other`, which differs, is written so too."""
    if dimension is None:
        return "no such dimension"
    text = describe(dimension)
    return repr(dimension) if other is not None and describe(other) == text else text


def _show(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool | float) else str(value)


def _words(name: str, value: object) -> Iterator[str]:
    option = name.replace("_", "-")
    match value:
        case bool():
            yield f"--{option}" if value else f"--no-{option}"
        case list():
            yield from (word for each in value for word in (f"--{option}", str(each)))
        case _:
            yield from (f"--{option}", str(value))
