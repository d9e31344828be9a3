"""How far a search and its trials have come, and how much is left."""

from statistics import fmean

from job.core.study import Study
from job.core.trial import Trial
from job.report.summary import finite
from job.words import format_epochs, format_score


def describe_place(trial: Trial, *, epochs: int) -> str:
    """Return where a trial goes on, such as `at batch 17 of 41 of epoch 1`; "" for one that starts.

    `epochs` is how many it has in all.
    """
    if trial.batch:
        of_batches = "" if trial.batches is None else f" of {trial.batches}"
        return f"at batch {trial.batch + 1}{of_batches} of epoch {trial.epochs + 1}"
    return f"after epoch {trial.epochs} of {epochs}" if trial.epochs else ""


def describe_stop(study: Study, number: int) -> str:
    """Return where a trial has stopped, and why, such as `at 0.33 epochs with val_accuracy 41.20 %: it needed …`."""
    metric, at = study.fingerprint.objective.metric, study.steps_of(number)[-1].stopped_at
    assert at is not None, "it has stopped at a rung"
    score, needed = score_at(study, number, at), needed_at(study, number, at)
    to_go_on = f": it needed {format_score(metric, needed)} to go on"
    return f"at {format_epochs(at)} with {metric} {format_score(metric, score)}{to_go_on}"


def score_at(study: Study, number: int, rung: float) -> float | None:
    """Return the objective that a trial had at a rung, of so many epochs; None where it has not reached it."""
    return next((each.score for each in study.trial(number).rungs if each.epochs == rung), None)


def needed_at(study: Study, number: int, rung: float) -> float | None:
    """Return the score that a trial needs to go on beyond a rung in its last step; None for any."""
    thresholds = study.steps_of(number)[-1].thresholds
    return next((each.score for each in thresholds if each.epochs == rung), None)


def taken_up_at(study: Study, number: int) -> float | None:
    """Return the rung, in epochs, at which a trial had stopped that is gone on with and has got no further yet."""
    trial, steps = study.trial(number), study.steps_of(number)
    if len(steps) < 2 or (trial.epochs, trial.batch) != (steps[-1].from_epoch, steps[-1].from_batch):
        return None
    return None if steps[-1].begins_trial else steps[-2].stopped_at


def trials_done(study: Study) -> int:
    """Return how many trials count towards the budget: those that have completed, or stopped at a rung."""
    return len(study.completed) + len(study.stopped)


def trials_budget(study: Study) -> int | None:
    """Return how many trials the last run was asked for; None when their number was not limited."""
    return study.limits.trials


def estimate_seconds_left(study: Study) -> float | None:
    """Estimate the time until the budget of trials or of hours is used up; None without one, before an epoch,
    and where it is no finite number.

    Trials are taken to last as long as the mean one so far, those that stopped early among them, and as many to be in
    training at once as there are now; one that is begun, as long as the mean of those that came as far. Those that are
    begun are finished, whatever the budget says.
    """
    to_train, budget, max_hours = [], trials_budget(study), study.limits.max_hours
    begun, n_begun = 0.0, len(study.begun)
    seconds = _seconds_per_trial(study)
    if seconds is not None:
        begun = sum(max(_seconds_in_all(study, trial, seconds) - trial.seconds, 0.0) for trial in study.begun)
    if budget is not None and seconds is not None:
        to_train.append((budget - trials_done(study) - n_begun) * seconds + begun)
    if max_hours is not None:
        to_train.append(max_hours * 3600 - study.training_seconds)
    n_at_once = len(study.at_work) or n_begun or 1
    return finite(max(min(to_train), begun) / n_at_once) if to_train else None


def _seconds_per_trial(study: Study) -> float | None:
    if tried := (*study.completed, *study.stopped):
        return fmean(trial.seconds for trial in tried)
    epochs = sum(trial.epochs for trial in study.begun)
    seconds = sum(trial.seconds for trial in study.begun if trial.epochs)
    return study.fingerprint.epochs * seconds / epochs if epochs else None


def _seconds_in_all(study: Study, trial: Trial, seconds: float) -> float:
    """Return how long a trial takes that is begun, where one takes so many `seconds` in the mean."""
    place = trial.epochs_trained
    as_far = [each.seconds for each in study.completed if each.epochs_trained >= place]
    as_far += [each.seconds for each in study.stopped if each.epochs_trained > place]  # for it goes on beyond that rung
    if as_far:
        return fmean(as_far)
    return study.fingerprint.epochs * trial.seconds / place if place else seconds
