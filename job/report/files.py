"""The report as files: what stands in the directory of that name."""

import json
import logging
from collections.abc import Mapping
from typing import Any, Literal

from job.core.study import Study
from job.report.content import ImportanceSummary, SelectionSummary, Summary
from job.report.freshness import stamped
from job.report.selection import summarize_selection
from job.report.spreadsheet import render_csv
from job.report.status import StatusSummary
from job.report.summary import summarize
from job.report.text import render_text

JSON, CSV, PAGE = "report.json", "trials.csv", "report.html"
_PLOTS = "plots/"
_KINDS: tuple[Literal["svg"], Literal["png"]] = ("svg", "png")
# What releases before drew, and this one does not.
_FORMER_PLOTS = ("convergence_by_epochs", "error")
_SAME: tuple[Literal["trials"], Literal["best"]] = ("trials", "best")
_CONFIRMATION: Literal["confirmation"] = "confirmation"  # which is over when a trial comes after it


def known_summary(study: Study, before: bytes | None) -> Summary:
    """Return the summary of `study` with what can be known of it at once.

    It takes seconds to find out what the surrogate says, and what stopped trials would have come to: that comes from
    `before`, the present report.json, if it is of the same trials, and of the same replicates where the surrogate says
    it. So does what takes tenths of a second, or it is found out.
    """
    summary = summarize(study)
    found = _found_before(summary, before)
    by_surrogate = found if _is_of_same(_CONFIRMATION, found, summary) else {}
    return {
        **summary,
        "selection": _selection_in(found, summary) or summarize_selection(study),
        "importance": _importance_in(by_surrogate),
        "contender": by_surrogate.get("contender"),
        "outlook": by_surrogate.get("outlook"),
        "prospects": found.get("prospects"),
    }


def render_files(summary: Summary, *, model_path: str) -> dict[str, bytes]:
    """Return the files of the report that need no drawing, by their names; `model_path` is that of the best model."""
    return {
        "report.txt": _encoded(render_text(summary, model_path=model_path)),
        CSV: _encoded(render_csv(summary)),
        JSON: (json.dumps(summary, indent=2, allow_nan=False) + "\n").encode(),
    }


def render_all_files(
    study: Study, *, model_path: str, predictions: bytes | None, status: StatusSummary | None = None
) -> dict[str, bytes | None]:
    """Return all files of the report, the page and the plots among them; this takes seconds.

    `predictions` are those that the study speaks of, if they are there. With `status` the page tells how far a search
    is that is still at work. A file that there is no more, of a plot that is not drawn, is None. In this order the page
    comes after its plots.
    """
    # It would say on standard error that it found no folder for its caches, as under cron.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from job.report.contender import summarize_contender
    from job.report.importance import summarize_importance
    from job.report.outlook import summarize_outlook
    from job.report.page import render_page
    from job.report.plots import draw_plots
    from job.report.plots.answers import ANSWER_PLOTS
    from job.report.pruning import summarize_prospects
    from job.report.refits import refit_surrogate
    from job.state import predictions as record

    surrogate = refit_surrogate(study)
    summary = summarize(
        study,
        importance=summarize_importance(study, surrogate),
        contender=summarize_contender(study),
        outlook=summarize_outlook(study),
        selection=summarize_selection(study),
        prospects=summarize_prospects(study),
    )
    known = record.load(predictions) if predictions is not None else None
    plots = list(draw_plots(summary, surrogate=surrogate, predictions=known))
    perhaps = (*_FORMER_PLOTS, _CONFIRMATION, *ANSWER_PLOTS)
    files: dict[str, bytes | None] = {_plot_file(name, kind): None for name in perhaps for kind in _KINDS}
    files |= {_plot_file(plot.name, kind): getattr(plot, kind) or None for plot in plots for kind in _KINDS}
    files[PAGE] = _encoded(stamped(render_page(summary, plots=plots, status=status), summary))
    return files | render_files(summary, model_path=model_path)


def is_drawn(name: str) -> bool:
    """Tell whether a file of the report is the page or a plot, or else one that needs no drawing."""
    return name == PAGE or name.startswith(_PLOTS)


def _encoded(text: str) -> bytes:
    """Return `text` in UTF-8, with escapes for what is no letter: a reason may tell the name of any file."""
    return text.encode(errors="backslashreplace")


def _plot_file(name: str, kind: Literal["svg", "png"]) -> str:
    return f"{_PLOTS}{name}.{kind}"


def _found_before(summary: Summary, before: bytes | None) -> dict[str, Any]:
    """Return a report.json of the same trials and best trial as it was read; nothing where there is none."""
    try:
        known: dict[str, Any] = json.loads(before or b"null")
        same = all(known[part] == _as_read(summary[part]) for part in _SAME)
        return known if same else {}
    except (ValueError, KeyError, TypeError):  # no report yet, or one of another program
        return {}


def _selection_in(found: Mapping[str, Any], summary: Summary) -> SelectionSummary | None:
    """Return how the best trial stands by what was read, if that knows the test and the confirmation.

    Earlier releases tell it otherwise.
    """
    selection: SelectionSummary | None = found.get("selection")
    is_of_same = _is_of_same("test", found, summary) and _is_of_same(_CONFIRMATION, found, summary)
    is_known = selection is not None and "corrected" in selection and is_of_same
    return selection if is_known else None


def _is_of_same(part: Literal["test", "confirmation"], found: Mapping[str, Any], summary: Summary) -> bool:
    return bool(found.get(part) == _as_read(summary[part]))


def _as_read(content: object) -> object:
    return json.loads(json.dumps(content))


def _importance_in(found: Mapping[str, Any]) -> ImportanceSummary | None:
    """Return what matters by what was read; None where an earlier release has told it with numbers that are chance."""
    importance: ImportanceSummary | None = found.get("importance")
    return importance if importance is not None and "untold" in importance else None
