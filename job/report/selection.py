"""What chance has to do with the best trial being the best of many: summarized, and in words."""

from collections.abc import Sequence

from job.core.confirmation import best_trial, model_of, test_of_model
from job.core.study import Study
from job.core.trial import Hits, Trial
from job.report.content import SelectionSummary, Summary
from job.report.evaluation import IntervalSummary, format_interval
from job.report.sentences import example_noun
from job.report.summary import summarize_best
from job.words import count, format_share

# Of a best score that no further training has confirmed: what hits of one training each cannot tell comes with it.
UNCONFIRMED = "best so far, unconfirmed: another seed may give another score"


def summarize_selection(study: Study) -> SelectionSummary | None:
    """Return how the best trial stands among the others; None where its score is no share of the examples, and where
    it is confirmed: then fresh seeds tell that, and better.

    Others of which it is not known which examples they get right are taken for as good where they score within the
    interval of the best.
    """
    best, told = best_trial(study), summarize_best(study)
    if best != model_of(study) or best is None or told is None or told["interval"] is None:
        return None
    others = [trial for trial in study.completed if trial is not best]
    hits = _hits_of_same(best, others)
    within = {trial.number for trial in others if _is_within(trial, study, told["interval"])}
    rivals, corrected = _judged(best, hits) if best.number in hits else (set[int](), None)
    return {
        "trials": 1 + len(others),
        "rivals": sorted(rivals | (within - hits.keys())),
        "paired": len(hits) == 1 + len(others),
        "corrected": corrected if len(hits) == 1 + len(others) else None,
        "gap": _gap(study, told["interval"]),
    }


def _hits_of_same(best: Trial, others: Sequence[Trial]) -> dict[int, Hits]:
    """Return the hits of trials that are known of the examples that are known of `best`, by their numbers."""
    if best.hits is None:
        return {}
    known = {trial.number: trial.hits for trial in (best, *others) if trial.hits is not None}
    return {number: known[number] for number in sorted(known) if known[number].examples == best.hits.examples}


def _is_within(trial: Trial, study: Study, sure: IntervalSummary) -> bool:
    score = trial.score(study.fingerprint.objective)
    return score is not None and score >= sure["low"]


def _judged(best: Trial, hits: dict[int, Hits]) -> tuple[set[int], IntervalSummary | None]:
    """Return which others the hits do not tell from `best`, and its corrected score."""
    # Here, so that who only reads the data loads neither NumPy nor SciPy.
    from job.statistics.chosen import as_good_within_chance, corrected, unpacked

    numbers, right = list(hits), unpacked(list(hits.values()))
    index = numbers.index(best.number)
    alike = as_good_within_chance(right, index)
    rivals = {number for number, is_alike in zip(numbers, alike, strict=True) if is_alike} - {best.number}
    found = corrected(right, index)
    if found is None:
        return rivals, None
    share, (low, high) = found
    return rivals, {"share": share, "low": low, "high": high, "examples": right.shape[1]}


def _gap(study: Study, best: IntervalSummary) -> float | None:
    """Return by how much the best score exceeds the accuracy on the test set; None where that is no share."""
    test = test_of_model(study)
    accuracy = None if test is None else test.metrics.get("accuracy")
    return None if accuracy is None or not 0 <= accuracy <= 1 else best["share"] - accuracy


def gap_clause(summary: Summary) -> str:
    """Return where the test accuracy lies beside that of the validation; empty where that is not known."""
    selection = summary["selection"]
    if selection is None or selection["gap"] is None:
        return ""
    gap = round(100 * selection["gap"], 2)
    if gap == 0:
        return "the same as in the validation"
    return f"{abs(gap):.2f} points {'below' if gap > 0 else 'above'} the validation"


def standing_clause(summary: Summary) -> str:
    """Return how the best trial stands among the others, and its corrected score; empty where that is not known."""
    selection = summary["selection"]
    if selection is None or selection["trials"] == 1:
        return ""
    rivals, others = len(selection["rivals"]), selection["trials"] - 1
    if not rivals:
        return f"no other trial comes so close to it that chance could explain it{_corrected(summary, selection)}"
    are = "is" if rivals == 1 else "are"
    return f"{rivals} of {count(others, 'other trial')} {are} as good within chance{_corrected(summary, selection)}"


def _corrected(summary: Summary, selection: SelectionSummary) -> str:
    """Return the corrected score where it is another one, to go on with."""
    best, found = summary["best"], selection["corrected"]
    if best is None or best["score"] is None or found is None:
        return ""
    share = format_share(found["share"])
    if share == format_share(best["score"]):
        return ""
    sure, noun = format_interval(found), example_noun(summary["data"])
    return f"; without what being chosen by these {noun}s has added, about {share} (95 % interval {sure})"
