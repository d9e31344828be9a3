"""A study as plain data and back: dictionaries, lists, strings and numbers."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, asdict, fields, replace
from typing import Any

from job.core.effort import NO_CONFIRMATION
from job.core.ending import EndKind
from job.core.evidence import Evidence
from job.core.expectation import Expectation
from job.core.fingerprint import ArrayDescription, DataDescription, Fingerprint
from job.core.given_space import SPACE_OPTIONS
from job.core.journal import Dropped, Enqueued, Entry, Input, Retried
from job.core.limits import Limits
from job.core.objective import Objective
from job.core.problem import Declared, NamedSpace, OwnProblem, Sources
from job.core.run import Run, RunEnd
from job.core.space import Categorical, Dimension, Integer, Ordinal, Real, Space
from job.core.step import Attempt, Step, Threshold
from job.core.study import Study
from job.core.tested import Figure, LabelResult, NumberResult, TestResult
from job.core.trial import EpochLogs, Hits, Keep, Origin, RungScore, Status, Trial

# Of a fingerprint, what is left out where it is empty, or as in earlier releases.
_LEFT_OUT = {
    *("also", "own", "choices", "fix", "image_size", "label_column", "space_name", "as_trial"),
    *("rungs", "gpu_memory"),
}
_AS_EVER = {name: getattr(Fingerprint, name) for name in ("design", "start_batches", "start_share")}
_ALWAYS_OF_TEST = ("number", "metrics", "confusion", "predictions_sha256")


def encode(study: Study) -> dict[str, Any]:
    """Return the study as plain data; fields of its records that have their default are left out."""
    records = {name: [RECORDS[name](each) for each in getattr(study, name)] for name in kinds_of_records(study)}
    return {**encode_head(study), **records}


def kinds_of_records(study: Study) -> list[str]:
    """Return the names of what a study has many of; what only later releases know is left out where there is none."""
    return [name for name in RECORDS if name != "replicates" or study.replicates]


def encode_fingerprint(fingerprint: Fingerprint) -> dict[str, Any]:
    """Return the fingerprint as plain data, each dimension of the space with its kind."""
    content = {
        **asdict(replace(fingerprint, own=None)),
        "space": _encode_space(fingerprint.space),
        "objective": str(fingerprint.objective),
        "own": _encode_own(fingerprint.own) if fingerprint.own else None,
    }
    told = {name: value for name, value in content.items() if value or name not in _LEFT_OUT}
    return {name: value for name, value in told.items() if name not in _AS_EVER or value != _AS_EVER[name]}


def _encode_own(own: OwnProblem) -> dict[str, Any]:
    spaces = {
        name: {"space": _encode_space(each.space), "points": each.points} for name, each in own.declared.spaces.items()
    }
    declared = {**asdict(own.declared), "space": _encode_space(own.declared.space), "spaces": spaces}
    if not spaces:
        del declared["spaces"]
    return {"sources": asdict(own.sources), "declared": declared}


def _encode_space(space: Space) -> list[dict[str, Any]]:
    return [_encode_dimension(each) for each in space.dimensions]


def encode_head(study: Study) -> dict[str, Any]:
    """Return what there is one of."""
    return {
        "fingerprint": encode_fingerprint(study.fingerprint),
        "data": asdict(study.data) if study.data else None,
        "test": _encode_test(study.test) if study.test else None,
        **({"evidence": asdict(study.evidence)} if study.evidence else {}),
        **({"tests": [_encode_test(each) for each in study.tests]} if study.tests else {}),
    }


def decode(content: Mapping[str, Any]) -> Study:
    """Return the study of `encode`'s data."""
    return Study(
        fingerprint=_fingerprint(content["fingerprint"]),
        trials=tuple(_trial(each) for each in content["trials"]),
        replicates=tuple(_trial(each) for each in content.get("replicates", ())),
        steps=tuple(_step(each) for each in content["steps"]),
        journal=tuple(_entry(each) for each in content["journal"]),
        runs=tuple(_run(each) for each in content["runs"]),
        test=_test(content["test"]),
        tests=tuple(test for each in content.get("tests", ()) if (test := _test(each))),
        data=_data(content["data"]),
        evidence=_evidence(content.get("evidence")),
    )


def encode_input(given: Input) -> dict[str, Any]:
    """Return an input as plain data, with its kind."""
    kind = next(name for name, kind in _INPUTS.items() if isinstance(given, kind))
    content = asdict(given)  # in full: defaults are not for older states
    if content.get("confirm") == NO_CONFIRMATION:
        del content["confirm"]  # which earlier releases do not know
    return {"kind": kind, "input": content}


