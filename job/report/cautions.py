"""What casts doubt on the best trial: a value at a bound of its dimension, and answers that guessing gets as well."""

import math
import shlex
from collections.abc import Iterator
from decimal import Decimal
from statistics import NormalDist
from typing import Literal

from job.core.bounds import bounded, parse_bounds
from job.core.confirmation import best_trial, test_of_model
from job.core.fingerprint import DataDescription
from job.core.space import Categorical, Integer, Real
from job.core.study import Study
from job.core.trial import Trial
from job.errors import SettingsError
from job.report.confirmation import confirmed_mean
from job.report.content import CautionSummary
from job.report.evaluation import counts_examples
from job.words import count, format_percent, format_score

Side = Literal["lower", "upper"]

# A value so near to a bound, as a share of the range on the dimension's scale, lies at it.
_AT_BOUND = 0.01
_LEVEL = 0.05  # how often the best of trials that all guess may be taken for better than that


def find_cautions(study: Study) -> list[CautionSummary]:
    """Return what a reader of the best trial should know before relying on it; nothing without one."""
    best = best_trial(study)
    return [] if best is None else [*_guessing(study, best), *_unskilled(study), *_bounds(study, best)]


def _guessing(study: Study, best: Trial) -> Iterator[CautionSummary]:
    objective, data, confirmed = study.fingerprint.objective, study.data, confirmed_mean(study)
    score = best.score(objective) if confirmed is None else confirmed
    if not objective.is_accuracy or score is None or data is None:
        return
    found = _best_guess(study, data)
    if found is None:
        return
    (guess, how), trials = found, len(study.completed) if confirmed is None else 1
    if not score <= guess + _luck(guess, examples=data.validation, trials=trials):
        return
    which = "best" if confirmed is None else "confirmed"
    sentence = f"The {which} score, {format_score(objective.metric, score)}, is no better than guessing: {how} gets "
    sentence += f"{format_percent(guess)} right"
    if score > guess:
        luckiest = f"the best of {count(trials, 'trial')}" if trials > 1 else "one trial"
        sentence += f", and {luckiest} somewhat more by chance"
    yield {"kind": "guessing", "dimension": None, "flag": None, "sentence": f"{sentence}."}


def _unskilled(study: Study) -> Iterator[CautionSummary]:
    """Yield the numbers of which the mean of the true ones is as good a guess as what the model gives."""
    test = test_of_model(study)
    for number in test.numbers if test else ():
        if number.r2 is not None and number.r2.value <= 0:
            which = f" for number {number.name}" if test and len(test.numbers) > 1 else ""
            sentence = (
                f"The best model predicts no better than the mean of the true numbers{which}: in the test, R² is "
            )
            yield {"kind": "guessing", "dimension": None, "flag": None, "sentence": f"{sentence}{number.r2.value:.2f}."}


def _best_guess(study: Study, data: DataDescription) -> tuple[float, str] | None:
    """Return the share that guessing gets right, and how; None where it is not known how many classes there are.

    Classes are as common as in the test, where that is known.
    """
    if not counts_examples(study.test, data):
        return None
    counts = [sum(row) for row in study.test.confusion] if study.test and study.test.confusion else []
    classes = len(data.class_names) or len(counts)
    if not classes:
        return None
    guess, how = 1 / classes, f"naming one of {count(classes, 'class')} at random"
    if sum(counts) and max(counts) / sum(counts) > guess:
        return max(counts) / sum(counts), "naming the most common class each time"
    return guess, how


def _luck(guess: float, *, examples: int, trials: int) -> float:
    """Return by how much the best of `trials` that guess may exceed a guess (Bonferroni; the errors are normal)."""
    if not examples:
        return 0.0
    return NormalDist().inv_cdf(1 - _LEVEL / max(trials, 1)) * math.sqrt(guess * (1 - guess) / examples)


def _bounds(study: Study, best: Trial) -> Iterator[CautionSummary]:
    for dimension in study.fingerprint.space.active(best.params):
        name = dimension.name
        if isinstance(dimension, Categorical) or (side := _side(dimension, best.params[name])) is None:
            continue
        tried = (trial for trial in (*study.scored, *study.stopped) if name in trial.params)
        if all(_side(dimension, trial.params[name]) == side for trial in tried):
            continue  # nothing else was tried
        bound = f"{dimension.low if side == 'lower' else dimension.high:.15g}"
        sentence = f"{name} lies at its {side} bound, {bound}, in the best trial"
        flag = _flag(dimension, side)
        if flag is not None:
            sentence += f": better values may lie beyond. A new search with {flag} would tell"
        yield {"kind": "bound", "dimension": name, "flag": flag, "sentence": f"{sentence}."}


def _side(dimension: Real | Integer, value: object) -> Side | None:
    """Return at which bound of its dimension a value lies, if it does."""
    assert isinstance(value, int | float), "a dimension with bounds has numbers"
    scale = math.log if dimension.prior == "log-uniform" else float
    low, high = scale(dimension.low), scale(dimension.high)
    share = (scale(value) - low) / (high - low)
    if share <= _AT_BOUND:
        return "lower"
    return "upper" if share >= 1 - _AT_BOUND else None


def _flag(dimension: Real | Integer, side: Side) -> str | None:
    """Return the option that widens a dimension at one side; None where that may make no sense."""
    low, high = dimension.low, dimension.high
    low, high = (_lowered(dimension), high) if side == "lower" else (low, _raised(dimension))
    if dimension.step is not None:
        low, high = _on_step(dimension, low), _on_step(dimension, high)
    bounds = f"{dimension.name}={low:.15g}:{high:.15g}"
    try:
        wider = bounded(dimension, parse_bounds(bounds))
    except SettingsError:  # the numbers end
        return None
    return None if wider == dimension else shlex.join(("--bounds", bounds))


def _lowered(dimension: Real | Integer) -> float:
    """Return a bound a decade, or once the range, below the lower one; a number that is not negative ends at 0 or 1."""
    low, least = dimension.low, min(dimension.low, 1) if isinstance(dimension, Integer) else 0
    if dimension.prior == "log-uniform":
        return max(low // 10, least) if isinstance(dimension, Integer) else low / 10
    wider = 2 * low - dimension.high
    return wider if low < 0 else max(wider, least)


def _raised(dimension: Real | Integer) -> float:
    """Return a bound a decade, or at least once the range, above the upper one; a share ends at 1."""
    low, high = dimension.low, dimension.high
    if dimension.prior == "log-uniform":
        return high * 10
    wider = 2 * high if low >= 0 else 2 * high - low
    is_share = isinstance(dimension, Real) and low >= 0 and high <= 1
    return min(wider, 1.0) if is_share else wider


def _on_step(dimension: Real | Integer, bound: float) -> float:
    """Return the bound that steps lead to, at or within one that lies outside of a dimension."""
    assert dimension.step is not None, "the dimension is on a step"
    step, low, high = (Decimal(repr(each)) for each in (dimension.step, dimension.low, dimension.high))
    if bound < dimension.low:
        return float(low - (low - Decimal(repr(bound))) // step * step)
    return float(high + (Decimal(repr(bound)) - high) // step * step) if bound > dimension.high else bound
