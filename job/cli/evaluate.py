"""`hpo-job evaluate`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from job.cli.output import show_json
from job.cli.status import JsonOption
from job.paths import parse_source
from job.run.stopping import StopFlag
from job.settings import DEFAULT_STATE, SEARCH_PANEL, DownloadOption, StateOption
from job.settings.option import option
from job.state.places import state_at

if TYPE_CHECKING:
    from job.report.text.evaluation import EvaluationSummary

DataOption = Annotated[
    Path | None,
    option(
        "--data",
        SEARCH_PANEL,
        "File or folder with a data set in the form of the problem's; without it, the data of the search.",
        metavar="PATH",
        parser=parse_source,
    ),
]


def evaluate(
    context: typer.Context,
    state: StateOption = DEFAULT_STATE,
    data: DataOption = None,
    download: DownloadOption = True,
    as_json: JsonOption = False,
) -> None:
    """Test the best model on the test set of the search, or on that of another data set."""
    from job import training
    from job.cli.best_model import ask, open_best_model
    from job.report.text.evaluation import summarize_evaluation
    from job.training.best_model import setup_for

    stop: StopFlag = context.obj
    with open_best_model(state_at(state)) as best:
        setup = setup_for(best.study, data, download=download)
        number, params = best.trial.number, best.trial.params
        waiting = f"Testing the model of {best.trial.title} ..."
        evaluation: training.Evaluation = ask(
            training.evaluate, setup, number, params, best.file, stop=stop, waiting=waiting
        )
    summary = summarize_evaluation(evaluation, best.study, best.trial)
    if as_json:
        show_json(summary)
    else:
        _show(summary)


def _show(summary: "EvaluationSummary") -> None:
    """Print the test: with colours in a terminal, and plainly elsewhere."""
    from rich.console import Console

    from job.report.text.evaluation import draw_evaluation, render_evaluation

    if sys.stdout.isatty():
        Console().print(draw_evaluation(summary))
    else:
        sys.stdout.write(render_evaluation(summary))
