"""What scikit-optimize's own plots make of result.joblib, as a notebook draws them."""

import io
from dataclasses import replace
from functools import partial

import matplotlib as mpl
import pytest
import skopt
from matplotlib import pyplot as plt
from skopt.plots import plot_convergence, plot_evaluations, plot_objective

from job.core.space import Categorical, Integer, Ordinal, Params, Real, Space
from job.core.study import Study
from job.proposals.result import dump_result
from tests.fakes import START, study_of

SPACE = Space(
    (
        Categorical("optimizer", ("adam", "sgd")),
        Real("momentum", 0.0, 0.99, when={"optimizer": ["sgd"]}),
        Ordinal("width", (8, 16, 32)),
        Integer("filters", 8, 64, step=8),
        Categorical("activation", ("relu",)),
    )
)


def conditional_study() -> Study:
    study = Study(fingerprint=replace(study_of().fingerprint, space=SPACE, default={})).open_run(now=START)
    for number in range(1, 13):
        own: Params = {"optimizer": "sgd", "momentum": number * 0.37 % 0.99} if number % 2 else {"optimizer": "adam"}
        point = {**own, "width": (8, 16, 32)[number % 3], "filters": 8 * (1 + number % 8), "activation": "relu"}
        study = study.propose(point).start(number, now=START)
        logs = {"val_accuracy": 0.7 + number * 0.61 % 0.2}
        study = study.complete(number, (logs,), seconds=1.0, now=START, model_sha256="0" * 64)
    return study


@pytest.mark.parametrize("study", [study_of(*(0.8 + number / 100 for number in range(12))), conditional_study()])
def test_the_plots_of_scikit_optimize_show_a_result_of_any_space(study: Study) -> None:
    result = skopt.load(io.BytesIO(dump_result(study, with_model=True)))
    with mpl.rc_context({"backend": "agg"}):
        assert plot_convergence(result).lines
        searched = {dimension.name for dimension in result.space.dimensions if not dimension.is_constant}
        for draw in (partial(plot_evaluations, bins=3), partial(plot_objective, n_points=3, n_samples=3)):
            plt.close("all")
            draw(result)
            assert {axes.get_xlabel() for axes in plt.gcf().axes} - {""} == searched
        plt.close("all")
