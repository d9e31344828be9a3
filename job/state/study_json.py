"""A study as plain JSON data and back: what stands in study.json."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from typing import Any

from job.core.ending import EndKind
from job.core.fingerprint import DataDescription, Fingerprint
from job.core.journal import Dropped, Enqueued, Entry, Input, Retried
from job.core.limits import Limits
from job.core.objective import Objective
from job.core.run import Run, RunEnd
from job.core.space import Categorical, Dimension, Integer, Real, Space
from job.core.step import Attempt, Step, Threshold
from job.core.study import Study
from job.core.tested import TestResult
from job.core.trial import Keep, Origin, Status, Trial
from job.state.earlier_formats import OLDEST_FORMAT, upgraded
from job.state.sealed import seal, unseal

FORMAT = 4


def dump(study: Study) -> bytes:
    """Return the study as JSON with its format version and a SHA-256 of its content."""
    return seal(encode(study), name="study", version=FORMAT)


def load(data: bytes) -> Study:
    """Read what `dump` has written; raise DamagedError if a bit of it differs, NewerFormatError for a later format."""
    version, content = unseal(data, name="study", oldest=OLDEST_FORMAT, newest=FORMAT)
    return decode(content if version == FORMAT else upgraded(content))


def encode(study: Study) -> dict[str, Any]:
    """Return the study as dictionaries, lists, strings and numbers; fields that have their default are left out."""
    return {
        "fingerprint": encode_fingerprint(study.fingerprint),
        "data": asdict(study.data) if study.data else None,
        "test": asdict(study.test) if study.test else None,
        "runs": [_sparse(run) for run in study.runs],
        "journal": [_encode_entry(entry) for entry in study.journal],
        "trials": [_sparse(trial) for trial in study.trials],
        "steps": [_encode_step(step) for step in study.steps],
    }


def encode_fingerprint(fingerprint: Fingerprint) -> dict[str, Any]:
    """Return the fingerprint as plain data, each dimension of the space with its kind."""
    dimensions = [{"kind": _KINDS[type(each)], **asdict(each)} for each in fingerprint.space.dimensions]
    return {**asdict(fingerprint), "space": dimensions, "objective": str(fingerprint.objective)}


def decode(content: Mapping[str, Any]) -> Study:
    """Return the study of `encode`'s data."""
    return Study(
        fingerprint=_fingerprint(content["fingerprint"]),
        trials=tuple(_trial(each) for each in content["trials"]),
        steps=tuple(_step(each) for each in content["steps"]),
        journal=tuple(_entry(each) for each in content["journal"]),
        runs=tuple(_run(each) for each in content["runs"]),
        test=_test(content["test"]),
        data=_data(content["data"]),
    )


def encode_input(given: Input) -> dict[str, Any]:
    """Return an input as plain data, with its kind."""
    kind = next(name for name, kind in _INPUTS.items() if isinstance(given, kind))
    return {"kind": kind, "input": asdict(given)}  # in full: defaults are not for older states


def decode_input(content: Mapping[str, Any]) -> Input:
    """Return the input of `encode_input`'s data."""
    return _INPUTS[content["kind"]](**content["input"])


def _sparse(record: Any) -> dict[str, Any]:
    """Return the fields of a record that do not have their default."""
    named = ((field, getattr(record, field.name)) for field in fields(record))
    return {field.name: value for field, value in named if value != _default(field)}


def _default(field: Any) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _encode_step(step: Step) -> dict[str, Any]:
    nested = {
        "attempts": [_sparse(each) for each in step.attempts],
        "thresholds": [_sparse(each) for each in step.thresholds],
    }
    return {**_sparse(step), **{name: values for name, values in nested.items() if values}}


def _encode_entry(entry: Entry) -> dict[str, Any]:
    return {**_sparse(entry), **encode_input(entry.input)}


def _fingerprint(content: Mapping[str, Any]) -> Fingerprint:
    metric, _, direction = content["objective"].rpartition(":")
    space = Space(tuple(_dimension(**each) for each in content["space"]))
    objective, keep = Objective(metric, direction), Keep(content.get("keep", Keep.LAST))
    bounds = tuple(content.get("bounds", ()))
    return Fingerprint(**{**content, "space": space, "objective": objective, "keep": keep, "bounds": bounds})


def _trial(content: Mapping[str, Any]) -> Trial:
    status, origin = Status(content.get("status", Status.RUNNING)), Origin(content.get("origin", Origin.PROPOSED))
    return Trial(**{**content, "status": status, "origin": origin, "history": tuple(content.get("history", ()))})


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
    confusion = content.get("confusion")
    return TestResult(**{**content, "confusion": confusion and tuple(tuple(row) for row in confusion)})


def _run(content: Mapping[str, Any]) -> Run:
    ended, options = RunEnd(content.get("ended", RunEnd.UNKNOWN)), tuple(content.get("options", ()))
    return Run(**{**content, "ended": ended, "options": options})


def _data(content: Mapping[str, Any] | None) -> DataDescription | None:
    if content is None:
        return None
    shape, names = tuple(content["image_shape"]), tuple(content["class_names"])
    return DataDescription(**{**content, "image_shape": shape, "class_names": names})


def _dimension(kind: str, **fields: Any) -> Dimension:
    match kind:
        case "real":
            return Real(**fields)
        case "integer":
            return Integer(**fields)
        case _:
            return Categorical(fields["name"], tuple(fields["categories"]))


_INPUTS: Mapping[str, type[Input]] = {
    "limits": Limits,
    "enqueue": Enqueued,
    "drop": Dropped,
    "retry": Retried,
}
_KINDS: Mapping[type, str] = {Real: "real", Integer: "integer", Categorical: "categorical"}
