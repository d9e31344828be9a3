"""Addresses of states in object stores."""

import pytest

from job.address import Address, parse_address
from job.errors import SettingsError


def refusal(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse_address(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("s3://bucket/run", ("s3", "bucket", "run")),
        ("S3://bucket/run/", ("s3", "bucket", "run")),
        ("gs://my.bucket-1/a/b c/ü", ("gs", "my.bucket-1", "a/b c/ü")),
        ("az://container", ("az", "container", "")),
        ("az://container/", ("az", "container", "")),
    ],
)
def test_an_address_names_a_bucket_and_what_is_below(text: str, parts: tuple[str, str, str]) -> None:
    address = parse_address(text)

    assert address == Address(text, *parts)
    assert str(address) == text


@pytest.mark.parametrize("text", ["state", "/tmp/run", "C:run/s3:b", "~/run", ""])
def test_what_has_no_scheme_is_a_path(text: str) -> None:
    assert parse_address(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("s3://", "found no bucket in 's3://'"),
        ("s3:///x", "found no bucket in 's3:///x'"),
        ("s3://a b/x", "found the bucket 'a b'"),
        ("ftp://host/run", "found 'ftp://host/run'"),
        ("file:///tmp/run", "found 'file:///tmp/run'"),
        ("s3://bucket/a//b", "found the part ''"),
        ("s3://bucket/../b", "found the part '..'"),
        ("s3://bucket/run?x=1", "found the character '?'"),
        ("s3://bucket/a\nb", "found the character '\\n'"),
        ("s3://bucket/\udce9", "found what is no Unicode"),
    ],
)
def test_an_address_that_no_state_can_have_is_refused(text: str, found: str) -> None:
    assert refusal(text).startswith("expected a path, or an address such as s3://BUCKET/PREFIX (s3, gs or az), ")
    assert found in refusal(text)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    assert "found credentials in it" in refusal("s3://key:secret@bucket/run")
    assert "secret" not in refusal("s3://key:secret@bucket/run")


def test_a_child_lies_below() -> None:
    for text in ("s3://bucket/run", "s3://bucket/run/"):
        address = parse_address(text)
        assert address is not None
        assert address.child("study.json") == parse_address("s3://bucket/run/study.json")
    address = parse_address("s3://bucket")
    assert address is not None
    assert address.child("study.json").prefix == "study.json"
