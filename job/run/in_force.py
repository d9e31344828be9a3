"""The search that is asked for: by what is given, by the state's values for what is not, and by the problem's own."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, NoReturn

from job import problems
from job.core.effort import parse_confirm
from job.core.evidence import Evidence
from job.core.fingerprint import Fingerprint
from job.core.given_space import SPACE_OPTIONS
from job.core.limits import Limits
from job.core.objective import parse_objective
from job.core.problem import DATA_OPTIONS, Declared, OwnProblem, Sources
from job.core.rungs import default_rungs, describe_rungs
from job.core.study import Study
from job.data import DataSource
from job.errors import SettingsError
from job.executors.room import Machine, machine_here
from job.run.fingerprint import check_same, fingerprint_of
from job.run.workers import begun_with, check_sharing
from job.settings import Settings, option_names, settings_deciding
from job.settings.choices import GOING_WITH_SURROGATE, Acquisition, Design, Surrogate
from job.settings.option import Decides, words_of
from job.settings.rungs import rungs_of
from job.settings.workers import AUTO
from job.training.best_model import data_of

# What fits one problem fits no other.
_OF_THE_PROBLEM = {
    *(*SPACE_OPTIONS, "space", "epochs", "batch_size", "rungs"),
    *("objective", "data", "image_size", "label_column"),
}

# From the name of a built-in problem, or the sources of the user's own, to what it declares.
Declare = Callable[[str | Sources], Declared]


@dataclass(frozen=True)
class Asked:
    """The search that is asked for."""

    settings: Settings  # in force
    declared: Declared  # by the problem
    fingerprint: Fingerprint  # without the data, which are not looked at yet


def asked_of(
    settings: Settings, study: Study | None, declare: Declare, machine: Callable[[], Machine] = machine_here
) -> Asked:
    """Return the search that these settings ask for where the state has this study, and `machine` tells what is here.

    A problem of the user's own is run, by `declare`, only where a search begins: after that, the state has what it
    declared. Raise SettingsError where the problem is none, or what is given does not fit it or the objective, and
    SettingsChangedError where the problem is another than that of a search that has begun.
    """
    saved = study.fingerprint.own if study else None
    sources = _sources(settings, saved)
    same = study is not None and is_same_problem(settings, sources, study.fingerprint)
    settings = in_force(settings, study, same_problem=same, machine=machine)
    check_sharing(settings, machine, begins=study is None or not study.is_begun or settings.begin_again)
    if same and saved is not None:
        declared = saved.declared
    else:
        if study is not None and study.is_begun and sources is not None and not settings.begin_again:
            _refuse(study.fingerprint, sources)
        declared = declare(settings.problem if sources is None else sources)
        settings = settings if same else with_defaults_of(declared, settings)
    _check_data_options(settings, declared)
    if settings.is_given("target"):
        settings.check_target()
    fingerprint = fingerprint_of(settings=settings, declared=declared, data="", sources=sources)
    if study is not None:
        fingerprint = replace(fingerprint, as_trial=study.fingerprint.as_trial)
    return Asked(settings, declared, fingerprint)


def _check_data_options(settings: Settings, declared: Declared) -> None:
    """Raise SettingsError where an option says how data are read, and the problem does not take it."""
    for name in DATA_OPTIONS:
        if settings.is_given(name) and name not in declared.options:
            takers = [each for each in problems.BUILT_IN if name in _declared_by(each).options]
            option, problem = next(words_of(name, getattr(settings, name))), Path(settings.problem).name
            raise SettingsError(
                f"{option}: expected with --problem {' or '.join(takers)} only, found it with {problem}",
                hint=f"leave it out; a problem of your own that takes it says so: OPTIONS = [{name!r}]",
            )


def _declared_by(built_in: str) -> Declared:
    return problems.load(problems.module_name(built_in)).declared


def _sources(settings: Settings, saved: OwnProblem | None) -> Sources | None:
    """Return the sources of the problem as they are now; None for a built-in one.

    A file of a search that is gone on with may be gone: the state has what it said.
    """
    if settings.is_given("problem") or saved is None:
        return problems.sources_of(settings.problem)
    if not Path(saved.sources.file).exists():
        return saved.sources
    return problems.sources_of(saved.sources.file)


def _refuse(saved: Fingerprint, sources: Sources) -> NoReturn:
    """Raise the error of a state that is of another problem than a search that has begun."""
    declared = saved.own.declared if saved.own else Declared(space=saved.space, epochs=1, batch_size=1)
    asked = replace(saved, problem=sources.name, own=OwnProblem(sources=sources, declared=declared))
    check_same(saved, asked)
    raise AssertionError("they are not the same")


def is_same_problem(settings: Settings, sources: Sources | None, saved: Fingerprint) -> bool:
    """Tell whether a search of `saved` is of the problem that the settings name, whose own `sources` are these."""
    if not settings.is_given("problem") and saved.own is None:
        return True
    if sources is None or saved.own is None:
        return sources is None and saved.own is None and settings.problem == saved.problem
    return sources == saved.own.sources


def in_force(
    settings: Settings,
    study: Study | None,
    *,
    same_problem: bool = True,
    machine: Callable[[], Machine] = machine_here,
) -> Settings:
    """Return the settings with the state's values for what decides the trials, and for limits, that are not given.

    The data are where they were, if they still are. Defaults are for a search that begins; so a release with other ones
    goes on with an older search as it was begun. Those of the lookahead and the threads come from the workers, of which
    `machine` tells how many there is room for. Where the state is of another problem, what fits that one alone is left
    out; where a search begins in its place, so is what went by itself with the surrogate or the epochs, since others
    may be given.
    """
    given = frozenset(filter(settings.is_given, option_names()))
    if study is None:
        return begun_with(replace(settings, given=given), machine)
    kept = _settings_of(study.fingerprint) | _limits_in(study)
    if (data := data_of(study)) is not None and data.exists():
        kept["data"] = data
    if settings.begin_again or not study.is_begun:
        went_with_it = _going_with(kept["surrogate"]).items()
        kept |= {name: None for name, value in went_with_it if kept[name] == value}
        if study.fingerprint.rungs == default_rungs(study.fingerprint.epochs):
            kept["rungs"] = AUTO
    if not same_problem:
        kept = {name: value for name, value in kept.items() if name not in _OF_THE_PROBLEM}
    return replace(settings, given=given, **{name: value for name, value in kept.items() if name not in given})


def with_defaults_of(declared: Declared, settings: Settings) -> Settings:
    """Return the settings, in force for a search that begins, with the problem's objective where none is given."""
    if not declared.objective or settings.is_given("objective"):
        return settings
    return replace(settings, objective=declared.objective)


