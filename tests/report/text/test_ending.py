"""What a search prints when it has ended."""

from job.core.study import Study
from job.core.tested import TestResult
from job.report.content import CautionSummary, Summary
from job.report.summary import summarize
from job.report.text.ending import render_ending
from tests.fakes import study_of

TESTED = study_of(0.91, 0.988, None).record_test(TestResult(number=2, metrics={"loss": 0.2, "accuracy": 0.95}))


def ending(study: Study) -> list[str]:
    text = render_ending(
        summarize(study), model_path="state/best.keras", page="state/report/report.html", command="hpo-job report"
    )
    return text.splitlines()


def test_it_tells_the_best_trial_and_where_the_rest_is_in_ten_lines_or_so() -> None:
    lines = ending(TESTED)

    assert [line[2:14].strip() for line in lines[1:] if line[2] != " "] == [
        *("Trial", "Score", "Parameters", "Test set", "Model"),
        *("Failed", "Report", "In words"),
    ]
    assert "  Score       val_accuracy 98.80 %" in lines
    assert "  Failed      1 trial; the report tells why" in lines
    assert lines[-2:] == ["  Report      state/report/report.html", "  In words    hpo-job report"]
    assert len(lines) <= 11


def test_without_a_completed_trial_it_tells_why_and_where_the_report_is() -> None:
    lines = ending(study_of(None))

    assert lines[1].startswith("  No trial has completed, and 1 failed.")
    assert lines[-2:] == ["  Report    state/report/report.html", "  In words  hpo-job report"]


def test_a_path_stays_in_one_line_however_long_it_is() -> None:
    page = "/a/long/way" * 20
    text = render_ending(
        summarize(TESTED), model_path="best.keras", page=page, command=f"hpo-job report --state {page}"
    )

    assert f"  Report      {page}\n  In words    hpo-job report --state {page}\n" in text


def test_what_casts_doubt_on_the_best_trial_is_told() -> None:
    caution: CautionSummary = {
        "kind": "guessing",
        "dimension": None,
        "flag": None,
        "sentence": "Guessing does as well.",
    }
    one: Summary = {**summarize(TESTED), "cautions": [caution]}
    two: Summary = {**summarize(TESTED), "cautions": [caution, caution]}

    for summary, told in ((one, "Guessing does as well."), (two, "Guessing does as well. 1 more in the report.")):
        assert f"  Beware      {told}\n" in render_ending(summary, model_path="", page="", command="")
