"""The plots of where the time went."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from job.core.ending import EndKind
from job.core.run import Run, RunEnd
from job.core.step import Attempt
from job.core.study import Study
from job.report.plots.times import RunningTime, draw_timeline, draw_times
from job.report.summary import summarize
from tests.fakes import START, TRIAL_SECONDS, Stop, study_of, study_with_rungs
from tests.report.plots.studies import axes_of, summary_of, texts

pytestmark = pytest.mark.usefixtures("in_style")

PAUSE = 3600.0


def test_a_bar_for_the_time_of_each_trial_in_a_fitting_unit() -> None:
    study = study_of(0.5, 0.6)
    trials = (study.trials[0], replace(study.trials[1], seconds=600.0))

    drawing = draw_times(summarize(replace(study, trials=trials)))

    (axes,) = axes_of(drawing)
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle)]
    assert [(bar.get_x() + 0.4, bar.get_height()) for bar in bars] == [(1, 1), (2, 10)]
    assert axes.get_ylabel() == "training, min"
    assert drawing.alt == "2 trials trained for 11 min 00 s in all, the longest for 10 min 00 s."


def test_short_times_are_in_seconds() -> None:
    (axes,) = axes_of(draw_times(summary_of(0.5)))

    assert axes.get_ylabel() == "training, s"


def test_running_time_leaves_out_the_pauses() -> None:
    time = RunningTime([(100.0, 110.0), (200.0, 230.0)])

    assert [time.at(moment) for moment in (0, 105, 150, 210, 300)] == [0, 5, 10, 20, 40]
    assert time.ends == [10, 40]
    assert time.pauses == 90


def test_a_clock_that_was_set_back_does_no_harm() -> None:
    study = interrupted_study(RunEnd.INTERRUPTED)
    back = replace(study.runs[1], started_at=START - 500, last_saved_at=START - 900)

    assert draw_timeline(summarize(replace(study, runs=(study.runs[0], back)))).figure is not None


@pytest.mark.parametrize(
    ("ended", "label"),
    [(RunEnd.INTERRUPTED, "stopped"), (RunEnd.UNKNOWN, "killed"), (RunEnd.FAILED, "ended in an error")],
)
def test_an_interruption_is_a_line_between_the_trials(ended: RunEnd, label: str) -> None:
    drawing = draw_timeline(summarize(interrupted_study(ended)))

    (axes,) = axes_of(drawing)
    (line,) = [each for each in axes.get_lines() if each.get_label() == label]
    assert list(np.asarray(line.get_xdata())) == [1, 1]
    (trials,) = [each for each in axes.collections if isinstance(each, LineCollection)]
    segments = [[tuple(point) for point in np.asarray(segment)] for segment in trials.get_segments()]
    assert segments == [[(0, 1), (1, 1)], [(1, 2), (2, 2)]]
    assert axes.get_xlabel() == "running time, min; pauses of 1 h 00 min in all are left out"


def test_trials_at_the_same_time_have_a_row_for_each_worker() -> None:
    study = study_of(0.5, 0.6, 0.7)
    steps = tuple(
        replace(step, attempts=(_attempt(start, end),))
        for step, (start, end) in zip(study.steps, ((0, 60), (30, 90), (60, 120)), strict=True)
    )

    drawing = draw_timeline(summarize(replace(study, steps=steps)))

    (axes,) = axes_of(drawing)
    assert sorted((row, round(start, 1)) for row, start, _ in bars_of(axes)) == [(1, 0), (1, 1), (2, 0.5)]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["1", "2"]
    assert axes.get_ylabel() == "worker"
    assert "up to 2 at the same time" in drawing.alt


def test_a_trial_that_was_gone_on_with_has_a_bar_for_each_time_and_its_stop_another_colour() -> None:
    study = study_with_rungs(Stop(0.5), 0.9).go_on(1).start(1, now=START + 120)
    attempts = iter((_attempt(0, 10, EndKind.PAUSED), _attempt(10, 70), _attempt(70, 110)))
    steps = tuple(replace(step, attempts=(next(attempts),)) for step in study.steps)

    drawing = draw_timeline(summarize(replace(study, steps=steps)))

    (axes,) = axes_of(drawing)
    assert [(row, round(60 * start), round(60 * end)) for row, start, end in bars_of(axes)] == [
        *((2, 10, 70), (1, 0, 10), (1, 70, 110)),
    ]
    assert {"completed", "stopped early", "unfinished"} <= set(texts(drawing))


def bars_of(axes: Axes) -> list[tuple[float, float, float]]:
    """Return the row, the start and the end of each bar, in the order in which they are drawn."""
    found = [each for each in axes.collections if isinstance(each, LineCollection)]
    segments = [np.asarray(segment) for each in found for segment in each.get_segments()]
    return [(float(segment[0][1]), float(segment[0][0]), float(segment[1][0])) for segment in segments]


def _attempt(start: float, end: float, ended: EndKind = EndKind.COMPLETED) -> Attempt:
    return Attempt(run=1, started_at=START + start, ended=ended, ended_at=START + end, in_company=start > 0)


def test_the_end_of_a_finished_search_is_no_interruption() -> None:
    study = study_of(0.5, 0.6).close_run(RunEnd.FINISHED)

    found = texts(draw_timeline(summarize(study)))

    assert "completed" in found
    assert not {"stopped", "killed", "finished, and gone on with"} & set(found)


def interrupted_study(ended: RunEnd) -> Study:
    """Return a study of two trials with an hour between them, before which a run ended as `ended` says."""
    study = study_of(0.5, 0.6)
    first, second = study.trials
    later = START + TRIAL_SECONDS + PAUSE
    runs = (
        Run(started_at=START, last_saved_at=START + TRIAL_SECONDS, ended=ended),
        Run(started_at=later, last_saved_at=later + TRIAL_SECONDS, ended=RunEnd.FINISHED),
    )
    first = replace(first, started_at=START, ended_at=START + TRIAL_SECONDS)
    second = replace(second, started_at=later, ended_at=later + TRIAL_SECONDS)
    return replace(study, trials=(first, second), runs=runs)
