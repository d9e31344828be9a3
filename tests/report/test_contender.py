"""Which trial the surrogate would trust to be the best, in every form of the report."""

import json
from dataclasses import replace

import pytest

from job.core.study import Study
from job.plain_text import render_plain
from job.report.contender import contender_sentence, summarize_contender
from job.report.content import ContenderSummary, Summary
from job.report.files import known_summary, render_files
from job.report.page import render_page
from job.report.summary import summarize
from job.report.text import draw_report
from tests.fakes import study_of
from tests.report.page.markup import Markup

OTHER: ContenderSummary = {
    "number": 2,
    "expected": {"score": 0.9791, "deviation": 0.0031},
    "expected_of_best": {"score": 0.976, "deviation": 0.0052},
}
SAME: ContenderSummary = {**OTHER, "number": 3, "expected": OTHER["expected_of_best"]}


def told(contender: ContenderSummary | None, *scores: float | None, surrogate: str = "GP") -> Summary:
    study = study_of(*scores or (0.5, 0.98, 0.99))
    study = replace(study, fingerprint=replace(study.fingerprint, surrogate=surrogate))
    return summarize(study, contender=contender)


def test_another_trial_that_the_surrogate_trusts_more_is_named_with_what_it_expects_of_both() -> None:
    assert contender_sentence(told(OTHER)) == (
        "The surrogate, which weighs all scores, would rather trust trial 2: it expects val_accuracy 97.91 ± 0.31 % of "
        "that, and 97.60 ± 0.52 % of trial 3."
    )


def test_where_it_trusts_the_best_trial_most_it_says_so() -> None:
    assert contender_sentence(told(SAME)) == (
        "The surrogate, which weighs all scores, trusts trial 3 most too: it expects val_accuracy 97.60 ± 0.52 % of it."
    )


def test_a_search_without_a_surrogate_has_had_one_fitted_afterwards() -> None:
    sentence = contender_sentence(told(SAME, surrogate="none"))
    assert sentence.startswith("A surrogate that was fitted afterwards, which weighs all scores, trusts trial 3")


@pytest.mark.parametrize("summary", [told(None), told(None, None)])
def test_nothing_is_said_where_it_is_not_known(summary: Summary) -> None:
    assert contender_sentence(summary) == ""


def test_text_and_page_tell_it_beside_the_best_trial() -> None:
    summary = told(OTHER)
    assert contender_sentence(summary) in " ".join(render_plain(draw_report(summary), width=100).split())
    assert contender_sentence(summary) in Markup(render_page(summary, plots=[])).only("main").text


def test_report_json_keeps_it_for_as_long_as_the_trials_are_the_same() -> None:
    before = render_files(told(OTHER), model_path="best.keras")["report.json"]
    assert json.loads(before)["contender"] == OTHER
    assert known_summary(study_of(0.5, 0.98, 0.99), before)["contender"] == OTHER
    assert known_summary(study_of(0.5, 0.98, 0.99, 0.4), before)["contender"] is None
    former = {name: value for name, value in json.loads(before).items() if name != "contender"}
    assert known_summary(study_of(0.5, 0.98, 0.99), json.dumps(former).encode())["contender"] is None


def with_default_surrogate(study: Study) -> Study:
    return replace(study, fingerprint=replace(study.fingerprint, surrogate="additive-gp"))


def test_it_is_found_by_the_surrogate_in_the_units_of_the_objective() -> None:
    found = summarize_contender(with_default_surrogate(study_of(3.0, 1.0, None, 1.1, objective="val_loss:min")))
    assert found is not None and found["number"] in (2, 4)
    assert 0.9 < found["expected"]["score"] < 3 and 0 < found["expected"]["deviation"] < 2


@pytest.mark.parametrize("scores", [(), (0.5,), (None, 0.5)])
def test_there_is_none_where_nothing_can_be_expected(scores: tuple[float | None, ...]) -> None:
    study = with_default_surrogate(study_of(*scores, objective="val_loss:min"))
    assert summarize_contender(study) is None
