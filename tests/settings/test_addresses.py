import pytest
import typer

from job.settings.addresses import is_open_to_others, parse_scheduler


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp://0.0.0.0:8786", "tcp://0.0.0.0:8786"),
        (" tls://hpo-job:9000/ ", "tls://hpo-job:9000"),
        ("tcp://hpo-job.team.svc", "tcp://hpo-job.team.svc:8786"),
        ("tcp://[::1]:1", "tcp://[::1]:1"),
    ],
)
def test_an_address_has_a_port(text: str, expected: str) -> None:
    assert parse_scheduler(text) == expected


@pytest.mark.parametrize("text", ["", "hpo-job:8786", "http://hpo-job", "tcp://", "tcp://host:0", "tcp://host:70000"])
def test_what_is_no_address_is_refused_with_one(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="expected an address such as tcp://HOST:8786"):
        parse_scheduler(text)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("tcp://0.0.0.0:8786", True),
        ("tcp://hpo-job:8786", True),
        ("tcp://127.0.0.1:8786", False),
        ("tcp://[::1]:8786", False),
        ("tcp://localhost:8786", False),
        ("tls://0.0.0.0:8786", False),
    ],
)
def test_an_address_that_others_reach_without_a_certificate_is_told_from_one_that_they_do_not(
    address: str, expected: bool
) -> None:
    assert is_open_to_others(address) == expected
