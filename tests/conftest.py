"""What tests of several packages are given."""

import gc
import os
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.docker import engine

# What stands in a module all of whose tests are slow.
_ALL_SLOW = re.compile(r"^pytestmark = \[?pytest\.mark\.slow\b", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a module of slow tests where none are asked for: it would import TensorFlow for nothing."""
    if config.option.markexpr == "not slow" and collection_path.suffix == ".py":
        return bool(_ALL_SLOW.search(collection_path.read_text())) or None
    return None


def pytest_configure(config: pytest.Config) -> None:
    """Let TensorBoard read its files by itself where nothing else needs TensorFlow: it does so where this module is."""
    if config.option.markexpr == "not slow":
        sys.modules["tensorboard.compat.notf"] = ModuleType("tensorboard.compat.notf")


def pytest_collection_finish() -> None:
    """Leave what stays for the whole session out of each search for garbage, which goes through it a hundred times."""
    gc.freeze()


@pytest.fixture(scope="session")
def image() -> str:
    """The name of an image without CUDA: HPO_JOB_TEST_IMAGE, or else one built once for all tests."""
    if named := os.environ.get("HPO_JOB_TEST_IMAGE"):
        return named
    if engine.no_engine:
        pytest.skip("there is no container engine")
    return engine.build("cpu")
