"""The confirmation of a search as the content of its report."""

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from job.core.confirmation import Confirmation, confirmation_of, confirmations_begun
from job.core.study import Study
from job.core.tested import TestResult
from job.core.trial import Status, Trial, trial_log
from job.report.confirmation.content import (
    CandidateSummary,
    ConfirmationSummary,
    DrawSummary,
    ReplicateSummary,
    SeedsSummary,
    StandingSummary,
)
from job.report.evaluation import IntervalSummary, counts_examples, share_interval
from job.report.json_values import finite
from job.report.tested import shares_of
from job.statistics.seeds import over_seeds
from job.words import is_share


def summarize_confirmation(study: Study) -> ConfirmationSummary | None:
    """Return what the confirmation of `study` says so far; None where none has begun."""
    confirmation = confirmation_of(study)
    if confirmation is None or not confirmation.replicates:
        return None
    # Here, so that who only reads a search without a confirmation loads neither NumPy nor SciPy.
    from job.statistics.candidates import least_difference

    effort, replicates = confirmation.effort, confirmation.replicates
    first, last = confirmation.first_measuring, confirmation.first_measuring + effort.seeds
    candidates = _summarize_candidates(study, confirmation)
    others = [each for each in candidates if each["number"] != confirmation.winner]
    return {
        "state": "over" if confirmation.is_over else "running",
        "effort": f"{effort.candidates}x{effort.seeds}",
        "rounds": [{"candidates": left, "seeds": seeds} for left, seeds in effort.rounds],
        "choosing": list(range(confirmation.first, first)),
        "measuring": list(range(first, last)),
        "candidates": candidates,
        "winner": confirmation.winner,
        "alike": [each["number"] for each in others if each["standing"] and each["standing"]["may_be_best"]],
        "measured": _summarize_measured(study, confirmation),
        "tests": dict(_summarize_tests(study, confirmation)),
        "model": _summarize_model(study, confirmation),
        "least_difference": finite(least_difference(first - confirmation.first))
        if first > confirmation.first
        else None,
        "trainings": len(replicates),
        "trainings_planned": effort.trainings,
        "failed": sum(each.status is Status.FAILED for each in replicates),
        "epochs": sum(each.epochs for each in replicates),
        "seconds": sum(each.seconds for each in replicates),
        "confirmations": confirmations_begun(study),
    }


def confirmed_mean(study: Study) -> float | None:
    """Return the mean score of the winner on the seeds that measured it; None where nothing is confirmed."""
    confirmation = confirmation_of(study)
    found = None if confirmation is None else _summarize_measured(study, confirmation)
    return None if found is None else found["mean"]


def confirmed_tests(study: Study) -> Mapping[str, float]:
    """Return the mean of each metric of the test over the models that measured; empty before all of them are tested."""
    confirmation = confirmation_of(study)
    found = () if confirmation is None else _summarize_tests(study, confirmation)
    return {name: summary["mean"] for name, summary in found}


def _summarize_candidates(study: Study, confirmation: Confirmation) -> list[CandidateSummary]:
    """Return the candidates, those still there first, and then those that left late and were good."""
    objective, standings = study.fingerprint.objective, _standings(study, confirmation)
    choosing, left = confirmation.choosing, confirmation.left
    candidates = [
        _summarize_candidate(study, confirmation, number, choosing[number], standings.get(number))
        for number in confirmation.candidates
    ]

    def place(candidate: CandidateSummary) -> tuple[int, int, float]:
        mean, number = candidate["mean"], candidate["number"]
        loss = math.inf if mean is None else objective.loss(mean)
        return left.index(number) if number in left else len(left), -(candidate["left_after"] or 0), loss

    return sorted(candidates, key=place)


def _summarize_candidate(
    study: Study,
    confirmation: Confirmation,
    number: int,
    choosing: Sequence[Trial],
    standing: StandingSummary | None,
) -> CandidateSummary:
    objective = study.fingerprint.objective
    measuring = confirmation.measuring if number == confirmation.winner else ()
    found = over_seeds([each.score(objective) for each in choosing])
    ends = list(accumulate(seeds for _, seeds in confirmation.effort.rounds))
    has_left = bool(choosing) and number not in confirmation.left
    return {
        "number": number,
        "score_in_search": finite(study.trial(number).score(objective)),
        "replicates": [
            *(_summarize_replicate(study, each, chooses=True) for each in choosing),
            *(_summarize_replicate(study, each, chooses=False) for each in measuring),
        ],
        "mean": found.mean if found else None,
        "standing": standing,
        "left_after": bisect_left(ends, len(choosing)) + 1 if has_left else None,
    }


