"""The search that is asked for: by what is given, by the state's values for what is not, and by the problem's own."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from job import problems
from job.core.fingerprint import Fingerprint
from job.core.given_space import SPACE_OPTIONS
from job.core.limits import Limits
from job.core.objective import parse_objective
from job.core.study import Study
from job.problems import Problem
from job.run.fingerprint import fingerprint_of
from job.run.stopping import StopFlag
from job.settings import Settings, option_names, settings_deciding
from job.settings.choices import Acquisition, Surrogate
from job.settings.option import Decides, words_of
from job.threads import threads_to_begin_with

_OF_THE_PROBLEM = {*SPACE_OPTIONS, "epochs", "batch_size"}  # what fits one problem fits no other


@dataclass(frozen=True)
class Asked:
    """The search that is asked for."""

    settings: Settings  # in force
    problem: Problem
    fingerprint: Fingerprint  # without the data, which are not looked at yet


def asked_of(settings: Settings, study: Study | None, stop: StopFlag) -> Asked:
    """Return the search that these settings ask for where the state has this study.

    Raise SettingsError where the problem is none, or what is given does not fit it or the objective.
    """
    settings = in_force(settings, study)
    if settings.is_given("target"):
        settings.check_target()
    with stop.interruptible():  # it runs the problem's own code
        problem = problems.load(problems.module_name(settings.problem))
    return Asked(settings, problem, fingerprint_of(settings=settings, problem=problem, data=""))


def in_force(settings: Settings, study: Study | None) -> Settings:
    """Return the settings with the state's values for what decides the trials, and for limits, that are not given.

    Defaults are for a search that begins; so a release with other ones goes on with an older search as it was begun.
    That of the threads is what this machine has for them.
    """
    given = frozenset(filter(settings.is_given, option_names()))
    if study is None:
        return replace(settings, given=given, threads=settings.threads or threads_to_begin_with())
    kept = _settings_of(study.fingerprint) | _limits_in(study)
    if "problem" in given and settings.problem != study.fingerprint.problem:
        kept = {name: value for name, value in kept.items() if name not in _OF_THE_PROBLEM}
    return replace(settings, given=given, **{name: value for name, value in kept.items() if name not in given})


def limits_of(settings: Settings) -> Limits:
    """Return what the search may spend under settings that are in force."""
    return Limits(**{each.name: getattr(settings, each.name) for each in fields(Limits)})


def options_of(asked: Asked) -> tuple[str, ...]:
    """Return the command line that begins the same search anew, whatever was given this time."""
    values = vars(asked.settings) | _settings_of(asked.fingerprint)
    defaults = {name: getattr(Settings, name) for name in option_names()} | {
        "objective": str(parse_objective(Settings.objective)),
        "epochs": asked.problem.EPOCHS,
        "batch_size": asked.problem.BATCH_SIZE,
    }
    names = settings_deciding(Decides.TRIALS, Decides.OUTCOME)
    return tuple(word for name in names if values[name] != defaults[name] for word in words_of(name, values[name]))


def _settings_of(fingerprint: Fingerprint) -> dict[str, Any]:
    """Return the values of the settings that decide the trials."""
    return {name: getattr(fingerprint, name) for name in settings_deciding(Decides.TRIALS)} | {
        "objective": str(fingerprint.objective),
        **{name: list(getattr(fingerprint, name)) or None for name in SPACE_OPTIONS},
        "surrogate": Surrogate(fingerprint.surrogate),
        "acquisition": Acquisition(fingerprint.acquisition),
    }


def _limits_in(study: Study) -> dict[str, Any]:
    """Return the settings that are limits as a run has last told them; nothing where none has."""
    told = [entry.input for entry in study.journal if isinstance(entry.input, Limits)]
    return asdict(told[-1]) if told else {}
