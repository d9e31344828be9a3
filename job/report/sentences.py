"""What the report says of a search in words: sentences, and rows of a label and a text; text and page lay them out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from job.core.trial import Status, trial_log
from job.report.content import (
    AttemptSummary,
    BestSummary,
    DataSummary,
    EvidenceSummary,
    Summary,
    TrialSummary,
)
from job.report.evaluation import IntervalSummary, format_interval
from job.report.rungs import saved_clause, trained_epochs
from job.report.tested import AnswersSummary, NumberSummary, TestedSummary, format_range
from job.words import count, format_counts, format_duration, format_score

Rows = Iterator[tuple[str, str]]

_WAYS: tuple[Literal["completed", "stopped", "failed", "dropped", "running"], ...] = (
    *("completed", "stopped", "failed", "dropped", "running"),
)
_IN_WORDS = {"completed": "trained to the end", "stopped": "stopped early"}  # where trials may stop early
_PARTS_OF_TIME = {
    "training": "training",
    "around training": "around it",
    "start": "starting",
    "proposals": "proposals",
    "saving": "saving",
    "report": "reports",
    "test": "testing",
}
_LEAST_SECONDS = 0.05  # less would be told as nothing
_FIGURES: Mapping[Literal["mae", "rmse", "r2"], str] = {
    "mae": "mean absolute error",
    "rmse": "root mean square error",
    "r2": "R²",
}
# The metrics that come first.
_FIRST_METRICS = {"accuracy": 0, "loss": 1}


def nothing_completed(summary: Summary) -> str:
    """Return why there is no best trial, and what to do about it."""
    totals = summary["totals"]
    if totals["failed"]:
        failed = min(trial["number"] for trial in summary["trials"] if trial["status"] == Status.FAILED)
        return (
            f"No trial has completed, and {totals['failed']} failed. The report tells why, and the log of each what it "
            f"printed, such as {trial_log(failed)} in the state directory."
        )
    if totals["running"] or totals["stopped"]:
        return "No trial has completed yet. Unless a run is at work, the same command goes on with the search."
    return "No trial has been started yet. The command hpo-job search starts the search."


def not_tested(summary: Summary) -> str:
    """Return why there is no test of the best model yet."""
    if has_no_test_set(summary):
        return "none: the problem gives no test set"
    return "not evaluated yet: that is done at the end of the search"


def has_no_test_set(summary: Summary) -> bool:
    return summary["data"] is not None and summary["data"]["test"] == 0


def better_evidence(summary: Summary) -> str:
    """Return which trial of the evidence scored better than any of which there is a model; empty if none did."""
    best, evidence = summary["best"], summary["evidence"]
    if best is None or evidence is None or best["score"] is None:
        return ""
    better = float.__gt__ if summary["objective"]["direction"] == "max" else float.__lt__
    first = next(iter(evidence["trials"]), None)
    if first is None or first["score"] is None or not better(float(first["score"]), float(best["score"])):
        return ""
    score = format_score(summary["objective"]["metric"], first["score"])
    return f"Trial {first['number']}, which is evidence, scored better: {score}. There is no model of it here."


def place_of_best(summary: Summary, best: BestSummary) -> str:
    """Return which of all trials the best one is: `12 of 40`, with those of the evidence before them."""
    trials = len(summary["trials"]) + (len(summary["evidence"]["trials"]) if summary["evidence"] else 0)
    return f"{best['number']} of {trials}"


def evidence_sentence(summary: Summary, evidence: EvidenceSummary) -> str:
    """Return where the evidence comes from, and what may make its scores others than those here."""
    taken, source = len(evidence["trials"]), evidence["source"] or "a result of another program"
    seen = taken + sum(evidence["left_out"].values())
    problem, epochs = evidence["problem"], evidence["epochs"]
    others = [f"of the problem {problem}"] if problem not in (None, summary["problem"]) else []
    others += ["on other data"] if evidence["is_of_same_data"] is False else []
    others += [f"with {count(epochs, 'epoch')} each"] if epochs not in (None, summary["settings"]["epochs"]) else []
    scored = f", scored {' and '.join(others)}" if others else ""
    left_out = f" Left out: {format_counts(evidence['left_out'])}." if evidence["left_out"] else ""
    return f"{taken} of {count(seen, 'trial')} of {source}{scored}.{left_out}"


def interval_note(interval: IntervalSummary | None, summary: Summary) -> str:
    """Return how sure a share is; empty where that is not known."""
    if interval is None:
        return ""
    return f"95 % interval {format_interval(interval)}, {count(interval['examples'], example_noun(summary['data']))}"


def metric_note(name: str, test: TestedSummary, summary: Summary) -> str:
    """Return how sure a metric of the test is; empty where that is not known."""
    if name == "accuracy" and test["interval"]:
        return interval_note(test["interval"], summary)
    known = test["intervals"].get(name)
    return f"95 % interval {format_range(name, known)}" if known else ""


def example_noun(data: DataSummary | None) -> str:
    """Return what one of the data is called."""
    return "image" if data is None or data["image_shape"] else "example"


def untold_note(answers: AnswersSummary) -> str:
    """Return why there is no table of what the model answers, as a sentence; empty if there is one."""
    return f"There is no table of the answers: {answers['untold']}." if answers["untold"] else ""


def number_rows(number: NumberSummary) -> Iterator[tuple[str, str, str]]:
    """Yield the name of each figure of a number that the model gives, its value, and its 95 % interval."""
    for key, name in _FIGURES.items():
        figure = number[key]
        if figure is None:
            yield name, "–", "–"
            continue
        low, high = figure["low"], figure["high"]
        sure = "–" if low is None or high is None else format_range(name, {"low": low, "high": high})
        yield name, f"{figure['value']:.4g}", sure


def totals_rows(summary: Summary) -> Rows:
    """Yield how many trials ended in which way, and what they cost."""
    totals, interruptions = summary["totals"], summary["interruptions"]
    words = _IN_WORDS if summary["pruning"] else {}
    told = [way for way in _WAYS if totals[way] or way == "completed"]
    counts = ", ".join(f"{totals[way]} {words.get(way) or status_label(way)}" for way in told)
    evidence = f"; {totals['imported']} of evidence besides" if totals["imported"] else ""
    yield "Trials", f"{totals['trials']}: {counts}{evidence}"
    yield "Time", _time(summary)
    yield "Epochs", _epochs(summary)
    if (at_once := totals["at_once"]) > 1:
        yield "Workers", f"up to {count(at_once, 'trial')} in training at the same time"
    yield "Runs", _runs(summary)
    yield "Interruptions", f"{interruptions} survived" if interruptions else "none"


def epochs_note(summary: Summary) -> str:
    """Return how many epochs its trials have behind them, with the parts of those in which some have stopped.

    Those of replicates are told besides.
    """
    pruning = summary["pruning"]
    searched = sum(trial["epochs"] for trial in summary["trials"])
    epochs = f"{pruning['epochs']:,.1f} epochs" if pruning else count(searched, "epoch")
    to_confirm = summary["totals"]["epochs"] - searched
    return f"{epochs}, {to_confirm:,} more to confirm" if to_confirm else epochs


def made_with_rows(summary: Summary) -> Rows:
    """Yield the devices of all runs, and every version and setting that took part."""
    environment = summary["environment"]
    for device in environment["devices"]:
        yield "Device", device
    if environment["versions"]:
        yield "Versions", ", ".join(f"{name} {number}" for name, number in environment["versions"].items())
    if environment["arithmetic"]:
        yield "Arithmetic", ", ".join(f"{name} {value}" for name, value in environment["arithmetic"].items())


def status_label(status: str) -> str:
    """Return how the report calls a status: a running trial may have been left by a run that is no more."""
    return "unfinished" if status == Status.RUNNING else status


def trial_label(trial: TrialSummary) -> str:
    """Return how the report calls the status of a trial: of one that has stopped early, with the rung, in epochs."""
    label = status_label(trial["status"])
    return f"{label} at {trained_epochs(trial)}" if label == Status.STOPPED else label


def attempt_rows(starts: Iterable[AttemptSummary]) -> Rows:
    """Yield of each start of a trial when it was, to the second, and what became of it."""
    for attempt in starts:
        yield f"run {attempt['run']}, {second(attempt['started'])} UTC", _fate(attempt)


def _fate(attempt: AttemptSummary) -> str:
    if attempt["how"] is None:
        return "no end is known: it is at work, or was killed with its run"
    why = f": {attempt['reason']}" if attempt["reason"] else ""
    return f"{attempt['how']} at {second(attempt['ended'])}{why}"


def ordered_metrics(names: Iterable[str]) -> list[str]:
    """Return the names of a test's metrics as they are told: accuracy and loss first."""
    return sorted(names, key=lambda name: _FIRST_METRICS.get(name, len(_FIRST_METRICS)))


