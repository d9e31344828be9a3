"""The best model and the data of a search, against the digests that are recorded of them."""

from hashlib import sha256

from job.core.study import Study
from job.core.trial import Trial
from job.executors import Died, Ending, Raised, Returned
from job.training import Control, Setup, digest_of_model
from job.training.looking import look
from job.verification.bench import Bench
from job.verification.finding import Finding, Subject, differences, told

_FILE, _DIGEST, _WEIGHTS = "best.keras", "SHA-256", "SHA-256 of its weights"


def check_model_file(best: Trial, model: bytes | None) -> Finding:
    """Compare the file of the best model, None where it is missing, with what the study says of it."""
    recorded, now = best.model_sha256, None if model is None else sha256(model).hexdigest()
    found = differences(_FILE, {_DIGEST: recorded}, {_DIGEST: now})
    return Finding(subject=Subject.MODEL, told=told(found, f"{_FILE} is that of {best.title}"), differences=found)


def check_weights(best: Trial, model: bytes, setup: Setup, bench: Bench) -> Finding:
    """Compare the weights in the file of the best model with the digest of those that training left."""
    if not best.weights_sha256:
        return Finding(subject=Subject.WEIGHTS, told="not recorded")
    file = bench.directory / _FILE
    file.write_bytes(model)
    now = _text(bench.call(digest_of_model, setup, best.params, file))
    found = differences(_FILE, {_WEIGHTS: best.weights_sha256}, {_WEIGHTS: now})
    return Finding(
        subject=Subject.WEIGHTS, told=told(found, f"those in {_FILE} are those that training left"), differences=found
    )


def check_data(study: Study, setup: Setup, bench: Bench) -> Finding:
    """Compare the data that there are now with those of the search."""
    now = _text(bench.call(digest_of_data, setup))
    found = differences("data", {_DIGEST: study.fingerprint.data}, {_DIGEST: now})
    return Finding(subject=Subject.DATA, told=told(found, "those of the search"), differences=found)


def digest_of_data(setup: Setup, control: Control) -> str:
    """Return the digest of the data of a problem; raise DataMissingError where they are gone."""
    return look(setup, control)[0]


def _text(ending: Ending) -> str:
    """Return a digest, or why there is none."""
    match ending:
        case Returned(str(digest)):
            return digest
        case Raised(reason) | Died(reason):
            return f"none: {reason}"
    raise AssertionError(f"a digest was asked for, and {ending!r} returned")
