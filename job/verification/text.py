"""What a verification has found: as data, and as text for a person."""

from collections.abc import Iterator
from typing import TypedDict

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from job.core.space import Value
from job.plain_text import render_plain
from job.verification import Verification
from job.verification.finding import Difference, Finding
from job.words import count

_MOST_DIFFERENCES = 20  # of a subject, as text: the first ones tell what there is to tell


class DifferenceData(TypedDict):
    """A difference as JSON; null is a value that there is none of."""

    place: str
    name: str
    recorded: Value | None
    now: Value | None


class FindingData(TypedDict):
    """A finding as JSON."""

    subject: str
    told: str
    differences: list[DifferenceData]
    not_compared: list[str]


class VerificationData(TypedDict):
    """A verification as JSON, and the exit code that it comes to."""

    exit_code: int
    verdict: str
    findings: list[FindingData]
    causes: list[str]


def describe_verification(verification: Verification) -> VerificationData:
    """Return what was found as data that JSON can hold."""
    return {
        "exit_code": verification.exit_code,
        "verdict": _verdict(verification),
        "findings": [_describe(finding) for finding in verification.findings],
        "causes": list(verification.causes),
    }


def render_verification(verification: Verification) -> str:
    """Return what was found as plain text that ends with a newline."""
    return render_plain(draw_verification(verification))


def draw_verification(verification: Verification) -> RenderableType:
    """Return what was found as something that a rich console prints, with the verdict at its end."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    subject = ""
    for finding in verification.findings:
        name = "" if finding.subject == subject else finding.subject.capitalize()
        subject = finding.subject
        rows.add_row(Text(name, style="bold"), Text(finding.told, style="red" if finding.differences else "green"))
        for line in _details(finding):
            rows.add_row("", Padding(line, (0, 0, 0, 2)))
    for place, cause in enumerate(verification.causes):
        rows.add_row(Text("" if place else "Cause?", style="bold"), Text(cause))
    style = "bold red" if verification.differs else "bold green"
    rows.add_row(Text("Verdict", style="bold"), Text(_verdict(verification), style=style))
    return Group(rows)


def _details(finding: Finding) -> Iterator[Text]:
    for difference in finding.differences[:_MOST_DIFFERENCES]:
        yield Text(_sentence(difference))
    if (more := len(finding.differences) - _MOST_DIFFERENCES) > 0:
        yield Text(f"and {count(more, 'more difference')}, which --json tells")
    for each in finding.not_compared:
        yield Text(f"not compared: {each}", style="dim")


def _sentence(difference: Difference) -> str:
    recorded, now = _show(difference.recorded), _show(difference.now)
    return f"{difference.place}: {difference.name} recorded {recorded}, now {now}"


def _show(value: Value | None) -> str:
    """Return a value in full: a number with all the digits that tell it from every other."""
    if value is None:
        return "none"
    return value or "none" if isinstance(value, str) else repr(value)


def _verdict(verification: Verification) -> str:
    if not verification.differs:
        return "nothing differs"
    differing = [finding.subject for finding in verification.findings if finding.differences]
    found = sum(len(finding.differences) for finding in verification.findings)
    return f"{count(found, 'difference')}, in {', '.join(dict.fromkeys(differing))}"


def _describe(finding: Finding) -> FindingData:
    return {
        "subject": finding.subject.value,
        "told": finding.told,
        "differences": [
            {"place": each.place, "name": each.name, "recorded": each.recorded, "now": each.now}
            for each in finding.differences
        ],
        "not_compared": list(finding.not_compared),
    }
