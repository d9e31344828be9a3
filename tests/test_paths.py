"""Paths as people write them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from job.address import Address
from job.paths import dangling_link, parse_path, parse_search, parse_source, parse_state

PARSERS = (parse_path, parse_search, parse_source, parse_state)


def refusal(parse: Callable[[str], object], text: object) -> str:
    with pytest.raises(typer.BadParameter) as caught:
        parse(str(text))
    return caught.value.message


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize("text", ["", " "])
def test_an_empty_path_is_refused(parse: Callable[[str], Path], text: str) -> None:
    assert "found an empty text" in refusal(parse, text)


@pytest.mark.parametrize("parse", [parse_path, parse_source])
@pytest.mark.parametrize("text", ["s3://bucket/run", "gs://bucket", "file:///tmp/run", "HTTPS://example.org/run"])
def test_an_address_is_no_path(parse: Callable[[str], Path], text: str) -> None:
    assert refusal(parse, text) == f"expected a path on this machine, found the address {text!r}"


@pytest.mark.parametrize("parse", [parse_search, parse_state])
def test_a_state_may_be_at_an_address_of_an_object_store(parse: Callable[[str], object]) -> None:
    assert parse("s3://bucket/run") == Address("s3://bucket/run", "s3", "bucket", "run")
    assert "found 'HTTPS://example.org/run'" in refusal(parse, "HTTPS://example.org/run")


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize("text", ["a\0b", os.fsdecode(b"caf\xe9")])
def test_what_no_report_could_name_is_refused(parse: Callable[[str], Path], text: str) -> None:
    assert refusal(parse, text) == f"expected a path in UTF-8, found {text!a}"


def test_a_path_with_a_colon_is_a_path() -> None:
    assert parse_path("C:run/s3:b") == Path("C:run/s3:b")


def test_the_home_directory_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parse_state("~/run") == tmp_path / "run"
    assert "nobody-of-this-name" in refusal(parse_path, "~nobody-of-this-name/run")


def test_data_are_absolute_and_a_state_as_it_was_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_source("data") == tmp_path / "data"
    assert parse_state("state") == Path("state")


def test_a_file_in_the_place_of_a_directory_or_on_the_way_to_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for path in (file, file / "run"):
        assert refusal(parse_state, path) == f"expected a directory, found that {file} is a file"
    assert refusal(parse_source, file / "run") == f"expected a file or a directory, found that {file} is a file"


def test_data_may_be_a_file_and_may_not_be_there_yet(tmp_path: Path) -> None:
    (tmp_path / "churn.csv").touch()
    for name in ("churn.csv", "pictures/train"):
        assert parse_source(str(tmp_path / name)) == parse_search(str(tmp_path / name)) == tmp_path / name


@pytest.mark.parametrize(("parse", "expected"), [(parse_source, "a file or a directory"), (parse_state, "a directory")])
def test_a_dangling_link_is_called_one(parse: Callable[[str], Path], expected: str, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("nowhere")
    for path in (link, link / "run"):
        said = f"expected {expected}, found that {link} is a link to nowhere, which does not exist"
        assert refusal(parse, path) == said


def test_a_link_that_leads_somewhere_is_none_to_complain_of(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    assert parse_state(str(tmp_path / "link" / "run")) == tmp_path / "link" / "run"
    assert dangling_link(tmp_path / "link" / "run") is None
