"""What tests of several packages are given."""

import os

import pytest

from tests.docker import engine


@pytest.fixture(scope="session")
def image() -> str:
    """The name of an image without CUDA: HPO_JOB_TEST_IMAGE, or else one built once for all tests."""
    if named := os.environ.get("HPO_JOB_TEST_IMAGE"):
        return named
    if engine.no_engine:
        pytest.skip("there is no container engine")
    return engine.build("cpu")