def most_mistaken(row: Sequence[int], index: int, names: Sequence[str]) -> str:
    """Return what examples of class `index`, taken for each class as often as `row` tells, are most mistaken for."""
    others = ((taken, other) for other, taken in enumerate(row) if other != index and taken)
    taken, other = max(others, default=(0, index))
    return f"{names[other]} ({taken})" if taken else "–"


def minute(iso_time: str | None) -> str:
    """Return a time of the summary to the minute."""
    return "–" if iso_time is None else iso_time[:16].replace("T", " ")


def second(iso_time: str | None) -> str:
    """Return a time of the summary to the second."""
    return "–" if iso_time is None else iso_time[:19].replace("T", " ")


def _time(summary: Summary) -> str:
    spent = summary["time"]["seconds"].items()
    told = ((part, seconds) for part, seconds in spent if seconds >= _LEAST_SECONDS or part == "training")
    return ", ".join(f"{_PARTS_OF_TIME.get(part, part)} {format_duration(seconds)}" for part, seconds in told)


def _epochs(summary: Summary) -> str:
    again = summary["time"]["epochs_again"]
    repeated = f", {again:,} of them again after interruptions" if again else ""
    if (pruning := summary["pruning"]) is not None:
        return f"{saved_clause(pruning)}{f'; {again:,} trained again after interruptions' if again else ''}"
    return f"{count(summary['time']['epochs'], 'epoch')} trained{repeated}"


def _runs(summary: Summary) -> str:
    runs = summary["runs"]
    if not runs:
        return "none"
    # A clock may have been put back between two runs, or within one.
    times = [time for run in runs for time in (run["started"], run["last_saved"]) if time is not None]
    return f"{len(runs)}, from {minute(runs[0]['started'])} to {minute(max(times, default=None))} UTC"
