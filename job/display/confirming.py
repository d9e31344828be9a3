"""What is told of a confirmation while it is at work."""

from job.core.confirmation import Confirmation, confirmation_of
from job.core.events import ConfirmationEnded, ConfirmationStarted, RoundEnded
from job.core.study import Study
from job.core.trial import Status, Trial
from job.report.confirming import describe_confirmed, in_words, mean_score, name_trials, over, summarize_confirming
from job.report.progress import estimate_seconds_left
from job.words import count, format_duration, format_score


def describe_confirmation(event: ConfirmationStarted | RoundEnded | ConfirmationEnded, study: Study | None) -> str:
    """Return one line on how a confirmation goes on."""
    match event:
        case ConfirmationStarted():
            return _describe_beginning(event, study)
        case RoundEnded():
            return _describe_round(event, study)
        case ConfirmationEnded():
            found = None if study is None else summarize_confirming(study)
            if study is None or found is None:
                return "the confirmation is over"
            return f"confirmed: {describe_confirmed(found, study.fingerprint.objective.metric)}"


def describe_mean(study: Study, replicate: Trial) -> str:
    """Return the mean of a candidate by the seeds that are through, of those that choose or of those that measure it.

    Such as `, 98.20 % in the mean of 3 seeds`; "" after the first.
    """
    confirmation, metric = confirmation_of(study), study.fingerprint.objective.metric
    through = () if confirmation is None else _through(confirmation, replicate)
    mean = mean_score(through, study.fingerprint.objective)
    return f", {format_score(metric, mean)} {over(len(through))}" if len(through) > 1 else ""


def _describe_beginning(event: ConfirmationStarted, study: Study | None) -> str:
    seconds = None if study is None else estimate_seconds_left(study)
    about = "" if seconds is None else f", about {format_duration(seconds)}"
    seeds = count(event.measuring, "fresh seed")
    if len(event.candidates) == 1:
        return f"confirming {name_trials(event.candidates)} on {seeds}{about}"
    among = f"which is the best of {name_trials(event.candidates)} is chosen on fresh seeds, and measured on "
    return f"confirming: {among}{event.measuring} more; {count(event.trainings, 'training')}{about}"


def _describe_round(event: RoundEnded, study: Study | None) -> str:
    is_one = len(event.left) == 1
    what = f"{name_trials(event.left)} {'is' if is_one else 'are'} left"
    if event.winner is not None:
        what = f"trial {event.winner} has won"
    if study is None or (confirmation := confirmation_of(study)) is None:
        return f"confirming: {what}"
    objective, chosen = study.fingerprint.objective, [confirmation.choosing[number] for number in event.left]
    means = in_words([format_score(objective.metric, mean_score(each, objective)) for each in chosen])
    seeds = count(confirmation.effort.seeds, "more seed")
    measured = "" if event.winner is None else f"; it is measured on {seeds}"
    return f"confirming: {what}, with {objective.metric} {means} {over(len(chosen[0]))}{measured}"


def _through(confirmation: Confirmation, replicate: Trial) -> tuple[Trial, ...]:
    """Return the replicates that have completed of the candidate of this one, and for the same purpose."""
    measures = replicate.replicate >= confirmation.first_measuring
    chooses = confirmation.choosing.get(replicate.of or 0, ())
    return tuple(each for each in (confirmation.measuring if measures else chooses) if each.status is Status.COMPLETED)
