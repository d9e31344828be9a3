"""A trial of a search that is trained again for more epochs: a search of that one point, in a directory of its own."""

from dataclasses import replace

from job.core.confirmation import best_trial
from job.core.fingerprint import Fingerprint
from job.core.given_space import with_given
from job.core.study import Study
from job.core.trial import Status, Trial
from job.errors import NoProgressError, SettingsError
from job.run.fingerprint import check_same
from job.state.directory import StateDirectory
from job.state.places import state_at


def trial_to_retrain(study: Study, number: int | None) -> Trial:
    """Return the trial of this number, or else the best one; raise where it has not completed.

    That is the confirmed one, which has won on fresh seeds. It is trained with the random numbers of the search all the
    same, as any other trial is, so that what more epochs have brought is seen beside what it had there.
    """
    if number is None:
        best = best_trial(study)
        if best is None:
            raise NoProgressError(
                "no trial has completed, so there is none to train longer",
                hint="hpo-job status tells how far the search has come",
            )
        return best
    if number > len(study.trials):
        raise SettingsError(f"--trial: expected a trial that has completed, found {number} of {len(study.trials)}")
    trial = study.trial(number)
    if trial.status is not Status.COMPLETED:
        raise SettingsError(
            f"--trial: expected a trial that has completed, found that trial {number} is {trial.status}"
        )
    return trial


def begin_retraining(store: StateDirectory, study: Study, trial: Trial, epochs: int) -> StateDirectory:
    """Return the state directory in which a trial is trained for so many epochs, a search which has begun by then.

    Raise SettingsError for no more epochs than the trial has been trained for, and SettingsChangedError where the
    directory has a search of something else.
    """
    if epochs <= study.fingerprint.epochs:
        raise SettingsError(
            f"--epochs: expected more than {study.fingerprint.epochs}, for which trial {trial.number} was trained, "
            f"found {epochs}"
        )
    place = state_at(store.retraining_place(trial.number, epochs))
    asked, saved = _fingerprint(study.fingerprint, trial, epochs), place.read().study
    if saved is not None:
        check_same(saved.fingerprint, asked)
        return place
    with place.lock():
        place.save(Study(fingerprint=asked))
    return place


def _fingerprint(searched: Fingerprint, trial: Trial, epochs: int) -> Fingerprint:
    """Return what decides the training: what decided the search, at this point alone, and with its random numbers."""
    fix = [f"{name}={value if isinstance(value, str) else repr(value)}" for name, value in trial.params.items()]
    return replace(
        searched,
        space=with_given(searched.space, fix=fix),
        default=dict(trial.params) if searched.default else {},
        also=tuple(dict(trial.params) for _ in searched.also),
        epochs=epochs,
        as_trial=trial.number,
        lookahead=1,
        rungs=(),
        bounds=(),
        choices=(),
        fix=tuple(fix),
    )
