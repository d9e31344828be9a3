"""How far a search and its trials have come, and how much is left."""

from statistics import fmean

from job.core.confirmation import confirmation_of
from job.core.effort import Effort, effort_of
from job.core.study import Study
from job.core.trial import Trial
from job.report.confirming import count_ended
from job.report.json_values import finite
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


def trainings_to_confirm(study: Study) -> tuple[int, int]:
    """Return how many trainings of the confirmation have ended, and how many there are in all; none without one.

    Before it has begun these are as many as there will be, should the trials to come be like those so far.
    """
    if (confirmation := confirmation_of(study)) is None:
        ahead = _effort_ahead(study)
        return 0, 0 if ahead is None else ahead.trainings
    ended = count_ended(confirmation)
    return ended, ended if confirmation.is_over else confirmation.effort.trainings


def share_done(study: Study) -> float | None:
    """Return how much of a search is done, from 0 to 1, its confirmation included; None where nobody can tell."""
    ended, trainings = trainings_to_confirm(study)
    budget, done = _trials_to_do(study), trials_done(study)
    return None if budget is None else min((done + ended) / (budget + trainings), 1.0)


def estimate_seconds_left(study: Study) -> float | None:
    """Estimate the time until the budget of trials or of hours is used up, and the best ones are confirmed; None
    without a budget, before an epoch, and where it is no finite number.

    Trials are taken to last as long as the mean one so far, those that stopped early among them, and as many to be in
    training at once as there are now; one that is begun, as long as the mean of those that came as far. Those that are
    begun are finished, whatever the budget says.
    """
    to_train, budget, max_hours = [], _trials_to_do(study), study.limits.max_hours
    begun, seconds = 0.0, _seconds_per_trial(study)
    if seconds is not None:
        begun = sum(max(_seconds_in_all(study, trial, seconds) - trial.seconds, 0.0) for trial in study.begun)
    if budget is not None and seconds is not None:
        n_begun = sum(trial.number > 0 for trial in study.begun)
        trials = max(budget - trials_done(study) - n_begun, 0) * seconds
        to_train.append(trials + _seconds_to_confirm(study, seconds) + begun)
    if max_hours is not None:
        to_train.append(max_hours * 3600 - study.training_seconds)
    n_at_once = len(study.at_work) or len(study.begun) or 1
    return finite(max(min(to_train), begun) / n_at_once) if to_train else None


def _trials_to_do(study: Study) -> int | None:
    """Return how many trials are to be done in all: no more than there are, once they are confirmed."""
    return trials_budget(study) if confirmation_of(study) is None else trials_done(study)


def _effort_ahead(study: Study) -> Effort | None:
    """Return how much will be trained again to confirm the best trials, as far as those so far tell of the others."""
    tried = (*study.completed, *study.stopped)
    expected = max(trials_budget(study) or 0, len(tried))
    completed = trainings = float(expected)
    if tried:
        completed *= len(study.completed) / len(tried)
        trainings *= fmean(trial.epochs_trained for trial in tried) / study.fingerprint.epochs
    return effort_of(study.limits.confirm, completed=round(completed), trainings=trainings)


def _seconds_to_confirm(study: Study, seconds: float) -> float:
    """Return how long the trainings of the confirmation take that are not begun, each as long as a trial to its end.

    As that counts one that takes so many `seconds`, where none has completed.
    """
    ended, trainings = trainings_to_confirm(study)
    to_begin = max(trainings - ended - sum(trial.number < 0 for trial in study.begun), 0)
    return to_begin * fmean([trial.seconds for trial in study.completed] or [seconds])


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
