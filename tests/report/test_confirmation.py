"""What a report says of a confirmation."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from statistics import fmean, stdev

import numpy as np
import pytest
from rich.console import Console

from job.core.limits import Limits
from job.core.study import Study
from job.core.trial import Hits, Trial
from job.report.comparison.groups import NamedStudy
from job.report.comparison.summary import compare
from job.report.confirmation import summarize_confirmation
from job.report.confirmation.content import ConfirmationSummary
from job.report.contender import contender_sentence
from job.report.content import ContenderSummary, PredictionSummary, Summary
from job.report.files import known_summary
from job.report.summary import summarize
from job.report.text import draw_report, render_text
from job.report.text.ending import render_ending
from tests.core.test_confirmation import confirmed
from tests.fakes import START, study_of
from tests.report.confirmations import (
    confirmed_study,
    part_of_a_confirmation,
    score_of,
    searched_study,
    with_tests,
)


def summary_of(study: Study) -> ConfirmationSummary:
    found = summarize_confirmation(study)
    assert found is not None
    return found


def text_of(study: Study, *, width: int = 120) -> str:
    console = Console(width=width)
    with console.capture() as capture:
        console.print(draw_report(summarize(study)))
    assert all(len(line) <= width for line in capture.get().splitlines()[:60])
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def in_one_line(study: Study) -> str:
    return " ".join(text_of(study).split())


def test_the_summary_tells_who_competed_on_which_seeds_and_what_the_winner_gave_on_others() -> None:
    found = summary_of(confirmed_study())
    assert (found["state"], found["effort"], found["winner"]) == ("over", "4x3", 3)
    assert (found["choosing"], found["measuring"]) == ([1, 2, 3, 4], [5, 6, 7])
    assert found["rounds"] == [{"candidates": 4, "seeds": 1}, {"candidates": 2, "seeds": 3}]
    assert [(each["number"], each["left_after"]) for each in found["candidates"]] == [(3, None), (2, 2), (1, 1), (4, 1)]
    assert (found["trainings"], found["trainings_planned"], found["epochs"], found["seconds"]) == (13, 13, 39, 780.0)

    winner, measured = found["candidates"][0], found["measured"]
    fresh = [each["score"] for each in winner["replicates"] if not each["chooses"]]
    assert measured is not None and len(fresh) == 3 and None not in fresh
    scores = [score for score in fresh if score is not None]
    assert (measured["mean"], measured["deviation"]) == pytest.approx((fmean(scores), stdev(scores)))
    half = 4.302652729911275 * stdev(scores) / math.sqrt(3)  # of Student's distribution with two degrees of freedom
    assert (measured["low"], measured["high"]) == pytest.approx((fmean(scores) - half, fmean(scores) + half))


def test_candidates_that_cannot_be_told_from_the_winner_are_told() -> None:
    assert summary_of(confirmed_study())["alike"] == []
    alike = confirmed_study(scores=lambda each: 0.5 if each.of == 4 else close(each))
    assert summary_of(alike)["alike"] == [1, 3]
    assert "Trials 1 and 3, of 3 other candidates, cannot be told from the winner." in in_one_line(alike)


def test_the_test_is_that_of_all_models_that_measured_and_the_best_model_is_one_draw_of_them() -> None:
    study = confirmed_study()
    found, text = summary_of(study), in_one_line(study)
    measured, model = found["measured"], found["model"]
    assert measured is not None and model is not None
    assert found["tests"]["accuracy"]["mean"] == pytest.approx(measured["mean"] - 0.01)
    assert found["tests"]["loss"]["low"] is None  # all are alike, and what differs by how much is not known
    assert f"of seed {model['seed']}, one draw of 3: the one in the middle" in text
    assert "The test set was asked once for each of 3 models" in text


def test_the_headline_is_the_confirmed_mean_and_the_score_of_the_search_is_called_that() -> None:
    text = in_one_line(confirmed_study())
    assert "Score val_accuracy 96.97 % on fresh seeds (95 % interval" in text
    assert "3 seeds; deviation" in text
    assert "In the search val_accuracy 95.00 %, its score among 4 trials" in text
    assert "unconfirmed" not in text


def test_what_the_surrogate_trusts_is_not_told_of_what_is_confirmed() -> None:
    expected: PredictionSummary = {"score": 0.9, "deviation": 0.1}
    contender: ContenderSummary = {"number": 1, "expected": expected, "expected_of_best": expected}
    assert contender_sentence(summarize(searched_study(), contender=contender))
    assert not contender_sentence(summarize(confirmed_study(), contender=contender))


def test_what_the_surrogate_says_is_kept_until_a_replicate_tells_it_more() -> None:
    expected: PredictionSummary = {"score": 0.9, "deviation": 0.1}
    contender: ContenderSummary = {"number": 1, "expected": expected, "expected_of_best": expected}
    earlier, later = part_of_a_confirmation(3), part_of_a_confirmation(4)
    before = json.dumps(summarize(earlier, contender=contender)).encode()
    assert known_summary(earlier, before)["contender"] == contender
    assert known_summary(later, before)["contender"] is None


def test_the_last_words_of_a_run_have_the_same_headline() -> None:
    ending = render_ending(summarize(confirmed_study()), model_path="best.keras", page="p", command="c")
    assert "val_accuracy 96.97 % on fresh seeds" in ending


def test_while_a_confirmation_runs_the_headline_is_that_of_the_search() -> None:
    for begun in (1, 5, 12):
        study = part_of_a_confirmation(begun)
        text = in_one_line(study)
        assert "Score val_accuracy 99.00 %" in text and "unconfirmed" in text
        assert f"not over: {begun} of 13 trainings begun" in text
        assert (summary_of(study)["measured"], summary_of(study)["model"], summary_of(study)["tests"]) == (
            None,
            None,
            {},
        )


def test_of_one_seed_no_interval_is_claimed() -> None:
    study = confirmed_study("2x1")
    measured = summary_of(study)["measured"]
    assert measured is not None and (measured["low"], measured["high"], measured["deviation"]) == (None, None, None)
    assert "1 seed: too few for an interval" in in_one_line(study)
    assert "One seed cannot tell two candidates apart" in in_one_line(study)


def close(each: Trial) -> float:
    """Return scores by which a candidate is hardly better than the next."""
    return 0.95 - (each.of or 0) / 1000 + (each.replicate * 7 + (each.of or 0) * 5) % 11 / 1000


@pytest.mark.parametrize(
    ("confirm", "scores", "said"),
    [
        ("1x1", score_of, "on one fresh seed (too few for an interval)"),
        ("1x1", score_of, "To measure seed 1 of the only candidate, which chooses nothing"),
        ("1x1", lambda _: None, "Took 1 training, which failed, 0 epochs"),
        ("1x2", lambda each: None if each.replicate == 2 else 0.9, "on one fresh seed (1 more failed: too few for an"),
        ("2x2", score_of, "To choose seeds 1 and 2 of 2 candidates, the worse of which leaves"),
        ("2x2", score_of, "one draw of 2: the worse one, with"),
        ("2x2", close, "Trial 2, the other candidate, cannot be told from the winner."),
        ("2x5", score_of, "The other candidate is worse, with 95 %."),
        ("4x5", score_of, "in rounds: 4 candidates on 2 seeds, 2 on 5 more; the worse half leaves after each"),
        ("4x5", lambda _: 0.9, "None of the other candidates can be told from the winner: trials 2, 3 and 4."),
        ("4x5", lambda _: None, "Took 8 trainings, all of which failed, 0 epochs"),
        ("4x5", lambda each: None if each.replicate == 8 else score_of(each), "Took 23 trainings, 1 of which failed"),
    ],
)
def test_sentences_fit_how_many_there_are(confirm: str, scores: Callable[[Trial], float | None], said: str) -> None:
    assert said in in_one_line(confirmed_study(confirm, scores=scores))


def test_where_no_candidate_is_left_only_what_was_trained_is_told() -> None:
    text = in_one_line(confirmed_study("4x5", scores=lambda _: None))
    assert "measure" not in text.split("Confirmation")[1] and "can tell" not in text
    assert "2 chooses failed failed failed failed Trial 1 again on seed 1" in text


def test_one_candidate_is_compared_with_nobody() -> None:
    study = confirmed_study("1x3")
    found = summary_of(study)
    assert (found["choosing"], found["alike"], found["least_difference"]) == ([], [], None)
    assert "verdict" not in text_of(study) and "seeds 1 to 3 of the only candidate" in text_of(study)


def test_replicates_that_fail_are_told_with_their_reasons() -> None:
    def scores(each: Trial) -> float | None:
        return None if (each.of, each.replicate) in {(3, 2), (2, 6)} else score_of(each)

    study = confirmed_study(scores=scores)
    found, text = summary_of(study), in_one_line(study)
    assert (found["winner"], found["failed"]) == (2, 2)
    standings = {each["number"]: each["standing"] for each in found["candidates"]}
    assert standings[3] == {"behind": None, "at_least": None, "at_most": None, "may_be_best": False}
    assert found["measured"] is not None and (found["measured"]["seeds"], found["measured"]["failed"]) == (2, 1)
    assert "failed on seed 2; left after round 2" in text
    assert "2 seeds, 1 more failed" in text
    assert "Trial 3 again on seed 2 ValueError: no such layer" in text


def test_where_nothing_is_confirmed_the_headline_is_that_of_the_search() -> None:
    none_left = in_one_line(confirmed_study(scores=lambda _: None))
    assert "Winner none: each candidate has failed on a seed" in none_left and "unconfirmed" in none_left
    unmeasured = confirmed_study(scores=lambda each: None if each.replicate > 4 else score_of(each))
    assert summarize(unmeasured)["best"] == summarize(searched_study())["best"]
    assert "nothing is confirmed" in in_one_line(unmeasured)


def test_scores_that_are_all_alike_bound_their_deviation_where_they_come_in_steps() -> None:
    study = confirmed_study(scores=lambda _: 1.0)
    measured = summary_of(study)["measured"]
    assert measured is not None and measured["deviation"] == 0
    assert measured["deviation_bound"] is not None and 0 < measured["deviation_bound"] < 0.01
    assert measured["low"] == pytest.approx(1, abs=0.01) and measured["high"] == 1.0
    assert "points at most" in in_one_line(study)
    loss = confirmed_study(scores=lambda _: 1.0, objective="val_loss:min")
    assert "3 seeds, all alike, which gives no interval" in in_one_line(loss)


def test_a_loss_is_told_in_its_own_units_and_has_no_interval_over_images() -> None:
    study = confirmed_study(objective="val_loss:min")
    found = summary_of(study)
    assert found["winner"] == 4 and found["measured"] is not None and found["measured"]["examples"] is None
    assert "points" not in text_of(study).split("Confirmation")[1].split("of the winner")[0]


def test_the_interval_over_images_is_by_the_images_that_each_model_gets_right_where_they_are_known() -> None:
    study = confirmed_study()
    hits = Hits(examples=1000, packed=np.packbits(np.arange(1000) < 970).tobytes())
    known = replace(study, replicates=tuple(replace(each, hits=hits) for each in study.replicates))
    by_images, without = summary_of(known)["measured"], summary_of(study)["measured"]
    assert by_images is not None and by_images["examples"] is not None and by_images["examples"]["share"] == 0.97
    assert without is not None and without["examples"] is not None and without["examples"]["share"] == without["mean"]


def test_each_confirmation_counts_as_a_use_of_the_test_set() -> None:
    study = confirmed_study("1x2")
    assert summary_of(study)["confirmations"] == 1
    study = study.limited(Limits(trials=4, confirm="2x2"), now=START)
    assert summarize_confirmation(study) is None
    study = with_tests(confirmed(study, score_of))
    assert summary_of(study)["confirmations"] == 2
    assert "confirmation 2 of the search" in in_one_line(study)


def test_a_search_without_one_has_none() -> None:
    assert summarize(study_of(0.9))["confirmation"] is None
    assert "Confirmation" not in text_of(study_of(0.9))


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert "Confirmation" in text_of(confirmed_study("4x9"), width=width)


def test_every_number_can_be_written_as_json() -> None:
    for study in (confirmed_study("2x1"), confirmed_study(scores=lambda _: None), part_of_a_confirmation(1)):
        summary: Summary = summarize(study)
        json.dumps(summary, allow_nan=False)
        assert render_text(summary)


def test_epochs_of_a_confirmation_are_not_told_as_trained_again() -> None:
    study = confirmed_study()
    study = replace(study, runs=(replace(study.runs[-1], epochs=12 + 39),))
    assert summarize(study)["time"]["epochs_again"] == 0


def test_a_confirmed_score_that_guessing_gets_as_well_is_a_caution() -> None:
    assert not any(each["kind"] == "guessing" for each in summarize(confirmed_study())["cautions"])
    sentences = [each["sentence"] for each in summarize(confirmed_study(scores=lambda _: 0.1))["cautions"]]
    assert any("The confirmed score, 10.00 %, is no better than guessing" in each for each in sentences)


def test_a_comparison_of_a_confirmed_search_with_another_says_what_that_means() -> None:
    study = confirmed_study()
    mixed = compare([NamedStudy("one", study), NamedStudy("two", searched_study())])
    assert any(note.startswith("Best and test of one are means over fresh seeds") for note in mixed["notes"])
    alike = compare([NamedStudy("one", study), NamedStudy("two", study)])
    assert not any("fresh seeds" in note for note in alike["notes"])


def test_searches_are_compared_by_their_confirmed_means() -> None:
    study = confirmed_study()
    found, comparison = summary_of(study), compare([NamedStudy("one", study)])
    state = comparison["groups"][0]["states"][0]
    assert found["measured"] is not None and state["best"] == found["measured"]["mean"]
    assert comparison["test_metric"] == "accuracy"
    assert study.test is not None
    assert state["test"] == found["tests"]["accuracy"]["mean"] != study.test.metrics["accuracy"]


def test_a_confirmed_search_is_not_compared_by_its_test_before_all_models_that_measured_are_tested() -> None:
    comparison = compare([NamedStudy("one", replace(confirmed_study(), tests=()))])
    assert comparison["test_metric"] is None and comparison["groups"][0]["states"][0]["test"] is None
