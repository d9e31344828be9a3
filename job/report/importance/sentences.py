"""What the importance of the hyper-parameters says, in words."""

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from job.core.space import DimensionSummary, Value
from job.report.content import Effect, IrrelevantSummary, ShareSummary, Skill
from job.words import count, format_percent, format_value

# With less the mean of the scores predicts as well, but for chance.
_LEAST_R2 = 0.1
# With less the surrogate does not tell the order of the scores.
_LEAST_CORRELATION = 0.5
# A dimension that explains no more than this, over its whole interval, is one to do without.
_NEGLIGIBLE_SHARE = 0.1
# One that explains this is what matters most. An interval from the one to the other says nothing.
_LARGE_SHARE = 0.5
# Costs below this part of the scores' spread are the surrogate's rounding, even where its errors are smaller still.
_NEGLIGIBLE_COST = 0.01
# A dimension whose interactions explain more than this is not told by its main effect.
_NOTABLE_INTERACTION = 0.05
_UNTOLD, _NO_COST = "cannot be told yet", "no cost can be told"


@dataclass(frozen=True)
class Scores:
    """What the scores are: values of a metric, which are shares or anything else."""

    metric: str
    is_share: bool


def skill_sentence(skill: Skill, scores: Scores) -> str:
    """Return how far the surrogate is to be believed."""
    correlation = f"{skill['rank_correlation']:.2f}"
    match skill["r2"] >= _LEAST_R2, skill["rank_correlation"] >= _LEAST_CORRELATION:
        case True, True:
            error, spread = _amount(scores, skill["mean_absolute_error"]), _amount(scores, skill["spread"])
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


def is_told(effect: Effect, skill: Skill) -> bool:
    """Tell whether the trials say how much a dimension matters: its interval may leave open whether little or most."""
    if not _predicts(skill):
        return False
    return effect["total"]["low"] > _NEGLIGIBLE_SHARE or effect["total"]["high"] < _LARGE_SHARE


def effect_sentence(effect: Effect, skill: Skill, scores: Scores, space: Sequence[DimensionSummary]) -> str:
    """Return what a dimension explains and, if the surrogate is to be believed, what its worst value costs.

    It goes on from the dimension's name: `83 % (67 to 98 %), 55 % alone; sigmoid costs about 70 points`. No number
    stands there that the trials do not tell.
    """
    if not is_told(effect, skill):
        return _UNTOLD
    total = effect["total"]
    explains = f"{format_percent(total['share'])} ({_interval(total)}){_alone(effect)}"
    if skill["r2"] < _LEAST_R2:
        return explains
    return f"{explains}; {_consequence(effect, skill, scores, space)}"


def untold_sentence(effects: Sequence[Effect], skill: Skill, *, is_confirmed: bool) -> str:
    """Return what would tell the dimensions that are not told; empty where there are none of them."""
    if all(is_told(each, skill) for each in effects):
        return ""
    chance = "" if is_confirmed else ", and a confirmation how far scores differ by chance"
    return f"More trials would tell what cannot be told yet{chance}."


def tells_interaction(effect: Effect) -> bool:
    """Tell whether a dimension is known to act together with others, by more than can be passed over."""
    return effect["interaction"]["low"] >= _NOTABLE_INTERACTION


def hardly_matters(effect: Effect, skill: Skill) -> bool:
    """Tell whether a dimension may be left out: over its whole interval, and at its worst value."""
    if skill["r2"] < _LEAST_R2:
        return False
    cost, rounding = effect["at_worst"]["cost"], _NEGLIGIBLE_COST * skill["spread"]
    return effect["total"]["high"] <= _NEGLIGIBLE_SHARE and cost <= max(skill["median_absolute_error"], rounding)


def irrelevant(effects: Sequence[Effect], skill: Skill) -> IrrelevantSummary | None:
    """Return which dimensions hardly matter, with the options that fix each at its value in the best trial."""
    found = [(each["name"], each["at_best"]) for each in effects if hardly_matters(each, skill) and each["at_best"]]
    if not found:
        return None
    flags = shlex.join(word for name, at_best in found for word in ("--fix", f"{name}={_written(at_best['value'])}"))
    names = [name for name, _ in found]
    verb = "hardly matters" if len(names) == 1 else "hardly matter"
    sentence = f"{' and '.join(names)} {verb}: a new search with {flags} has fewer dimensions to search."
    return {"names": names, "flags": flags, "sentence": sentence}


def _written(value: Value) -> str:
    """Return a value as `--fix` takes it; where it hardly matters, so do more than three of its digits."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _predicts(skill: Skill) -> bool:
    """Tell whether the surrogate predicts scores, or at least their order, better than chance."""
    return skill["r2"] >= _LEAST_R2 or skill["rank_correlation"] >= _LEAST_CORRELATION


def _consequence(effect: Effect, skill: Skill, scores: Scores, space: Sequence[DimensionSummary]) -> str:
    worst = effect["at_worst"]
    if hardly_matters(effect, skill):
        return "hardly matters"
    if worst["low"] <= 0.0 or worst["cost"] <= _NEGLIGIBLE_COST * skill["spread"]:
        return _NO_COST
    (dimension,) = (each for each in space if each["name"] == effect["name"])
    cost = _rounded(worst["cost"], worst["high"] - worst["cost"])
    return f"{format_value(worst['value'], dimension)} costs about {_amount(scores, cost)}"


def _rounded(number: float, reach: float) -> float:
    """Return a number in whole steps of 1, 2, 5, 10 and so on: the largest that its interval's reach covers."""
    power = 10.0 ** math.floor(math.log10(reach)) if reach > 0 else 0.0
    step = max((each * power for each in (1, 2, 5) if each * power <= reach), default=0.0)
    return round(number / step) * step if step > 0 else number


def _interval(share: ShareSummary) -> str:
    return f"{100 * share['low']:.0f} to {format_percent(share['high'])}"


def _alone(effect: Effect) -> str:
    return f", {format_percent(effect['main']['share'])} alone" if tells_interaction(effect) else ""


def _amount(scores: Scores, difference: float) -> str:
    """Return a difference of two scores: `42 points`, `0.4 points` where it is less than one, `0.012 of val_loss`."""
    if not scores.is_share:
        return f"{difference:.2g} of {scores.metric}"
    points = 100 * difference
    return count(round(points), "point") if points >= 0.95 else f"{max(points, 0.1):.1f} points"