def data_source_of(settings: Settings) -> DataSource:
    """Return where and how the data are read under settings that are in force, but for what the fingerprint has."""
    path = settings.data.absolute() if settings.data else None
    return DataSource(path=path, download=settings.download, strict=settings.strict)


def limits_of(settings: Settings) -> Limits:
    """Return what the search may spend under settings that are in force."""
    limits = Limits(**{each.name: getattr(settings, each.name) for each in fields(Limits)})
    return replace(limits, confirm=parse_confirm(limits.confirm))


def options_of(asked: Asked, evidence: Evidence | None = None) -> tuple[str, ...]:
    """Return the command line that begins the same search anew, from its evidence, whatever was given this time."""
    source = {"begin_from": evidence.source if evidence else None}
    values = vars(asked.settings) | _settings_of(asked.fingerprint) | source
    defaults = {name: getattr(Settings, name) for name in option_names()} | {
        "objective": asked.declared.objective or str(parse_objective(Settings.objective)),
        "epochs": asked.declared.epochs,
        "batch_size": asked.declared.batch_size,
        "rungs": describe_rungs(rungs_of(Settings.rungs, asked.fingerprint.epochs)),
        "lookahead": 1,
        **_going_with(Surrogate(asked.fingerprint.surrogate)),
    }
    names = settings_deciding(Decides.TRIALS, Decides.OUTCOME)
    return tuple(word for name in names if values[name] != defaults[name] for word in words_of(name, values[name]))


def _settings_of(fingerprint: Fingerprint) -> dict[str, Any]:
    """Return the values of the settings that decide the trials."""
    return {name: getattr(fingerprint, name) for name in settings_deciding(Decides.TRIALS)} | {
        "problem": fingerprint.own.sources.file if fingerprint.own else fingerprint.problem,
        "objective": str(fingerprint.objective),
        "rungs": describe_rungs(fingerprint.rungs),
        "space": fingerprint.space_name or None,
        **{name: list(getattr(fingerprint, name)) or None for name in SPACE_OPTIONS},
        "surrogate": Surrogate(fingerprint.surrogate),
        "acquisition": Acquisition(fingerprint.acquisition),
        "design": Design(fingerprint.design),
    }


def _going_with(surrogate: Surrogate) -> dict[str, Any]:
    """Return the settings whose defaults are the surrogate's."""
    return {name: getattr(surrogate, name) for name in GOING_WITH_SURROGATE}


def _limits_in(study: Study) -> dict[str, Any]:
    """Return the settings that are limits as a run has last told them; nothing where none has."""
    told = [entry.input for entry in study.journal if isinstance(entry.input, Limits)]
    return asdict(told[-1]) if told else {}
