"""The report as files: what stands in the directory of that name."""

import json
import logging

from job.core.study import Study
from job.report.content import ImportanceSummary, Summary
from job.report.spreadsheet import render_csv
from job.report.status import StatusSummary
from job.report.summary import summarize
from job.report.text import render_text

JSON, PAGE = "report.json", "report.html"


def known_summary(study: Study, before: bytes | None) -> Summary:
    """Return the summary of `study` with what can be known of it at once.

    It takes seconds to find out what matters: that comes from `before`, the present report.json, if it is of the same
    trials.
    """
    summary = summarize(study)
    return {**summary, "importance": _importance_before(summary, before)}


def render_files(summary: Summary, *, model_path: str) -> dict[str, bytes]:
    """Return the files of the report that need no drawing, by their names; `model_path` is that of the best model."""
    return {
        "report.txt": render_text(summary, model_path=model_path).encode(),
        "trials.csv": render_csv(summary).encode(),
        JSON: (json.dumps(summary, indent=2, allow_nan=False) + "\n").encode(),
    }


def render_all_files(
    study: Study, *, model_path: str, predictions: bytes | None, status: StatusSummary | None = None
) -> dict[str, bytes]:
    """Return all files of the report, the page and the plots among them; this takes seconds.

    `predictions` are those that the study speaks of, if they are there. With `status` the page tells how far a search
    is that is still at work. In this order report.json comes last: where it is up to date, all is.
    """
    # It would say on standard error that it found no folder for its caches, as under cron.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from job.proposals.surrogate import fit_surrogate
    from job.report.importance import summarize_importance
    from job.report.page import render_page
    from job.report.plots import draw_plots
    from job.state import predictions as record

    summary = summarize(study, importance=summarize_importance(study))
    known = record.load(predictions) if predictions is not None else None
    plots = list(draw_plots(summary, surrogate=fit_surrogate(study), predictions=known))
    files = {f"plots/{plot.name}.{kind}": getattr(plot, kind) for plot in plots for kind in ("svg", "png")}
    files = {name: data for name, data in files.items() if data}
    files[PAGE] = render_page(summary, plots=plots, status=status).encode()
    return files | render_files(summary, model_path=model_path)


def _importance_before(summary: Summary, before: bytes | None) -> ImportanceSummary | None:
    try:
        known = json.loads(before or b"null")
        same = known["trials"] == json.loads(json.dumps(summary["trials"]))
        found: ImportanceSummary | None = known["importance"] if same else None
    except (ValueError, KeyError, TypeError):  # no report yet, or one of another program
        return None
    return found
