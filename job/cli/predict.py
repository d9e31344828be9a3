"""`hpo-job predict`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from job.cli.evaluate import DataOption
from job.cli.output import show_json
from job.cli.status import JsonOption
from job.errors import ExitCode, SettingsError
from job.run.stopping import StopFlag
from job.settings import DEFAULT_STATE, DownloadOption, StateOption
from job.state.places import state_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from job.training import Seen
    from job.training.best_model import BestModel

FilesArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        show_default=False,
        help="Pictures (PNG, JPEG, WebP, BMP, GIF, .npy, .npz), or other examples (.npy, .npz, .csv).",
    ),
]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")]


def predict(  # noqa: PLR0913  (each is an option)
    context: typer.Context,
    files: FilesArgument,
    state: StateOption = DEFAULT_STATE,
    data: DataOption = None,
    download: DownloadOption = True,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Tell what the best model answers to pictures, or to other examples.

    Pictures may be of any size, in colour, and dark on light or light on dark: they are brought into the form of the
    data that the model was trained on.
    A model that sees no pictures is given an .npy array of one example or of several, an .npz archive with an array for
    each input by its name, or a .csv table with a row for each example: its columns are the inputs by name, or the
    numbers of an only one.
    A file that cannot be read, or a picture that does not look like the data, is told on standard error, and the
    others are predicted.
    """
    if as_json and as_csv:
        raise SettingsError("expected --json or --csv, found both")
    from job import training
    from job.cli.best_model import ask, open_best_model
    from job.report.text.predictions import doubts, refusals
    from job.training.best_model import setup_for

    stop: StopFlag = context.obj
    with open_best_model(state_at(state)) as best:
        setup, params = setup_for(best.study, data, download=download), best.trial.params
        waiting = f"Asking the model of {best.trial.title} ..."
        seen: Sequence[Seen] = ask(training.predict, setup, params, best.file, tuple(files), stop=stop, waiting=waiting)
    _show(seen, best, "json" if as_json else "csv" if as_csv else "table")
    refused = refusals(seen)
    sys.stderr.writelines(f"hpo-job: {line}\n" for line in (*doubts(seen), *refused))
    if refused:
        raise typer.Exit(ExitCode.NO_INPUT)


def _show(seen: "Sequence[Seen]", best: "BestModel", form: Literal["json", "csv", "table"]) -> None:
    from job.report.text import predictions as text

    match form:
        case "json":
            show_json(text.summarize_predictions(seen, problem=best.study.fingerprint.problem, trial=best.trial))
        case "csv":
            sys.stdout.write(text.render_predictions_csv(seen))
        case "table" if sys.stdout.isatty():
            _show_in_terminal(seen)
        case "table":
            sys.stdout.write(text.render_predictions(seen))


def _show_in_terminal(seen: "Sequence[Seen]") -> None:
    from rich.console import Console

    from job.report.text.predictions import draw_predictions
    from job.training import Answered

    console = Console()
    has_colours = console.color_system in ("256", "truecolor") and not console.no_color
    if answered := [each for each in seen if isinstance(each, Answered)]:
        console.print(draw_predictions(answered, pictures=has_colours))
