"""The report as text: for report.txt without escape codes, and for a terminal in colours."""

from collections.abc import Iterator
from pathlib import PurePath

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from job.core.trial import Status
from job.plain_text import WIDTH, natural_width, render_plain
from job.report import sentences
from job.report.confirmation.content import ConfirmationSummary
from job.report.confirmation.sentences import confirmed_rows, confirmed_score, draw_sentence, on_fresh_seeds, tests_line
from job.report.contender import contender_sentence
from job.report.content import BestSummary, Summary
from job.report.outlook import outlook_sentence
from job.report.selection import UNCONFIRMED, gap_clause, standing_clause
from job.report.settings import settings_rows, space_rows
from job.report.text.answers import draw_answers
from job.report.text.command import CommandLines
from job.report.text.confirmation import draw_confirmation
from job.report.text.expectations import draw_expectations
from job.report.text.importance import draw_importance
from job.report.text.rungs import draw_rungs
from job.report.text.tables import GAP, draw_rows, plain_table
from job.report.text.trials import BEST_STYLE, EvidenceTable, TrialsTable
from job.words import count, format_params, format_score

BEST_TRIAL = "Best trial"
INDENT = 2  # columns
_HEADING = "bold cyan"


def render_text(summary: Summary, *, model_path: str = "best.keras") -> str:
    """Return the report as plain text that ends with a newline; `model_path` is where the best model stands.

    It is wide enough for the table of trials, and for the longest word of the command.
    """
    command = len("Versions") + GAP + natural_width(CommandLines(summary["command"]))
    width = INDENT + max(natural_width(TrialsTable(summary)), command)
    return render_plain(draw_report(summary, model_path=model_path), width=max(width, WIDTH))


def draw_report(summary: Summary, *, model_path: str = "best.keras") -> RenderableType:
    """Return the report as something that a rich console prints."""
    return Group(*_parts(summary, model_path))


def _parts(summary: Summary, model_path: str) -> Iterator[RenderableType]:
    objective = summary["objective"]
    yield Text(f"Hyper-parameter search of {summary['problem']}, by {objective['metric']}", style="bold")
    yield from draw_section(BEST_TRIAL, *_draw_best(summary, model_path))
    if (confirmation := summary["confirmation"]) is not None:
        state = PurePath(model_path).parent
        yield from draw_section("Confirmation", *draw_confirmation(summary, confirmation, state=state))
    yield from draw_section("What was searched", _draw_space(summary))
    yield from draw_section("How", draw_rows(settings_rows(summary)))
    if summary["importance"] or summary["cautions"]:
        yield from draw_section("What matters", *draw_importance(summary["importance"], summary["cautions"]))
    noun = sentences.example_noun(summary["data"])
    for title, table in draw_answers(summary["test"], noun=noun) if summary["test"] else ():
        yield from draw_section(f"{title} in the test", table)
    if summary["trials"]:
        yield from draw_section("Trials, the best first", TrialsTable(summary))
    if summary["pruning"] is not None:
        yield from draw_section("Where trials stopped", *draw_rungs(summary, summary["pruning"]))
    if expectations := [*draw_expectations(summary)]:
        yield from draw_section("What each trial was made for", *expectations)
    if (evidence := summary["evidence"]) is not None:
        sentence = Text(sentences.evidence_sentence(summary, evidence))
        yield from draw_section("Evidence from elsewhere", sentence, EvidenceTable(summary, evidence))
    if summary["totals"]["failed"]:
        yield from draw_section("Failed trials", draw_rows(_failures(summary, state=PurePath(model_path).parent)))
    yield from draw_section("Totals", draw_rows(sentences.totals_rows(summary)))
    yield from draw_section("To make it again", draw_rows(_again_rows(summary)))


def draw_section(title: str, *content: RenderableType) -> Iterator[RenderableType]:
    """Yield `content` under its title, indented."""
    yield Text(f"\n{title}", style=_HEADING)
    yield from (Padding(each, (0, 0, 0, INDENT)) for each in content)


