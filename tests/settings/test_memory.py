"""Memory as people write it."""

import pytest
import typer

from job.settings.memory import parse_mebibytes


@pytest.mark.parametrize(
    ("text", "mebibytes"),
    [("8192", 8192), ("8g", 8192), ("8 GiB", 8192), ("7.5G", 7680), ("500m", 500), ("500 MB", 500), ("1", 1)],
)
def test_memory_is_mebibytes_or_has_a_unit(text: str, mebibytes: int) -> None:
    assert parse_mebibytes(text) == mebibytes


@pytest.mark.parametrize("text", ["", "0", "0.5", "g", "8t", "-8g", "8g8", "nan", "eight"])
def test_what_is_no_memory_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="expected MiB or an amount such as 8g or 500m"):
        parse_mebibytes(text)
