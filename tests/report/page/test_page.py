"""The page as markup: what it holds, that nothing in it can run, and that it needs nothing else."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import cast

import pytest

from job.core.fingerprint import DataDescription, Fingerprint
from job.core.objective import Objective
from job.core.run import RunEnd
from job.core.space import Categorical, Real, Space
from job.core.study import Study
from job.core.tested import TestResult
from job.report.content import Summary
from job.report.page import render_page
from job.report.summary import summarize
from tests.fakes import START, study_of
from tests.report.page.markup import Markup, finished, mixed_study, page_of, plot

ATTACK = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
# As the name of a dimension, which has no `=` in it.
NAME = "</script><script>alert(1)</script><img src onerror>\"'&"


def hostile_study() -> Study:
    """Return a study in which every text that it can hold wants to run."""
    space = Space((Categorical(f"c {NAME}", (ATTACK, "other")), Real(f"x {NAME}", 0.0, 1.0)))
    params = space.params([ATTACK, 0.5])
    fingerprint = replace(
        study_of().fingerprint,
        problem=ATTACK,
        space=space,
        default=params,
        objective=Objective(f"metric {ATTACK}", "max"),
        surrogate=ATTACK,
        acquisition=ATTACK,
        data=ATTACK,
    )
    return _with_hostile_trials(fingerprint, space.params([ATTACK, 0.25]))


def _with_hostile_trials(fingerprint: Fingerprint, params: dict[str, int | float | str | bool]) -> Study:
    metric = fingerprint.objective.metric
    study = Study(fingerprint=fingerprint).open_run(now=START, versions={ATTACK: ATTACK}, options=(ATTACK,))
    study = study.note_device(ATTACK)
    study = study.propose(params).start(1, now=START).fail(1, ATTACK, now=START, log_tail=ATTACK)
    study = study.propose(params).start(2, now=START)
    study = study.complete(2, ({metric: 0.5},), seconds=1.0, now=START, model_sha256="")
    study = study.propose(params).start(3, now=START).stumble(3, ATTACK, now=START, log_tail=ATTACK)
    names = (ATTACK, f"other {ATTACK}")
    study = study.describe_data(DataDescription(train=9, validation=9, test=2, image_shape=(1,), class_names=names))
    return study.record_test(TestResult(number=2, metrics={ATTACK: 0.5}, confusion=((1, 0), (0, 1))))


@pytest.mark.parametrize("holder", [None, ATTACK])
def test_no_text_of_a_study_becomes_markup(holder: str | None) -> None:
    page = page_of(hostile_study(), holder=holder, plots=[replace(plot("convergence"), title=ATTACK, alt=ATTACK)])
    markup = Markup(page)

    assert "<script>alert" not in page
    assert [each.attributes for each in markup.all("script")] == [{}, {"type": "application/json", "id": "data"}]
    assert markup.all("img") == []
    assert not any(name.startswith("on") for element in markup.elements for name in element.attributes)
    assert ATTACK in markup.only("h1").text
    assert [each.text for each in markup.all("pre")][:2] == [ATTACK, ATTACK]


def test_the_data_of_the_script_say_what_the_study_says() -> None:
    data = json.loads(Markup(page_of(hostile_study())).only("script", id="data").text)

    assert data["columns"][2]["name"] == f"c {NAME}"
    assert data["columns"][2]["choices"] == [ATTACK, "other"]


def test_only_the_style_and_the_script_of_the_page_may_run() -> None:
    markup = Markup(page_of(mixed_study(), plots=[plot("convergence")]))
    policy = markup.only("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert rules == {
        "default-src": "'none'",
        "script-src": digest(markup.all("script")[0].text),
        "style-src": digest(markup.only("style").text),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert not [each for each in markup.elements if "style" in each.attributes]


def test_the_page_refers_to_nothing_outside_itself_but_the_logs_of_failed_trials() -> None:
    page = page_of(mixed_study(), plots=[plot("convergence"), plot("parallel")])

    assert "http://" not in page
    assert "https://" not in page
    assert "@import" not in page
    links = [
        each.attributes.get(name, "#") for each in Markup(page).elements for name in ("src", "href", "data", "action")
    ]
    assert [link for link in links if not link.startswith(("#", "data:"))] == ["../trials/0003/log.txt"]


def test_a_failed_trial_links_to_the_file_of_what_it_printed_and_no_other_does() -> None:
    markup = Markup(page_of(mixed_study()))

    (link,) = [each for each in markup.all("a") if "log.txt" in each.text]
    assert (link.attributes["href"], link.text) == ("../trials/0003/log.txt", "trials/0003/log.txt")


def test_every_id_is_there_once_and_every_reference_to_one_leads_somewhere() -> None:
    names = ("convergence", "learning_curves", "parallel", "a-plot-of-tomorrow")
    markup = Markup(page_of(mixed_study(), plots=[plot(name) for name in names]))
    ids = [each.attributes["id"] for each in markup.elements if "id" in each.attributes]

    assert len(ids) == len(set(ids))
    referring = ("href", "for", "aria-labelledby", "clip-path")
    values = (each.attributes[name] for each in markup.elements for name in referring if name in each.attributes)
    found = [found.group(1) for value in values if (found := re.fullmatch(r"(?:url\()?#([^)]+)\)?", value))]
    assert len(found) >= 1 + 2 * len(names)
    assert set(found) <= set(ids)


def test_headings_leave_no_level_out_and_there_is_one_of_the_first() -> None:
    markup = Markup(page_of(mixed_study(), plots=[plot("convergence"), plot("mistakes", absent="There are none.")]))
    levels = [int(each.tag[1]) for each in markup.elements if re.fullmatch(r"h[1-6]", each.tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))


def test_200_trials_take_less_than_700_kilobytes_without_plots() -> None:
    study = study_of(*(0.5 + index / 500 for index in range(200)), epochs=50)

    assert len(page_of(study).encode()) < 700_000


def test_the_headline_tells_the_best_score_the_test_and_the_parameters() -> None:
    texts = [each.text for each in Markup(page_of(mixed_study())).all("dd")]

    assert [" ".join(text.split()) for text in texts[:3]] == [
        "98.80 %95 % interval 96.53 to 99.59 %, 250 images",
        "90.00 %95 % interval 74.38 to 96.54 %, 30 images",
        "4 of 7",
    ]
    assert texts[4:8] == ["8.3e-05", "52", "0.220", "relu"]


def test_a_running_search_says_how_far_it_is_and_loads_itself_anew() -> None:
    markup = Markup(page_of(mixed_study(), holder="pid 4242 on node-7"))
    notice = " ".join(markup.only("div", **{"class": "notice running"}).text.split())

    assert markup.only("meta", **{"http-equiv": "refresh"}).attributes["content"] == "30"
    assert markup.only("progress").attributes["value"] == "4"
    assert "The search is running: 4 of 40 trials done, about 35 min 20 s of training left." in notice
    assert "Trial 7 is in training: 2 of 3 epochs saved." in notice
    assert "Saved at 2025-06-15 15:13 UTC" in notice
    assert markup.only("title").text.startswith("Running: mnist, val_accuracy 98.80 %")


def test_a_finished_search_does_neither() -> None:
    page = page_of(finished(study_of(0.9, 0.8)))

    assert "refresh" not in [each.attributes.get("http-equiv") for each in Markup(page).all("meta")]
    assert 'class="notice' not in page


def test_a_search_that_was_left_says_how_to_go_on() -> None:
    markup = Markup(page_of(mixed_study().close_run(RunEnd.INTERRUPTED)))

    assert "The same command goes on" in markup.only("div", **{"class": "notice stopped"}).text
    assert "refresh" not in [each.attributes.get("http-equiv") for each in markup.all("meta")]


def test_a_search_whose_run_may_have_been_killed_says_so_and_is_not_loaded_anew() -> None:
    markup = Markup(page_of(mixed_study(), holder="pid 4242 on node-7", silent_since=START))

    assert "gives no sign of life" in markup.only("div", **{"class": "notice stopped"}).text
    assert "refresh" not in [each.attributes.get("http-equiv") for each in markup.all("meta")]


def test_a_page_without_a_status_says_nothing_of_it() -> None:
    page = render_page(summarize(mixed_study()), plots=[])

    assert 'class="notice' not in page
    Markup(page)


def test_evidence_has_a_table_of_its_own() -> None:
    page = page_of(study_of(0.91, imported=[0.87]))
    own, evidence = page.split('<table id="evidence">')
    assert "91.00 %" in own and "87.00 %" in evidence and "87.00 %" not in own.split('<table id="trials">')[1]
    assert "1 of 1 trial of a result of another program." in own
    Markup(page)
    assert '<table id="evidence">' not in page_of(study_of(0.91))


@pytest.mark.parametrize(
    ("study", "sentence"),
    [
        (study_of(), "No trial has been started yet."),
        (study_of(running_epochs=1), "No trial has completed yet."),
        (study_of(None, None), "No trial has completed, and 2 failed."),
        (study_of(imported=[0.9]), "No trial has been started yet."),
    ],
)
def test_a_search_without_a_completed_trial_has_a_page(study: Study, sentence: str) -> None:
    assert sentence in page_of(study)
    Markup(page_of(study))


@pytest.mark.parametrize(
    "study", [study_of(0.9), study_of(0.9, 0.9, 0.9), study_of(1.0, 0.0), study_of(7.0, objective="loss:min")]
)
def test_scores_that_span_nothing_or_all_have_a_page(study: Study) -> None:
    Markup(page_of(study))


def test_plots_stand_under_the_question_they_answer_and_absent_ones_give_their_reason() -> None:
    absent = plot("mistakes", absent="No test image is mistaken.")
    markup = Markup(page_of(study_of(0.9), plots=[absent, plot("landscape"), plot("convergence"), plot("new")]))

    wanted = {"how-the-search-went", "what-the-search-learnt", "what-the-model-answers", "more-plots"}
    sections = {each.attributes["aria-labelledby"]: each for each in markup.all("section")}
    assert wanted <= sections.keys()
    assert "Plot of convergence" in sections["how-the-search-went"].text
    assert "Plot of landscape" in sections["what-the-search-learnt"].text
    assert "No test image is mistaken." in sections["what-the-model-answers"].text
    assert "Plot of new" in sections["more-plots"].text


def test_classes_are_told_with_what_they_are_mistaken_for() -> None:
    section = Markup(page_of(mixed_study())).only("section", **{"aria-labelledby": "classes-heading"}).text

    assert re.search(r"zero\s+10\s+90.00 %\s+59.58 to 98.21 %\s+one \(1\)", section)
    assert re.search(r"one\s+10\s+100.00 %\s+72.25 to 100.00 %\s+–", section)


def test_a_single_class_is_mistaken_for_nothing() -> None:
    data = DataDescription(train=9, validation=9, test=5, image_shape=(8, 8, 1), class_names=("all",))
    study = study_of(0.9).describe_data(data)
    page = page_of(study.record_test(TestResult(number=1, metrics={"accuracy": 1.0}, confusion=((5,),))))
    section = Markup(page).only("section", **{"aria-labelledby": "classes-heading"}).text

    assert re.search(r"all\s+5\s+100.00 %\s+56.55 to 100.00 %\s+–", section)


def test_a_clock_that_was_put_back_does_not_end_the_runs_before_they_began() -> None:
    study = study_of(0.9).open_run(now=START - 7_200).touch_run(now=START - 3_600)

    assert "2, from 2025-06-15 15:06 to 2025-06-15 15:07 UTC" in page_of(study)


def test_the_same_study_gives_the_same_page() -> None:
    plots = [plot("convergence"), plot("parallel")]

    assert page_of(mixed_study(), plots=plots) == page_of(mixed_study(), plots=plots)


def _with_importance(**parts: object) -> Summary:
    importance = {"reason": "", "skill": None, "dimensions": [], "irrelevant": None, "untold": "", **parts}
    return cast("Summary", {**summarize(study_of(0.9)), "importance": importance})


def test_what_matters_is_told_in_a_bar_and_in_words() -> None:
    share, alone = {"share": 0.62, "low": 0.48, "high": 0.71}, {"share": 0.5, "low": 0.4, "high": 0.6}
    effect = {"name": "learning_rate", "main": alone, "total": share, "told": True, "tells_interaction": True}
    effect |= {"sentence": f"62 %; {ATTACK}"}
    summary = _with_importance(dimensions=[effect], skill={"sentence": "The surrogate ranks well."})
    markup = Markup(render_page(summary, plots=[]))
    section = markup.only("section", **{"aria-labelledby": "importance-heading"}).text

    assert "62 %" in section
    assert f"62 %; {ATTACK}" in section
    assert "The surrogate ranks well." in section
    assert markup.only("svg", **{"class": "share"}).attributes["aria-label"] == (
        "learning_rate explains 62 %, of that 50 % by itself"
    )


def test_what_cannot_be_told_has_neither_a_bar_nor_an_interval() -> None:
    share = {"share": 0.4, "low": 0.0, "high": 0.97}
    effect = {"name": "rate", "main": share, "total": share, "told": False, "tells_interaction": False}
    effect |= {"sentence": "cannot be told yet"}
    parts = {"dimensions": [effect], "untold": "More trials would tell."}
    markup = Markup(render_page(_with_importance(**parts), plots=[]))

    drawing = markup.only("svg", **{"class": "share"})
    assert drawing.attributes["aria-label"] == "rate cannot be told yet"
    assert [each.attributes["class"] for each in markup.all("rect") if "class" in each.attributes] == ["whole"]
    assert "9H97.0" not in [each.attributes["d"].partition(" ")[2] for each in markup.all("path")]
    assert "More trials would tell." in markup.only("section", **{"aria-labelledby": "importance-heading"}).text


def test_cautions_stand_with_what_matters_even_before_that_is_known() -> None:
    study = study_of(0.9)
    caution = {"kind": "bound", "dimension": "x", "flag": None, "sentence": f"x lies at a bound. {ATTACK}"}
    page = render_page(cast("Summary", {**summarize(study), "cautions": [caution]}), plots=[])

    section = Markup(page).only("section", **{"aria-labelledby": "importance-heading"}).text
    assert f"x lies at a bound. {ATTACK}" in section


def test_why_nothing_can_be_said_of_what_matters_is_told_too() -> None:
    page = render_page(_with_importance(reason="It takes 8 trials with a score."), plots=[])

    assert (
        "It takes 8 trials with a score."
        in Markup(page).only("section", **{"aria-labelledby": "importance-heading"}).text
    )


def test_a_summary_without_importance_has_no_section_of_it() -> None:
    assert "What matters" not in page_of(study_of(0.9))
