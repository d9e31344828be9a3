"""The tables of a confirmation: its candidates, the seeds, and what was measured."""

from collections.abc import Iterator

from job.core.trial import Status
from job.report.confirmation.content import CandidateSummary, ConfirmationSummary, ReplicateSummary, SeedsSummary
from job.report.confirmation.sentences import format_deviation, format_difference, ordered_tests
from job.report.confirming import in_words
from job.report.content import ObjectiveSummary, Summary
from job.report.evaluation import format_interval
from job.report.sentences import example_noun
from job.report.tested import format_range
from job.words import format_score

HEADINGS = ("trial", "in the search", "on seeds that choose", "seeds", "behind", "verdict")
MEASURES = ("of the winner", "mean", "95 % over seeds", "deviation")
_NONE = "–"


def candidate_rows(summary: Summary, confirmation: ConfirmationSummary) -> Iterator[tuple[str, ...]]:
    """Yield a row for each candidate, with a cell for each of the headings; none for one alone, which nothing chose."""
    if not confirmation["choosing"]:
        return
    metric = summary["objective"]["metric"]
    for each in confirmation["candidates"]:
        chosen = [replicate for replicate in each["replicates"] if replicate["chooses"]]
        scored = sum(replicate["score"] is not None for replicate in chosen)
        seeds = str(scored) if scored == len(chosen) else f"{scored} of {len(chosen)}"
        yield (
            str(each["number"]),
            format_score(metric, each["score_in_search"]),
            format_score(metric, each["mean"]),
            seeds,
            _behind(each, summary["objective"]),
            _verdict(each, summary, confirmation),
        )


def seed_headings(confirmation: ConfirmationSummary) -> tuple[str, ...]:
    """Return what stands above the cells of `seed_rows`."""
    return "seed", "it", *(f"trial {each['number']}" for each in confirmation["candidates"])


def seed_rows(summary: Summary, confirmation: ConfirmationSummary) -> Iterator[tuple[str, ...]]:
    """Yield a row for each seed: what it does, and the score that each candidate has on it.

    Seeds for which no candidate was left have none.
    """
    metric, candidates = summary["objective"]["metric"], confirmation["candidates"]
    known = [{each["seed"]: each for each in candidate["replicates"]} for candidate in candidates]
    for seeds, what in ((confirmation["choosing"], "chooses"), (confirmation["measuring"], "measures")):
        for seed in seeds:
            if confirmation["state"] == "running" or any(seed in of_candidate for of_candidate in known):
                yield str(seed), what, *(_on_seed(metric, of_candidate.get(seed)) for of_candidate in known)


def measure_headings(summary: Summary) -> tuple[str, ...]:
    """Return what stands above the cells of `measure_rows`."""
    return *MEASURES, f"95 % over {example_noun(summary['data'])}s"


def measure_rows(summary: Summary, confirmation: ConfirmationSummary) -> Iterator[tuple[str, ...]]:
    """Yield a row for the objective, and for each metric of the test: the mean, and how sure it is."""
    metric, measured, tests = summary["objective"]["metric"], confirmation["measured"], confirmation["tests"]
    if measured is not None:
        yield metric, *_measure(metric, measured)
    for name in ordered_tests(tests, summary):
        yield f"test {name}", *_measure(name, tests[name])


def _behind(candidate: CandidateSummary, objective: ObjectiveSummary) -> str:
    standing = candidate["standing"]
    if standing is None or standing["behind"] is None:
        return _NONE
    return format_difference(standing["behind"], share=objective["is_share"]) if standing["behind"] else _NONE


def _verdict(candidate: CandidateSummary, summary: Summary, confirmation: ConfirmationSummary) -> str:
    standing, round_left = candidate["standing"], candidate["left_after"]
    left = "" if round_left is None else f"; left after round {round_left}"
    failed = [
        str(each["seed"]) for each in candidate["replicates"] if each["chooses"] and each["status"] == Status.FAILED
    ]
    if candidate["number"] == confirmation["winner"]:
        return "has won"
    if failed:
        return f"failed on seed{'s' if len(failed) > 1 else ''} {in_words(failed)}{left}"
    if standing is None:
        return left.removeprefix("; ") or "in training"
    if standing["may_be_best"]:
        return f"may be as good{left}"
    least = format_difference(standing["at_least"] or 0.0, share=summary["objective"]["is_share"])
    return f"worse, by {least} at least{left}"


def _measure(metric: str, found: SeedsSummary) -> tuple[str, str, str, str]:
    low, high, examples = found["low"], found["high"], found["examples"]
    sure = _NONE if low is None or high is None else format_range(metric, {"low": low, "high": high})
    over_examples = _NONE if examples is None else format_interval(examples)
    return format_score(metric, found["mean"]), sure, format_deviation(metric, found), over_examples


def _on_seed(metric: str, replicate: ReplicateSummary | None) -> str:
    if replicate is None:
        return ""
    unscored = {Status.FAILED: "failed", Status.RUNNING: "…"}.get(Status(replicate["status"]), _NONE)
    return unscored if replicate["score"] is None else format_score(metric, replicate["score"])
