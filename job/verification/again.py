"""Trials of a saved study trained again, and their curves and weights compared with those that are recorded."""

from collections.abc import Sequence
from hashlib import sha256

from job.core.confirmation import model_of
from job.core.study import Study
from job.core.trial import EpochLogs, Hits, RungScore, Trial
from job.executors import Died, Raised, Returned
from job.state.directory import TrialFiles
from job.training import Completed, Diverged, Setup, advance
from job.verification.bench import Bench
from job.verification.finding import Difference, Finding, Subject, differences, told
from job.words import count


def chosen(study: Study, trials: int) -> tuple[Trial, ...]:
    """Return so many completed trials: the best one, then others that are spread evenly over all, by their numbers."""
    best = model_of(study)
    if best is None or trials == 0:
        return ()
    others = [trial for trial in study.completed if trial != best]
    number = min(trials - 1, len(others))
    return (best, *(others[(2 * place + 1) * len(others) // (2 * number)] for place in range(number)))


def check_trial(trial: Trial, setup: Setup, bench: Bench) -> Finding:
    """Train a completed trial again from its start, and compare its curve and its weights."""
    files = TrialFiles(bench.directory / str(trial.number))
    setup = setup.for_trial(trial)
    ending = bench.call(advance, setup, trial.number, trial.params, setup.epochs, (), files)
    match ending:
        case Returned(Completed() as completed):
            return compare_trained(trial, completed)
        case Returned(Diverged(reason)) | Raised(reason) | Died(reason):
            outcome = reason
        case _:
            raise AssertionError(f"a trial ended in {ending!r}, though nobody has asked it to stop")
    place = trial.title
    found = differences(place, {"outcome": "completed"}, {"outcome": outcome})
    return Finding(subject=Subject.TRIALS, told=f"{place} trained again: {told(found, '')}", differences=found)


def compare_trained(trial: Trial, completed: Completed) -> Finding:
    """Compare what training a trial again has given with what is recorded of it."""
    place = trial.title
    found = (
        *differences(place, {"epochs": trial.epochs}, {"epochs": len(completed.history)}),
        *_compare_curves(place, trial.history, completed.history),
        *differences(f"{place}, rungs", _by_epochs(trial.rungs), _by_epochs(completed.rungs)),
        *(_compare_weights(place, trial, completed) if trial.weights_sha256 else ()),
        *(differences(place, _digest(trial.hits), _digest(completed.hits)) if trial.hits else ()),
    )
    what = f"{count(trial.epochs, 'epoch')}{' and the weights' if trial.weights_sha256 else ''}"
    return Finding(
        subject=Subject.TRIALS,
        told=f"{place} trained again: {told(found, f'{what}, the same to the last bit')}",
        differences=found,
        not_compared=() if trial.weights_sha256 else (f"the weights of {place}, which are not recorded",),
    )


def _by_epochs(rungs: Sequence[RungScore]) -> dict[str, float]:
    return {f"{each.epochs:g} epochs": each.score for each in rungs}


def _digest(hits: Hits | None) -> dict[str, str | None]:
    name = "SHA-256 of the validation examples that are right"
    return {name: sha256(hits.packed).hexdigest() if hits else None}


def _compare_weights(place: str, trial: Trial, completed: Completed) -> tuple[Difference, ...]:
    """Compare which weights are kept; what they give is recorded where it is not what the last epoch gave."""
    digest = "SHA-256 of the weights"
    return (
        *differences(f"{place}, weights that are kept", trial.kept or {}, completed.kept or {}),
        *differences(place, {digest: trial.weights_sha256}, {digest: completed.weights_sha256}),
    )


def _compare_curves(place: str, recorded: Sequence[EpochLogs], now: Sequence[EpochLogs]) -> tuple[Difference, ...]:
    epochs = enumerate(zip(recorded, now, strict=False), start=1)
    return tuple(each for epoch, (one, other) in epochs for each in differences(f"{place}, epoch {epoch}", one, other))
