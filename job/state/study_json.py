"""What stands in study.json: the study, of which each record is a line, with its format and a digest."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from job.core.effort import NO_CONFIRMATION
from job.core.ending import EndKind
from job.core.fingerprint import ADDITIVE_GP, NO_SURROGATE, Fingerprint
from job.core.limits import Limits
from job.core.study import Study
from job.core.trial import Status
from job.state.earlier_formats import NEWEST_FORMAT, OLDEST_FORMAT, upgraded
from job.state.sealed import seal_text, unseal
from job.state.study_data import RECORDS, decode, encode_head, kinds_of_records

FORMAT = 8
# Of searches that earlier programs know all about: they can go on with them.
_FORMAT_OF_ONE_MACHINE, _FORMAT_WITHOUT_RUNGS, _FORMAT_WITHOUT_EXPECTATIONS, _FORMAT_OF_PLAIN_SPACES = 7, 6, 5, 4
_PLAIN = {
    "real": {"kind", "name", "low", "high", "prior"},
    "integer": {"kind", "name", "low", "high", "prior"},
    "categorical": {"kind", "name", "categories"},
}


def dump(study: Study) -> bytes:
    """Return the study as JSON with its format version and a SHA-256 of its content."""
    head = encode_head(study)
    texts = {name: _json(value) for name, value in head.items()}
    texts |= {name: _LINES[name].text(getattr(study, name)) for name in kinds_of_records(study)}
    text = ",\n".join(f'"{name}": {each}' for name, each in texts.items()).join("{}")
    return seal_text(text, name="study", version=_format(study, head["fingerprint"]))


def load(data: bytes) -> Study:
    """Read what `dump` has written; raise DamagedError if a bit of it differs, NewerFormatError for a later format."""
    version, content = unseal(data, name="study", oldest=OLDEST_FORMAT, newest=FORMAT, canonical=NEWEST_FORMAT)
    return decode(content if version > NEWEST_FORMAT else upgraded(content))


def _format(study: Study, fingerprint: Mapping[str, Any]) -> int:
    """Return the earliest format in which there is all of a study, whose fingerprint is given as plain data."""
    if any(attempt.ended is EndKind.GONE for step in study.steps for attempt in step.attempts):
        return FORMAT
    if _has_rungs_or_company(study) or _is_confirmed(study):
        return _FORMAT_OF_ONE_MACHINE
    if study.fingerprint.surrogate == ADDITIVE_GP or any(trial.expected for trial in study.trials):
        return _FORMAT_WITHOUT_RUNGS
    return _FORMAT_OF_PLAIN_SPACES if _is_plain(fingerprint) else _FORMAT_WITHOUT_EXPECTATIONS


def _has_rungs_or_company(study: Study) -> bool:
    """Tell whether there is anything in a study that came with format 7."""
    return (
        bool(study.fingerprint.rungs)
        or study.fingerprint.gpu_memory is not None
        or study.fingerprint.start_batches != Fingerprint.start_batches
        or any(trial.rungs or trial.hits or trial.status is Status.STOPPED for trial in study.trials)
        or any(step.thresholds or step.stopped_at is not None for step in study.steps)
        or any(attempt.in_company for step in study.steps for attempt in step.attempts)
    )


def _is_confirmed(study: Study) -> bool:
    """Tell whether anything of a confirmation is in a study."""
    limits = (entry.input for entry in study.journal if isinstance(entry.input, Limits))
    return bool(study.replicates) or any(each.confirm != NO_CONFIRMATION for each in limits)


def _is_plain(fingerprint: Mapping[str, Any]) -> bool:
    """Tell whether there is nothing in a fingerprint, as plain data, that came with format 5."""
    spaces = all(set(each) == _PLAIN.get(each["kind"]) for each in fingerprint["space"])
    return (
        spaces
        and not {"choices", "fix", "design", "space_name"} & set(fingerprint)
        and fingerprint["surrogate"] != NO_SURROGATE
    )


_json = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":")).encode


class _Lines:
    """Writes records of a kind, each once: they do not change, and few are new from one study to the next."""

    def __init__(self, encode: Callable[[Any], Mapping[str, Any]]) -> None:
        self._encode = encode
        self._written: dict[int, tuple[object, str]] = {}  # by the record's identity, of the study before

    def text(self, records: Sequence[object]) -> str:
        """Return a list in JSON with a line for each record."""
        lines = [self._written.get(id(each)) or (each, _json(self._encode(each))) for each in records]
        self._written = {id(record): (record, line) for record, line in lines}
        return ",\n".join(line for _, line in lines).join(("[\n", "]"))


_LINES = {name: _Lines(encode) for name, encode in RECORDS.items()}
