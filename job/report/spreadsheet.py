"""The trials as comma-separated values, one a row, for programs and spreadsheets; and read as evidence."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from job.core.evidence import OtherSearch, OtherTrial, without_score
from job.core.fingerprint import Fingerprint
from job.core.space import Categorical, Dimension, DimensionSummary, Params, Real, Value, value_in
from job.core.trial import Status
from job.errors import SettingsError
from job.report.content import ExpectationSummary, Summary, TrialSummary

_BEFORE = ("rank", "trial", "origin", "status")
_AFTER_EARLIER = ("epochs", "seconds", "started", "ended", "reason")  # in releases that recorded no expectations
_EXPECTED = ("expected_score", "expected_deviation", "expected_improvement", "chance_of_improvement")
_AFTER = (*_AFTER_EARLIER, "made_for", *_EXPECTED)
_STOPPED = ("stopped_at", "score_there")  # in searches with rungs: after how many epochs, and with which score


def render_csv(summary: Summary) -> str:
    """Return the table of the trials. A value is empty that is unknown, or that of an inactive dimension.

    Lines end as RFC 4180 says.
    """
    text = io.StringIO()
    csv.writer(text).writerows(table_of(summary))
    return text.getvalue()


def table_of(summary: Summary) -> Iterator[list[object]]:
    """Yield a header, the trials, the best first, and the evidence; parameters have columns of their own.

    A value is None that is unknown, or that of an inactive dimension. A parameter that is named like another column is
    headed as the report in JSON has it, such as `params.epochs`. Scores and parameters are at full precision, and times
    ISO 8601 in UTC.
    """
    names = [dimension["name"] for dimension in summary["space"]]
    metric, after = summary["objective"]["metric"], _AFTER if summary["pruning"] is None else (*_AFTER, *_STOPPED)
    taken = {*_BEFORE, metric, *after}
    headed = [f"params.{name}" if name in taken else name for name in names]
    yield [*_BEFORE, metric, *headed, *after]
    evidence = summary["evidence"]["trials"] if summary["evidence"] else []
    for trial in (*summary["trials"], *evidence):
        yield [*_row(trial, summary["space"]), *(() if summary["pruning"] is None else _stop(trial))]


def read_csv(data: bytes, fingerprint: Fingerprint, *, source: str) -> OtherSearch:
    """Return the search of which `render_csv` has written the trials; raise SettingsError for another table.

    Texts become values of the dimensions here; `source` is where it comes from.
    """
    try:
        header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    except (ValueError, csv.Error):
        header, rows = [], []
    forms = ((*_AFTER, *_STOPPED), _AFTER, _AFTER_EARLIER)
    after = next((form for form in forms if tuple(header[-len(form) :]) == form), _AFTER_EARLIER)
    first, last = len(_BEFORE) + 1, len(header) - len(after)
    if (*header[: first - 1], *header[last:]) != (*_BEFORE, *after) or last < first:
        raise SettingsError(
            f"{source}: expected the trials.csv of a report, with columns {', '.join(_BEFORE)}, a metric, "
            f"parameters, and {', '.join(_AFTER_EARLIER)}, found another file",
            hint="name a state directory, the trials.csv of a report, or a result.joblib",
        )
    metric, dimensions = header[first - 1], {each.name: each for each in fingerprint.space.dimensions}
    taken = {*_BEFORE, metric, *after}
    names = [short if (short := name.removeprefix("params.")) in taken else name for name in header[first:last]]
    trials = []
    for row in rows:
        told = dict(zip(header, row, strict=False))
        texts = zip(names, row[first:last], strict=False)
        params = {name: _value(text, dimensions.get(name)) for name, text in texts if text}
        trials.append(_trial(told, params, metric, fingerprint.objective.metric))
    values = {name: {row[index] for row in rows if row[index:]} for index, name in enumerate(names, start=first)}
    fixed = frozenset(name for name, found in values.items() if len(found) == 1)
    return OtherSearch(source=source, sha256=sha256(data).hexdigest(), trials=tuple(trials), fixed=fixed)


def _row(trial: TrialSummary, space: Sequence[DimensionSummary]) -> list[object]:
    params = [value_in(trial["params"], dimension) for dimension in space]
    before = [trial["rank"], trial["number"], trial["origin"], trial["status"]]
    after = [trial["epochs"], trial["seconds"], trial["started"], trial["ended"], trial["reason"], trial["made_for"]]
    return [*before, trial["score"], *params, *after, *_expected(trial["expected"])]


def _stop(trial: TrialSummary) -> tuple[float | None, float | None]:
    """Return where a trial has stopped early, and what it had there."""
    at = trial["rungs"][-1] if trial["status"] == Status.STOPPED else None
    return (at["epochs"], at["score"]) if at else (None, None)


def _expected(expected: ExpectationSummary | None) -> list[object]:
    if expected is None:
        return [None] * len(_EXPECTED)
    return [expected["score"], expected["deviation"], expected["improvement"], expected["chance"]]


def _trial(told: Mapping[str, str], params: Params, metric: str, objective: str) -> OtherTrial:
    """Return the trial of a row: what it tells by its columns, the score by `metric` among them."""
    text, status = told.get("trial", ""), told.get("status", "")
    number = int(text) if text.isdecimal() else 0
    try:
        score = float(told.get(metric, ""))
    except ValueError:
        score = math.nan
    if status not in (Status.COMPLETED, Status.IMPORTED):
        return OtherTrial(number=number, params=params, value=None, reason=without_score(status))
    if metric != objective:
        return OtherTrial(number=number, params=params, value=None, reason=f"without {objective}")
    return OtherTrial(number=number, params=params, value=score)


def _value(text: str, dimension: Dimension | None) -> Value:
    """Return the value of a dimension that is written so; the text itself where there is none."""
    if dimension is None:
        return text
    if isinstance(dimension, Categorical):
        return next((each for each in dimension.categories if str(each) == text), text)
    try:
        return float(text) if isinstance(dimension, Real) else int(text)
    except ValueError:
        return text
