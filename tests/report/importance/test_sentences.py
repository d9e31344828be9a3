"""The importance of the hyper-parameters in words."""

import pytest

from job.core.space import Value, summarize_space
from job.report.content import Effect, FixingSummary, ShareSummary, Skill
from job.report.importance.sentences import (
    Scores,
    effect_sentence,
    irrelevant,
    is_told,
    skill_sentence,
    untold_sentence,
)
from tests.fakes import study_of

SCORES, SPACE = Scores("val_accuracy", is_share=True), summarize_space(study_of().fingerprint.space)
TOLD_APART: ShareSummary = {"share": 0.4, "low": 0.3, "high": 0.5}
OPEN: ShareSummary = {"share": 0.04, "low": 0.0, "high": 0.6}
SMALL: ShareSummary = {"share": 0.03, "low": 0.0, "high": 0.08}
NONE: ShareSummary = {"share": 0.0, "low": 0.0, "high": 0.0}
UNSURE: ShareSummary = {"share": 0.2, "low": 0.05, "high": 0.4}


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


def fixing(value: Value, cost: float, reach: float) -> FixingSummary:
    return {"value": value, "cost": cost, "low": cost - reach, "high": cost + reach}


def effect(
    total: ShareSummary,
    *,
    cost: float,
    reach: float = 0.002,
    main: ShareSummary | None = None,
    interaction: ShareSummary = NONE,
) -> Effect:
    return {
        "name": "filters",
        "main": main or total,
        "interaction": interaction,
        "total": total,
        "at_best": fixing(32, 0.001, reach),
        "at_worst": fixing(8, cost, reach),
    }


@pytest.mark.parametrize(
    ("r2", "rank_correlation", "start", "figures"),
    [
        (
            0.8,
            0.9,
            "The surrogate ranks trials it has not seen with a correlation of 0.90",
            ["2 points", "10 points"],
        ),
        (0.8, 0.3, "The surrogate tells bad regions from good ones, but hardly the best", ["80 %", "only 0.30"]),
        (0.0, 0.7, "The shares mean less than their order: ", ["0.70", "no better than their mean does"]),
        (-0.5, 0.0, "Importance means little here: ", ["no better than their mean does"]),
    ],
)
def test_the_surrogate_is_believed_as_far_as_it_predicts(
    r2: float, rank_correlation: float, start: str, figures: list[str]
) -> None:
    sentence = skill_sentence(skill(r2=r2, rank_correlation=rank_correlation), SCORES)

    assert sentence.startswith(start) and sentence.endswith(".")
    assert [figure for figure in figures if figure not in sentence] == []


@pytest.mark.parametrize(
    ("total", "cost", "sentence"),
    [
        (SMALL, 0.005, "3 % (0 to 8 %); hardly matters"),
        (SMALL, 0.05, "3 % (0 to 8 %); 8 costs about 5 points"),
        (OPEN, 0.005, "cannot be told yet"),
        (OPEN, 0.5, "cannot be told yet"),
        (UNSURE, 0.001, "20 % (5 to 40 %); no cost can be told"),
        (TOLD_APART, 0.002, "40 % (30 to 50 %); no cost can be told"),
        (TOLD_APART, 0.005, "40 % (30 to 50 %); 8 costs about 0.4 points"),
    ],
    ids=[
        "negligible",
        "costly though small",
        "open",
        "open though costly",
        "perhaps negligible",
        "made up for by the others",
        "little",
    ],
)
def test_a_dimension_is_told_in_a_line_with_what_its_worst_value_costs(
    total: ShareSummary, cost: float, sentence: str
) -> None:
    assert effect_sentence(effect(total, cost=cost), skill(), SCORES, SPACE) == sentence


@pytest.mark.parametrize(
    ("low", "high", "told"), [(0.0, 0.6, False), (0.1, 0.5, False), (0.11, 1.0, True), (0.0, 0.49, True)]
)
def test_an_interval_from_next_to_nothing_to_most_says_nothing(low: float, high: float, told: bool) -> None:
    assert is_told(effect({"share": 0.3, "low": low, "high": high}, cost=0.5), skill()) == told


