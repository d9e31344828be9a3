"""What the formats of study.json before the present one lacked, filled in as the releases that wrote them worked.

Format 3 has no steps and no journal: trials came one after another, each to its end. Bounds that were given, and some
limits, are in the command lines of its runs alone. Format 2 calls its runs sessions. Format 1 has no data,
and less of runs and models.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from job.core.ending import EndKind
from job.core.trial import Origin, Status

OLDEST_FORMAT, NEWEST_FORMAT = 1, 3

# How these releases began the reasons of failures; that of any other is what the trial raised.
_KINDS = {
    "diverged": EndKind.DIVERGED,
    "took longer than": EndKind.TIMED_OUT,
    "died": EndKind.DIED,
    "started": EndKind.DIED,
}

# The limits that only command lines tell, and how these are read.
_LIMITS: Mapping[str, tuple[str, Callable[[str], float]]] = {
    "max_failures": ("--max-failures", int),
    "max_attempts": ("--max-attempts", int),
    "trial_timeout": ("--trial-timeout", float),
}


def upgraded(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a study in the present format."""
    fingerprint, runs = content["fingerprint"], content.get("runs", content.get("sessions", []))
    trials = [{**trial, "origin": _origin(trial, fingerprint["default"])} for trial in content["trials"]]
    limits = _limits(content["budgets"], runs)
    began_at = runs[0]["started_at"] if runs else 0.0
    return {
        "fingerprint": {**fingerprint, "bounds": _bounds(runs)},
        "data": content.get("data"),
        "test": content["test"],
        "runs": runs,
        "journal": [{"step": 1, "at": began_at, "kind": "limits", "input": limits}] if limits else [],
        "trials": trials,
        "steps": _steps(trials, fingerprint["epochs"]),
    }


def _limits(budgets: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the limits of the last run: its budgets, and what its command line says of the others."""
    words = dict(pairwise(runs[-1].get("options", ()))) if runs else {}
    told = {name: read(words[option]) for name, (option, read) in _LIMITS.items() if option in words}
    return {name: value for name, value in budgets.items() if value is not None} | told


def _bounds(runs: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the bounds in the last command line that has some: a later one with the same effect may have none."""
    given = ([value for option, value in pairwise(run.get("options", ())) if option == "--bounds"] for run in runs)
    return next(filter(None, reversed([*given])), [])


def _origin(trial: Mapping[str, Any], default: Mapping[str, Any]) -> Origin:
    if trial["status"] == Status.IMPORTED:
        return Origin.EVIDENCE
    return Origin.GIVEN if trial["number"] == 1 and trial["params"] == default else Origin.PROPOSED


def _steps(trials: Iterable[Mapping[str, Any]], epochs: int) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    now = 0.0
    for trial in trials:
        if trial["status"] == Status.IMPORTED:
            continue
        step = {"number": len(steps) + 1, "trial": trial["number"], "to_epoch": epochs, "begins": now}
        if trial["status"] != Status.RUNNING:
            trained = len(trial["history"]) + (trial["status"] == Status.FAILED)
            now += trained * (trial.get("batches") or 0) + 1
            step |= {"ends": now, "ended": _kind(trial), "seconds": trial["seconds"]}
        steps.append(step)
    return steps


def _kind(trial: Mapping[str, Any]) -> EndKind:
    if trial["status"] == Status.COMPLETED:
        return EndKind.COMPLETED
    return next((kind for word, kind in _KINDS.items() if trial["reason"].startswith(word)), EndKind.RAISED)
