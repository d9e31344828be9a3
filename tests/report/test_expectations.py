"""What each trial was made for, in every form of the report, and how good the expectations were."""

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from job import open_study
from job.core.expectation import Expectation
from job.core.study import Study
from job.core.trial import Origin
from job.plain_text import render_plain
from job.report.expectations import expectations_sentence, format_expected, format_improvement
from job.report.files import render_files
from job.report.made_for import MadeFor
from job.report.page.columns import page_data
from job.report.spreadsheet import read_csv, render_csv
from job.report.status import describe_status, render_status
from job.report.summary import summarize
from job.report.text import draw_report
from job.state.directory import StateDirectory
from tests.fakes import START, study_of
from tests.report.page.markup import Markup, page_of

HOPED = Expectation(score=0.95, deviation=0.02, improvement=0.0123, chance=0.75)
UNSURE = Expectation(score=0.7, deviation=0.3, improvement=0.004, chance=0.002)


def expecting(study: Study, expected: Mapping[int, Expectation], origins: Mapping[int, Origin] | None = None) -> Study:
    """Return a study with a surrogate that is asked from the third trial on, and what it expected of these trials."""
    origins = origins or {1: Origin.GIVEN}
    trials = tuple(
        replace(trial, expected=expected.get(trial.number), origin=origins.get(trial.number, trial.origin))
        for trial in study.trials
    )
    return replace(study, fingerprint=replace(study.fingerprint, initial_points=1), trials=trials)


STUDY = expecting(study_of(0.9, 0.8, 0.96, 0.2, running_epochs=1), {3: HOPED, 4: HOPED, 5: UNSURE})
WITHOUT = expecting(study_of(0.9, 0.8, 0.96), {})


def test_a_trial_was_made_for_improvement_where_a_score_as_good_as_the_best_was_expected() -> None:
    made_for = {each["number"]: each["made_for"] for each in summarize(STUDY)["trials"]}
    assert made_for == {1: "given", 2: "design", 3: "improvement", 4: "improvement", 5: "unsure there"}


def test_points_that_are_asked_for_or_come_from_elsewhere_say_so_and_one_of_an_earlier_release_says_no_more() -> None:
    study = expecting(study_of(0.8, 0.9, imported=[0.7]), {2: HOPED}, {1: Origin.EVIDENCE, 2: Origin.ENQUEUED})
    summary = summarize(study)
    assert {each["number"]: each["made_for"] for each in summary["trials"]} == {2: "enqueued", 3: "proposed"}
    assert summary["evidence"] is not None and summary["evidence"]["trials"][0]["made_for"] == "evidence"


def test_a_share_that_is_expected_to_be_beyond_100_percent_is_explained() -> None:
    beyond = expecting(study_of(0.9, 0.8, 0.96), {3: replace(HOPED, score=1.04)})

    assert "does not know that a share is from 0 to 100 %" in expectations_sentence(summarize(beyond))
    assert "does not know" not in expectations_sentence(summarize(STUDY))


def test_the_scores_within_two_deviations_of_what_was_expected_are_counted() -> None:
    summary = summarize(STUDY)
    assert summary["expectations"] == {"scores": 2, "within_two_deviations": 1}  # the fifth has none yet
    assert expectations_sentence(summary) == (
        "Of 2 proposals with an expected score, 1 came within two deviations of it."
    )


@pytest.mark.parametrize("width", [48, 60, 80, 120])
def test_the_text_has_every_trial_as_it_was_proposed_and_nothing_is_cut(width: int) -> None:
    text = render_plain(draw_report(summarize(STUDY)), width=width)
    section = text.partition("What each trial was made for\n")[2].partition("\nTotals")[0]
    rows = [line.split() for line in section.splitlines() if re.match(r" {6}\d ", line)]
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5"]
    assert "…" not in section
    words = " ".join(section.split())
    for told in ("improvement", "random", "unsure", "95.00 ±", "2.00 %", "unfinished", "came within two deviations"):
        assert told in words
    assert ("1.23 points" in words and "75 %" in words and "< 1 %" in words) or "for want of room: " in words


