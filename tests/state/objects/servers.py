"""Real servers of object stores on this machine, as far as they are installed."""

import base64
import hashlib
import hmac
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

START_SECONDS = 120.0
BUCKET = "bucket"
# Azurite's own account, which its documentation tells.
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def program(name: str) -> str:
    """Return the path of a server, or skip the test where it is not installed."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def started(command: list[str], port: int, directory: Path) -> Iterator[str]:
    """Run a server until the block ends; yield its address when it answers."""
    log = directory / "log"
    with log.open("w") as file, subprocess.Popen(command, cwd=directory, stdout=file, stderr=file) as process:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _listens(port):
                assert process.poll() is None and time.monotonic() < deadline, log.read_text()[-2000:]
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@contextmanager
def seaweedfs(directory: Path) -> Iterator[str]:
    """Run SeaweedFS, which makes a bucket when something is put there."""
    allowed = {
        "credentials": [{"accessKey": "key", "secretKey": "secret"}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (directory / "s3.json").write_text(json.dumps({"identities": [{"name": "tests", **allowed}]}))
    ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    command = [program("weed"), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-dir=.", "-filer", "-s3"]
    command += ["-volume.max=50", *(f"-{name}.port={port}" for name, port in ports.items())]
    command += ["-s3.config=s3.json", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += [f"-{name}.port.grpc={free_port()}" for name in ports]
    with started(command, ports["s3"], directory) as url:
        yield url


@contextmanager
def moto(directory: Path) -> Iterator[str]:
    port = free_port()
    with started([program("moto_server"), "-H", "127.0.0.1", "-p", str(port)], port, directory) as url:
        urllib.request.urlopen(urllib.request.Request(f"{url}/{BUCKET}", method="PUT")).close()
        yield url


@contextmanager
def azurite(directory: Path) -> Iterator[str]:
    port = free_port()
    command = [program("azurite-blob"), "--silent", "--skipApiVersionCheck", "--blobPort", str(port)]
    with started(command, port, directory) as url:
        _make_container(url)
        yield url


def _make_container(url: str) -> None:
    """Make a container by Azure's Shared Key, since its client does not."""
    headers = {"x-ms-date": format_datetime(datetime.now(UTC), usegmt=True), "x-ms-version": "2023-11-03"}
    signed = [*(f"{name}:{value}" for name, value in headers.items()), f"/{ACCOUNT}/{ACCOUNT}/{BUCKET}"]
    text = "\n".join(["PUT", *[""] * 11, *signed, "restype:container"])
    digest = hmac.digest(base64.b64decode(ACCOUNT_KEY), text.encode(), hashlib.sha256)
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    address = f"{url}/{ACCOUNT}/{BUCKET}?restype=container"
    urllib.request.urlopen(urllib.request.Request(address, method="PUT", headers=headers)).close()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
