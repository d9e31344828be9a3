"""The trials as the page's script takes them."""

import pytest

from job.core.study import Study
from job.report.page.columns import PageData, page_data
from job.report.summary import summarize
from tests.fakes import study_of
from tests.report.page.markup import mixed_study


def _data(study: Study) -> PageData:
    return page_data(summarize(study))


def test_each_trial_has_a_number_or_nothing_for_each_column() -> None:
    data = _data(study_of(0.91, None))
    first, failed = (trial["values"] for trial in data["trials"])

    names = ["rank", "trial", "learning_rate", "filters", "dropout", "activation", "val_accuracy"]
    assert [column["name"] for column in data["columns"]] == [*names, "curve", "epochs", "time", "status"]
    assert first == [1, 1, pytest.approx(3.02e-5, rel=1e-2), 19, pytest.approx(0.305), 0, 91.0, 91.0, 3, 60.0, 1]
    assert failed[0] is None
    assert failed[6:] == [None, None, None, None, 2]


def test_scores_that_are_no_shares_keep_their_unit() -> None:
    data = _data(study_of(0.5, 0.25, objective="val_loss:min"))

    assert data["columns"][data["score"]]["name"] == "val_loss"
    assert data["columns"][data["score"]]["unit"] == ""
    assert [trial["values"][data["score"]] for trial in data["trials"]] == [0.25, 0.5]
    assert data["direction"] == "min"


def test_better_scores_come_first_when_they_are_asked_for() -> None:
    maximized, minimized = _data(study_of(0.9)), _data(study_of(0.9, objective="loss:min"))

    assert maximized["columns"][maximized["score"]]["first"] == "descending"
    assert minimized["columns"][minimized["score"]]["first"] == "ascending"


def test_what_no_trial_has_is_neither_drawn_nor_filtered() -> None:
    score = _data(study_of(None))["columns"][6]

    assert (score["is_axis"], score["scale"]) == (False, None)


def test_the_best_trial_with_a_model_is_named() -> None:
    assert _data(mixed_study())["best"] == 4
    assert _data(study_of(None))["best"] is None
