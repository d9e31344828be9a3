"""Rungs in words: how far trials came that stopped early, what that has saved, and what it may have cost."""

from collections.abc import Iterator

from job.core.trial import Status
from job.report.content import PruningSummary, Summary, TrialSummary
from job.report.expectations import format_chance
from job.words import count, format_epochs, format_percent

HEADINGS = ("rung", "reached it", "stopped there", "went on", "taken up again")


def trained_epochs(trial: TrialSummary) -> str:
    """Return how many epochs a trial has trained: up to the rung, where it has stopped at one."""
    return f"{trial['rungs'][-1]['epochs']:g}" if trial["status"] == Status.STOPPED else str(trial["epochs"] or "–")


def score_there(trial: TrialSummary) -> float | None:
    """Return a trial's score; where it has stopped at a rung, and so has none, what it had there."""
    return trial["rungs"][-1]["score"] if trial["status"] == Status.STOPPED else trial["score"]


def rung_rows(pruning: PruningSummary) -> Iterator[tuple[str, ...]]:
    """Yield of each rung how many trials came there, and what became of them, in the order of `HEADINGS`."""
    for rung in pruning["rungs"]:
        counts = (rung["reached"], rung["stopped"], rung["gone_on"], rung["taken_up"])
        yield format_epochs(rung["epochs"]), *map(str, counts)


def saved_clause(pruning: PruningSummary) -> str:
    """Return how many epochs were trained, and how many would have been without rungs."""
    trained, without = pruning["epochs"], pruning["epochs_without"]
    if trained == without:
        return f"{trained:,.1f} trained, none saved"
    share = format_percent(1 - trained / without)
    return f"{trained:,.1f} trained, where the same trials would have taken {without:,.1f} to their end; {share} saved"


def missed_sentence(summary: Summary) -> str:
    """Return how likely it is that a trial was stopped that would have won; empty where that is not known."""
    found, stopped = summary["prospects"], summary["totals"]["stopped"]
    if found is None:
        return ""
    sentence = f"The chance that one of {count(stopped, 'stopped trial')} would have beaten the best is estimated at "
    likeliest = f", that of trial {found['number']} at {format_chance(found['chance_of_trial'])}" if stopped > 1 else ""
    return f"{sentence}{format_chance(found['chance'])}{likeliest}."
