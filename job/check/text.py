"""What a check of a problem has found: as data, and as text for a person."""

from collections.abc import Iterator, Sequence
from typing import TypedDict

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from job.check.inspection import Inspection, Tried
from job.core.fingerprint import ArrayDescription, DataDescription
from job.core.space import Value
from job.plain_text import render_plain
from job.training.check.facts import Finding, Severity
from job.words import count, format_duration, format_moment, format_size

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


class FindingData(TypedDict):
    """A finding as JSON."""

    severity: str
    told: str
    place: str
    hint: str
    details: str


class PointData(TypedDict):
    """What was tried at a point, as JSON; null is what was not done."""

    reason: str
    params: dict[str, Value]
    n_weights: int | None
    building_seconds: float | None
    first_batch_seconds: float | None
    batch_seconds: float | None
    validation_seconds: float | None
    memory_bytes: int | None


class InspectionData(TypedDict):
    """A check as JSON, and the exit code that it comes to."""

    exit_code: int
    problem: str
    findings: list[FindingData]
    points: list[PointData]
    trial_seconds: list[float]
    search_seconds: float | None
    not_done: list[str]


def describe_inspection(inspection: Inspection) -> InspectionData:
    """Return what was found as data that JSON can hold."""
    return {
        "exit_code": inspection.exit_code,
        "problem": inspection.problem,
        "findings": [_describe_finding(each) for each in inspection.findings],
        "points": [_describe_point(each) for each in inspection.tried],
        "trial_seconds": list(inspection.trial_seconds),
        "search_seconds": inspection.search_seconds,
        "not_done": list(inspection.not_done),
    }


def render_inspection(inspection: Inspection) -> str:
    """Return what was found as plain text that ends with a newline."""
    return render_plain(draw_inspection(inspection))


def draw_inspection(inspection: Inspection) -> RenderableType:
    """Return what was found as something that a rich console prints, with the verdict at its end."""
    facts = _grid()
    for name, told in _facts(inspection):
        facts.add_row(Text(name, style="bold"), Text(told))
    findings = _grid()
    for finding in inspection.findings:
        findings.add_row(Text(finding.severity, style=_STYLES[finding.severity]), _draw_finding(finding))
    errors = sum(each.severity is Severity.ERROR for each in inspection.findings)
    verdict = Text(_verdict(inspection), style="bold red" if errors else "bold green")
    parts: list[RenderableType] = [Text(), findings] if inspection.findings else []
    return Group(facts, *parts, Text(), verdict)


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _facts(inspection: Inspection) -> Iterator[tuple[str, str]]:
    """Yield what there is to say, by what it is of."""
    fingerprint, tried = inspection.fingerprint, inspection.tried
    dimensions = count(len(fingerprint.space.names), "dimension")
    yield (
        "Problem",
        f"{inspection.problem}: {dimensions}, {fingerprint.objective} after {count(fingerprint.epochs, 'epoch')}",
    )
    if inspection.data is not None:
        data = inspection.data.description
        yield "Data", f"{_sizes(data)}; loaded in {format_moment(inspection.data.seconds)}"
        yield "", f"{_arrays(data.inputs)} → {_arrays(data.targets)}"
    if built := [each.built.n_weights for each in tried if each.built is not None]:
        weights = _range(f"{min(built):,}", f"{max(built):,}")
        stepped = sum(each.stepped is not None for each in tried)
        yield (
            "Models",
            f"built at {len(built)} of {len(tried)} points, and given a batch at {stepped}: {weights} weights",
        )
    yield from _training(tried)
    if inspection.search_seconds is not None:
        seconds, whole = inspection.trial_seconds, format_duration(inspection.search_seconds)
        each = _range(format_moment(min(seconds)), format_moment(max(seconds)))
        most = "at most " if inspection.fingerprint.rungs else ""  # where poor trials stop
        confirming = count(inspection.to_confirm, "training")
        again = f" and {confirming} that confirm the best" if inspection.to_confirm else ""
        yield "Search", f"about {each} a trial, so {most}{whole} for {count(inspection.trials, 'trial')}{again}"
    if inspection.not_done:
        why = "for lack of time; --full tries all" if inspection.timed_out else "after what is told below"
        yield "Not tried", why
        for each in inspection.not_done:
            yield "", f"- {each}"


def _training(tried: Sequence[Tried]) -> Iterator[tuple[str, str]]:
    trained = [each.trained for each in tried if each.trained is not None]
    if not trained:
        return
    batches = sorted({each.batches for each in trained})
    told = [f"tried at {count(len(trained), 'point')}"]
    if seconds := [each.batch_seconds for each in trained if each.batch_seconds is not None]:
        told.append(f"{_range(format_moment(min(seconds)), format_moment(max(seconds)))} a batch")
    told.append(f"{_range(f'{batches[0]:,}', f'{batches[-1]:,}')} batches an epoch")
    if memory := [each.memory_bytes for each in trained if each.memory_bytes is not None]:
        told.append(f"{format_size(max(memory))} of memory at most")
    yield "Training", ", ".join(told)


def _sizes(data: DataDescription) -> str:
    parts = [f"{data.train:,} examples to train", f"{data.validation:,} to validate"]
    return ", ".join([*parts, f"{data.test:,} to test" if data.test else "none to test"])


def _arrays(arrays: Sequence[ArrayDescription]) -> str:
    shapes = {each.name: " × ".join(map(str, each.shape)) for each in arrays}
    return ", ".join(f"{each.name} ({' of '.join(filter(None, (shapes[each.name], each.dtype)))})" for each in arrays)


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _draw_finding(finding: Finding) -> RenderableType:
    place = f"{finding.place}: " if finding.place else ""
    parts: list[RenderableType] = [Text(f"{place}{finding.told}")]
    if finding.details:
        parts.append(Padding(Text(finding.details.rstrip(), style="dim"), (0, 0, 0, 2)))
    if finding.hint:
        parts.append(Text.assemble(("what to do: ", "bold"), finding.hint))
    return Group(*parts)


def _verdict(inspection: Inspection) -> str:
    numbers = {kind: sum(each.severity is kind for each in inspection.findings) for kind in Severity}
    told = ", ".join(count(number, kind) for kind, number in numbers.items() if number)
    if numbers[Severity.ERROR]:
        return f"A search would fail: {told}."
    if not any(each.trained for each in inspection.tried):
        return "Too little could be tried to tell whether a search can begin."
    so_far = ", as far as could be tried" if inspection.not_done else ""
    return f"A search can begin{so_far}{f': {told}' if told else ''}."


def _describe_finding(finding: Finding) -> FindingData:
    return {
        "severity": finding.severity.value,
        "told": finding.told,
        "place": finding.place,
        "hint": finding.hint,
        "details": finding.details,
    }


def _describe_point(tried: Tried) -> PointData:
    built, trained = tried.built, tried.trained
    return {
        "reason": tried.probe.reason,
        "params": dict(tried.probe.params),
        "n_weights": built.n_weights if built else None,
        "building_seconds": built.seconds if built else None,
        "first_batch_seconds": trained.first_seconds if trained else None,
        "batch_seconds": trained.batch_seconds if trained else None,
        "validation_seconds": trained.validation_seconds if trained else None,
        "memory_bytes": trained.memory_bytes if trained else None,
    }
