"""What the tests of single plots are given."""

from collections.abc import Iterator

import pytest

from job.report.plots.figure import style


@pytest.fixture
def in_style() -> Iterator[None]:
    """The style of the report, in which a figure must be made."""
    with style():
        yield
