"""The report of a search whose trials may stop early, at rungs."""

import csv
import io
import re
from dataclasses import replace

import pytest

from job.core.step import Attempt
from job.core.study import Study
from job.report.cautions import find_cautions
from job.report.comparison.course import courses_of
from job.report.content import Summary
from job.report.files import known_summary, render_files
from job.report.page import render_page
from job.report.pruning import summarize_prospects
from job.report.rungs import missed_sentence, rung_rows
from job.report.sentences import nothing_completed, totals_rows
from job.report.settings import settings_rows
from job.report.spreadsheet import read_csv, render_csv
from job.report.summary import summarize
from job.report.text import render_text
from tests.fakes import START, Stop, run_python, study_of, study_with_rungs

STUDY = study_with_rungs(0.9, Stop(0.5, 0.11), Stop(0.99), Stop(0.7), None, 0.95)


def row_of(summary: Summary, label: str) -> str:
    return dict((*settings_rows(summary), *totals_rows(summary)))[label]


def gone_on(study: Study, number: int) -> Study:
    """Return a study in which a trial has gone on to its end."""
    study = study.go_on(number).start(number, now=START)
    trial = study.trial(number)
    history = study.trials[0].history
    rungs = study.trials[0].rungs
    study = study.get_on(number, history, seconds=trial.seconds + 40, batches=trial.batches, rungs=rungs)
    return study.complete(number, history, seconds=trial.seconds + 40, now=START, model_sha256="")


def test_stopped_trials_come_below_the_completed_ones_by_how_far_and_how_well_they_came() -> None:
    summary = summarize(STUDY)

    assert [(trial["number"], trial["rank"], trial["score"]) for trial in summary["trials"]] == [
        *((6, 1, 0.95), (1, 2, 0.9)),
        *((3, None, None), (4, None, None), (2, None, None), (5, None, None)),
    ]
    assert summary["best"] is not None and summary["best"]["number"] == 6
    assert [rung["epochs"] for rung in summary["trials"][2]["rungs"]] == [0.11, 0.33]
    assert (summary["totals"]["completed"], summary["totals"]["stopped"]) == (2, 3)


def test_of_losses_the_lower_one_at_a_rung_comes_first() -> None:
    summary = summarize(study_with_rungs(Stop(0.5), Stop(0.2), objective="val_loss:min"))

    assert [trial["number"] for trial in summary["trials"]] == [2, 1]


def test_the_table_of_trials_tells_where_one_stopped_and_what_it_had_there() -> None:
    table = render_text(summarize(STUDY)).split("Trials, the best first\n")[1].split("\n\n")[0]
    rows = [re.split(r"\s{2,}", line.strip()) for line in table.splitlines()[2:]]

    assert (rows[2][0], rows[2][1], rows[2][6], rows[2][8]) == ("–", "3", "99.00 %", "0.33")
    assert [row[-1] for row in rows[2:]] == ["stopped at 0.33", "stopped at 0.33", "stopped at 0.11", "failed"]


def test_each_rung_tells_how_many_came_there_stopped_and_went_on() -> None:
    pruning = summarize(gone_on(STUDY, 2))["pruning"]

    assert pruning is not None
    assert list(rung_rows(pruning)) == [
        ("0.11 epochs", "5", "0", "5", "1"),
        ("0.33 epochs", "5", "2", "3", "0"),
        ("1 epoch", "3", "0", "3", "0"),
    ]


def test_a_trial_that_was_begun_again_counts_for_the_rungs_that_it_has_behind_it_now() -> None:
    study = study_with_rungs(0.9, None)
    first, failed = study.trials
    study = replace(study, trials=(first, replace(failed, rungs=first.rungs, batches=first.batches)))
    pruning = summarize(study.retry(2))["pruning"]

    assert pruning is not None and [rung["reached"] for rung in pruning["rungs"]] == [1, 1, 1]


def test_the_epochs_saved_are_those_that_stopped_trials_would_have_taken_to_their_end() -> None:
    study = study_with_rungs(0.9, Stop(0.5, 1.0), 0.8)
    summary = summarize(study)

    assert summary["pruning"] is not None
    assert (summary["pruning"]["epochs"], summary["pruning"]["epochs_without"]) == (7, 9)
    assert (
        row_of(summary, "Epochs") == "7.0 trained, where the same trials would have taken 9.0 to their end; 22 % saved"
    )
    assert row_of(summary, "Trials") == "3: 2 trained to the end, 1 stopped early"
    assert row_of(summary, "Rungs") == "after 0.11, 0.33, 1 epochs, where a trial may stop early"


@pytest.mark.parametrize(("ends", "told"), [((), "0.0 trained, none saved"), ((0.9, None), "3.0 trained, none saved")])
def test_where_no_trial_has_stopped_nothing_is_saved(ends: tuple[float | None, ...], told: str) -> None:
    assert row_of(summarize(study_with_rungs(*ends)), "Epochs") == told


def test_a_search_whose_trials_end_by_themselves_counts_with_the_epochs_that_they_take() -> None:
    study = study_with_rungs(0.9, Stop(0.5, 1.0))
    first = replace(study.trials[0], history=study.trials[0].history[:2])
    pruning = summarize(replace(study, trials=(first, study.trials[1])))["pruning"]

    assert pruning is not None and (pruning["epochs"], pruning["epochs_without"]) == (3, 4)


