"""The trials as comma-separated values, one a row, for programs and spreadsheets."""

import csv
import io
from collections.abc import Iterator, Sequence

from job.core.space import DimensionSummary, value_in
from job.report.content import Summary, TrialSummary

_BEFORE, _AFTER = ("rank", "trial", "origin", "status"), ("epochs", "seconds", "started", "ended", "reason")


def render_csv(summary: Summary) -> str:
    """Return the table of the trials. A value is empty that is unknown, or that of an inactive dimension.

    Lines end as RFC 4180 says.
    """
    text = io.StringIO()
    csv.writer(text).writerows(table_of(summary))
    return text.getvalue()


def table_of(summary: Summary) -> Iterator[list[object]]:
    """Yield a header and the trials, the best first; parameters have columns of their own.

    A value is None that is unknown, or that of an inactive dimension. A parameter that is named like another column is
    headed as the report in JSON has it, such as `params.epochs`. Scores and parameters are at full precision, and times
    ISO 8601 in UTC.
    """
    names = [dimension["name"] for dimension in summary["space"]]
    metric = summary["objective"]["metric"]
    taken = {*_BEFORE, metric, *_AFTER}
    headed = [f"params.{name}" if name in taken else name for name in names]
    yield [*_BEFORE, metric, *headed, *_AFTER]
    yield from (_row(trial, summary["space"]) for trial in summary["trials"])


def _row(trial: TrialSummary, space: Sequence[DimensionSummary]) -> list[object]:
    params = [value_in(trial["params"], dimension) for dimension in space]
    before = [trial["rank"], trial["number"], trial["origin"], trial["status"]]
    after = [trial["epochs"], trial["seconds"], trial["started"], trial["ended"], trial["reason"]]
    return [*before, trial["score"], *params, *after]
