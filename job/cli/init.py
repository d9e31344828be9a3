"""`hpo-job init`."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from job.paths import parse_path
from job.settings.choices import ProblemKind, choice

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="Where it is written, such as churn.py.", parser=parse_path)
]
KindOption = Annotated[
    ProblemKind,
    typer.Option(
        "--kind", help="What it begins with: classes or a number from a table, pictures, texts.", **choice(ProblemKind)
    ),
]


def init(file: FileArgument, kind: KindOption = ProblemKind.TABLE) -> None:
    """Write a short problem of your own to begin from, with comments, that runs as it stands."""
    from job.problems import templates

    templates.write(kind.value, file)
    named = shlex.quote(str(file))
    sys.stdout.write(
        f"{file} runs as it stands, on sample data: put your own data and your own model in.\n"
        f"    hpo-job check {named}               # within seconds: does all of it work?\n"
        f"    hpo-job search --problem {named}    # tries one point after another\n"
    )
