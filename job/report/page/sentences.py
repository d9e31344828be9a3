"""What the page says about a search in words, as rows of a label and a text."""

from collections.abc import Iterator, Sequence
from typing import Literal

from job.report.content import Summary
from job.report.evaluation import IntervalSummary
from job.report.status import StatusSummary
from job.report.text_accounts import environment_rows, time_rows
from job.report.units import count, format_duration, format_interval, format_score
from job.trial import Status

Rows = Iterator[tuple[str, str]]

# What scikit-optimize's abbreviations stand for.
_NAMES = {
    "EI": "expected improvement",
    "PI": "probability of improvement",
    "LCB": "lower confidence bound",
    "GP": "a Gaussian process",
    "RF": "a random forest",
    "ET": "extra trees",
}
_COUNTS: tuple[tuple[Literal["completed", "failed", "imported", "running"], str], ...] = (
    ("completed", "completed"),
    ("failed", "failed"),
    ("imported", "imported"),
    ("running", "unfinished"),
)
_NOT_RUNNING = {
    "interrupted": "The last run was interrupted, and all is saved. The same command goes on with the search.",
    "failed": "The last run ended in an error, which it printed.",
    "not running": "No run is at work, and the last one has not said how it ended. The same command goes on.",
}


def nothing_completed(summary: Summary) -> str:
    """Return why there is no best trial."""
    totals = summary["totals"]
    if totals["failed"]:
        return f"No trial has completed, and {totals['failed']} failed. The reasons stand in the table."
    if totals["running"]:
        return "No trial has completed yet."
    return "No trial has been started yet."


def better_import(summary: Summary) -> str:
    """Return which imported trial scored better than any of which there is a model; empty if none did."""
    first = next(iter(summary["trials"]), None)
    if first is None or first["status"] != Status.IMPORTED:
        return ""
    score = format_score(summary["objective"]["metric"], first["score"])
    return f"Trial {first['number']}, which was imported, scored better: {score}. There is no model of it."


def selection_sentence(summary: Summary) -> str:
    """Return what the best trial owes to being the best of many; empty where that is not known."""
    selection = summary["selection"]
    if selection is None:
        return ""
    gap, rivals = 100 * selection["gap"], selection["rivals"]
    side = "below" if gap >= 0 else "above"
    sentence = f"The test accuracy is {abs(gap):.2f} points {side} that of the validation"
    if rivals == 1:
        return f"{sentence}; no other trial comes so close to the best that chance could explain it."
    return (
        f"{sentence}; {rivals} of {count(summary['totals']['completed'], 'trial')} are as good within chance, and "
        f"picking the best of them makes it look about {100 * selection['optimism']:.2f} points better than it is."
    )


def interval_note(interval: IntervalSummary | None) -> str:
    """Return the interval of a share as a note below it; empty where it is not known."""
    if interval is None:
        return ""
    return f"95 % interval {format_interval(interval)}, {count(interval['images'], 'image')}"


def progress_sentence(status: StatusSummary) -> str:
    """Return how far a running search is; why it does not run, if it should; empty once it has finished."""
    if status["state"] != "running":
        return _NOT_RUNNING.get(status["state"], "")
    of_budget = "" if status["budget"] is None else f" of {status['budget']}"
    left = status["seconds_left"]
    time_left = "" if not left else f", about {format_duration(left)} of training left"
    return f"The search is running: {status['done']}{of_budget} trials done{time_left}."


def running_sentences(status: StatusSummary) -> list[str]:
    """Return how far each trial in hand has come."""
    return [
        f"Trial {trial['number']} is in training: {trial['epoch']} of {count(trial['epochs'], 'epoch')} saved"
        + (f", attempt {trial['attempts']}" if trial["attempts"] > 1 else "")
        + (f"; the attempt before ended so: {trial['reason']}" if trial["reason"] else "")
        for trial in status["running"]
    ]


def settings_rows(summary: Summary) -> Rows:
    """Yield what decides the trials, besides the space."""
    settings, objective = summary["settings"], summary["objective"]
    better = "more" if objective["direction"] == "max" else "less"
    yield "Objective", f"{objective['metric']} after the last epoch; {better} is better"
    yield (
        "Proposals",
        f"the default point, then {count(settings['initial_points'], 'random point')}, then {_search(summary)}",
    )
    repeatable = "deterministic" if settings["deterministic"] else "not deterministic"
    epochs, batch = count(settings["epochs"], "epoch"), settings["batch_size"]
    yield "Training", f"{epochs} in batches of {batch}, seed {settings['seed']}, {repeatable}"
    yield "Data", _data(summary)
    yield "Budget", _budget(summary)


def totals_rows(summary: Summary) -> Rows:
    """Yield how many trials ended in which way, and what they cost."""
    totals, interruptions = summary["totals"], summary["interruptions"]
    counts = (f"{totals[status]} {label}" for status, label in _COUNTS if totals[status] or status == "completed")
    yield "Trials", f"{totals['trials']}: {', '.join(counts)}"
    yield from ((label, line.plain) for label, line in time_rows(summary))
    yield "Runs", _runs(summary)
    yield "Interruptions", f"{interruptions} survived" if interruptions else "none"


def made_with_rows(summary: Summary) -> Rows:
    """Yield the devices and versions of the search."""
    yield from ((label, line.plain) for label, line in environment_rows(summary) if label != "Command")


def most_mistaken(row: Sequence[int], index: int, names: Sequence[str]) -> str:
    """Return what the images of class `index`, taken for each class as often as `row` tells, are most mistaken for."""
    taken, other = max((taken, place) for place, taken in enumerate(row) if place != index)
    return f"{names[other]} ({taken})" if taken else "–"


def minute(iso_time: str | None) -> str:
    """Return a time of the summary to the minute."""
    return "–" if iso_time is None else iso_time[:16].replace("T", " ")


def _search(summary: Summary) -> str:
    acquisition, surrogate = summary["settings"]["acquisition"], summary["settings"]["surrogate"]
    return f"{_NAMES.get(acquisition, acquisition)} on {_NAMES.get(surrogate, surrogate)} ({acquisition}, {surrogate})"


def _data(summary: Summary) -> str:
    data, digest = summary["data"], f"SHA-256 {summary['settings']['data'][:16]}…"
    if data is None:
        return digest
    shape, classes = " × ".join(map(str, data["image_shape"])), len(data["class_names"])
    splits = f"{data['train']:,} images to train, {data['validation']:,} to validate, {data['test']:,} to test"
    return f"{splits}; {shape}, {classes} classes; {digest}"


def _budget(summary: Summary) -> str:
    trials, max_hours, patience = (summary["budgets"].get(name) for name in ("trials", "max_hours", "patience"))
    parts = []
    if trials is not None:
        parts.append(count(int(trials), "trial"))
    if max_hours is not None:
        parts.append(f"{format_duration(max_hours * 3600)} of training")
    if patience is not None:
        parts.append(f"{count(int(patience), 'trial')} without gain")
    return ", or ".join(parts) or "none"


def _runs(summary: Summary) -> str:
    sessions = summary["sessions"]
    if not sessions:
        return "none"
    return f"{len(sessions)}, from {minute(sessions[0]['started'])} to {minute(sessions[-1]['last_saved'])} UTC"
