"""The report as text: for report.txt without escape codes, and for a terminal in colours."""

from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from job.report.content import Summary
from job.report.evaluation import IntervalSummary, SelectionSummary
from job.report.text_accounts import environment_rows, time_rows
from job.report.text_classes import draw_classes
from job.report.text_importance import draw_importance
from job.report.trials_table import BEST_STYLE, TrialsTable, plain_table
from job.report.units import count, format_duration, format_interval, format_params, format_score, format_value
from job.trial import Status

# Columns of report.txt; a wider table widens it.
_WIDTH = 120

# What scikit-optimize's abbreviations stand for.
_NAMES = {
    "EI": "expected improvement",
    "PI": "probability of improvement",
    "LCB": "lower confidence bound",
    "GP": "a Gaussian process",
    "RF": "a random forest",
    "ET": "extra trees",
}
_COUNTS: tuple[tuple[Literal["completed", "failed", "imported", "running"], str], ...] = (
    ("completed", "completed"),
    ("failed", "failed"),
    ("imported", "imported"),
    ("running", "unfinished"),
)
_HEADING = "bold cyan"


def render_text(summary: Summary, *, model_path: str = "best.keras") -> str:
    """Return the report as plain text that ends with a newline; `model_path` is where the best model stands."""
    report = draw_report(summary, model_path=model_path)
    console = Console(file=StringIO(), width=_WIDTH, color_system=None, force_terminal=False, legacy_windows=False)
    widest = Measurement.get(console, console.options.update(max_width=10_000), TrialsTable(summary)).maximum
    console.width = max(_WIDTH, widest + 2)
    with console.capture() as capture:
        console.print(report, highlight=False)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def draw_report(summary: Summary, *, model_path: str = "best.keras") -> RenderableType:
    """Return the report as something that a rich console prints."""
    return Group(*_parts(summary, model_path))


def _parts(summary: Summary, model_path: str) -> Iterator[RenderableType]:
    objective = summary["objective"]
    yield Text(f"Hyper-parameter search of {summary['problem']}, by {objective['metric']}", style="bold")
    yield from _section("Best trial", _draw_best(summary, model_path))
    yield from _section("What was searched", _draw_space(summary))
    yield from _section("How", _draw_settings(summary))
    if importance := summary["importance"]:
        yield from _section("What matters", *draw_importance(importance))
    test, data = summary["test"], summary["data"]
    if test is not None and test["confusion"] is not None and data is not None:
        yield from _section(
            "Classes in the test", *draw_classes(test["classes"], test["confusion"], data["class_names"])
        )
    if summary["trials"]:
        yield from _section("Trials, the best first", TrialsTable(summary))
    if summary["totals"]["failed"]:
        yield from _section("Failed trials", _draw_failures(summary))
    yield from _section("Totals", _draw_totals(summary))
    yield from _section("To make it again", _draw_rows(environment_rows(summary)))


def _section(title: str, *content: RenderableType) -> Iterator[RenderableType]:
    yield Text(f"\n{title}", style=_HEADING)
    yield from (Padding(each, (0, 0, 0, 2)) for each in content)


def _draw_best(summary: Summary, model_path: str) -> RenderableType:
    best = summary["best"]
    if best is None:
        return Text(_nothing_completed(summary))
    metric, rows = summary["objective"]["metric"], _pairs()
    score = Text(format_score(metric, best["score"]), style=BEST_STYLE)
    rows.add_row("Trial", Text(f"{best['number']} of {len(summary['trials'])}"))
    rows.add_row("Score", Text(f"{metric} ").append_text(score).append(_sure(best["interval"])))
    rows.add_row("Parameters", Text(format_params(best["params"], summary["space"])))
    rows.add_row("Test set", Text(_test_line(summary)))
    if selection := summary["selection"]:
        rows.add_row("", Text(_selection_line(selection, summary["totals"]["completed"])))
    weights = f", {best['weights']:,} weights" if best["weights"] is not None else ""
    rows.add_row("Model", Text(f"{model_path}{weights}"))
    if sentence := _better_import(summary):
        return Group(rows, Text(sentence))
    return rows


def _nothing_completed(summary: Summary) -> str:
    totals = summary["totals"]
    if totals["failed"]:
        return (
            f"No trial has completed, and {totals['failed']} failed. The reasons stand below; what a trial printed "
            "stands in its log.txt, such as trials/0001/log.txt in the state directory."
        )
    if totals["running"]:
        return "No trial has completed yet. Run the same command again to go on, and `hpo-job status` to look on."
    return "No trial has been started yet. `hpo-job search` starts the search."


def _test_line(summary: Summary) -> str:
    test = summary["test"]
    if test is None:
        return "not evaluated yet: that is done at the end of the search"
    # Whatever else the model reports comes after these two.
    names = sorted(test["metrics"], key=lambda name: {"accuracy": 0, "loss": 1}.get(name, 2))
    sure = {"accuracy": _sure(test["interval"])}
    return ", ".join(f"{name} {format_score(name, test['metrics'][name])}{sure.get(name, '')}" for name in names)


def _sure(interval: IntervalSummary | None) -> str:
    if interval is None:
        return ""
    return f" (95 % interval {format_interval(interval)}, {count(interval['images'], 'image')})"


