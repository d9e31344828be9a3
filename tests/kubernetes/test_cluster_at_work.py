"""A search and its workers by the manifests, as processes of this machine, with certificates and a real store."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from job.address import parse_address
from job.errors import ExitCode
from job.state.objects.bucket import Bucket
from tests.docker.container import until
from tests.fakes import ROOT_OF_SOURCES
from tests.kubernetes.certificates import make_certificates
from tests.kubernetes.cluster import load_cluster
from tests.kubernetes.manifests import Manifest, container_of
from tests.kubernetes.pod_environment import arguments_of, environment_of
from tests.kubernetes.search_settings import IDENTITY
from tests.state.objects import servers

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

CLUSTER = load_cluster("tls")
HERE = {
    "HPO_JOB_PROBLEM": "digits",
    "HPO_JOB_EPOCHS": "40",  # long enough to be interrupted again and again
    "HPO_JOB_CONFIRM": "none",
    "HPO_JOB_REQUIRE_GPU": "false",
}
TRIALS = "2"


@dataclass(frozen=True)
class Pod:
    """A process in the place of a pod."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def has_said(self, words: str) -> bool:
        assert self.process.poll() is None or words in self.log.read_text(), self.log.read_text()
        return words in self.log.read_text()

    def preempt(self) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        return self.process.wait(timeout=600)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, str]]:
    """What a pod is given here in the place of the bucket and the Secret of the manifests."""
    (tmp_path / "store").mkdir()
    with servers.seaweedfs(tmp_path / "store") as url:
        keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": url}
        for name, value in keys.items():
            monkeypatch.setenv(name, value)
        address = parse_address(f"s3://{servers.BUCKET}/search")
        assert address is not None
        Bucket.open(address).put("notes.txt", b"of the user")  # with which SeaweedFS makes the bucket
        yield keys | {"HPO_JOB_STATE": str(address)}


@pytest.fixture
def start(tmp_path: Path, store: Mapping[str, str]) -> Iterator[Callable[..., Pod]]:
    """Return a function that starts a pod by its manifest, with the certificates of a folder."""
    port, numbers = servers.free_port(), iter(range(100))

    def begin(manifest: Manifest, certificates: Path, *more: str) -> Pod:
        container, log = container_of(manifest), tmp_path / f"log-{next(numbers)}"
        here = {"0.0.0.0:8786": f"127.0.0.1:{port}", "hpo-job:8786": f"127.0.0.1:{port}", "/tls/": f"{certificates}/"}
        variables = {name: _replaced(value, here) for name, value in environment_of(container, IDENTITY).items()}
        variables |= {name: value for name, value in store.items() if name in variables}
        variables |= HERE
        arguments = [TRIALS if word == "40" else word for word in arguments_of(container, variables)]
        with log.open("w") as file:
            process = pods.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "job", *arguments, *more],
                    cwd=ROOT_OF_SOURCES,
                    env={**os.environ, **variables},
                    stdout=file,
                    stderr=file,
                )
            )
        pods.callback(process.kill)
        return Pod(process, log)

    with ExitStack() as pods:
        yield begin


def _replaced(text: str, here: Mapping[str, str]) -> str:
    for word, replacement in here.items():
        text = text.replace(word, replacement)
    return text


def test_workers_come_and_go_and_a_search_is_gone_on_with(start: Callable[..., Pod], tmp_path: Path) -> None:
    make_certificates(tmp_path / "tls")
    make_certificates(tmp_path / "stranger")
    search, workers = CLUSTER.search, CLUSTER.workers

    early = start(workers, tmp_path / "tls")
    until(lambda: early.has_said("waiting for a search"))
    first = start(search, tmp_path / "tls")
    until(lambda: first.has_said("trial 1: epoch 1 "))
    assert early.preempt() == ExitCode.TEMPORARY_FAILURE
    late = start(workers, tmp_path / "tls")
    until(lambda: first.has_said("trial 1 goes on"))
    assert first.preempt() == ExitCode.TEMPORARY_FAILURE
    until(lambda: late.has_said("waiting for the next one"))
    second = start(search, tmp_path / "tls")
    until(lambda: second.has_said("trial 1 goes on"))
    stranger = start(workers, tmp_path / "stranger", "--wait-for-search", "1s")
    assert stranger.wait() == ExitCode.TEMPORARY_FAILURE
    assert "has come" not in stranger.log.read_text()
    assert (second.wait(), late.wait()) == (ExitCode.OK, ExitCode.OK), second.log.read_text()
