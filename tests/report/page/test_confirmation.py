"""The section of a page on a confirmation, and its headline."""

import re
import xml.etree.ElementTree as ET

from job.core.study import Study
from job.core.trial import Trial
from job.report.page import render_page
from job.report.plot import Plot
from job.report.plots.confirmation import draw_confirmation
from job.report.plots.figure import save, style
from job.report.summary import summarize
from tests.fakes import study_of
from tests.report.confirmations import confirmed_study, part_of_a_confirmation, score_of
from tests.report.page.markup import Markup, page_of, plot


def picture_of(study: Study) -> Plot:
    summary = summarize(study)
    assert summary["confirmation"] is not None
    with style():
        return save(draw_confirmation(summary, summary["confirmation"]))


def words_of(picture: Plot) -> list[str]:
    return ["".join(each.itertext()) for each in ET.fromstring(picture.svg).iter("{http://www.w3.org/2000/svg}text")]


def test_the_headline_is_what_is_confirmed() -> None:
    markup = Markup(page_of(confirmed_study()))
    score, test, place = [" ".join(each.text.split()) for each in markup.all("dd")][:3]
    assert score.startswith("96.97 %95 % interval") and "3 seeds; deviation" in score
    assert test.startswith("95.97 %95 % interval")
    assert place == "3 of 4"
    assert "96.97 %" in markup.only("title").text
    assert "unconfirmed" not in "".join(each.text for each in markup.all("p"))


def test_before_that_it_is_what_the_search_found() -> None:
    page = page_of(part_of_a_confirmation(5))
    assert "unconfirmed" in page and "not over: 5 of 13 trainings begun" in page
    assert "confirmation-heading" not in page_of(study_of(0.9))


def test_the_picture_stands_in_the_section_and_nowhere_else() -> None:
    page = render_page(summarize(confirmed_study()), plots=[plot("confirmation")])
    assert page.count("<figcaption>") == 1
    assert page.index('id="confirmation-heading"') < page.index("<figcaption>") < page.index('id="trials-heading"')


def test_a_replicate_that_failed_is_told_with_its_log() -> None:
    def scores(each: Trial) -> float | None:
        return None if each.replicate == 2 else score_of(each)

    markup = Markup(page_of(confirmed_study("2x2", scores=scores)))
    links = [each.attributes["href"] for each in markup.all("a")]
    assert "../replicates/0003/log.txt" in links and "../replicates/0004/log.txt" in links


def test_the_picture_has_a_row_for_each_candidate_and_says_which_seeds_choose() -> None:
    picture = picture_of(confirmed_study())
    words = words_of(picture)
    assert [word for word in words if word.startswith("trial ")] == ["trial 3", "trial 2", "trial 1", "trial 4"]
    assert {"in the search", "chooses", "measures", "its 95 % interval"} <= set(words)
    assert picture.alt == "val_accuracy of 4 candidates on each seed; trial 3 has val_accuracy 96.97 %."
    assert re.search(rb"fill: none; stroke: #0072b2", picture.svg) and b"fill: #d55e00" in picture.svg
    assert "its 95 % interval" not in words_of(picture_of(confirmed_study("2x1")))


def test_there_is_no_picture_before_the_first_score() -> None:
    assert picture_of(part_of_a_confirmation(1)).absent == "No candidate has a score on a fresh seed yet."
    assert picture_of(confirmed_study(scores=lambda _: None)).absent


def test_scores_in_any_units_can_be_drawn() -> None:
    for study in (
        confirmed_study("1x2"),
        confirmed_study(objective="val_loss:min"),
        confirmed_study(scores=lambda _: 1),
    ):
        assert picture_of(study).svg
