"""A search in a conditional space, in every form of the report."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from job.core.space import Categorical, DimensionSummary, Integer, Params, Real, Space, searched
from job.core.study import Study
from job.display.lines import describe_params
from job.report.cautions import find_cautions
from job.report.files import render_files
from job.report.importance import summarize_importance
from job.report.page import render_page
from job.report.page.columns import page_data
from job.report.plots import draw_plots
from job.report.plots.dependence import partial_dependence, slice_through
from job.report.plots.parallel import draw_parallel
from job.report.plots.space import draw_histograms
from job.report.refits import refit_surrogate
from job.report.settings import space_rows
from job.report.summary import summarize
from job.tensorboard import hparams
from tests.fakes import START, study_of
from tests.report.plots.studies import FakeSurrogate

SPACE = Space(
    (
        Real("rate", 1e-4, 1e-1, "log-uniform"),
        Categorical("optimizer", ("adam", "sgd")),
        Real("momentum", 0.0, 1.0, when={"optimizer": ["sgd"]}),
        Real("beta", 0.0, 1.0, when={"optimizer": ["adam"]}),
        Integer("layers", 1, 3),
        Categorical("activation", ("relu",)),
    )
)


def point(number: int) -> Params:
    share = number * 0.37 % 1
    own: Params = {"optimizer": "sgd", "momentum": share} if number % 2 else {"optimizer": "adam", "beta": share}
    return SPACE.completed({"rate": 1e-4 * 10 ** (3 * share), **own, "layers": 1 + number % 3})


@pytest.fixture(scope="module")
def study() -> Study:
    study = Study(fingerprint=replace(study_of().fingerprint, space=SPACE, default=point(2))).open_run(now=START)
    for number in range(1, 15):
        params = point(number)
        score = 0.8 + 0.1 * float(params["momentum"]) if "momentum" in params else 0.7
        logs = {"loss": 0.1, "val_accuracy": score}
        study = study.propose(params).start(number, now=START)
        study = study.complete(number, (logs,), seconds=1.0, now=START, model_sha256="0" * 64)
    return study.touch_run(now=START)


def test_an_inactive_value_is_an_em_dash_in_the_text_and_on_the_page_and_nothing_in_the_spreadsheet(
    study: Study,
) -> None:
    summary = summarize(study)
    files = render_files(summary, model_path="best.keras")
    (table,) = [part for part in files["report.txt"].decode().split("\n\n") if part.startswith("Trials, the best")]
    assert table.count(" — ") == 14
    rows = list(csv.DictReader(io.StringIO(files["trials.csv"].decode())))
    assert [bool(row["momentum"]) for row in rows] == [row["optimizer"] == "sgd" for row in rows]
    trials = json.loads(files["report.json"])["trials"]
    assert all(("beta" in trial["params"]) == (trial["params"]["optimizer"] == "adam") for trial in trials)
    assert render_page(summary, plots=[], status=None).count("—</td>") >= 14


def test_the_space_tells_on_what_a_dimension_depends(study: Study) -> None:
    rows = {name: values for name, values, *_ in space_rows(summarize(study))}
    assert rows["momentum"] == "0 … 1, if optimizer is sgd"
    assert [row[2] for row in space_rows(summarize(study))][-1] == "fixed"


def test_a_point_is_told_by_its_active_values(study: Study) -> None:
    assert "beta" not in describe_params(study, 1)
    assert "momentum" in describe_params(study, 1)


def test_the_page_has_no_value_where_a_dimension_is_inactive_and_no_axis_for_a_fixed_one(study: Study) -> None:
    data = page_data(summarize(study))
    axes = [column["name"] for column in data["columns"] if column["is_axis"]]
    assert axes == ["rate", "optimizer", "momentum", "beta", "layers", "val_accuracy"]
    momentum = [column["name"] for column in data["columns"]].index("momentum")
    assert [row["values"][momentum] is None for row in data["trials"]] == [
        row["number"] % 2 == 0 for row in data["trials"]
    ]


def test_lines_pass_below_the_axis_of_an_inactive_dimension(study: Study) -> None:
    drawing = draw_parallel(summarize(study))
    assert drawing.figure is not None
    axes = drawing.figure.axes[0]
    heights = np.array([line.get_ydata() for line in axes.get_lines() if np.size(line.get_ydata()) == 6])
    assert len(heights) == 14
    assert sorted((heights[:, 2] < 0).tolist()) == [False] * 7 + [True] * 7
    assert ["—" in text.get_text() for text in axes.texts].count(True) == 2


@pytest.mark.slow
def test_every_plot_is_drawn(study: Study) -> None:
    plots = draw_plots(summarize(study), surrogate=FakeSurrogate(SPACE), predictions=None)
    drawn = {plot.name for plot in plots if plot.svg}
    assert {"parallel", "dependence", "landscape", "samples", "histograms"} <= drawn


def test_a_dimension_that_has_been_active_in_no_trial_is_drawn_too(study: Study) -> None:
    without = replace(study, trials=tuple(trial for trial in study.trials if "momentum" not in trial.params))
    figure = draw_histograms(summarize(without)).figure
    assert figure is not None
    assert [text.get_text() for axes in figure.axes for text in axes.texts] == ["in no trial yet"]


def test_the_surrogate_is_asked_only_for_points_of_the_space(study: Study) -> None:
    class Checking(FakeSurrogate):
        def predict(self, points: Sequence[Params]) -> NDArray[np.float64]:
            for each in points:
                SPACE.check(each)
            return super().predict(points)

    surrogate = Checking(SPACE)
    both = partial_dependence(surrogate, ["optimizer", "momentum"], resolution=5, n_points=4)
    assert np.isnan(both.mean).all(axis=1).tolist() == [True, False]
    never = partial_dependence(surrogate, ["momentum", "beta"], resolution=5, n_points=4)
    assert np.isnan(never.mean).all()
    assert not np.isnan(partial_dependence(surrogate, ["beta"], resolution=5, n_points=4).mean).any()
    slice_through(surrogate, "optimizer", point(1), resolution=5)


def test_what_matters_is_told_of_every_dimension(study: Study) -> None:
    found = summarize_importance(study, refit_surrogate(study), samples=64)
    assert {effect["name"] for effect in found["dimensions"]} == set(SPACE.names) - {"activation"}
    at_best = {effect["name"]: effect["at_best"] for effect in found["dimensions"]}
    assert at_best["beta"] is None and at_best["momentum"] is not None
    json.dumps(found, allow_nan=False)


def test_a_caution_is_of_active_dimensions(study: Study) -> None:
    assert "beta" not in {caution["dimension"] for caution in find_cautions(study)}


def test_tensorboard_hears_of_active_dimensions(study: Study) -> None:
    started = hparams.session_start(study.trial(2), SPACE, time=START)
    content = HParamsPluginData.FromString(started.metadata.plugin_data.content)
    assert set(content.session_start_info.hparams) == {"rate", "optimizer", "beta", "layers", "activation"}


def test_where_all_dimensions_are_fixed_they_are_shown() -> None:
    space = summarize(study_of(0.9))["space"]
    assert searched(space) == space
    fixed: list[DimensionSummary] = [{**each, "categories": [1]} for each in space]
    assert searched(fixed) == fixed
