"""How the best trial stands among the others, in every form of the report."""

import json
from dataclasses import replace

import numpy as np
import pytest

from job.core.fingerprint import DataDescription
from job.core.study import Study
from job.core.tested import TestResult
from job.core.trial import Hits
from job.plain_text import render_plain
from job.report.content import Summary
from job.report.files import known_summary, render_files
from job.report.page import render_page
from job.report.selection import UNCONFIRMED, gap_clause, standing_clause, summarize_selection
from job.report.summary import summarize
from job.report.text import draw_report
from tests.fakes import study_of
from tests.report.confirmations import confirmed_study, searched_study
from tests.report.page.markup import Markup

N = 250
DATA = DataDescription(train=9, validation=N, test=10_000, image_shape=(8, 8, 1), class_names=("a", "b"))


def searched(*scores: float, accuracy: float | None = None) -> Study:
    """Return a search whose trials are scored on N images, tested with this accuracy."""
    study = study_of(*scores, epochs=1).describe_data(DATA)
    if accuracy is None:
        return study
    assert study.best is not None
    return study.record_test(TestResult(number=study.best.number, metrics={"accuracy": accuracy}))


def with_hits(study: Study, *numbers: int) -> Study:
    """Return a study that knows which images these trials get right: each misses others than the one before."""
    first = 0
    for number in numbers or [trial.number for trial in study.completed]:
        wrong = round(N * (1 - (study.trial(number).score(study.fingerprint.objective) or 0.0)))
        right = np.ones(N, bool)
        right[np.arange(first, first + wrong) % N] = False
        first += wrong
        study = study.note_model(number, hits=Hits(examples=N, packed=np.packbits(right).tobytes()))
    return study


def told(study: Study) -> Summary:
    return summarize(study, selection=summarize_selection(study))


BEST_AT_100 = with_hits(searched(1.0, 0.996, 0.996, 0.992, 0.992, 0.8, accuracy=0.98))


def test_a_best_trial_that_makes_no_mistake_has_rivals_and_owes_something_to_being_chosen() -> None:
    found = summarize_selection(BEST_AT_100)
    assert found is not None and found["corrected"] is not None
    assert (found["trials"], found["rivals"], found["paired"]) == (6, [2, 3, 4, 5], True)
    assert found["gap"] == pytest.approx(0.02)
    assert 0.98 < found["corrected"]["share"] < 0.999
    assert found["corrected"]["low"] < 0.986 and found["corrected"]["high"] == 1.0


def test_without_hits_those_within_the_interval_are_rivals_and_nothing_is_said_of_the_choice() -> None:
    found = summarize_selection(searched(0.9, 0.988, 0.98, 0.95))
    assert found == {"trials": 4, "rivals": [3], "paired": False, "corrected": None, "gap": None}


def test_a_trial_of_an_earlier_release_is_judged_by_its_score() -> None:
    found = summarize_selection(with_hits(searched(0.8, 0.988, 0.98, 0.95), 1, 2, 3))
    assert found == {"trials": 4, "rivals": [3], "paired": False, "corrected": None, "gap": None}
    of_others = replace(searched(0.9, 0.98), data=None).note_model(1, hits=Hits(examples=9, packed=b"\xfe\x80"))
    assert summarize_selection(of_others) is None


@pytest.mark.parametrize("study", [study_of(), study_of(0.1, objective="val_loss:min").describe_data(DATA)])
def test_of_no_trial_and_of_no_share_of_the_examples_nothing_is_known(study: Study) -> None:
    assert summarize_selection(study) is None
    assert standing_clause(told(study)) == gap_clause(told(study)) == ""


def test_it_is_told_in_words() -> None:
    assert standing_clause(told(searched(0.9))) == ""
    assert standing_clause(told(searched(0.9, 0.5))) == (
        "no other trial comes so close to it that chance could explain it"
    )
    assert standing_clause(told(searched(0.9, 0.9, 0.5))) == "1 of 2 other trials is as good within chance"
    found = summarize_selection(BEST_AT_100)
    summary = summarize(
        BEST_AT_100,
        selection=found and {**found, "corrected": {"share": 0.9934, "low": 0.981, "high": 1.0, "examples": N}},
    )
    assert standing_clause(summary) == (
        "4 of 5 other trials are as good within chance; without what being chosen by these images has added, about "
        "99.34 % (95 % interval 98.10 to 100.00 %)"
    )


def test_where_the_test_lies_is_told() -> None:
    assert gap_clause(told(searched(0.9, 0.5, accuracy=0.885))) == "1.50 points below the validation"
    assert gap_clause(told(searched(0.9, 0.5, accuracy=0.91))) == "1.00 points above the validation"
    assert gap_clause(told(searched(0.9, 0.5))) == ""


@pytest.mark.parametrize("accuracy", [0.9, 0.90004, 0.89996])
def test_a_gap_that_is_too_small_to_be_shown_is_none(accuracy: float) -> None:
    assert gap_clause(told(searched(0.9, 0.5, accuracy=accuracy))) == "the same as in the validation"


def test_text_and_page_tell_it_beside_the_best_score() -> None:
    summary = told(BEST_AT_100)
    text = " ".join(render_plain(draw_report(summary), width=100).split())
    assert f"{N} images) {UNCONFIRMED} {standing_clause(summary)} Parameters" in text
    page = " ".join(Markup(render_page(summary, plots=[])).only("main").text.split())
    assert f"B{UNCONFIRMED[1:]}. 4 of 5 other trials" in page
    assert "The test accuracy is 2.00 points below the validation." in page


def test_what_the_present_report_says_is_taken_from_it_until_the_test_or_a_trial_is_another() -> None:
    summary = told(BEST_AT_100)
    assert summary["selection"] is not None
    kept = {**summary, "selection": {**summary["selection"], "rivals": [2]}}
    before = json.dumps(kept).encode()

    assert known_summary(BEST_AT_100, before)["selection"] == kept["selection"]
    for other in (replace(BEST_AT_100, test=None), with_hits(searched(1.0, 0.996, accuracy=0.98))):
        assert known_summary(other, before)["selection"] == summarize_selection(other)
    earlier = json.dumps({**summary, "selection": {"gap": 0.02, "rivals": 1, "optimism": 0.0}}).encode()
    assert known_summary(BEST_AT_100, earlier)["selection"] == summary["selection"]
    files = render_files(known_summary(BEST_AT_100, None), model_path="best.keras")
    assert json.loads(files["report.json"] or b"")["selection"] == summary["selection"]


def test_of_a_confirmed_trial_nothing_is_said_that_fresh_seeds_tell_better() -> None:
    assert summarize_selection(searched_study()) is not None
    assert summarize_selection(confirmed_study()) is None
