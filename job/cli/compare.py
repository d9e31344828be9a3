"""`hpo-job compare`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from job.address import StatePlace
from job.cli.output import json_text, show_file, show_json
from job.cli.status import JsonOption, read_study
from job.errors import SettingsError
from job.paths import parse_path, parse_state
from job.settings.choices import choice
from job.state import durable
from job.state.places import state_at

if TYPE_CHECKING:
    from job.report.comparison.content import Comparison


class ComparisonFormat(StrEnum):
    """In which form a comparison is printed or written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    SVG = "svg"
    PNG = "png"


StatesArgument = Annotated[
    list[StatePlace],
    typer.Argument(
        metavar="STATE...", show_default=False, parser=parse_state, help="Where the searches are, two or more."
    ),
]
FormatOption = Annotated[
    ComparisonFormat | None,
    typer.Option(
        "--format",
        help="Form of the comparison: html is a page with the plot, svg and png are the plot alone. By default that "
        "of the ending of --output, or text.",
        **choice(ComparisonFormat),
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", parser=parse_path, help="Write it into this file instead of printing it."),
]
OpenOption = Annotated[
    bool, typer.Option("--open", help="Open the file of --output, such as comparison.html, in a browser.")
]


def compare(
    states: StatesArgument,
    as_format: FormatOption = None,
    as_json: JsonOption = False,
    output: OutputOption = None,
    open_file: OpenOption = False,
) -> None:
    """Show searches side by side: by trials, epochs and training time, with the spread over seeds.

    Searches that differ in their seed alone are one group. The states are only read, and may be at work.
    """
    from job.report.comparison.groups import NamedStudy
    from job.report.comparison.summary import compare

    if open_file and output is None:
        raise SettingsError("--open: expected --output too, found none", hint="add --output comparison.html")
    chosen = ComparisonFormat.JSON if as_json else as_format or _format_of(output)
    _check_distinct(states)
    comparison = compare([NamedStudy(str(path), read_study(state_at(path))) for path in states])
    if output is None:
        _show(comparison, chosen)
        return
    durable.write(output, _rendered(comparison, chosen))
    if open_file:
        from job.cli.browser import open_in_browser

        open_in_browser(output)


def _check_distinct(states: list[StatePlace]) -> None:
    places = [path.resolve() if isinstance(path, Path) else path for path in states]
    twice = next((path for path, place in zip(states, places, strict=True) if places.count(place) > 1), None)
    if twice is not None:
        raise SettingsError(f"expected each state once, found {twice} twice")
    if len(states) == 1:
        raise SettingsError(
            f"expected two states or more, found {states[0]} alone", hint="hpo-job report tells of a single one"
        )


def _format_of(output: Path | None) -> ComparisonFormat:
    """Return the form that the ending of a file name says; text where it says none."""
    ending = "" if output is None else output.suffix.removeprefix(".").lower()
    return ComparisonFormat(ending) if ending in [*ComparisonFormat] else ComparisonFormat.TEXT


def _show(comparison: "Comparison", chosen: ComparisonFormat) -> None:
    if chosen is ComparisonFormat.JSON:
        show_json(comparison)
    elif chosen is ComparisonFormat.TEXT and sys.stdout.isatty():
        from rich.console import Console

        from job.report.comparison.text import draw_comparison

        Console().print(draw_comparison(comparison))
    else:
        show_file(_rendered(comparison, chosen))


def _rendered(comparison: "Comparison", chosen: ComparisonFormat) -> bytes:
    """Return what stands in a file of that form."""
    if chosen is ComparisonFormat.JSON:
        return json_text(comparison).encode()
    if chosen is ComparisonFormat.TEXT:
        from job.report.comparison.text import render_comparison

        return render_comparison(comparison).encode()
    from job.report.comparison.plot import plot_comparison

    plot = plot_comparison(comparison)
    if chosen is ComparisonFormat.HTML:
        from job.report.comparison.page import render_comparison_page

        return render_comparison_page(comparison, plot).encode()
    if plot.absent:
        raise SettingsError(f"there is no plot: {plot.absent}")
    return plot.svg if chosen is ComparisonFormat.SVG else plot.png
