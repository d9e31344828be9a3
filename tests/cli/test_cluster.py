"""A search on a cluster: whatever is killed, frozen or asked to end, it ends in the bits of one on one machine."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from job.core.ending import EndKind
from job.core.study import Study
from job.errors import ExitCode
from job.state.directory import StateDirectory
from tests.cli.test_object_store import bits

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SEARCH = (
    *("--problem=steady", "--trials=6", "--epochs=40", "--initial-points=3", "--seed=3", "--confirm=1x2"),
    *("--lookahead=4", "--threads=1", "--checkpoint-seconds=0.5", "--no-tensorboard"),
)
PATIENCE_SECONDS = 120.0
LOST_SECONDS = 3.0


@dataclass
class Cluster:
    """A search that listens, and its workers: each a process in a session of its own."""

    state: StateDirectory
    logs: Path
    port: int
    protocol: str = "tcp"
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{self.protocol}://127.0.0.1:{self.port}"

    @property
    def study(self) -> Study | None:
        return self.state.read().study

    def search(self, *options: str) -> "subprocess.Popen[bytes]":
        return self.start(
            "search", "search", *SEARCH, f"--state={self.state.root}", f"--listen={self.address}", *options
        )

    def worker(self, name: str, **variables: str) -> "subprocess.Popen[bytes]":
        return self.start(name, "worker", self.address, **variables)

    def told(self, name: str) -> str:
        return (self.logs / name).read_text()

    def until(self, came: Callable[[Study], bool]) -> Study:
        """Wait until the search has come so far, and return it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (study := self.study) is None or not came(study):
            assert time.monotonic() < deadline, f"it does not come so far:\n{self.told('search')[-2000:]}"
            time.sleep(0.05)
        return study

    def start(self, log: str, *words: str, **variables: str) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "TESTS_LOST_SECONDS": str(LOST_SECONDS), **variables}
        with (self.logs / log).open("ab") as file:
            command = [sys.executable, "-m", "tests.command", *words]
            started = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=file, stderr=file, start_new_session=True
            )
        self.running.append(started)
        return started


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(StateDirectory(tmp_path / "state"), tmp_path, free_port())
    yield cluster
    for process in cluster.running:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def on_one_machine(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The same search without workers elsewhere, unbroken."""
    state = tmp_path_factory.mktemp("one") / "state"
    command = [sys.executable, "-m", "tests.command", "search", *SEARCH, f"--state={state}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == ExitCode.OK, done.stderr
    study = StateDirectory(state).read().study
    assert study is not None
    return study


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process with all that it has started, as when its machine goes."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def in_training(study: Study) -> tuple[int, ...]:
    """Return the trials at work that have got on since they began."""
    return tuple(trial.number for trial in study.at_work if trial.epochs)


def ends_of_attempts(study: Study) -> set[EndKind | None]:
    return {attempt.ended for step in study.steps for attempt in step.attempts}


def test_it_ends_in_the_same_bits_whatever_is_killed(cluster: Cluster, on_one_machine: Study) -> None:
    search, first = cluster.search(), cluster.worker("first")
    cluster.until(lambda study: bool(in_training(study)))
    kill(first)
    cluster.until(lambda study: EndKind.GONE in ends_of_attempts(study))
    second, third = cluster.worker("second"), cluster.worker("third")
    cluster.until(lambda study: bool(study.completed) and bool(in_training(study)))
    kill(search)
    search = cluster.search()
    cluster.until(lambda study: len(study.runs) == 2 and bool(study.replicates))
    search.terminate()
    assert search.wait(15) == ExitCode.TEMPORARY_FAILURE, cluster.told("search")
    search = cluster.search()

    assert search.wait(PATIENCE_SECONDS) == ExitCode.OK, cluster.told("search")
    assert [worker.wait(PATIENCE_SECONDS) for worker in (second, third)] == [ExitCode.OK, ExitCode.OK]
    study = cluster.study
    assert bits(study) == bits(on_one_machine)
    assert study is not None and study.test == on_one_machine.test
    places = {attempt.place for step in study.steps for attempt in step.attempts}
    assert len(places) >= 3 and "" not in places, "nothing trains where the search is"
    assert "the search has finished" in cluster.told("second")
    assert "waiting for the next one" in cluster.told("third")


def test_a_worker_that_is_asked_to_end_hands_back_what_it_is_at(cluster: Cluster, on_one_machine: Study) -> None:
    search, first = cluster.search(), cluster.worker("first")
    begun = cluster.until(lambda study: bool(in_training(study)))
    number = in_training(begun)[0]
    second = cluster.worker("second")
    cluster.until(lambda study: "worker" in cluster.told("second") or len(study.at_work) > 1)
    first.terminate()
    assert first.wait(15) == ExitCode.TEMPORARY_FAILURE
    study = cluster.until(lambda study: len(study.steps_of(number)[0].attempts) > 1 or not study.at_work)
    before, *_ = study.steps_of(number)[0].attempts
    assert before.ended is EndKind.LOST, "no death, and nobody's fault"

    assert search.wait(PATIENCE_SECONDS) == second.wait(PATIENCE_SECONDS) == ExitCode.OK, cluster.told("search")
    assert bits(cluster.study) == bits(on_one_machine)
    assert "hands back what it is at" in cluster.told("first")


def test_a_frozen_worker_is_given_up_and_changes_nothing_once_it_thaws(cluster: Cluster, on_one_machine: Study) -> None:
    search, frozen = cluster.search(), cluster.worker("frozen")
    cluster.until(lambda study: bool(in_training(study)))
    os.killpg(frozen.pid, signal.SIGSTOP)
    other = cluster.worker("other")
    cluster.until(lambda study: EndKind.GONE in ends_of_attempts(study) and bool(in_training(study)))
    os.killpg(frozen.pid, signal.SIGCONT)

    assert search.wait(PATIENCE_SECONDS) == other.wait(PATIENCE_SECONDS) == ExitCode.OK, cluster.told("search")
    assert bits(cluster.study) == bits(on_one_machine)


def test_a_worker_that_does_not_fit_is_told_why_and_the_search_waits_for_one_that_does(cluster: Cluster) -> None:
    search, worker = cluster.search("--require-gpu"), cluster.worker("worker")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "expected a GPU" not in cluster.told("worker"):
        assert time.monotonic() < deadline, cluster.told("search")
        time.sleep(0.1)
    assert "is not taken: expected a GPU" in cluster.told("search")
    search.terminate()
    assert search.wait(PATIENCE_SECONDS) == ExitCode.TEMPORARY_FAILURE
    worker.terminate()
    assert worker.wait(PATIENCE_SECONDS) == ExitCode.TEMPORARY_FAILURE


def test_a_worker_waits_for_a_search_no_longer_than_it_is_told(cluster: Cluster) -> None:
    command = [sys.executable, "-m", "tests.command", "worker", cluster.address, "--wait-for-search=1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == ExitCode.TEMPORARY_FAILURE
    assert f"no search at {cluster.address} for 1.0 s" in done.stderr


def test_two_searches_do_not_listen_at_one_address(cluster: Cluster, tmp_path: Path) -> None:
    cluster.search()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "trains on the workers that come" not in cluster.told("search"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    other = [*("search", *SEARCH), f"--state={tmp_path / 'other'}", f"--listen={cluster.address}"]
    done = subprocess.run([sys.executable, "-m", "tests.command", *other], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == ExitCode.USAGE
    assert "--listen: expected an address of this machine that is free" in done.stderr


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables of Dask that give all roles a certificate that they trust."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days=2", "-subj=/CN=hpo-job"]
    made = subprocess.run([*request, f"-keyout={key}", f"-out={cert}"], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    prefix = "DASK_DISTRIBUTED__COMM__TLS__"
    roles = {
        f"{prefix}{role}__{kind}": str(path)
        for role in ("SCHEDULER", "WORKER", "CLIENT")
        for kind, path in (("CERT", cert), ("KEY", key))
    }
    return {f"{prefix}CA_FILE": str(cert), **roles}


def test_with_certificates_nothing_is_said_in_the_clear(
    cluster: Cluster, certificates: dict[str, str], monkeypatch: pytest.MonkeyPatch, on_one_machine: Study
) -> None:
    in_the_clear = cluster.worker("in the clear")
    cluster.protocol = "tls"
    without = [sys.executable, "-m", "tests.command", "worker", cluster.address, "--wait-for-search=1"]
    done = subprocess.run(without, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == ExitCode.USAGE and "DASK_DISTRIBUTED__COMM__TLS__CA_FILE" in done.stderr
    for name, value in certificates.items():
        monkeypatch.setenv(name, f"{value}.missing")
    done = subprocess.run(without, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == ExitCode.USAGE and "found files that cannot be used" in done.stderr
    for name, value in certificates.items():
        monkeypatch.setenv(name, value)
    search, worker = cluster.search(), cluster.worker("worker")
    assert search.wait(PATIENCE_SECONDS) == worker.wait(PATIENCE_SECONDS) == ExitCode.OK, cluster.told("search")
    assert bits(cluster.study) == bits(on_one_machine)
    assert in_the_clear.poll() is None and "has come" not in cluster.told("in the clear")
    assert "whoever reaches" not in cluster.told("search")


@contextmanager
def dask(cluster: Cluster, **variables: str) -> Iterator[None]:
    """Run a cluster of Dask's own programs: a scheduler and a worker under a nanny."""
    scheduler = ["-m", "distributed.cli.dask_scheduler", "--host=127.0.0.1", f"--port={cluster.port}", "--no-dashboard"]
    worker = ["-m", "distributed.cli.dask_worker", cluster.address, "--nthreads=1", "--no-dashboard"]
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    with (cluster.logs / "dask").open("wb") as log:
        for words in (scheduler, worker):
            cluster.running.append(
                subprocess.Popen(
                    [sys.executable, *words],
                    cwd=cluster.logs,
                    env=environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )
    yield


def test_a_search_trains_on_a_dask_cluster_that_is_there(cluster: Cluster, on_one_machine: Study) -> None:
    with dask(cluster, DASK_DISTRIBUTED__WORKER__DAEMON="False"):
        command = ["search", *SEARCH, f"--state={cluster.state.root}", f"--cluster={cluster.address}"]
        done = subprocess.run(
            [sys.executable, "-m", "tests.command", *command], cwd=ROOT, capture_output=True, text=True
        )
    assert done.returncode == ExitCode.OK, done.stderr
    assert bits(cluster.study) == bits(on_one_machine)


def test_a_search_whose_scheduler_goes_leaves_with_75_and_one_that_finds_none_too(cluster: Cluster) -> None:
    listens_elsewhere = ("--cluster", cluster.address)
    with dask(cluster, DASK_DISTRIBUTED__WORKER__DAEMON="False"):
        scheduler, _ = cluster.running
        words = ("search", *SEARCH, f"--state={cluster.state.root}", *listens_elsewhere)
        search = cluster.start("search", *words)
        begun = cluster.until(lambda study: bool(in_training(study)))
        kill(scheduler)
        assert search.wait(30) == ExitCode.TEMPORARY_FAILURE
    assert f"the scheduler at {cluster.address} has gone" in cluster.told("search")
    assert "Traceback" not in cluster.told("search")
    study = cluster.study
    assert study is not None and study.steps[0].attempts[-1].ended is EndKind.LOST, begun
    again = cluster.start("again", *words)
    assert again.wait(PATIENCE_SECONDS) == ExitCode.TEMPORARY_FAILURE
    assert "expected the scheduler of a Dask cluster" in cluster.told("again")


def test_a_dask_worker_that_may_start_no_process_is_refused_with_the_way_out(cluster: Cluster) -> None:
    with dask(cluster):
        command = ["search", *SEARCH, f"--state={cluster.state.root}", f"--cluster={cluster.address}", "--run-for=30"]
        done = subprocess.run(
            [sys.executable, "-m", "tests.command", *command], cwd=ROOT, capture_output=True, text=True
        )
    assert done.returncode == ExitCode.TEMPORARY_FAILURE
    assert "DASK_DISTRIBUTED__WORKER__DAEMON=False" in done.stderr
