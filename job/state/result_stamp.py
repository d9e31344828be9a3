"""Of which trials a whole `result.joblib` is: a stamp that can be read without unpickling anything.

It is the comment in the header of the gzip file (RFC 1952, section 2.3), which whatever unpacks one passes over.
"""

from hashlib import sha256

from job.core.ending import EndKind
from job.core.known import Known
from job.core.trial import Status

# Of the header: its length, where it tells what follows it, and which bit of that says that a comment does.
_HEADER_BYTES, _FLAGS, _HAS_COMMENT = 10, 3, 0x10


def stamped(data: bytes, study: Known) -> bytes:
    """Return a gzip file with nothing optional in its header as one that bears the stamp of `study`."""
    assert data[:2] == b"\x1f\x8b" and data[_FLAGS] == 0, "a gzip file with a plain header"
    flags = bytes([_HAS_COMMENT])
    return data[:_FLAGS] + flags + data[_FLAGS + 1 : _HEADER_BYTES] + _stamp_of(study) + b"\0" + data[_HEADER_BYTES:]


def bears_stamp_of(study: Known, data: bytes | None) -> bool:
    """Tell whether a file bears the stamp of `study`: that of its trials, without those that still run."""
    if data is None or data[_FLAGS : _FLAGS + 1] != bytes([_HAS_COMMENT]):
        return False
    return data[_HEADER_BYTES:].partition(b"\0")[0] == _stamp_of(study)


def _stamp_of(study: Known) -> bytes:
    fingerprint = study.fingerprint
    space, objective = fingerprint.space, fingerprint.objective
    about = (space, objective, fingerprint.surrogate, fingerprint.acquisition, fingerprint.initial_points)
    lost = {trial.number for trial in study.lost}
    ended = [
        (
            trial.number,
            space.values(trial.params),
            str(EndKind.LOST if trial.number in lost else trial.status),
            trial.loss(objective),
            *trial.rungs,  # which decide what the losses of stopped ones are thought to be
        )
        for trial in study.trials
        if trial.status is not Status.RUNNING
    ]
    return sha256(repr((about, fingerprint.seed, ended)).encode()).hexdigest().encode()
