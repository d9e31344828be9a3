"""What the importance of the hyper-parameters says, in words."""

from job.core.space import summarize_space
from job.core.study import Fingerprint
from job.report.content import Effect, FixingSummary, ShareSummary, Skill
from job.words import format_percent, format_value, is_share

# With less the mean of the scores predicts as well, but for chance.
_LEAST_R2 = 0.1
# With less the surrogate does not tell the order of the scores.
_LEAST_CORRELATION = 0.5
# A dimension that explains no more than this, over its whole interval, is one to do without.
_NEGLIGIBLE_SHARE = 0.1
# Costs below this part of the scores' spread are the surrogate's rounding, even where its errors are smaller still.
_NEGLIGIBLE_COST = 0.01
# A dimension whose interactions explain more than this is not told by its main effect.
_NOTABLE_INTERACTION = 0.05


def skill_sentence(skill: Skill, metric: str) -> str:
    """Return how far the surrogate is to be believed."""
    correlation = f"{skill['rank_correlation']:.2f}"
    match skill["r2"] >= _LEAST_R2, skill["rank_correlation"] >= _LEAST_CORRELATION:
        case True, True:
            error, spread = _amount(metric, skill["mean_absolute_error"]), _amount(metric, skill["spread"])
            return (
                f"The surrogate ranks trials it has not seen with a correlation of {correlation}, and is off "
                f"by {error} on average; the mean of the scores is off by {spread}."
            )
        case True, False:
            return (
                "The surrogate tells bad regions from good ones, but hardly the best from the good: of trials it has "
                f"not seen it explains {format_percent(skill['r2'])} of the variance, but ranks them with a "
                f"correlation of only {correlation}."
            )
        case False, True:
            return (
                "The shares mean less than their order: the surrogate ranks trials it has not seen with a correlation "
                f"of {correlation}, but predicts their scores no better than their mean does."
            )
    return "Importance means little here: the surrogate predicts trials left out no better than their mean does."


def effect_sentence(effect: Effect, skill: Skill, fingerprint: Fingerprint) -> str:
    """Return what a dimension explains and, if the surrogate is to be believed, what comes of fixing it."""
    explains = f"{effect['name']} explains {_share(effect['total'])} of what the surrogate sees{_interaction(effect)}"
    if skill["r2"] < _LEAST_R2:
        return f"{explains}."
    return f"{explains}; {_consequence(effect, skill, fingerprint)}."


def _consequence(effect: Effect, skill: Skill, fingerprint: Fingerprint) -> str:
    total, cost, metric = effect["total"], effect["at_worst"]["cost"], fingerprint.objective.metric
    best, worst = (_value(effect, fixing, fingerprint) for fixing in (effect["at_best"], effect["at_worst"]))
    rounding = _NEGLIGIBLE_COST * skill["spread"]
    if cost > max(skill["mean_absolute_error"], rounding):
        return f"fixing it at {worst}, the worst of its values, would cost about {_amount(metric, cost)}"
    if total["high"] <= _NEGLIGIBLE_SHARE and cost <= max(skill["median_absolute_error"], rounding):
        return f"fixing it at {best} would hardly change the outcome"
    if total["low"] > _NEGLIGIBLE_SHARE or total["high"] <= _NEGLIGIBLE_SHARE:
        at_most = f"no more than {_amount(metric, cost)}"
        return (
            f"yet with the others chosen well, fixing it even at {worst}, the worst of its values, would cost {at_most}"
        )
    return "the trials leave open whether it matters"


def _share(share: ShareSummary) -> str:
    low, high = f"{100 * share['low']:.0f}", format_percent(share["high"])
    return f"{format_percent(share['share'])} ({low} to {high})"


def _interaction(effect: Effect) -> str:
    alone = effect["main"]["share"]
    if effect["total"]["share"] - alone < _NOTABLE_INTERACTION:
        return ""
    return f", {format_percent(alone)} by itself and the rest together with others"


def _value(effect: Effect, fixing: FixingSummary, fingerprint: Fingerprint) -> str:
    dimension = next(each for each in summarize_space(fingerprint.space) if each["name"] == effect["name"])
    return format_value(fixing["value"], dimension)


def _amount(metric: str, difference: float) -> str:
    """Return a difference of two scores: `0.42 points of val_accuracy`, `0.0123 of val_loss`."""
    if is_share(metric):
        return f"{100 * difference:.2f} points of {metric}"
    return f"{difference:.3g} of {metric}"