def test_the_chance_of_having_stopped_a_winner_is_told_with_the_likeliest() -> None:
    study = study_with_rungs(0.9, 0.8, 0.85, 0.7, Stop(0.3), Stop(0.6))
    found = summarize_prospects(study)

    assert found is not None and found["number"] == 6
    assert found["chance"] >= found["chance_of_trial"] > 0
    sentence = missed_sentence(
        {**summarize(study), "prospects": {"chance": 0.04, "number": 6, "chance_of_trial": 0.03}}
    )
    assert sentence == (
        "The chance that one of 2 stopped trials would have beaten the best is estimated at 4 %, that of trial 6 "
        "at 3 %."
    )


def test_what_was_found_out_of_stopped_trials_is_told_until_another_trial_ends() -> None:
    study = study_with_rungs(0.9, 0.8, 0.85, 0.7, Stop(0.6))
    found = summarize_prospects(study)
    before = render_files(summarize(study, prospects=found), model_path="best.keras")["report.json"]

    assert found is not None and known_summary(study, before)["prospects"] == found
    assert known_summary(study.propose(study.trials[0].params), before)["prospects"] is None


def test_a_search_without_rungs_tells_nothing_of_them_and_needs_no_scipy() -> None:
    study = study_of(0.9)

    assert summarize_prospects(study) is None
    assert "stop" not in render_text(summarize(study))
    program = "import sys; from job.report import summary, files, rungs; print('scipy' in sys.modules)"
    assert run_python(program).stdout == "False\n"


def test_where_no_trial_has_completed_the_stopped_ones_are_no_best_ones() -> None:
    summary = summarize(study_with_rungs(Stop(0.5)))

    assert summary["best"] is None
    assert nothing_completed(summary).startswith("No trial has completed yet.")
    assert "Where trials stopped" in render_text(summary)


def test_the_page_tells_where_trials_stopped() -> None:
    page = render_page(summarize(STUDY), plots=[])

    assert "Where trials stopped" in page and "stopped at 0.33" in page
    assert "99.00 %" in page and '<tbody class="stopped">' in page


def test_the_spreadsheet_has_columns_for_where_a_trial_stopped_and_none_without_rungs() -> None:
    text = render_csv(summarize(STUDY))
    rows = {row["trial"]: row for row in csv.DictReader(io.StringIO(text))}

    assert (rows["3"]["stopped_at"], rows["3"]["score_there"], rows["3"]["val_accuracy"]) == ("0.33", "0.99", "")
    assert (rows["1"]["stopped_at"], rows["1"]["score_there"], rows["3"]["status"]) == ("", "", "stopped")
    assert "stopped_at" not in render_csv(summarize(study_of(0.9)))


def test_a_spreadsheet_of_a_search_with_rungs_is_read_as_evidence_without_the_stopped_ones() -> None:
    read = read_csv(render_csv(summarize(STUDY)).encode(), STUDY.fingerprint, source="trials.csv")

    assert [trial.value for trial in read.trials if trial.value is not None] == [0.95, 0.9]
    assert {trial.reason for trial in read.trials if trial.value is None} == {"stopped", "failed"}


def test_in_a_comparison_stopped_trials_are_trials_and_cost_their_part_of_the_epochs() -> None:
    courses = courses_of(study_with_rungs(0.9, Stop(0.99, 1.0), None, 0.95))

    assert (courses["trials"].places, courses["trials"].scores) == ((1, 3), (0.9, 0.95))
    assert courses["epochs"].places == (3, 7)


def test_a_bound_at_which_stopped_trials_do_not_lie_is_not_all_that_was_tried() -> None:
    study = study_with_rungs(0.9, Stop(0.5))
    first = replace(study.trials[0], params={**study.trials[0].params, "filters": 64})
    study = replace(study, trials=(first, *study.trials[1:]))

    assert "filters" in [caution["dimension"] for caution in find_cautions(study)]
    assert "filters" not in [caution["dimension"] for caution in find_cautions(replace(study, trials=(first,)))]


@pytest.mark.parametrize(("in_company", "told"), [(True, "up to 2 trials in training at the same time"), (False, None)])
def test_how_many_trials_were_in_training_at_the_same_time_is_told(in_company: bool, told: str | None) -> None:
    study = study_of(0.9, 0.8, 0.7)
    spans = ((0, 60), (30, 90), (90, 120))
    steps = tuple(
        replace(
            step,
            attempts=(Attempt(run=1, started_at=START + start, ended_at=START + end, in_company=in_company),),
        )
        for step, (start, end) in zip(study.steps, spans, strict=True)
    )
    fingerprint = replace(study.fingerprint, lookahead=4)
    rows = dict(totals_rows(summarize(replace(study, steps=steps))))
    ahead = dict(settings_rows(summarize(replace(study, fingerprint=fingerprint))))

    assert rows.get("Workers") == told
    assert ahead["Lookahead"] == "4: a trial is planned without the results of up to 3 before it"
