"""Every plot of studies of every kind: it is drawn, or says why it is not, without a warning."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import matplotlib as mpl
import pytest

from job.core.space import Categorical, Integer, Real
from job.core.study import Study
from job.report.plot import Plot
from job.report.plots import draw_plots
from job.report.plots.convergence import draw_convergence
from job.report.plots.curves import draw_learning_curves
from job.report.plots.figure import INK
from job.report.plots.images import draw_confusion, draw_mistakes, draw_predictions
from job.report.plots.landscape import draw_landscape
from job.report.plots.lines import draw_dependence
from job.report.plots.parallel import draw_parallel
from job.report.plots.space import draw_samples
from job.report.plots.times import draw_timeline, draw_times
from job.report.summary import summarize
from tests.fakes import Stop, run_python, study_of, study_with_rungs
from tests.report.plots.studies import FakeSurrogate, predictions_of, study_in

NAMES = (
    "convergence",
    "learning_curves",
    "dependence",
    "landscape",
    "parallel",
    "samples",
    "histograms",
    "predictions",
    "mistakes",
    "confusion",
    "times",
    "timeline",
)
ONLY_CATEGORIES = (
    Categorical("activation", ("relu", "tanh")),
    Categorical("bias", (True, False)),
    Categorical("one", (1,)),
)
LONG = "a name of a category that nobody would have thought of, with a $ and a <tag> & 学習率"

STUDIES = {
    "no trial": study_of(),
    "one trial": study_of(0.9),
    "one epoch": study_of(0.9, 0.8, epochs=1),
    "all scores equal": study_of(0.9, 0.9, 0.9),
    "all scores perfect": study_of(1.0, 1.0, epochs=1),
    "some scores perfect": study_of(1.0, 0.5, 0.9, epochs=1),
    "all failed": study_of(None, None),
    "some stopped": study_with_rungs(0.5, Stop(0.4, 0.11), None, Stop(0.6), 0.7, Stop(0.65, 1.0)),
    "all stopped": study_with_rungs(Stop(0.4, 0.11), Stop(0.6)),
    "some failed": study_of(0.5, None, 0.7, None),
    "the first trial is running": study_of(running_epochs=1),
    "the first trial has only begun": study_of(running_epochs=0),
    "a trial is running": study_of(0.5, 0.6, running_epochs=2),
    "imported ones alone": study_of(imported=(0.7, 0.8)),
    "imported ones without curves": study_of(0.6, None, imported=(0.7, 0.8)),
    "a loss": study_of(0.5, 0.02, 2.3, objective="val_loss:min"),
    "a loss of zero": study_of(0.0, 0.5, objective="val_loss:min", epochs=1),
    "a loss below zero": study_of(-0.5, 0.5, objective="val_loss:min"),
    "losses beyond all bounds": study_of(1e308, 1e-300, 0.5, objective="val_loss:min", epochs=1),
    "a metric without a perfect value": study_of(0.5, 0.6, objective="val_psnr:max"),
    "a metric with dollars": study_of(0.5, 0.6, objective="val_$x^$:max"),
    "one dimension": study_in([Real("rate", 1e-6, 1e-2, "log-uniform")], 0.5, 0.6, None),
    "one category": study_in([Categorical("activation", ("relu",))], 0.5, 0.6),
    "only categories": study_in(ONLY_CATEGORIES, 0.5, 0.6, 0.7),
    "a long name": study_in([Categorical(LONG, (LONG, f"{LONG}!", "x")), Integer("n", 1, 3)], 0.5, 0.6),
    "many categories": study_in([Categorical("seed", tuple(range(60))), Integer("n", 1, 500)], 0.5, 0.6),
    "ten dimensions": study_in([Real(f"dimension_number_{n}", 0, n + 1) for n in range(10)], *[0.5, 0.6, None] * 5),
    "narrow and wide bounds": study_in(
        [
            Real("narrow", 0.001, 0.0011, "log-uniform"),
            Integer("wide", 1, 10**15, "log-uniform"),
            Real("far", -1e15, 1e15),
        ],
        0.5,
        0.6,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES.keys())
def test_every_plot_is_drawn_or_says_why_not(study: Study) -> None:
    plots = plots_of(study)

    assert [plot.name for plot in plots] == list(NAMES)
    for plot in plots:
        assert bool(plot.absent) != bool(plot.svg), plot.name
        assert bool(plot.svg) == bool(plot.png) == bool(plot.alt), plot.name
        assert plot.title
        assert plot.absent.endswith(".") or plot.svg
        if plot.svg:
            ET.fromstring(plot.svg)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("some failed", []),
        ("one dimension", ["landscape", "samples"]),
        ("all failed", [name for name in NAMES if name not in ("samples", "histograms", "timeline")]),
    ],
)
def test_what_can_be_drawn_is(name: str, absent: list[str]) -> None:
    assert [plot.name for plot in plots_of(STUDIES[name]) if plot.absent] == absent


@pytest.mark.parametrize("study", [STUDIES["no trial"], STUDIES["the first trial has only begun"]])
def test_a_study_without_a_score_says_so(study: Study) -> None:
    summary = summarize(study)

    assert draw_convergence(summary).absent == draw_parallel(summary).absent == "No trial has a score yet."
    assert draw_learning_curves(summary).absent == "No trial has trained an epoch here."


def test_of_failed_trials_the_plots_say_that_they_have_no_score() -> None:
    summary = summarize(STUDIES["all failed"])

    assert draw_convergence(summary).absent == draw_parallel(summary).absent == "No trial has a score: 2 failed."
    assert draw_times(summary).absent == "No trial has been trained here."


def test_without_a_surrogate_and_predictions_what_is_drawn_from_them_says_so() -> None:
    summary = summarize(study_of(0.5, 0.6))

    of_surrogate = [draw(summary, None).absent for draw in (draw_dependence, draw_landscape)]
    of_predictions = [draw(summary, None).absent for draw in (draw_predictions, draw_mistakes, draw_confusion)]
    assert all(absent.startswith("There are too few trials") for absent in of_surrogate)
    assert all(of_predictions)


def test_a_space_of_one_dimension_has_no_pairs() -> None:
    study = STUDIES["one dimension"]

    surrogate = FakeSurrogate(study.fingerprint.space)
    pairs = (draw_samples(summarize(study)), draw_landscape(summarize(study), surrogate))
    assert {drawing.absent for drawing in pairs} == {"A space of one dimension has no pairs of them."}


@pytest.mark.slow
def test_the_same_study_gives_the_same_bytes_in_another_process() -> None:
    program = (
        "from hashlib import sha256\n"
        "from tests.report.plots.test_all_plots import STUDIES, plots_of\n"
        "print(sha256(b''.join(plot.svg + plot.png for plot in plots_of(STUDIES['some failed']))).hexdigest())\n"
    )
    first, second = run_python(program), run_python(program)

    assert first.stderr == second.stderr == ""
    assert first.stdout == second.stdout


def test_the_text_of_an_svg_takes_the_colour_of_the_page() -> None:
    convergence = next(draw_plots(summarize(study_of(0.5)), surrogate=None, predictions=None))

    assert b"currentColor" in convergence.svg
    assert INK.encode() not in convergence.svg
    assert b'<g class="title">' in convergence.svg


@pytest.mark.slow
def test_a_png_is_at_most_1000_pixels_wide() -> None:
    assert all(_width(plot.png) <= 1001 for plot in plots_of(STUDIES["ten dimensions"]) if plot.png)


def test_nothing_of_a_plot_stays_behind_in_matplotlib() -> None:
    before, plots = dict(mpl.rcParams), draw_plots(summarize(study_of(0.5)), surrogate=None, predictions=None)

    next(plots)

    assert dict(mpl.rcParams) == before


@pytest.mark.slow
def test_settings_of_matplotlib_on_this_machine_change_nothing() -> None:
    plain = plots_of(STUDIES["one trial"])

    with mpl.rc_context({"font.size": 20, "lines.linewidth": 7, "svg.fonttype": "path", "axes.facecolor": "red"}):
        assert plots_of(STUDIES["one trial"]) == plain


def test_names_stand_in_an_svg_as_they_are() -> None:
    summary = summarize(STUDIES["a metric with dollars"])
    convergence = next(draw_plots(summary, surrogate=None, predictions=None))

    assert any("val_$x^$" in text for text in ET.fromstring(convergence.svg).itertext())


@pytest.mark.slow
def test_all_plots_of_200_trials_are_small_enough_for_a_page() -> None:
    study = study_of(*(None if number % 9 == 0 else 0.5 + number / 500 for number in range(200)), epochs=8)

    assert sum(len(plot.svg) for plot in plots_of(study)) < 1_200_000


def test_predictions_of_a_model_that_has_been_beaten_are_not_shown() -> None:
    summary, beaten = summarize(study_of(0.5, 0.6)), predictions_of(1)

    assert all(draw(summary, beaten).absent for draw in (draw_predictions, draw_mistakes, draw_confusion))


def test_a_study_that_has_run_for_no_time_has_no_time_line() -> None:
    study = study_of(0.5)
    (run,) = study.runs
    at_once = replace(study, runs=(replace(run, last_saved_at=run.started_at),))

    assert draw_timeline(summarize(at_once)).absent == "No run has lasted long enough to be drawn yet."


def plots_of(study: Study) -> list[Plot]:
    """Return all plots of a study, with the predictions of its best model and a surrogate if it has two scores."""
    surrogate = FakeSurrogate(study.fingerprint.space) if len(study.scored) > 1 else None
    predictions = predictions_of(study.best.number) if study.best else None
    return list(draw_plots(summarize(study), surrogate=surrogate, predictions=predictions))


def _width(png: bytes) -> int:
    return int.from_bytes(png[16:20], "big")