def decode_input(content: Mapping[str, Any]) -> Input:
    """Return the input of `encode_input`'s data."""
    return _INPUTS[content["kind"]](**content["input"])


def _encode_dimension(dimension: Dimension) -> dict[str, Any]:
    """Return a dimension with its kind, without what may be given by its name alone and is not."""
    values = ((each, getattr(dimension, each.name)) for each in fields(dimension))
    named = {each.name: value for each, value in values if value or not each.kw_only}
    return {"kind": _KINDS[type(dimension)], **named, **({"when": dict(dimension.when)} if dimension.when else {})}


def _sparse(record: Any) -> dict[str, Any]:
    """Return the fields of a record that do not have their default."""
    defaults = _DEFAULTS[type(record)]
    return {name: value for name, value in vars(record).items() if value != defaults[name]}


def _encode_trial(trial: Trial) -> dict[str, Any]:
    nested = {
        "expected": trial.expected and asdict(trial.expected),
        "rungs": [_sparse(each) for each in trial.rungs],
        "hits": trial.hits and _encode_hits(trial.hits),
    }
    return {**_sparse(trial), **_told(nested), **_encode_history(trial)}


def _encode_history(trial: Trial) -> dict[str, Any]:
    """Return the logs as values of each metric over all epochs, where each epoch has the same metrics."""
    names = list(trial.history[0]) if trial.history else []
    if not names or any(list(logs) != names for logs in trial.history):
        return {}
    return {"history": {name: [logs[name] for logs in trial.history] for name in names}}


def _encode_hits(hits: Hits) -> dict[str, Any]:
    return {"examples": hits.examples, "packed": base64.b64encode(hits.packed).decode("ascii")}


def _encode_step(step: Step) -> dict[str, Any]:
    nested = {
        "attempts": [_sparse(each) for each in step.attempts],
        "thresholds": [_sparse(each) for each in step.thresholds],
    }
    return {**_sparse(step), **_told(nested)}


def _told(nested: Mapping[str, Any]) -> dict[str, Any]:
    """Return what there is something of."""
    return {name: values for name, values in nested.items() if values}


def _encode_entry(entry: Entry) -> dict[str, Any]:
    return {**_sparse(entry), **encode_input(entry.input)}


def _encode_test(test: TestResult) -> dict[str, Any]:
    """Return a test without what there is nothing of, but for what releases before have always written."""
    return {name: value for name, value in asdict(test).items() if value or name in _ALWAYS_OF_TEST}


def _fingerprint(content: Mapping[str, Any]) -> Fingerprint:
    metric, _, direction = content["objective"].rpartition(":")
    space, own = _space(content["space"]), _own(content.get("own"))
    objective, keep = Objective(metric, direction), Keep(content.get("keep", Keep.LAST))
    lists = {name: tuple(content.get(name, ())) for name in ("also", "rungs", *SPACE_OPTIONS)}
    return Fingerprint(**{**content, **lists, "space": space, "objective": objective, "keep": keep, "own": own})


def _own(content: Mapping[str, Any] | None) -> OwnProblem | None:
    if content is None:
        return None
    declared = content["declared"]
    others = {
        "spaces": {name: NamedSpace(**_searched(each)) for name, each in declared.get("spaces", {}).items()},
        "options": tuple(declared.get("options", ())),
    }
    return OwnProblem(
        sources=Sources(**content["sources"]), declared=Declared(**{**declared, **_searched(declared), **others})
    )


def _searched(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"space": _space(content["space"]), "points": tuple(content["points"])}


def _space(content: Sequence[Mapping[str, Any]]) -> Space:
    return Space(tuple(_dimension(**each) for each in content))


def _trial(content: Mapping[str, Any]) -> Trial:
    status, origin = Status(content.get("status", Status.RUNNING)), Origin(content.get("origin", Origin.PROPOSED))
    records = {
        "history": _history(content.get("history", ())),
        "expected": _expected(content.get("expected")),
        "rungs": tuple(RungScore(**each) for each in content.get("rungs", ())),
        "hits": _hits(content.get("hits")),
    }
    return Trial(**{**content, "status": status, "origin": origin, **records})


def _expected(content: Mapping[str, float] | None) -> Expectation | None:
    return None if content is None else Expectation(**content)


