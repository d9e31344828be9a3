"""What the doctor has found: as data, and as text for a person."""

from collections.abc import Sequence
from itertools import groupby
from typing import TypedDict

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from job.doctor.check import Check, Verdict, exit_code
from job.plain_text import render_plain
from job.words import count

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILURE: "bold red", Verdict.UNKNOWN: "magenta"}


class CheckData(TypedDict):
    """A check as JSON."""

    subject: str
    name: str
    verdict: str
    found: str
    hint: str
    values: dict[str, object]


class Examination(TypedDict):
    """All checks as JSON, and the exit code that they come to."""

    exit_code: int
    checks: list[CheckData]


def describe_checks(checks: tuple[Check, ...]) -> Examination:
    """Return the checks as data that JSON can hold."""
    described: list[CheckData] = [
        {
            "subject": check.subject,
            "name": check.name,
            "verdict": check.verdict.value,
            "found": check.found,
            "hint": check.hint,
            "values": dict(check.values),
        }
        for check in checks
    ]
    return {"exit_code": exit_code(checks), "checks": described}


def render_checks(checks: tuple[Check, ...]) -> str:
    """Return the checks as plain text that ends with a newline."""
    return render_plain(draw_checks(checks))


def draw_checks(checks: tuple[Check, ...]) -> RenderableType:
    """Return the checks as something that a rich console prints, each with what to do about it."""
    parts: list[RenderableType] = []
    width = max((len(check.name) for check in checks), default=0)
    for subject, group in groupby(checks, key=lambda check: check.subject):
        parts += [Text(subject, style="bold cyan"), Padding(_draw_rows(list(group), width), (0, 0, 1, 2))]
    return Group(*parts, Text(_summary(checks)))


def _draw_rows(checks: Sequence[Check], width: int) -> Table:
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True, min_width=max(len(verdict) for verdict in Verdict))
    rows.add_column(no_wrap=True, min_width=width)
    rows.add_column(overflow="fold")
    for check in checks:
        rows.add_row(Text(check.verdict, style=_STYLES[check.verdict]), Text(check.name), Text(check.found))
        if check.hint:
            rows.add_row("", "", Text.assemble(("what to do: ", "bold"), check.hint))
    return rows


def _summary(checks: tuple[Check, ...]) -> str:
    numbers = {verdict: sum(check.verdict is verdict for check in checks) for verdict in Verdict}
    others = (
        count(numbers[Verdict.FAILURE], "failure"),
        count(numbers[Verdict.WARNING], "warning"),
        f"{numbers[Verdict.UNKNOWN]} unknown",
    )
    verdict = "A search will not work here as it is" if exit_code(checks) else "A search can begin here"
    return f"{verdict}: {', '.join(others)}."
