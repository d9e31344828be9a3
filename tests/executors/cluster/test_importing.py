"""Dask as it is set for searches and their workers."""

import pytest

from job.executors.cluster.importing import import_dask

pytestmark = pytest.mark.slow


def test_dask_looks_for_nothing_that_is_not_there() -> None:
    import dask
    import distributed  # noqa: F401  (whose defaults would go with the block otherwise)

    with dask.config.set({"distributed.worker.profile.enabled": True}):
        import_dask("tcp://127.0.0.1:8786", "worker")
        assert dask.config.get("distributed.worker.profile.enabled") is False
