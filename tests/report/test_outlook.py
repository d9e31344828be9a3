"""Whether more trials would help, in every form of the report: it is said where they hardly would, and never else."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from job.core.space import Dimension, Integer, Space
from job.core.study import Study
from job.core.trial import Trial
from job.plain_text import render_plain
from job.report.content import OutlookSummary, Summary
from job.report.files import known_summary, render_files
from job.report.outlook import outlook_sentence, summarize_outlook
from job.report.page import render_page
from job.report.summary import summarize
from job.report.text import draw_report
from job.report.text.ending import draw_ending
from tests.core.test_confirmation import confirmed, searched
from tests.report.confirmations import confirmed_study, part_of_a_confirmation, score_of
from tests.report.page.markup import Markup

LITTLE: OutlookSummary = {"trials": 40, "most_gain": 0.00104, "deviation": 0.003, "freedom": 7}


def alike(each: Trial) -> float:
    """Return what trials score that differ by chance alone."""
    return 0.9 + 0.01 * float(np.random.default_rng([each.of or 0, each.replicate]).standard_normal())


def told(
    outlook: OutlookSummary | None = LITTLE,
    *,
    scores: Callable[[Trial], float | None] = alike,
    objective: str = "val_accuracy:max",
) -> Summary:
    return summarize(confirmed_study(scores=scores, objective=objective), outlook=outlook)


@cache
def equal_points(
    trials: int = 32, confirm: str = "3x3", *, deviation: float = 0.01, over_seeds: float = 0.01, worse: float = 0.0
) -> Study:
    """Return a confirmed search of points that are all as good as each other, but for those with one activation of two
    if these are `worse`; their scores differ by chance.
    """
    chance = np.random.default_rng(0)
    scores = 0.95 + deviation * chance.standard_normal(trials) - worse * (np.arange(1, trials + 1) % 3 > 0)
    study = searched(*scores.clip(max=1.0), confirm=confirm, trials=trials)
    return confirmed(study, lambda _: 0.95 + over_seeds * float(chance.standard_normal()))


def in_space(study: Study, *dimensions: Dimension) -> Study:
    return replace(study, fingerprint=replace(study.fingerprint, space=Space(dimensions)))


def test_it_is_said_what_as_many_more_trials_gain_at_most_and_that_the_best_are_alike() -> None:
    assert outlook_sentence(told()) == (
        "The best four are alike within chance, and 40 more trials are expected to gain 0.10 points at most."
    )


def test_candidates_that_can_be_told_from_the_winner_are_not_called_alike() -> None:
    sentence = outlook_sentence(told(scores=score_of))
    assert sentence == "40 more trials are expected to gain 0.10 points at most."


@pytest.mark.parametrize(
    ("objective", "said"), [("val_mae:min", "lower val_mae by 0.00104"), ("val_r2:max", "raise val_r2 by 0.00104")]
)
def test_what_is_no_share_is_lowered_or_raised(objective: str, said: str) -> None:
    assert outlook_sentence(told(objective=objective)).endswith(f"40 more trials are expected to {said} at most.")


def test_what_is_next_to_nothing_is_a_hundredth_of_a_point_at_most() -> None:
    assert "gain 0.01 points at most" in outlook_sentence(told({**LITTLE, "most_gain": 2e-7}))


def test_nothing_is_said_where_it_is_not_known() -> None:
    assert outlook_sentence(told(None)) == ""


def test_text_page_and_the_end_of_a_run_tell_it_beside_the_best_trial() -> None:
    summary = told()
    for drawn in (draw_report(summary), draw_ending(summary, model_path="", page="", command="")):
        assert outlook_sentence(summary) in " ".join(render_plain(drawn, width=100).split())
    assert outlook_sentence(summary) in Markup(render_page(summary, plots=[])).only("main").text


def test_report_json_keeps_it_until_a_replicate_tells_more() -> None:
    earlier, later = part_of_a_confirmation(3), part_of_a_confirmation(4)
    before = render_files(summarize(earlier, outlook=LITTLE), model_path="best.keras")["report.json"]
    assert json.loads(before)["outlook"] == LITTLE
    assert known_summary(earlier, before)["outlook"] == LITTLE
    assert known_summary(later, before)["outlook"] is None


def test_points_that_are_all_as_good_have_little_to_gain_and_replicates_tell_how_much_scores_differ() -> None:
    found = summarize_outlook(equal_points())
    assert found is not None and (found["trials"], found["freedom"]) == (32, 7)
    scores = [
        [each.history[-1]["val_accuracy"] for each in equal_points().replicates if each.of == of] for of in range(33)
    ]
    errors = [score - np.mean(several) for several in scores for score in several]
    assert found["deviation"] == pytest.approx(float(np.sqrt(np.sum(np.square(errors)) / 7)), rel=1e-3)
    assert 0 < found["most_gain"] <= found["deviation"]


@pytest.mark.parametrize(
    "study",
    [
        pytest.param(lambda: replace(equal_points(), replicates=()), id="before a confirmation"),
        pytest.param(
            lambda: replace(equal_points(), replicates=equal_points().replicates[:-1]), id="before it is over"
        ),
        pytest.param(lambda: equal_points(trials=12), id="after few trials"),
        pytest.param(lambda: equal_points(confirm="2x1", over_seeds=0.1), id="with few replicates"),
        pytest.param(lambda: equal_points(worse=0.03), id="where most trials are much worse than the best"),
        pytest.param(lambda: in_space(equal_points(), Integer("filters", 8, 64)), id="where there are fewer points"),
        pytest.param(lambda: equal_points(over_seeds=0.001), id="where more may be gained than they differ by"),
        pytest.param(lambda: equal_points(deviation=0.0, over_seeds=0.0), id="where no scores differ"),
    ],
)
def test_there_is_no_number_where_more_may_be_gained_and_where_that_is_not_known(
    study: Callable[[], Study],
) -> None:
    assert summarize_outlook(study()) is None
