"""Which hyper-parameters matter, as plain data for the report: what each explains, and how far that is to be believed.

The numbers are worked out in `sensitivity`, and put into words in `sentences`.
"""

from typing import TYPE_CHECKING

from job.core.confirmation import best_trial
from job.core.space import Categorical, Space, summarize_space
from job.core.study import Study
from job.report.content import ImportanceSummary
from job.words import is_share

if TYPE_CHECKING:
    from job.report.refits import Refitted

# Base points of the Monte Carlo: a power of two, as Sobol's sequence takes, with which shares are exact to about 0.01.
_SAMPLES = 2048
_AFTERWARDS = "The search has no surrogate; this one is a Gaussian process that was fitted to its trials afterwards. "


def summarize_importance(study: Study, surrogate: "Refitted | None", *, samples: int = _SAMPLES) -> ImportanceSummary:
    """Return what matters to the surrogate of `study`, which is None where scores are too few; this can take seconds.

    Shares are averages over `samples` points of the space, a power of two.
    """
    if reason := _reason(study):
        return {"reason": reason, "skill": None, "dimensions": [], "irrelevant": None, "untold": ""}
    # Here, so that who only reads the data loads no SciPy.
    from job.report.importance.sensitivity import measure
    from job.report.importance.sentences import (
        Scores,
        effect_sentence,
        irrelevant,
        is_told,
        skill_sentence,
        tells_interaction,
        untold_sentence,
    )

    assert surrogate is not None, "there are scores enough"
    origin = "" if study.fingerprint.has_surrogate else _AFTERWARDS
    best, free = best_trial(study) or study.best_scored, _free_dimensions(study.fingerprint.space)
    objective, space = study.fingerprint.objective, summarize_space(study.fingerprint.space)
    scores = Scores(objective.metric, is_share=is_share(objective.metric, map(float, surrogate.whole.values)))
    skill, effects = measure(
        surrogate, scored=[trial.number for trial in study.scored], best=best.params, samples=samples
    )
    effects = sorted((each for each in effects if each["name"] in free), key=lambda effect: -effect["total"]["share"])
    return {
        "reason": "" if effects else "To the surrogate all points are alike: it takes what differs for chance.",
        "skill": {**skill, "sentence": f"{origin}{skill_sentence(skill, scores)}"},
        "dimensions": [
            {
                **effect,
                "told": is_told(effect, skill),
                "tells_interaction": tells_interaction(effect),
                "sentence": effect_sentence(effect, skill, scores, space),
            }
            for effect in effects
        ],
        "irrelevant": irrelevant(effects, skill),
        "untold": untold_sentence(effects, skill, is_confirmed=bool(study.replicates)),
    }


def _reason(study: Study) -> str:
    """Return why nothing can be said, as a sentence; empty where the surrogate can be asked."""
    from job.report.refits import least_scores

    fingerprint = study.fingerprint
    if len(_free_dimensions(fingerprint.space)) < 2:
        return "There is one dimension only, and it explains everything."
    scores = [trial.score(fingerprint.objective) for trial in study.scored]
    least = least_scores(fingerprint.space)
    if len(scores) < least:
        return f"It takes {least} trials with a score to tell what matters; so far there are {len(scores)}."
    if len(set(scores)) == 1:
        return "All scores are the same, so that nothing matters."
    return ""


def _free_dimensions(space: Space) -> list[str]:
    """Return the names of the dimensions that have more than one value."""
    return [each.name for each in space.dimensions if not isinstance(each, Categorical) or len(each.categories) > 1]
