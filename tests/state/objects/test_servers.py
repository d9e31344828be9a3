"""Real object stores, with and without trouble on the way: conditions are honoured, and no write is lost."""

import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import pytest

from job.address import parse_address
from job.errors import StateUnwritableError
from job.state.objects.bucket import Bucket, TakenError
from job.state.objects.conditions import check_conditional_writes
from tests.state.objects import servers
from tests.state.objects.proxy import Troubled, serving

pytestmark = pytest.mark.slow

Use = Callable[[str], Bucket]


@pytest.fixture(scope="module", params=["seaweedfs", "moto", "azurite"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The kind and the address of a server."""
    start: Callable[[Path], AbstractContextManager[str]] = getattr(servers, request.param)
    with start(tmp_path_factory.mktemp(request.param)) as url:
        yield request.param, url


@pytest.fixture
def use(server: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Use:
    """A fresh place in a server's bucket, by the address of the server or of a proxy before it."""
    folder = secrets.token_hex(4)
    kind, _ = server
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))

    def open_bucket(url: str, bucket: str = servers.BUCKET) -> Bucket:
        if kind == "azurite":
            parts = (
                f"AccountName={servers.ACCOUNT};AccountKey={servers.ACCOUNT_KEY};BlobEndpoint={url}/{servers.ACCOUNT}"
            )
            monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", parts)
        for name, value in {"ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "secret", "ENDPOINT_URL": url}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        address = parse_address(f"{'az' if kind == 'azurite' else 's3'}://{bucket}/runs/{folder}")
        assert address is not None
        return Bucket.open(address)

    return open_bucket


def append(bucket: Bucket, name: str) -> str:
    """Add a word to a list by swaps, another one after each refusal; return the one that was acknowledged."""
    while True:
        found = bucket.get(name)
        assert found is not None
        word = secrets.token_hex(8)
        with suppress(TakenError):
            bucket.swap(name, json.dumps([*json.loads(found.data), word]).encode(), found.version)
            return word


def test_a_real_store_keeps_its_objects(server: tuple[str, str], use: Use) -> None:
    bucket = use(server[1])
    check_conditional_writes(bucket)
    data = secrets.token_bytes(12_000_000)
    bucket.put("models/ü 1", data)
    bucket.put("report.html", b"<p>", "text/html")

    found = bucket.get("models/ü 1")
    assert found is not None and found.data == data
    assert list(bucket.names()) == ["models/ü 1", "report.html"]
    bucket.delete(["models/ü 1", "nobody", "report.html"])
    assert not list(bucket.names())
    with pytest.raises(StateUnwritableError, match=r"there is no (bucket|container) 'no-such'"):
        Bucket.open(parse_address(str(bucket.address).replace("//bucket", "//no-such")) or bucket.address).get("a")


def test_of_12_creators_at_once_one_wins(server: tuple[str, str], use: Use) -> None:
    bucket = use(server[1])

    def create(number: int) -> bool:
        try:
            bucket.create("lease.json", f"creator {number}".encode())
        except TakenError:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(create, range(12))) == 1


def test_trouble_on_the_way_never_makes_a_write_of_ours_somebody_elses(server: tuple[str, str], use: Use) -> None:
    troubled = Troubled(server[1], share=0.25)
    with serving(troubled) as url:
        bucket = use(url)
        version = bucket.create("study.json", b"save 0")
        for number in range(1, 21):
            version = bucket.swap("study.json", f"save {number}".encode(), version)
        found = bucket.get("study.json")

    assert found is not None and found.data == b"save 20"
    assert troubled.troubles >= 4, "there was hardly any trouble"


def test_trouble_on_the_way_loses_nothing_that_was_acknowledged(server: tuple[str, str], use: Use) -> None:
    troubled = Troubled(server[1], share=0.25)
    with serving(troubled) as url:
        bucket = use(url)
        bucket.create("list.json", b"[]")
        with ThreadPoolExecutor(3) as pool:
            acknowledged = list(pool.map(lambda _: append(bucket, "list.json"), range(9)))
        found = bucket.get("list.json")

    assert found is not None
    there = json.loads(found.data)  # and words whose answers were lost until others had added theirs
    assert set(acknowledged) <= set(there)
    assert len(set(there)) == len(there)
    assert troubled.troubles >= 4, "there was hardly any trouble"