def _summarize_replicate(study: Study, replicate: Trial, *, chooses: bool) -> ReplicateSummary:
    test = _tests(study).get(replicate.number)
    return {
        "number": replicate.number,
        "seed": replicate.replicate,
        "chooses": chooses,
        "status": str(replicate.status),
        "score": finite(replicate.score(study.fingerprint.objective)),
        "test": {name: finite(value) for name, value in test.metrics.items()} if test else {},
        "epochs": replicate.epochs,
        "seconds": replicate.seconds,
        "reason": replicate.reason,
        "log": trial_log(replicate.number),
    }


def _standings(study: Study, confirmation: Confirmation) -> Mapping[int, StandingSummary]:
    """Return how each candidate stands to the best, by the seeds that choose; nothing before two can be compared."""
    import numpy as np

    from job.statistics.candidates import compare

    n_seeds = confirmation.first_measuring - confirmation.first
    losses = np.full((len(confirmation.candidates), n_seeds), np.nan)
    for row, of in enumerate(confirmation.candidates):
        for each in confirmation.choosing[of]:
            if each.status is not Status.RUNNING:
                loss = each.loss(confirmation.objective)
                losses[row, each.replicate - confirmation.first] = math.inf if loss is None else loss
    if (~np.isnan(losses)).any(axis=1).sum() < 2:
        return {}
    n_examples = _validated(study)
    found = compare(losses, step=1 / n_examples if n_examples else 0.0)
    return {
        of: {
            "behind": finite(standing.behind),
            "at_least": finite(standing.at_least),
            "at_most": finite(standing.at_most),
            "may_be_best": standing.may_be_best,
        }
        for of, standing in zip(confirmation.candidates, found, strict=True)
    }


def _summarize_measured(study: Study, confirmation: Confirmation) -> SeedsSummary | None:
    if not confirmation.is_over:
        return None
    objective, measuring = study.fingerprint.objective, confirmation.measuring
    found = _summarize_seeds(objective.metric, [each.score(objective) for each in measuring], _validated(study))
    sure = _hits_interval(measuring)
    return {**found, "examples": sure} if found and sure else found


def _validated(study: Study) -> int:
    """Return the share of how many validation examples a score is; 0 where it is no such share."""
    counted = study.fingerprint.objective.is_accuracy and counts_examples(study.test, study.data)
    return study.data.validation if study.data and counted else 0


def _hits_interval(measuring: Sequence[Trial]) -> IntervalSummary | None:
    """Return the interval over the examples by what is known of each of them; None where that is not known."""
    known = [each.hits for each in measuring if each.status is Status.COMPLETED and each.hits is not None]
    completed = sum(each.status is Status.COMPLETED for each in measuring)
    if not known or len(known) < completed or len({each.examples for each in known}) > 1:
        return None
    from job.statistics.chosen import unpacked
    from job.statistics.examples import hits_interval

    hits = unpacked(known)
    low, high = hits_interval(hits)
    return {"share": float(hits.mean()), "low": low, "high": high, "examples": known[0].examples}


def _summarize_tests(study: Study, confirmation: Confirmation) -> Iterator[tuple[str, SeedsSummary]]:
    """Yield each metric that all models that measured have been tested for, and what they gave; none before that."""
    ended = [each for each in confirmation.measuring if each.status is Status.COMPLETED]
    found = [test for each in ended if (test := _tests(study).get(each.number)) is not None]
    if not confirmation.is_over or not found or len(found) < len(ended):
        return
    n_examples = study.data.test if study.data else 0
    counted = set.intersection(*({*shares_of(test, n_examples)} for test in found))
    for name in found[0].metrics:
        scores = [test.metrics.get(name) for test in found]
        summary = _summarize_seeds(name, scores, n_examples if name in counted else 0)
        if summary is not None:
            yield name, summary


def _summarize_seeds(metric: str, scores: Sequence[float | None], n_examples: int) -> SeedsSummary | None:
    """Return what the scores say; `n_examples` is of how many each is the share, 0 where it is none."""
    found = over_seeds(scores, step=1 / n_examples if n_examples else None)
    if found is None:
        return None
    low, high = found.interval or (None, None)
    known = [score for score in scores if score is not None]
    if low is not None and high is not None and is_share(metric, filter(math.isfinite, known)):
        low, high = max(low, 0.0), min(high, 1.0)
    return {
        "seeds": found.seeds,
        "failed": found.failed,
        "mean": found.mean,
        "deviation": found.deviation,
        "deviation_bound": found.deviation_bound,
        "low": low,
        "high": high,
        # Models are mostly wrong on the same examples, so that of several no more is sure than of one.
        "examples": share_interval(found.mean, n_examples),
    }


def _summarize_model(study: Study, confirmation: Confirmation) -> DrawSummary | None:
    middle = confirmation.middle
    if middle is None:
        return None
    score = finite(middle.score(study.fingerprint.objective))
    return {"number": middle.number, "seed": middle.replicate, "score": score}


def _tests(study: Study) -> Mapping[int, TestResult]:
    """Return the tests by the number of the trial or replicate whose model was tested."""
    return {test.number: test for test in (*study.tests, *([study.test] if study.test else []))}
