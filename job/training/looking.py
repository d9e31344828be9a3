"""A look at the data of a search before anything is trained on them."""

from job import problems
from job.core.fingerprint import DataDescription
from job.core.problem import Sources
from job.data.description import describe
from job.data.digest import digest_of
from job.training import Control, Setup
from job.training.devices import configure


def look(setup: Setup, control: Control) -> tuple[str, DataDescription]:
    """Return the digest of the data, and what they are; raise as `job.problems.load_data` does."""
    if isinstance(setup.module, Sources):  # which may draw from TensorFlow, and compute with it, as a trial does
        import keras  # noqa: F401  (so that its generator is seeded)

        configure(deterministic=setup.deterministic, threads=setup.threads)
    found = problems.load_data(setup.module, setup.data, control.tell, seed=setup.seed)
    return digest_of(found), describe(found)
