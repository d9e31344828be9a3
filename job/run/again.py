"""A search that begins again in the state directory of another: what that one has scored is evidence."""

from collections.abc import Callable

from job.core.events import Event, Notice
from job.core.fingerprint import Fingerprint
from job.core.objective import Objective
from job.core.study import Study
from job.core.trial import Status, Trial
from job.errors import SettingsError
from job.state.directory import StateDirectory
from job.words import count


def begin_again(
    before: Study, fingerprint: Fingerprint, store: StateDirectory, *, tell: Callable[[Event], None]
) -> Study:
    """Return a study of `fingerprint`, saved where the one before was, with what that one has scored as evidence.

    All else of that one is moved aside. Its failed trials are left out, since what failed may be mended, and so are
    points that are none of the new space.
    """
    study = Study(fingerprint=fingerprint)
    for trial in before.scored:
        value = _value(trial, fingerprint.objective)
        if value is not None and _fits(trial, fingerprint):
            study = study.import_trial(trial.params, value)
    aside = store.begin_again_with(study)
    left_out = len(before.scored) - len(study.trials)
    others = f", and {count(left_out, 'trial')} that cannot be compared left out" if left_out else ""
    kept = f"{count(len(study.trials), 'trial')} of it kept{others}"
    tell(Notice(f"begins again: the search before is in {aside}, {kept}"))
    return study


def _value(trial: Trial, objective: Objective) -> float | None:
    """Return the score of a trial by this objective; None where it is not known."""
    if trial.status is Status.IMPORTED:
        return trial.imported_value
    return (trial.kept or trial.history[-1]).get(objective.metric)


def _fits(trial: Trial, fingerprint: Fingerprint) -> bool:
    try:
        fingerprint.space.check(trial.params)
    except SettingsError:
        return False
    return True
