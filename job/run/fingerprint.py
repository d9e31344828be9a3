"""What decides the trials of a search: taken from the settings, and compared with that of the state."""

import json
import shlex
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from job.core.bounds import bounds_giving
from job.core.fingerprint import START_BATCHES, START_SHARE, Fingerprint
from job.core.given_space import SPACE_OPTIONS, name_in, with_given
from job.core.objective import parse_objective
from job.core.problem import BATCH_SIZE, Declared, OwnProblem, Sources, difference
from job.core.rungs import describe_rungs
from job.core.space import Dimension, Params, Space, describe
from job.errors import SettingsChangedError, SettingsError
from job.settings import Settings
from job.settings.option import words_of
from job.settings.rungs import rungs_of

# What a problem brings with it of a fingerprint.
_OF_THE_PROBLEM = {"space", "default", "also", "data", "epochs", "batch_size", "objective", "rungs"}
_OF_THE_SPACE = {"space", "default", "also"}  # what one of its spaces does
_FIRST = "SPACE of the problem"  # which has no name
_NOTHING_GIVEN = {"threads": "TensorFlow's choice", "gpu_memory": "as much as it needs"}
_DIGITS_SHOWN = 12  # of the digest of data
_ELSEWHERE = "begin anew with what its trials have shown by --begin-again, or name another directory with --state"


def fingerprint_of(*, settings: Settings, declared: Declared, data: str, sources: Sources | None = None) -> Fingerprint:
    """Return what decides the trials under these settings; `sources` are those of a problem of the user's own."""
    chosen = _chosen(settings, declared)
    space = _space_of(settings, chosen)
    if settings.is_given("batch_size") and BATCH_SIZE in space.names:
        raise SettingsError(
            f"--batch-size: expected none, since {BATCH_SIZE} is a dimension, found {settings.batch_size}",
            hint=f"narrow the dimension with --bounds {BATCH_SIZE}=LOW:HIGH",
        )
    points = [space.nearest(each) for each in chosen.points]
    for each in points:
        space.check(each)
    return Fingerprint(
        problem=settings.problem if sources is None else sources.name,
        own=None if sources is None else OwnProblem(sources=sources, declared=declared),
        space=space,
        default=points[0] if points else {},
        also=tuple(points[1:]),
        data=data,
        seed=settings.seed,
        epochs=settings.epochs or declared.epochs,
        batch_size=settings.batch_size or declared.batch_size,
        objective=parse_objective(settings.objective),
        surrogate=settings.surrogate.value,
        acquisition=settings.acquisition.value,
        initial_points=settings.initial_points or settings.surrogate.initial_points,
        design=(settings.design or settings.surrogate.design).value,
        deterministic=settings.deterministic,
        keep=settings.keep,
        threads=settings.threads,
        lookahead=settings.lookahead or Fingerprint.lookahead,
        rungs=_rungs_of(settings, settings.epochs or declared.epochs),
        gpu_memory=settings.gpu_memory,
        start_batches=START_BATCHES,
        start_share=START_SHARE,
        image_size=settings.image_size,
        label_column=settings.label_column,
        space_name="" if settings.space is None or chosen is declared else settings.space,
        bounds=tuple(settings.bounds or ()),
        choices=tuple(settings.choices or ()),
        fix=tuple(settings.fix or ()),
    )


def check_same(saved: Fingerprint, asked: Fingerprint) -> None:
    """Raise SettingsChangedError, with the differences, unless the state is one of the search that is asked for."""
    if saved == asked:
        return
    if saved.own and asked.own and saved.own.sources != asked.own.sources:
        raise _changed_sources(saved.own.sources, asked.own.sources)
    # A difference that nothing here has words for is told all the same: to go on would be another search.
    changes = list(_changes(saved, asked)) or [_Change("fingerprint", repr(saved), repr(asked))]
    lines = [f"  {each.name}: {each.before} in the state, {each.now} now" for each in changes]
    ways_out = ", ".join(dict.fromkeys(each.way_out for each in changes if each.way_out))
    raise SettingsChangedError(
        "the state belongs to a search with other settings:\n" + "\n".join(lines),
        hint=f"{ways_out}, {_ELSEWHERE}" if ways_out else _ELSEWHERE,
    )


def _changed_sources(saved: Sources, asked: Sources) -> SettingsChangedError:
    lines = "\n".join(f"  {line}" for line in difference(saved, asked))
    return SettingsChangedError(
        f"the state belongs to a search of {saved.name} as it was before these changes:\n{lines}",
        hint=f"undo them to go on (comments, docstrings and layout do not count), {_ELSEWHERE}",
    )


def _chosen(settings: Settings, declared: Declared) -> Declared:
    try:
        return declared.choosing(settings.space)
    except SettingsError:
        if settings.is_given("space"):
            raise
        return declared  # it has no such space any more


def _space_of(settings: Settings, declared: Declared) -> Space:
    try:
        return with_given(declared.space, bounds=settings.bounds, choices=settings.choices, fix=settings.fix)
    except SettingsError:
        if any(settings.is_given(name) for name in SPACE_OPTIONS):
            raise
        return declared.space  # which has changed since: what the state was given does not fit it


