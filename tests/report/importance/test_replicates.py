"""What replicates do to the importance of hyper-parameters: nothing but more scores, left out with their trial."""

from dataclasses import replace

from job.core.study import Study
from job.report.importance.sensitivity import measure
from job.report.refits import refit_surrogate
from tests.fakes import study_of
from tests.proposals.test_replicates import again

BY_CHANCE = (0.5, 0.9, 0.6, 0.8, 0.55, 0.85, 0.7, 0.95)


def skill_of(study: Study) -> tuple[int, int, float]:
    """Return how many trials are predicted, in how many groups, and how well."""
    surrogate = refit_surrogate(study)
    assert surrogate is not None
    scored = [trial.number for trial in study.scored]
    skill, _ = measure(surrogate, scored=scored, best=study.best_scored.params, samples=2)
    return skill["trials"], skill["folds"], skill["r2"]


def test_a_trial_is_left_out_with_its_replicates_which_would_tell_its_score() -> None:
    study = study_of(*BY_CHANCE)
    study = replace(study, fingerprint=replace(study.fingerprint, surrogate="additive-gp"))
    for number, score in enumerate(BY_CHANCE, start=1):
        study = again(study, number, score)
    trials, folds, r2 = skill_of(study)
    assert (trials, folds) == (8, 8)
    assert r2 < 0.2