@pytest.mark.parametrize(
    ("reach", "ending"),
    [
        (0.009, "8 costs about 74 points"),
        (0.03, "8 costs about 74 points"),
        (0.08, "8 costs about 75 points"),
        (0.12, "8 costs about 70 points"),
        (0.3, "8 costs about 80 points"),
        (0.7, "8 costs about 50 points"),
        (0.75, "no cost can be told"),
    ],
)
def test_a_cost_has_the_digits_that_its_interval_supports(reach: float, ending: str) -> None:
    sentence = effect_sentence(effect(TOLD_APART, cost=0.74, reach=reach), skill(), SCORES, SPACE)

    assert sentence == f"40 % (30 to 50 %); {ending}"


def test_what_would_tell_the_rest_is_said_once_and_a_confirmation_is_named_before_there_is_one() -> None:
    effects = [effect(OPEN, cost=0.5), effect(TOLD_APART, cost=0.5), effect(OPEN, cost=0.5)]

    assert untold_sentence(effects, skill(), is_confirmed=True) == "More trials would tell what cannot be told yet."
    assert "confirmation" in untold_sentence(effects, skill(), is_confirmed=False)
    assert untold_sentence(effects[1:2], skill(), is_confirmed=False) == ""


def test_interactions_are_told_apart_from_what_a_dimension_does_by_itself() -> None:
    perhaps = effect(TOLD_APART, cost=0.5, main=SMALL, interaction=UNSURE | {"low": 0.04})
    surely = effect(TOLD_APART, cost=0.5, main=SMALL, interaction=UNSURE)

    assert effect_sentence(surely, skill(), SCORES, SPACE) == "40 % (30 to 50 %), 3 % alone; 8 costs about 50 points"
    assert effect_sentence(perhaps, skill(), SCORES, SPACE) == "40 % (30 to 50 %); 8 costs about 50 points"


def test_no_cost_comes_from_a_surrogate_that_only_tells_the_order() -> None:
    sentence = effect_sentence(effect(SMALL, cost=0.5), skill(r2=0.0, rank_correlation=0.9), SCORES, SPACE)

    assert sentence == "3 % (0 to 8 %)"


def test_a_surrogate_that_does_not_predict_tells_of_no_dimension() -> None:
    unable = skill(r2=0.0, rank_correlation=0.3)

    assert not is_told(effect(TOLD_APART, cost=0.5), unable)
    assert effect_sentence(effect(TOLD_APART, cost=0.5), unable, SCORES, SPACE) == "cannot be told yet"


def test_a_cost_below_a_hundredth_of_the_spread_is_none_however_exact_the_surrogate_is() -> None:
    sentence = effect_sentence(effect(SMALL, cost=0.0009), skill(error=0.0), SCORES, SPACE)

    assert sentence.endswith("; hardly matters")


def test_what_hardly_matters_is_named_with_the_options_that_leave_it_out() -> None:
    matters = effect(TOLD_APART, cost=0.5)
    rate: Effect = {**effect(SMALL, cost=0.005), "name": "rate", "at_best": fixing(0.0123456, 0.0, 0.0)}
    elsewhere: Effect = {**effect(SMALL, cost=0.005), "name": "momentum", "at_best": None}
    found = irrelevant([matters, effect(SMALL, cost=0.005), rate, elsewhere], skill())

    assert found is not None and found["names"] == ["filters", "rate"]
    assert found["flags"] == "--fix filters=32 --fix rate=0.0123"
    assert found["sentence"].startswith("filters and rate hardly matter: a new search with --fix filters=32 ")
    assert irrelevant([matters], skill()) is None
    assert irrelevant([effect(SMALL, cost=0.005)], skill(r2=0.0)) is None


def test_a_loss_is_told_in_its_own_units() -> None:
    losses = Scores("val_loss", is_share=False)

    sentence = effect_sentence(effect(SMALL, cost=0.123456), skill(), losses, SPACE)

    assert sentence.endswith("; 8 costs about 0.12 of val_loss")
    assert "is off by 0.02 of val_loss" in skill_sentence(skill(), losses)
