"""Whether more trials would help: summarized, and in words where they would hardly."""

import math
from collections import defaultdict
from statistics import fmean, median

from job.core.confirmation import confirmation_of
from job.core.study import Study
from job.report.confirmation.sentences import format_difference
from job.report.content import ObjectiveSummary, OutlookSummary, Summary
from job.report.summary import summarize_objective
from job.statistics.replicates import Noise, noise_of

_LEAST_SCORES = 30  # after fewer it has not been tried whether it holds
_LEAST_FREEDOM = 3  # of the noise: with less next to nothing is known of it
_MOST_BEHIND = 2.0  # deviations over seeds by which half of the trials may be worse than the best
_DIGITS = 4
_LEAST_SHARE = 1e-4  # that is written


def summarize_outlook(study: Study) -> OutlookSummary | None:
    """Return what as many more trials may gain at most where that is hardly anything; None where it may be more, and
    where it is not known, as before a confirmation.

    The additive Gaussian process is asked, whatever the surrogate of the search is.
    """
    confirmation, more, size = confirmation_of(study), len(study.tried), study.fingerprint.space.size
    if confirmation is None or confirmation.winner is None or not confirmation.is_over:
        return None
    noise, has_points = _noise(study, confirmation.winner), size is None or size >= 2 * more
    if noise is None or not has_points or len(study.scored) < _LEAST_SCORES:
        return None
    # Here, so that who only reads the data loads neither NumPy nor SciPy.
    from job.proposals.outlook import outlook_of

    found = outlook_of(study, study.trial(confirmation.winner).params, least_loss=_least_loss(study))
    if not found.is_hardly_any(noise):
        return None
    return {
        "trials": more,
        "most_gain": _rounded(found.most_gain),
        "deviation": _rounded(noise.deviation),
        "freedom": noise.freedom,
    }


def outlook_sentence(summary: Summary) -> str:
    """Return that more trials would hardly help; empty where they may, and where that is not known."""
    outlook, confirmation = summary["outlook"], summary["confirmation"]
    if outlook is None or confirmation is None:
        return ""
    gains = _gain(outlook["most_gain"], summary["objective"])
    gain = f"{outlook['trials']} more trials are expected to {gains} at most."
    alike = len(confirmation["alike"]) + 1
    return f"The best {_named(alike)} are alike within chance, and {gain}" if alike > 1 else gain


def _noise(study: Study, winner: int) -> Noise | None:
    """Return by how much scores differ over seeds; None where replicates do not tell, or points matter much more.

    Where half of the trials are much worse than the winner, a surrogate may be sure of how little is to be gained and
    wrong, as it was on smooth functions with little noise.
    """
    from job.proposals.told import repeats

    losses = defaultdict[int | None, list[float]](list)
    for each in repeats(study):
        losses[each.trial.of].append(each.loss)
    noise = noise_of(losses.values())
    if winner not in losses or noise is None or noise.freedom < _LEAST_FREEDOM or not 0 < noise.deviation < math.inf:
        return None
    scored = (trial.loss(study.fingerprint.objective) for trial in study.scored)
    behind = median(loss for loss in scored if loss is not None) - fmean(losses[winner])
    return noise if behind <= _MOST_BEHIND * noise.deviation else None


def _least_loss(study: Study) -> float:
    """Return the loss of the best share there is; without an end where scores are no shares."""
    objective = study.fingerprint.objective
    is_max = objective.direction == "max"
    return objective.loss(1.0 if is_max else 0.0) if summarize_objective(study)["is_share"] else -math.inf


def _rounded(value: float) -> float:
    """Return a number without the digits that another kind of processor may reckon otherwise."""
    return float(f"{value:.{_DIGITS}g}")


def _gain(difference: float, objective: ObjectiveSummary) -> str:
    """Return what is gained, such as `gain 0.10 points` or `lower val_mae by 0.012`."""
    if objective["is_share"]:
        return f"gain {format_difference(max(difference, _LEAST_SHARE), share=True)}"
    verb = "raise" if objective["direction"] == "max" else "lower"
    return f"{verb} {objective['metric']} by {format_difference(difference, share=False)}"


def _named(number: int) -> str:
    """Return a number in words, as far as there mostly are so many candidates."""
    return {2: "two", 3: "three", 4: "four", 5: "five"}.get(number, str(number))
