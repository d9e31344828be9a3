"""Of which state of a search a report is: report.json tells it by its content, and the page by a comment at its end."""

import json
import re
from typing import Any

from job.report.content import Summary

# Of a search: when it began, and how far it has come. The latter grows from one save to the next.
_State = tuple[str | None, list[Any]]

_STAMP = re.compile(rb"<!-- state: (.*) -->\s*\Z")


def stamped(page: str, summary: Summary) -> str:
    """Return a page with the state that it shows."""
    state = json.dumps(_state(summary)).replace(">", "\\u003e")  # which could end the comment
    return f"{page.rstrip()}\n<!-- state: {state} -->\n"


def shows_other(page: bytes | None, summary: Summary) -> bool:
    """Tell whether a page shows another state than that of `summary`, or none; True where there is no page."""
    return bool(_stamp(page) != _as_read(_state(summary)))


def shows_later(page: bytes | None, summary: Summary) -> bool:
    """Tell whether a page shows a later state of the same search than `summary` does."""
    return _is_later(_stamp(page), summary)


def holds_later(report: bytes | None, summary: Summary) -> bool:
    """Tell whether a report.json is of a later state of the same search than `summary`."""
    try:
        found = _as_read(_state(json.loads(report or b"null")))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):  # none yet, or one of another program
        return False
    return _is_later(found, summary)


def _state(summary: Summary) -> _State:
    runs, totals = summary["runs"], summary["totals"]
    last = runs[-1] if runs else None
    ended = totals["steps"] - totals["pending_steps"]
    saved, how = (last["last_saved"] or "", last["ended"]) if last else ("", "")
    return runs[0]["started"] if runs else None, [len(runs), totals["steps"], ended, totals["epochs"], saved, how]


def _stamp(page: bytes | None) -> Any:
    found = _STAMP.search((page or b"")[-1000:])
    try:
        return json.loads(found[1]) if found else None
    except ValueError:
        return None


def _is_later(found: Any, summary: Summary) -> bool:
    began, progress = _as_read(_state(summary))
    try:
        return bool(found[0] == began and found[1] > progress)
    except (TypeError, IndexError, KeyError):
        return False


def _as_read(state: _State) -> Any:
    return json.loads(json.dumps(state))