def _hits(content: Mapping[str, Any] | None) -> Hits | None:
    return None if content is None else Hits(examples=content["examples"], packed=base64.b64decode(content["packed"]))


def _history(content: Mapping[str, Sequence[float]] | Sequence[EpochLogs]) -> tuple[EpochLogs, ...]:
    """Return the logs of each epoch, from them or from the values of each metric over all epochs."""
    if not isinstance(content, Mapping):
        return tuple(content)
    return tuple(dict(zip(content, values, strict=True)) for values in zip(*content.values(), strict=True))


def _step(content: Mapping[str, Any]) -> Step:
    attempts = tuple(_attempt(each) for each in content.get("attempts", ()))
    thresholds = tuple(Threshold(**each) for each in content.get("thresholds", ()))
    return Step(**{**content, "ended": _kind(content), "attempts": attempts, "thresholds": thresholds})


def _attempt(content: Mapping[str, Any]) -> Attempt:
    return Attempt(**{**content, "ended": _kind(content)})


def _kind(content: Mapping[str, Any]) -> EndKind | None:
    return EndKind(content["ended"]) if "ended" in content else None


def _entry(content: Mapping[str, Any]) -> Entry:
    known = {name: value for name, value in content.items() if name != "kind"}
    return Entry(**{**known, "input": decode_input(content)})


def _test(content: Mapping[str, Any] | None) -> TestResult | None:
    if content is None:
        return None
    confusion, intervals = content.get("confusion"), content.get("intervals", {})
    return TestResult(
        **{
            **content,
            "confusion": confusion and tuple(tuple(row) for row in confusion),
            "class_names": tuple(content.get("class_names", ())),
            "labels": tuple(LabelResult(**each) for each in content.get("labels", ())),
            "numbers": tuple(_numbers(**each) for each in content.get("numbers", ())),
            "intervals": {name: tuple(interval) for name, interval in intervals.items()},
        }
    )


def _numbers(name: str, mae: Mapping[str, Any], rmse: Mapping[str, Any], r2: Mapping[str, Any] | None) -> NumberResult:
    return NumberResult(name=name, mae=_figure(mae), rmse=_figure(rmse), r2=None if r2 is None else _figure(r2))


def _figure(content: Mapping[str, Any]) -> Figure:
    return Figure(value=content["value"], interval=content["interval"] and tuple(content["interval"]))


def _run(content: Mapping[str, Any]) -> Run:
    ended, options = RunEnd(content.get("ended", RunEnd.UNKNOWN)), tuple(content.get("options", ()))
    return Run(**{**content, "ended": ended, "options": options})


def _data(content: Mapping[str, Any] | None) -> DataDescription | None:
    if content is None:
        return None
    known = {name: tuple(content[name]) for name in ("image_shape", "class_names")}
    arrays = {name: tuple(map(_array, content.get(name, ()))) for name in ("inputs", "targets")}
    return DataDescription(**{**content, **known, **arrays})


def _array(content: Mapping[str, Any]) -> ArrayDescription:
    return ArrayDescription(**{**content, "shape": tuple(content["shape"])})


def _evidence(content: Mapping[str, Any] | None) -> Evidence | None:
    return None if content is None else Evidence(**{**content, "numbers": tuple(content["numbers"])})


def _dimension(kind: str, **fields: Any) -> Dimension:
    match kind:
        case "real":
            return Real(**fields)
        case "integer":
            return Integer(**fields)
        case "ordinal":
            return Ordinal(**fields)
        case "categorical":
            return Categorical(**fields)
    raise ValueError(f"expected a kind of dimension, found {kind!r}")


_INPUTS: Mapping[str, type[Input]] = {
    "limits": Limits,
    "enqueue": Enqueued,
    "drop": Dropped,
    "retry": Retried,
}
_KINDS: Mapping[type, str] = {Real: "real", Integer: "integer", Categorical: "categorical", Ordinal: "ordinal"}
_DEFAULTS: Mapping[type, Mapping[str, object]] = {
    kind: {
        field.name: field.default if field.default_factory is MISSING else field.default_factory()
        for field in fields(kind)
    }
    for kind in (Run, Entry, Trial, RungScore, Step, Attempt, Threshold)
}
# What a study has many of, by the name under which it does, and how one of them becomes plain data.
RECORDS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "runs": _sparse,
    "journal": _encode_entry,
    "trials": _encode_trial,
    "replicates": _encode_trial,
    "steps": _encode_step,
}
