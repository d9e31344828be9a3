"""Whatever numbers a model reports, and whatever times the clocks told: they end in a report."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from job.core.events import EpochEnded, Event, RunEnded, RunStarted, TrialEnded, TrialStarted
from job.core.expectation import Expectation
from job.core.fingerprint import DataDescription
from job.core.limits import Limits
from job.core.objective import Objective
from job.core.run import Run
from job.core.step import Step
from job.core.study import Study
from job.core.tested import TestResult
from job.core.trial import RungScore, Status, Trial
from job.display.drawing import draw
from job.display.jsonl import JsonDisplay
from job.display.last_words import LastWords
from job.display.lines import LineDisplay
from job.display.scene import Scene
from job.report.files import known_summary, render_files
from job.report.page import render_page
from job.report.plots import draw_plots
from job.report.status import describe_status, render_status
from job.report.summary import summarize
from job.report.text.ending import render_ending
from job.report.text.evaluation import render_evaluation, summarize_evaluation
from job.state.owner import Holder
from job.training import Evaluation
from tests.fakes import SPACE, START, study_of

HUGE = 1.7976931348623157e308
ODD = (0.0, -0.0, 1.0, -1.0, 93.4, 1e100, -HUGE, HUGE, 5e-324, 1e-300, 0.9999999999999999, 1.0000000000000002)
NUMBERS = st.sampled_from(ODD) | st.floats(0, 1) | st.floats(0, 100) | st.floats(allow_nan=False, allow_infinity=False)
TIMES = st.none() | st.sampled_from((0.0, START, -1e11, 1e12, 1e300)) | st.floats(START, START + 1e6)
EXPECTATIONS = st.builds(
    Expectation, score=NUMBERS, deviation=NUMBERS.map(abs), improvement=NUMBERS.map(abs), chance=st.floats(0, 1)
)
SECONDS = st.floats(0, 1e9) | st.just(1e300)
# Each takes some 30 ms; many more have been tried.
few = settings(max_examples=12, deadline=None)
RUNG = 0.5  # epochs
METRICS = ("val_accuracy:max", "val_accuracy:min", "val_loss:min", "val_auc:max")


@st.composite
def trials(draw: st.DrawFn, number: int, metric: str) -> Trial:
    values = draw(st.lists(NUMBERS, max_size=3))
    status = draw(st.sampled_from(Status))
    if status is Status.COMPLETED and not values:
        status = Status.FAILED
    has_stopped = status is Status.STOPPED
    return Trial(
        number=number,
        params=study_of(0.5).trial(1).params,
        expected=draw(st.none() | EXPECTATIONS),
        status=status,
        history=tuple({metric: value, "loss": draw(NUMBERS)} for value in values),
        rungs=(RungScore(epochs=RUNG, batches=3, score=draw(NUMBERS)),) if has_stopped else (),
        batch=3 if has_stopped else 0,
        batches=6,
        imported_value=draw(NUMBERS) if status is Status.IMPORTED else None,
        seconds=draw(SECONDS),
        started_at=draw(TIMES),
        ended_at=draw(TIMES),
    )


@st.composite
def studies(draw: st.DrawFn) -> Study:
    metric, _, direction = draw(st.sampled_from(METRICS)).partition(":")
    objective = Objective(metric, "max" if direction == "max" else "min")
    of_study = tuple(draw(trials(number, metric)) for number in range(1, draw(st.integers(0, 6)) + 1))
    stopped = tuple(_step(trial) for trial in of_study if trial.status is Status.STOPPED)
    moments = TIMES.filter(lambda moment: moment is not None)
    runs = st.builds(
        Run, started_at=moments, last_saved_at=moments, seconds=st.dictionaries(st.just("trials"), SECONDS, max_size=1)
    )
    sizes = st.sampled_from((0, 1, 40))
    study = Study(
        fingerprint=replace(study_of().fingerprint, space=SPACE, objective=objective, rungs=(RUNG,) if stopped else ()),
        trials=of_study,
        steps=stopped,
        runs=tuple(draw(st.lists(runs, min_size=1, max_size=2))),
        data=draw(
            st.none()
            | st.builds(
                DataDescription,
                train=sizes,
                validation=sizes,
                test=sizes,
                image_shape=st.just((4, 4, 1)),
                class_names=st.just(("a", "b")),
            )
        ),
    )
    limits = st.builds(Limits, trials=st.none() | st.integers(1, 10**9), max_hours=st.none() | SECONDS)
    study = study.enter(draw(limits), now=START)
    if study.best is None:
        return study
    metrics = draw(st.dictionaries(st.sampled_from(("accuracy", "loss", "auc")), NUMBERS))
    return study.record_test(TestResult(number=study.best.number, metrics=metrics, confusion=((0, 0), (1, 3))))


def _step(trial: Trial) -> Step:
    """Return the step of a trial that has stopped."""
    return Step(number=trial.number, trial=trial.number, to_epoch=3, begins=0.0, ends=4.0, stopped_at=RUNG)


def events(study: Study) -> list[Event]:
    told: list[Event] = [RunStarted()]
    for trial in study.trials:
        told.append(TrialStarted(trial.number, 1))
        told += [EpochEnded(trial.number, epoch, logs) for epoch, logs in enumerate(trial.history, start=1)]
        told.append(TrialEnded(trial.number))
    return [*told, RunEnded("3 of 3 trials are complete", finished=True)]


@few
@given(studies())
def test_every_study_has_a_report_in_every_form_and_a_page(study: Study) -> None:
    files = render_files(known_summary(study, None), model_path="best.keras")
    json.loads(files["report.json"])
    render_ending(summarize(study), model_path="best.keras", page="report.html", command="hpo-job report")
    render_page(summarize(study), plots=(), status=describe_status(study, holder=Holder("a run"), now=START))


@few
@given(studies())
def test_every_study_has_a_status(study: Study) -> None:
    described = describe_status(study, holder=None, now=START)
    json.dumps(described, allow_nan=False)
    render_status(described)


@few
@given(studies())
def test_every_study_is_told_while_it_comes_about(study: Study) -> None:
    stream, scene = io.StringIO(), Scene()
    with LineDisplay(stream) as lines, JsonDisplay(stream) as objects:
        for event in events(study):
            lines(event, study)
            objects(event, study)
            scene = scene.after(event, study, now=0.0)
            Console(file=io.StringIO()).print(draw(scene, now=1.0))


@few
@given(studies())
def test_every_study_has_last_words(study: Study) -> None:
    words = LastWords(Path("/dev/null"))
    for event in events(study):
        words(event, study)


@few
@given(st.dictionaries(st.sampled_from(("accuracy", "loss", "auc")), NUMBERS))
def test_every_evaluation_is_told(metrics: dict[str, float]) -> None:
    evaluation = Evaluation(
        test=TestResult(number=1, metrics=metrics), examples=4, class_names=("a", "b"), data_sha256="9f2c"
    )
    study = study_of(0.5)
    render_evaluation(summarize_evaluation(evaluation, study, study.trial(1)))


def test_an_accuracy_in_percent_is_told_as_the_number_that_it_is() -> None:
    data = DataDescription(train=9, validation=9, test=9, image_shape=(4, 4, 1), class_names=("a", "b"))
    study = replace(study_of(93.4, 0.5), data=data).record_test(TestResult(number=1, metrics={"accuracy": 92.0}))
    summary = summarize(study)
    assert summary["best"] and summary["best"]["interval"] is None
    assert summary["test"] and summary["test"]["interval"] is None
    assert summary["selection"] is None
    text = render_files(summary, model_path="best.keras")["report.txt"].decode()
    assert "val_accuracy 93.4\n" in text and "accuracy 92" in text


def test_a_failure_whose_reason_is_no_unicode_has_a_report() -> None:
    study = study_of(0.5, None)
    trial = replace(study.trial(2), reason="no such file: \udcff.png", log_tail="\udcff")
    study = replace(study, trials=(study.trial(1), trial))
    files = render_files(known_summary(study, None), model_path="best.keras")
    assert b"no such file: \\udcff.png" in files["report.txt"]
    assert b"no such file: \\udcff.png" in files["trials.csv"]


EXTREMES: dict[str, Callable[[], Study]] = {
    "in percent": lambda: study_of(93.4, 95.0, 0.5),
    "huge and tiny": lambda: study_of(HUGE, -HUGE, 5e-324, 0.5),
    "all equal and odd": lambda: study_of(-7.0, -7.0, -7.0),
    "nearly perfect": lambda: study_of(0.9999999999999999, 1.0, 0.5),
    "after the year 9999": lambda: replace(study_of(0.5, 0.6), runs=(Run(started_at=1e12, last_saved_at=1e13),)),
}


@pytest.mark.slow
@pytest.mark.parametrize("study", EXTREMES.values(), ids=EXTREMES.keys())
def test_every_plot_of_odd_numbers_is_drawn_or_says_why_not(study: Callable[[], Study]) -> None:
    for plot in draw_plots(summarize(study()), surrogate=None, predictions=None):
        assert plot.svg or plot.absent