def _rungs_of(settings: Settings, epochs: int) -> tuple[float, ...]:
    """Return the rungs of trials of so many epochs; of those that are not given but the state's, the ones below."""
    try:
        return rungs_of(settings.rungs, epochs)
    except SettingsError:
        if settings.is_given("rungs"):
            raise
        return tuple(each for each in rungs_of(settings.rungs, sys.maxsize) if each < epochs)


@dataclass(frozen=True)
class _Change:
    """A difference of two fingerprints; `way_out` gives the value of the first, where that is in the user's hands."""

    name: str
    before: str
    now: str
    way_out: str = ""


def _changes(saved: Fingerprint, asked: Fingerprint) -> Iterator[_Change]:
    """Yield what differs; of another problem not what it brings with it."""
    differing = saved.differing(asked)
    told = _OF_THE_SPACE if saved.space_name != asked.space_name else set()
    if told & set(differing) and "problem" not in differing:
        yield _Change("--space", saved.space_name or _FIRST, asked.space_name or _FIRST, "leave out --space")
    for name in differing:
        before, now = getattr(saved, name), getattr(asked, name)
        match name:
            case _ if (name in _OF_THE_PROBLEM and "problem" in differing) or name in told:
                pass
            case "space":
                yield from _changes_of_space(saved, asked)
            case "default":
                yield from _changes_of_default(before, now)
            case "also":
                yield _Change("further points of DEFAULT", _show_points(before), _show_points(now))
            case "rungs":
                yield from _changes_of_rungs(saved, asked)
            case "data":
                yield _Change(name, f"{before[:_DIGITS_SHOWN]}…", f"{now[:_DIGITS_SHOWN]}…")
            case _:
                option = f"--{name.replace('_', '-')}"
                nothing = _NOTHING_GIVEN.get(name, "none given")
                yield _Change(
                    option, _show(before, nothing), _show(now, nothing), f"leave out {next(words_of(name, now))}"
                )


def _changes_of_rungs(saved: Fingerprint, asked: Fingerprint) -> Iterator[_Change]:
    """Yield the change of the rungs, unless it comes with other epochs alone."""
    if asked.rungs != tuple(each for each in saved.rungs if each < asked.epochs):
        before, now = describe_rungs(saved.rungs), describe_rungs(asked.rungs)
        yield _Change("--rungs", before, now, f"leave out --rungs {now}")


def _changes_of_space(saved: Fingerprint, asked: Fingerprint) -> Iterator[_Change]:
    before, now = saved.space, asked.space
    ours, theirs = _by_name(before), _by_name(now)
    given = [name for name in SPACE_OPTIONS if getattr(asked, name) != getattr(saved, name)]
    leave_out = f"leave out {' and '.join(f'--{name}' for name in given)}"
    # Where nothing is given, it is the problem's space that has changed.
    way_out = leave_out if given else _bounds_giving_back(saved, asked)
    for name in dict.fromkeys((*before.names, *now.names)):
        one, other = ours.get(name), theirs.get(name)
        if one != other:
            yield _Change(
                f"{_option_for(name, saved, asked)}{name}",
                _show_dimension(one, other),
                _show_dimension(other, one),
                way_out,
            )
    if before.names != now.names and set(before.names) == set(now.names):
        yield _Change("order of the dimensions", ", ".join(before.names), ", ".join(now.names))


def _option_for(name: str, saved: Fingerprint, asked: Fingerprint) -> str:
    """Return `--fix: ` for a dimension that this option has changed; empty for one that none has."""
    for option in SPACE_OPTIONS:
        differing = {*getattr(saved, option)} ^ {*getattr(asked, option)}
        if any(name_in(option, text) == name for text in differing):
            return f"--{option}: "
    return ""


def _bounds_giving_back(saved: Fingerprint, asked: Fingerprint) -> str:
    """Return how to have the state's space of a problem whose own has changed; empty where no bounds give it."""
    ours, theirs = _by_name(saved.space), _by_name(asked.space)
    changed = [bounds_giving(one, to=theirs[name]) for name, one in ours.items() if one != theirs.get(name, one)]
    if saved.space.names != asked.space.names or not all(changed):
        return ""
    return " ".join(("give", *(f"--bounds {shlex.quote(each)}" for each in (*saved.bounds, *changed))))


def _by_name(space: Space) -> dict[str, Dimension]:
    return {each.name: each for each in space.dimensions}


def _changes_of_default(before: Params, now: Params) -> Iterator[_Change]:
    if not before or not now:
        yield _Change("DEFAULT", _show_points([before]), _show_points([now]))
    for name in before:
        if name in now and before[name] != now[name]:
            yield _Change(f"default of {name}", _show(before[name]), _show(now[name]))


def _show_points(points: Iterable[Params]) -> str:
    texts = [", ".join(f"{name} {_show(value)}" for name, value in each.items()) for each in points if each]
    return "; ".join(texts) or "none"


def _show_dimension(dimension: Dimension | None, other: Dimension | None) -> str:
    """Return a dimension as a person writes it, unless `other`, which differs, is written so too."""
    if dimension is None:
        return "no such dimension"
    text = describe(dimension)
    return repr(dimension) if other is not None and describe(other) == text else text


def _show(value: object, nothing: str = "none") -> str:
    if value is None:
        return nothing
    return json.dumps(value) if isinstance(value, bool | float) else str(value)
