"""Containers for the tests of the image, and searches that several of them look at."""

from collections.abc import Iterator

import pytest

from tests.docker.container import Containers, containers_of
from tests.docker.searches import Seen, see_stopped_search, see_whole_search


@pytest.fixture
def containers(image: str) -> Iterator[Containers]:
    with containers_of(image) as started:
        yield started


@pytest.fixture(scope="session")
def unbroken(image: str, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return see_whole_search(image, tmp_path_factory.mktemp("unbroken"))


@pytest.fixture(scope="session")
def stopped(image: str, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return see_stopped_search(image, tmp_path_factory.mktemp("stopped"))