def test_the_whole_text_has_the_expected_score_beside_the_one_that_came() -> None:
    text = render_files(summarize(STUDY), model_path="best.keras")["report.txt"].decode()
    assert re.search(r"\n +3 +improvement +1\.23 points +75 % +95\.00 ± 2\.00 % +96\.00 %\n", text)


def test_a_state_in_which_nothing_was_expected_says_nothing_of_that() -> None:
    summary = summarize(WITHOUT)
    assert summary["expectations"] is None and expectations_sentence(summary) == ""
    assert "made for" not in render_files(summary, model_path="best.keras")["report.txt"].decode()
    assert "made for" not in page_of(WITHOUT)


def test_report_json_and_trials_csv_have_all_that_was_expected() -> None:
    files = render_files(summarize(STUDY), model_path="best.keras")
    best = json.loads(files["report.json"])["trials"][0]
    assert best["expected"] == {"score": 0.95, "deviation": 0.02, "improvement": 0.0123, "chance": 0.75}
    row, *_ = csv.DictReader(io.StringIO(files["trials.csv"].decode()))
    assert row["made_for"] == "improvement"
    names = ("expected_score", "expected_deviation", "expected_improvement", "chance_of_improvement")
    assert [float(row[name]) for name in names] == [0.95, 0.02, 0.0123, 0.75]


def test_a_table_of_a_release_that_recorded_no_expectations_is_evidence_all_the_same() -> None:
    text = render_csv(summarize(STUDY))
    rows = list(csv.reader(io.StringIO(text)))
    earlier = io.StringIO()
    csv.writer(earlier).writerows(row[:-5] for row in rows)
    assert rows[0][-6] == "reason"

    taken = [read_csv(each.encode(), STUDY.fingerprint, source="").trials for each in (text, earlier.getvalue())]

    assert taken[0] == taken[1]
    assert [(each.number, each.value) for each in taken[0]][:2] == [(3, 0.96), (1, 0.9)]


def test_the_page_shows_in_each_row_what_a_trial_was_made_for() -> None:
    page = page_of(STUDY)
    cells = [each.text for each in Markup(page).elements if each.tag == "td"]
    first = cells.index("improvement")
    assert cells[first : first + 4] == ["improvement", "95.00 ± 2.00 %", "75 %", "completed"]
    assert expectations_sentence(summarize(STUDY)) in page

    data = page_data(summarize(STUDY))
    assert [column["name"] for column in data["columns"]][-4:] == ["made for", "expected", "chance", "status"]
    values = {trial["number"]: trial["values"][-4:-1] for trial in data["trials"]}
    assert values[3] == [list(MadeFor).index(MadeFor.IMPROVEMENT), 95.0, 75.0]
    assert values[1] == [list(MadeFor).index(MadeFor.GIVEN), None, None]


def test_the_status_tells_what_the_trial_in_hand_was_proposed_for() -> None:
    status = describe_status(STUDY, holder=None, now=START)
    (line,) = (line for line in render_status(status).splitlines() if line.startswith("made for"))
    assert line == (
        "made for    unsure there: val_accuracy 70.00 ± 30.00 % expected, improvement 0.40 points, chance of any < 1 %"
    )


def test_a_loss_is_expected_in_its_own_unit() -> None:
    study = expecting(
        study_of(0.3, 0.2, 0.1, objective="val_loss:min"),
        {3: Expectation(score=0.123456, deviation=0.0123, improvement=0.0012, chance=0.6)},
    )
    summary = summarize(study)
    expected = summary["trials"][0]["expected"]
    assert expected is not None
    assert format_expected(expected, summary["objective"]) == "0.1235 ± 0.012"
    assert format_improvement(expected, summary["objective"]) == "0.0012"


def test_a_notebook_sees_what_was_expected_of_a_trial(tmp_path: Path) -> None:
    StateDirectory(tmp_path).save(STUDY)
    given, *_, last = open_study(tmp_path).trials
    assert (given.made_for, given.expected) == ("given", None)
    assert (last.made_for, last.expected) == ("unsure there", UNSURE)
