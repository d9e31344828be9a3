"""The importance of the hyper-parameters in words."""

from dataclasses import replace

import pytest

from job.core.objective import parse_objective
from job.core.study import Fingerprint
from job.report.content import Effect, ShareSummary, Skill
from job.report.importance.sentences import effect_sentence, skill_sentence
from tests.fakes import study_of

FINGERPRINT = study_of().fingerprint
TOLD_APART: ShareSummary = {"share": 0.4, "low": 0.3, "high": 0.5}
OPEN: ShareSummary = {"share": 0.04, "low": 0.0, "high": 0.6}
SMALL: ShareSummary = {"share": 0.03, "low": 0.0, "high": 0.08}
WORST = "8, the worst of its values,"
AT_MOST = f"yet with the others chosen well, fixing it even at {WORST} would cost no more than"


def skill(*, r2: float = 0.8, rank_correlation: float = 0.9, error: float = 0.02) -> Skill:
    return {
        "trials": 40,
        "folds": 10,
        "r2": r2,
        "rank_correlation": rank_correlation,
        "mean_absolute_error": error,
        "median_absolute_error": error / 2,
        "spread": 0.1,
    }


def effect(total: ShareSummary, *, cost: float, main: ShareSummary | None = None) -> Effect:
    return {
        "name": "filters",
        "main": main or total,
        "total": total,
        "at_best": {"value": 32, "cost": 0.001},
        "at_worst": {"value": 8, "cost": cost},
    }


@pytest.mark.parametrize(
    ("r2", "rank_correlation", "start", "figures"),
    [
        (
            0.8,
            0.9,
            "The surrogate ranks trials it has not seen with a correlation of 0.90",
            ["2.00 points", "10.00 points"],
        ),
        (0.8, 0.3, "The surrogate tells bad regions from good ones, but hardly the best", ["80 %", "only 0.30"]),
        (0.0, 0.7, "The shares mean less than their order: ", ["0.70", "no better than their mean does"]),
        (-0.5, 0.0, "Importance means little here: ", ["no better than their mean does"]),
    ],
)
def test_the_surrogate_is_believed_as_far_as_it_predicts(
    r2: float, rank_correlation: float, start: str, figures: list[str]
) -> None:
    sentence = skill_sentence(skill(r2=r2, rank_correlation=rank_correlation), "val_accuracy")

    assert sentence.startswith(start) and sentence.endswith(".")
    assert [figure for figure in figures if figure not in sentence] == []


@pytest.mark.parametrize(
    ("total", "cost", "share", "consequence"),
    [
        (SMALL, 0.005, "3 % (0 to 8 %)", "fixing it at 32 would hardly change the outcome"),
        (SMALL, 0.015, "3 % (0 to 8 %)", f"{AT_MOST} 1.50 points of val_accuracy"),
        (SMALL, 0.05, "3 % (0 to 8 %)", f"fixing it at {WORST} would cost about 5.00 points of val_accuracy"),
        (OPEN, 0.005, "4 % (0 to 60 %)", "the trials leave open whether it matters"),
        (TOLD_APART, 0.005, "40 % (30 to 50 %)", f"{AT_MOST} 0.50 points of val_accuracy"),
    ],
    ids=["negligible", "within the error", "costly though small", "open", "made up for by the others"],
)
def test_a_dimension_is_told_with_what_comes_of_fixing_it(
    total: ShareSummary, cost: float, share: str, consequence: str
) -> None:
    sentence = effect_sentence(effect(total, cost=cost), skill(), FINGERPRINT)

    assert sentence == f"filters explains {share} of what the surrogate sees; {consequence}."


def test_interactions_are_told_apart_from_what_a_dimension_does_by_itself() -> None:
    sentence = effect_sentence(effect(TOLD_APART, cost=0.5, main=SMALL), skill(), FINGERPRINT)

    assert "of what the surrogate sees, 3 % by itself and the rest together with others; fixing it" in sentence


def test_no_advice_comes_from_a_surrogate_that_does_not_predict() -> None:
    sentence = effect_sentence(effect(SMALL, cost=0.5), skill(r2=0.0, rank_correlation=0.9), FINGERPRINT)

    assert sentence == "filters explains 3 % (0 to 8 %) of what the surrogate sees."


def test_a_cost_below_a_hundredth_of_the_spread_is_none_however_exact_the_surrogate_is() -> None:
    sentence = effect_sentence(effect(SMALL, cost=0.0009), skill(error=0.0), FINGERPRINT)

    assert sentence.endswith("; fixing it at 32 would hardly change the outcome.")


def test_a_loss_is_told_in_its_own_units() -> None:
    fingerprint: Fingerprint = replace(FINGERPRINT, objective=parse_objective("val_loss:min"))

    sentence = effect_sentence(effect(SMALL, cost=0.123456), skill(), fingerprint)

    assert sentence.endswith("would cost about 0.123 of val_loss.")
    assert "is off by 0.02 of val_loss" in skill_sentence(skill(), "val_loss")
