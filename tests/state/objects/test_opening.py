"""What the environment says of credentials and endpoints, as a store sees it."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from job.address import Address
from job.errors import ExitCode, StatePermissionError
from job.state.objects.bucket import Bucket
from tests.state.objects.proxy import Answer, Request, serving

S3, GS, AZ = (Address(f"{scheme}://bucket/run", scheme, "bucket", "run") for scheme in ("s3", "gs", "az"))
ACCOUNT_KEY = "a2V5"


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment that says nothing of clouds."""
    for name in os.environ:
        if re.match("AWS|GOOGLE|AZURE", name):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def seen() -> list[Request]:
    return []


@pytest.fixture
def url(seen: list[Request]) -> Iterator[str]:
    """A store that has nothing."""

    def respond(request: Request) -> Answer:
        seen.append(request)
        return Answer(404, body=b"<Error><Code>NoSuchKey</Code></Error>")

    with serving(respond) as url:
        yield url


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
@pytest.mark.parametrize("region", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_variables_of_aws_are_taken(
    monkeypatch: pytest.MonkeyPatch, url: str, seen: list[Request], variable: str, region: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAX")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv(variable, url)
    monkeypatch.setenv(region, "eu-north-1")

    assert Bucket.open(S3).get("study.json") is None
    (request,) = seen
    assert request.path == "/bucket/run/study.json"
    assert "/eu-north-1/s3/" in (said := request.headers["authorization"]) and "Credential=AKIAX/" in said
    assert request.headers["x-amz-security-token"] == "token"


@pytest.mark.parametrize(("profile", "key"), [("", "AKIADEFAULT"), ("work", "AKIAWORK")])
def test_the_files_of_aws_are_taken_where_no_variable_has_a_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, seen: list[Request], profile: str, key: str
) -> None:
    (tmp_path / ".aws").mkdir()
    sections = "[{}]\naws_access_key_id = {}\naws_secret_access_key = a%b\n"
    text = sections.format("default", "AKIADEFAULT") + sections.format("work", "AKIAWORK")
    (tmp_path / ".aws" / "credentials").write_text(text)
    (tmp_path / ".aws" / "config").write_text("[default]\nregion = eu-west-3\n[profile work]\nregion = eu-west-3\n")
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_PROFILE", profile)

    Bucket.open(S3).get("study.json")
    assert f"Credential={key}/" in (said := seen[0].headers["authorization"]) and "/eu-west-3/s3/" in said
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAVARIABLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    Bucket.open(S3).get("study.json")
    assert "Credential=AKIAVARIABLE/" in (said := seen[1].headers["authorization"]) and "/eu-north-1/s3/" in said


def test_the_variables_of_azure_are_taken(monkeypatch: pytest.MonkeyPatch, url: str, seen: list[Request]) -> None:
    with monkeypatch.context() as one:
        one.setenv("AZURE_STORAGE_ACCOUNT", "mine")
        one.setenv("AZURE_STORAGE_KEY", ACCOUNT_KEY)
        one.setenv("AZURE_STORAGE_ENDPOINT", url)
        assert Bucket.open(AZ).get("study.json") is None
    parts = f"DefaultEndpointsProtocol=http;AccountName=mine;AccountKey={ACCOUNT_KEY};BlobEndpoint={url}/;"
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", parts)
    assert Bucket.open(AZ).get("study.json") is None

    assert all(request.headers["authorization"].startswith("SharedKey mine:") for request in seen)
    assert len(seen) == 2


def test_a_service_account_of_google_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, seen: list[Request]
) -> None:
    account = {"gcs_base_url": url, "disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""}
    (tmp_path / "account.json").write_text(json.dumps(account))
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", str(tmp_path / "account.json"))
    monkeypatch.setenv("GOOGLE_BASE_URL", url)

    assert Bucket.open(GS).get("study.json") is None
    assert seen[0].path.startswith("/bucket/run")


@pytest.mark.parametrize(
    ("address", "environment", "hint"),
    [
        (AZ, {}, "AZURE_STORAGE_ACCOUNT"),
        (AZ, {"AZURE_STORAGE_ACCOUNT": "mine", "AZURE_STORAGE_KEY": "hunter2!"}, "AZURE_STORAGE_ACCOUNT"),
        (GS, {"GOOGLE_APPLICATION_CREDENTIALS": "/none/account.json"}, "GOOGLE_APPLICATION_CREDENTIALS"),
        (S3, {"AWS_CA_BUNDLE": "/none/roots.pem"}, "AWS_ACCESS_KEY_ID"),
    ],
)
def test_credentials_that_cannot_be_used_are_told_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, address: Address, environment: dict[str, str], hint: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StatePermissionError, match=f"cannot use {address}: the environment gives no usable") as caught:
        Bucket.open(address)

    assert caught.value.exit_code == ExitCode.NO_PERMISSION
    assert hint in caught.value.hint
    assert "hunter2" not in caught.value.in_one_line