def _selection_line(selection: SelectionSummary, trials: int) -> str:
    gap, rivals = 100 * selection["gap"], selection["rivals"]
    line = f"{abs(gap):.2f} points {'below' if gap >= 0 else 'above'} the validation"
    if rivals == 1:
        return f"{line}; no other trial comes so close to the best that chance could explain it"
    return (
        f"{line}; {rivals} of {count(trials, 'trial')} are as good within chance, and picking the best of them "
        f"makes it look about {100 * selection['optimism']:.2f} points better than it is"
    )


def _better_import(summary: Summary) -> str:
    first = summary["trials"][0]
    if first["status"] != Status.IMPORTED:
        return ""
    score = format_score(summary["objective"]["metric"], first["score"])
    return f"Trial {first['number']}, which was imported, scored better: {score}. There is no model of it."


def _draw_space(summary: Summary) -> RenderableType:
    table = plain_table()
    for header in ("parameter", "values", "prior", "default"):
        table.add_column(header, overflow="fold")
    for dimension in summary["space"]:
        name, prior = dimension["name"], dimension["prior"]
        values = dimension["description"].removesuffix(f" ({prior})")
        default = format_value(summary["settings"]["default"][name], dimension)
        table.add_row(*(Text(cell) for cell in (name, values, prior or "one of these", default)))
    return table


def _draw_settings(summary: Summary) -> RenderableType:
    settings, objective, rows = summary["settings"], summary["objective"], _pairs()
    better = "more" if objective["direction"] == "max" else "less"
    rows.add_row("Objective", Text(f"{objective['metric']} after the last epoch; {better} is better"))
    rows.add_row("Proposals", Text(f"the default point, then {count(settings['initial_points'], 'random point')},"))
    rows.add_row("", Text(f"then {_surrogate_line(summary)}"))
    repeatable = "deterministic" if settings["deterministic"] else "not deterministic"
    epochs, batch = count(settings["epochs"], "epoch"), settings["batch_size"]
    rows.add_row("Training", Text(f"{epochs} in batches of {batch}, seed {settings['seed']}, {repeatable}"))
    rows.add_row("Data", Text(_data_line(summary)))
    rows.add_row("Budget", Text(_budget_line(summary)))
    return rows


def _data_line(summary: Summary) -> str:
    data, digest = summary["data"], f"SHA-256 {summary['settings']['data'][:16]}…"
    if data is None:
        return digest
    shape, classes = " x ".join(map(str, data["image_shape"])), len(data["class_names"])
    splits = f"{data['train']:,} images to train, {data['validation']:,} to validate, {data['test']:,} to test"
    return f"{splits}; {shape}, {classes} classes; {digest}"


def _surrogate_line(summary: Summary) -> str:
    acquisition, surrogate = summary["settings"]["acquisition"], summary["settings"]["surrogate"]
    return f"{_NAMES.get(acquisition, acquisition)} on {_NAMES.get(surrogate, surrogate)} ({acquisition}, {surrogate})"


def _budget_line(summary: Summary) -> str:
    budgets = summary["budgets"]
    trials, max_hours, patience = (budgets.get(name) for name in ("trials", "max_hours", "patience"))
    parts = []
    if trials is not None:
        parts.append(count(int(trials), "trial"))
    if max_hours is not None:
        parts.append(f"{format_duration(max_hours * 3600)} of training")
    if patience is not None:
        parts.append(f"{count(int(patience), 'trial')} without gain")
    return ", or ".join(parts) or "none"


def _draw_failures(summary: Summary) -> RenderableType:
    rows = _pairs()
    for trial in summary["trials"]:
        if trial["status"] == Status.FAILED:
            rows.add_row(f"Trial {trial['number']}", Text(trial["reason"], overflow="fold"))
    return rows


def _draw_totals(summary: Summary) -> RenderableType:
    totals, rows = summary["totals"], _pairs()
    counts = (f"{totals[status]} {label}" for status, label in _COUNTS if totals[status] or status == "completed")
    rows.add_row("Trials", Text(f"{totals['trials']}: {', '.join(counts)}"))
    for label, line in time_rows(summary):
        rows.add_row(label, line)
    rows.add_row("Runs", Text(_runs_line(summary)))
    interruptions = summary["interruptions"]
    rows.add_row("Interruptions", Text(f"{interruptions} survived" if interruptions else "none"))
    return rows


def _draw_rows(rows: Iterable[tuple[str, Text]]) -> RenderableType:
    table = _pairs()
    for label, line in rows:
        table.add_row(label, line)
    return table


def _runs_line(summary: Summary) -> str:
    sessions = summary["sessions"]
    if not sessions:
        return "none"
    # A clock may have been put back between two runs, or within one.
    times = [time for session in sessions for time in (session["started"], session["last_saved"]) if time is not None]
    began, saved = (_minute(sessions[0]["started"]), _minute(max(times, default=None)))
    return f"{len(sessions)}, from {began} to {saved} UTC"


def _minute(iso_time: str | None) -> str:
    return "–" if iso_time is None else iso_time[:16].replace("T", " ")


def _pairs() -> Table:
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    return rows
