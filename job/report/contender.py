"""Which trial the surrogate would trust to be the best: summarized, and in words."""

from job.core.confirmation import best_trial
from job.core.fingerprint import NO_SURROGATE
from job.core.study import Study
from job.report.content import ContenderSummary, PredictionSummary, Summary
from job.report.expectations import format_expected


def summarize_contender(study: Study) -> ContenderSummary | None:
    """Return which completed trial the surrogate trusts most, beside the best one; None where there is no surrogate.

    The surrogate is fitted for it, and what it expects is in the objective's units.
    """
    # Here, so that who only reads the data loads neither NumPy nor SciPy.
    import numpy as np

    from job.proposals.contenders import contenders
    from job.proposals.surrogate import fit_surrogate

    surrogate, best = fit_surrogate(study), best_trial(study)
    if surrogate is None or best is None:
        return None
    (first,) = contenders(study, 1)
    means, deviations = surrogate.predict([study.trial(first).params, best.params])
    if not np.isfinite([means, deviations]).all():  # as of scores that are next to infinite
        return None
    expected, expected_of_best = (
        PredictionSummary(score=float(mean), deviation=float(deviation))
        for mean, deviation in zip(means, deviations, strict=True)
    )
    return {"number": first, "expected": expected, "expected_of_best": expected_of_best}


def contender_sentence(summary: Summary) -> str:
    """Return whether the surrogate trusts the best trial most, or else which one.

    Empty where that is not known, and where the best one is confirmed, by which it is more than trusted.
    """
    best, contender = summary["best"], summary["contender"]
    if best is None or contender is None or (summary["confirmation"] and summary["confirmation"]["measured"]):
        return ""
    afterwards = summary["settings"]["surrogate"] == NO_SURROGATE
    surrogate = "A surrogate that was fitted afterwards" if afterwards else "The surrogate"
    objective, trial = summary["objective"], f"trial {best['number']}"
    expected = f"{objective['metric']} {format_expected(contender['expected'], objective)}"
    if contender["number"] == best["number"]:
        return f"{surrogate}, which weighs all scores, trusts {trial} most too: it expects {expected} of it."
    return (
        f"{surrogate}, which weighs all scores, would rather trust trial {contender['number']}: it expects {expected} "
        f"of that, and {format_expected(contender['expected_of_best'], objective)} of {trial}."
    )
