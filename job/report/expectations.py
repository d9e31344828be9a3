"""What trials were made for and what was expected of them, in words: text, page and commands lay them out."""

from job.report.content import ExpectationSummary, ObjectiveSummary, PredictionSummary, Summary
from job.report.made_for import MadeFor
from job.words import count, format_percent

DESIGNS = {"random": "random", "sobol": "Sobol"}  # what the points of a design are called
MEANING = (
    "Made for improvement: a score as good as the best, or better, was expected. Unsure there: a worse one, with some "
    "chance of a better."
)
_UNBOUNDED = "The surrogate does not know that a share is from 0 to 100 %."
_LEAST_CHANCE = 0.005  # less would be told as nothing


def tells_expectations(summary: Summary) -> bool:
    """Tell whether anything was expected of any trial: nothing is recorded of that in states of earlier releases."""
    return any(trial["expected"] for trial in summary["trials"])


def format_made_for(made_for: str, *, design: str) -> str:
    """Return what a trial was made for: of a point of the design, which one that is."""
    return f"{DESIGNS[design]} point" if made_for == MadeFor.DESIGN else made_for


def format_expected(expected: PredictionSummary, objective: ObjectiveSummary) -> str:
    """Return the expected score with its deviation, such as `97.31 ± 0.62 %`."""
    if objective["is_share"]:
        return f"{100 * expected['score']:.2f} ± {100 * expected['deviation']:.2f} %"
    return f"{expected['score']:.4g} ± {expected['deviation']:.2g}"


def format_improvement(expected: ExpectationSummary, objective: ObjectiveSummary) -> str:
    """Return the expected improvement, such as `0.41 points`."""
    if objective["is_share"]:
        return f"{100 * expected['improvement']:.2f} points"
    return f"{expected['improvement']:.2g}"


def format_chance(chance: float) -> str:
    """Return the chance of an improvement as a percentage."""
    return "< 1 %" if 0 < chance < _LEAST_CHANCE else format_percent(chance)


def describe_expectation(expected: ExpectationSummary, objective: ObjectiveSummary) -> str:
    """Return all that was expected of a trial, as a clause."""
    return (
        f"{objective['metric']} {format_expected(expected, objective)} expected, improvement "
        f"{format_improvement(expected, objective)}, chance of any {format_chance(expected['chance'])}"
    )


def expectations_sentence(summary: Summary) -> str:
    """Return how good the expectations were; empty where nothing was expected of anything that has a score."""
    found = summary["expectations"]
    if found is None:
        return ""
    proposals, near = count(found["scores"], "proposal"), found["within_two_deviations"]
    sentence = f"Of {proposals} with an expected score, {near} came within two deviations of it."
    return f"{sentence} {_UNBOUNDED}" if _goes_beyond(summary) else sentence


def _goes_beyond(summary: Summary) -> bool:
    """Tell whether a share was expected to be above 1 or below 0."""
    expected = [trial["expected"]["score"] for trial in summary["trials"] if trial["expected"]]
    return summary["objective"]["is_share"] and not all(0 <= score <= 1 for score in expected)
