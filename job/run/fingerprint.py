"""What decides the trials of a search: taken from the settings, and compared with that of the state."""

import json
from collections.abc import Iterator
from dataclasses import fields

from job.core.bounds import with_bounds
from job.core.objective import parse_objective
from job.core.study import Fingerprint
from job.errors import SettingsChangedError
from job.problems import Problem
from job.settings import Settings
from job.state import study_json

# The settings that decide the trials, how many there are, and which of them fail.
_DECIDING = {
    *("problem", "data_dir", "objective", "bounds", "seed", "warm_start", "trials", "max_hours", "patience"),
    *("initial_points", "surrogate", "acquisition", "epochs", "batch_size", "deterministic"),
    *("trial_timeout", "max_attempts", "max_failures"),
}


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
    )


def check_same(saved: Fingerprint, given: Fingerprint) -> None:
    """Raise SettingsChangedError, with the differences, unless the state is one of the search that is asked for."""
    before, now = study_json.encode_fingerprint(saved), study_json.encode_fingerprint(given)
    changed = [
        f"  {name}: {_show(before[name])} in the state, {_show(now[name])} now"
        for name in before
        if before[name] != now[name]
    ]
    if changed:
        raise SettingsChangedError(
            "the state belongs to a search with other settings:\n" + "\n".join(changed),
            hint="give the settings of the state, or name another directory with --state",
        )


def _show(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def options_of(settings: Settings) -> tuple[str, ...]:
    """Return the command line that gives these settings, as far as they decide how the search comes out."""
    given = ((field.name, getattr(settings, field.name), field.default) for field in fields(Settings))
    return tuple(
        word for name, value, default in given if name in _DECIDING and value != default for word in _words(name, value)
    )


def _words(name: str, value: object) -> Iterator[str]:
    option = name.replace("_", "-")
    match value:
        case bool():
            yield f"--{option}" if value else f"--no-{option}"
        case list():
            yield from (word for each in value for word in (f"--{option}", str(each)))
        case _:
            yield from (f"--{option}", str(value))
