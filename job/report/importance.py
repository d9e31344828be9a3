"""Which hyper-parameters matter, as plain data for the report: what each explains, and how far that is to be believed.

The numbers are worked out in `sensitivity`, and put into words in `importance_sentences`.
"""

from typing import TypedDict

from job.space import Categorical, Space, Value
from job.study import Study

# Fewer scores say nothing; nor do fewer than so many for each dimension.
_LEAST_SCORES = 8
_LEAST_SCORES_A_DIMENSION = 2


class ShareSummary(TypedDict):
    """A share of the variance of the surrogate over the space, with its 95 % interval, all from 0 to 1.

    The interval tells how the share moves with the trials: by how much it changes when the surrogate is fitted without
    some of them. The error of the Monte Carlo is not in it; that is about 0.01.
    """

    share: float
    low: float
    high: float


class FixingSummary(TypedDict):
    """By how much the best prediction gets worse with a dimension fixed at `value`, in the objective's units.

    The other dimensions are as in whichever trial is best then, since far from all trials the surrogate does not know.
    """

    value: Value
    cost: float


class Effect(TypedDict):
    """What one dimension explains by itself (`main`) and with its interactions too (`total`)."""

    name: str
    main: ShareSummary
    total: ShareSummary
    at_best: FixingSummary  # at the value of the best trial
    at_worst: FixingSummary  # at the value that costs most


class EffectSummary(Effect):
    sentence: str


class Skill(TypedDict):
    """How well the surrogate predicts the scores of `trials` when it is fitted without them, one of `folds` at a time.

    `r2` is 1 at best, and 0 where the mean of the scores predicts as well. Errors, and `spread`, which is the error of
    that mean, are in the objective's units.
    """

    trials: int
    folds: int
    r2: float
    rank_correlation: float  # Spearman's; 0 where all predictions are equal
    mean_absolute_error: float
    median_absolute_error: float
    spread: float


class SkillSummary(Skill):
    sentence: str


class ImportanceSummary(TypedDict):
    """What each dimension explains, the most important first; there are none where `reason` tells why."""

    reason: str
    skill: SkillSummary | None
    dimensions: list[EffectSummary]


def summarize_importance(study: Study) -> ImportanceSummary:
    """Return what matters to the surrogate of `study`; it is fitted a dozen times or more, which can take seconds."""
    if reason := _reason(study):
        return {"reason": reason, "skill": None, "dimensions": []}
    # Here, so that who only reads the data loads neither SciPy nor scikit-optimize.
    from job.proposals import fit_surrogate
    from job.report.importance_sentences import effect_sentence, skill_sentence
    from job.report.sensitivity import measure

    surrogate = fit_surrogate(study)
    assert surrogate is not None, "there are scores enough"
    best, free = study.best or study.ranked[0], _free_dimensions(study.fingerprint.space)
    skill, effects = measure(surrogate, scored=[trial.number for trial in study.scored], best=best.params)
    return {
        "reason": "" if effects else "To the surrogate all points are alike: it takes what differs for chance.",
        "skill": {**skill, "sentence": skill_sentence(skill, study.fingerprint.objective.metric)},
        "dimensions": [
            {**effect, "sentence": effect_sentence(effect, skill, study.fingerprint)}
            for effect in sorted(effects, key=lambda effect: -effect["total"]["share"])
            if effect["name"] in free
        ],
    }


def _reason(study: Study) -> str:
    """Return why nothing can be said, as a sentence; empty where the surrogate can be asked."""
    fingerprint = study.fingerprint
    if len(_free_dimensions(fingerprint.space)) < 2:
        return "There is one dimension only, and it explains everything."
    scores = [trial.score(fingerprint.objective) for trial in study.scored]
    least = max(_LEAST_SCORES, _LEAST_SCORES_A_DIMENSION * len(fingerprint.space.dimensions))
    if len(scores) < least:
        return f"It takes {least} trials with a score to tell what matters; so far there are {len(scores)}."
    if len(set(scores)) == 1:
        return "All scores are the same, so that nothing matters."
    return ""


def _free_dimensions(space: Space) -> list[str]:
    """Return the names of the dimensions that have more than one value."""
    return [each.name for each in space.dimensions if not isinstance(each, Categorical) or len(each.categories) > 1]
