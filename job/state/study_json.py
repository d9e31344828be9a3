"""A study as plain JSON data and back: what stands in study.json."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from job.core.fingerprint import DataDescription, Fingerprint
from job.core.objective import Objective
from job.core.run import Run, RunEnd
from job.core.space import Categorical, Dimension, Integer, Real, Space
from job.core.study import Study, TestResult
from job.core.trial import Keep, Status, Trial

FORMAT = 3
_OLDEST_FORMAT = 1  # format 2 calls its runs sessions; format 1 has no data, and less of runs and models


class DamagedError(Exception):
    """The text is not what was written."""


class NewerFormatError(Exception):
    """The text was written by a later version of the program."""


def dump(study: Study) -> bytes:
    """Return the study as JSON with its format version and a SHA-256 of its content."""
    content = encode(study)
    document = {"format": FORMAT, "digest": _digest([FORMAT, content]), "study": content}
    return (json.dumps(document, indent=1, allow_nan=False) + "\n").encode()


def load(data: bytes) -> Study:
    """Read what `dump` has written; raise DamagedError if a bit of it differs, NewerFormatError for a later format."""
    try:
        document = json.loads(data)
        version, digest, content = document["format"], document["digest"], document["study"]
        intact = digest == _digest([version, content])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedError(f"{type(error).__name__}: {error}") from error
    if not intact:
        raise DamagedError("its digest does not match its content")
    if version not in range(_OLDEST_FORMAT, FORMAT + 1):
        raise NewerFormatError(f"expected format {FORMAT} or before, found {version}")
    return decode(content)


def encode(study: Study) -> dict[str, Any]:
    """Return the study as dictionaries, lists, strings and numbers."""
    content = asdict(study)
    content["fingerprint"] = encode_fingerprint(study.fingerprint)
    return content


def encode_fingerprint(fingerprint: Fingerprint) -> dict[str, Any]:
    """Return the fingerprint as plain data, each dimension of the space with its kind."""
    dimensions = [{"kind": _KINDS[type(each)], **asdict(each)} for each in fingerprint.space.dimensions]
    return {**asdict(fingerprint), "space": dimensions, "objective": str(fingerprint.objective)}


def decode(content: Mapping[str, Any]) -> Study:
    """Return the study of `encode`'s data."""
    return Study(
        fingerprint=_fingerprint(content["fingerprint"]),
        trials=tuple(_trial(each) for each in content["trials"]),
        runs=tuple(_run(each) for each in content.get("runs", content.get("sessions", ()))),
        test=_test(content["test"]),
        budgets=content["budgets"],
        data=_data(content.get("data")),
    )


def _fingerprint(content: Mapping[str, Any]) -> Fingerprint:
    metric, _, direction = content["objective"].rpartition(":")
    space = Space(tuple(_dimension(**each) for each in content["space"]))
    objective, keep = Objective(metric, direction), Keep(content.get("keep", Keep.LAST))
    return Fingerprint(**{**content, "space": space, "objective": objective, "keep": keep})


def _trial(content: Mapping[str, Any]) -> Trial:
    return Trial(**{**content, "status": Status(content["status"]), "history": tuple(content["history"])})


def _test(content: Mapping[str, Any] | None) -> TestResult | None:
    if content is None:
        return None
    confusion = content.get("confusion")
    return TestResult(**{**content, "confusion": confusion and tuple(tuple(row) for row in confusion)})


def _run(content: Mapping[str, Any]) -> Run:
    return Run(**{**content, "ended": RunEnd(content["ended"]), "options": tuple(content.get("options", ()))})


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


_KINDS: Mapping[type, str] = {Real: "real", Integer: "integer", Categorical: "categorical"}


def _digest(content: object) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