def _draw_best(summary: Summary, model_path: str) -> Iterator[RenderableType]:
    if summary["best"] is None:
        yield Text(sentences.nothing_completed(summary))
        return
    yield draw_rows(best_rows(summary, summary["best"], model_path))
    told = (sentences.better_evidence(summary), contender_sentence(summary), outlook_sentence(summary))
    for sentence in filter(None, told):
        yield Text(sentence)


def best_rows(summary: Summary, best: BestSummary, model_path: str) -> Iterator[tuple[str, str | Text]]:
    """Yield what there is to know of the best trial, the model of which stands at `model_path`."""
    confirmation = summary["confirmation"]
    yield "Trial", sentences.place_of_best(summary, best)
    if confirmation is None or confirmation["measured"] is None:
        yield from _searched_rows(summary, best)
        draw = ""
    else:
        yield from _confirmed_rows(summary, best, confirmation)
        draw = draw_sentence(summary, confirmation)
    if summary["test"] and (note := sentences.untold_note(summary["test"])):
        yield "", note
    weights = "" if best["weights"] is None else f", {count(best['weights'], 'weight')}"
    yield "Model", f"{model_path}{weights}{f'; {draw}' if draw else ''}"


def _searched_rows(summary: Summary, best: BestSummary) -> Iterator[tuple[str, str | Text]]:
    metric = summary["objective"]["metric"]
    score = Text(format_score(metric, best["score"]), style=BEST_STYLE)
    sure = _in_brackets(sentences.interval_note(best["interval"], summary))
    yield "Score", Text(f"{metric} ").append_text(score).append(sure)
    yield "", UNCONFIRMED
    if clause := standing_clause(summary):
        yield "", clause
    yield "Parameters", format_params(best["params"], summary["space"])
    yield "Test set", _test_line(summary)
    if clause := gap_clause(summary):
        yield "", clause


def _confirmed_rows(
    summary: Summary, best: BestSummary, confirmation: ConfirmationSummary
) -> Iterator[tuple[str, str | Text]]:
    metric, measured = summary["objective"]["metric"], confirmation["measured"]
    assert measured is not None, "it is confirmed"
    score = Text(confirmed_score(summary), style=BEST_STYLE)
    yield "Score", Text(f"{metric} ").append_text(score).append(f" {on_fresh_seeds(metric, measured)}")
    yield from confirmed_rows(summary, confirmation)
    yield "Parameters", format_params(best["params"], summary["space"])
    yield "Test set", tests_line(summary, confirmation) or sentences.not_tested(summary)


def _test_line(summary: Summary) -> str:
    test = summary["test"]
    if test is None:
        return sentences.not_tested(summary)
    sure = {name: _in_brackets(sentences.metric_note(name, test, summary)) for name in test["metrics"]}
    names = sentences.ordered_metrics(test["metrics"])
    return ", ".join(f"{name} {format_score(name, test['metrics'][name])}{sure[name]}" for name in names)


def _in_brackets(note: str) -> str:
    return f" ({note})" if note else ""


def _draw_space(summary: Summary) -> Table:
    table = plain_table()
    for header in ("parameter", "values", "prior", "default"):
        table.add_column(header, overflow="fold")
    for row in space_rows(summary):
        table.add_row(*map(Text, row))
    return table


def _failures(summary: Summary, *, state: PurePath) -> Iterator[tuple[str, str]]:
    for trial in summary["trials"]:
        if trial["status"] == Status.FAILED:
            yield f"Trial {trial['number']}", trial["reason"]
            if trial["log"]:
                yield "", str(state / trial["log"])


def _again_rows(summary: Summary) -> Iterator[tuple[str, RenderableType]]:
    yield from sentences.made_with_rows(summary)
    yield "Command", CommandLines(summary["command"])
