"""What each trial was made for, and how good the expectations were."""

from enum import StrEnum

from job.core.expectation import Expectation
from job.core.study import Study
from job.core.trial import Origin, Trial
from job.report.content import ExpectationsSummary, ExpectationSummary

_NEAR = 2  # deviations


class MadeFor(StrEnum):
    """Why the point of a trial was tried."""

    GIVEN = "given"  # by the problem
    ENQUEUED = "enqueued"  # by a user, some or all of its values
    EVIDENCE = "evidence"  # scored elsewhere
    DESIGN = "design"  # one of those all over the space, which no surrogate is asked for
    IMPROVEMENT = "improvement"  # the surrogate expected a score at least as good as the best
    UNSURE = "unsure there"  # it expected a worse one, and was unsure enough of that
    CONFIRMATION = "confirmation"  # a trial again on another seed
    PROPOSED = "proposed"  # by a surrogate that knew too little to expect anything, or in an earlier release


def made_for(study: Study, trial: Trial) -> MadeFor:
    """Return what a trial of a study was made for."""
    match trial.origin:
        case Origin.GIVEN:
            return MadeFor.GIVEN
        case Origin.ENQUEUED:
            return MadeFor.ENQUEUED
        case Origin.EVIDENCE:
            return MadeFor.EVIDENCE
        case Origin.REPLICATE:
            return MadeFor.CONFIRMATION
    if trial.expected is not None:
        return MadeFor.IMPROVEMENT if trial.expected.is_improvement else MadeFor.UNSURE
    return MadeFor.PROPOSED if study.fingerprint.asks_surrogate(trial.number) else MadeFor.DESIGN


def summarize_expectation(expected: Expectation | None) -> ExpectationSummary | None:
    """Return what was expected of a trial; None where nothing was."""
    if expected is None:
        return None
    return {
        "score": expected.score,
        "deviation": expected.deviation,
        "improvement": expected.improvement,
        "chance": expected.chance,
    }


def summarize_expectations(study: Study) -> ExpectationsSummary | None:
    """Return how the scores turned out against what was expected of them; None where nothing was expected of any."""
    objective = study.fingerprint.objective
    told = [(each.score(objective), each.expected) for each in study.completed]
    known = [(score, expected) for score, expected in told if score is not None and expected is not None]
    near = sum(abs(score - expected.score) <= _NEAR * expected.deviation for score, expected in known)
    return {"scores": len(known), "within_two_deviations": near} if known else None
