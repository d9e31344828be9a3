"""A look at the data of a search before anything is trained on them."""

import hashlib
from dataclasses import replace

from job import problems
from job.core.fingerprint import DataDescription
from job.core.problem import Sources
from job.data import Data, Part
from job.data.batched import is_in_memory
from job.data.description import describe
from job.data.digest import digest_of
from job.training import Control, Setup
from job.training.devices import configure
from job.training.loading import load_to_share, share
from job.training.walking import Walked, walk


def look(setup: Setup, control: Control) -> tuple[str, DataDescription]:
    """Return the digest of the data, and what they are; raise as `job.problems.load_data` does.

    Those in arrays are shared with the trials of this run, where `setup` says how and loading them leaves nothing else
    behind. Those that are not in arrays are read twice, the second time after they have been loaded anew: of data that
    do not repeat the digest says only what they look like.
    """
    if isinstance(setup.module, Sources):  # which may draw from TensorFlow, and compute with it, as a trial does
        import keras  # noqa: F401  (so that its generator is seeded)

        configure(deterministic=setup.deterministic, threads=setup.threads, gpu_memory=setup.gpu_memory)
    data, may_be_shared = load_to_share(setup, control)
    if all(map(is_in_memory, _parts(data).values())):
        if may_be_shared:
            share(data, setup, control)
        return digest_of(data), describe(data)
    first = _walk(data, setup.seed)
    anew = problems.load_data(setup.module, setup.data, control.tell, seed=setup.seed)
    repeats = _digests(first) == _digests(_walk(anew, setup.seed, again=True))
    told = "".join(each.digest if repeats else each.form for each in first.values())
    return hashlib.sha256(told.encode()).hexdigest(), replace(_described(data, first), repeats=repeats)


def seen(data: Data, *, seed: int) -> tuple[str, DataDescription]:
    """Return the digest of the data of a search with `seed`, and what they are.

    Those that are not in arrays are read once, which leaves the digest open: it is empty.
    """
    if all(map(is_in_memory, _parts(data).values())):
        return digest_of(data), describe(data)
    return "", _described(data, _walk(data, seed))


def same_again(data: Data, anew: Data, *, seed: int) -> bool:
    """Tell whether data of a search with `seed` that were loaded anew are the same where they have to be read."""
    if all(map(is_in_memory, _parts(data).values())):
        return True
    return _digests(_walk(data, seed)) == _digests(_walk(anew, seed, again=True))


def _digests(walked: dict[str, Walked]) -> list[str]:
    return [each.digest for each in walked.values()]


def _parts(data: Data) -> dict[str, Part]:
    parts = {"train": data.train, "validation": data.validation, "test": data.test}
    return {name: part for name, part in parts.items() if part is not None}


def _walk(data: Data, seed: int, *, again: bool = False) -> dict[str, Walked]:
    return {name: walk(part, name, seed=seed, again=again) for name, part in _parts(data).items()}


def _described(data: Data, walked: dict[str, Walked]) -> DataDescription:
    train = walked["train"]
    return DataDescription(
        train=train.examples,
        validation=walked["validation"].examples,
        test=walked["test"].examples if "test" in walked else 0,
        image_shape=(),
        class_names=tuple(data.class_names),
        inputs=train.inputs,
        targets=train.targets,
        batches=train.batches,
    )
