"""What the page says of a search that has not finished."""

from job.report.status import State, StatusSummary
from job.words import count, format_duration

_NOT_RUNNING = {
    State.HELD: "The run that holds the state gives no sign of life, and may be dead. The same command goes on.",
    State.INTERRUPTED: "The last run was interrupted, and all is saved. The same command goes on with the search.",
    State.FAILED: "The last run ended in an error, which it printed.",
    State.NOT_RUNNING: "No run is at work, and the last one has not said how it ended. The same command goes on.",
}


def progress_sentence(status: StatusSummary) -> str:
    """Return how far a running search is; why it does not run, if it should; empty once it has finished."""
    if status["state"] is not State.RUNNING:
        return _NOT_RUNNING.get(status["state"], "")
    of_budget = "" if status["budget"] is None else f" of {status['budget']}"
    left = status["seconds_left"]
    time_left = "" if not left else f", about {format_duration(left)} of training left"
    stopped = status["totals"]["stopped"]
    stopped_early = f", {stopped} of them stopped early" if stopped else ""
    return f"The search is running: {status['done']}{of_budget} trials done{stopped_early}{time_left}."


def trial_sentences(status: StatusSummary) -> list[str]:
    """Return how far each trial in hand has come."""
    return [
        f"Trial {trial['number']} is in training: {trial['epoch']} of {count(trial['epochs'], 'epoch')} saved"
        + (f", attempt {trial['attempts']}" if trial["attempts"] > 1 else "")
        + (f"; the attempt before ended so: {trial['reason']}" if trial["reason"] else "")
        + "."
        for trial in status["running"]
    ]
