"""An executor whose calls are all made on a worker of a cluster, which is a process of this machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from job.core.events import Event, Notice
from job.core.objective import parse_objective
from job.data import DataSource
from job.executors import Handle, Place
from job.executors.cluster.executor import ClusterExecutor
from job.executors.cluster.terms import Terms
from job.training import Setup, look_at_data
from job.versions import arithmetic_settings, program_versions
from tests.executors.calls import end_of

ROOT = Path(__file__).parents[3]
_PATIENCE_SECONDS = 60


class OnAWorker(ClusterExecutor):
    """Takes each call for one that is made where trials train."""

    def submit(
        self,
        function: Callable[..., Any],
        *args: Any,
        log: Path | None,
        timeout: float | None = None,
        place: Place | None = None,
        folder: Path | None = None,
    ) -> Handle:
        del place
        folder = folder or (None if log is None else log.parent)
        return super().submit(function, *args, log=log, timeout=timeout, place=None, folder=folder)


@dataclass(frozen=True)
class Worker:
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """Kill it with all that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def begin_worker(address: str, log: Path) -> Worker:
    with log.open("ab") as file:
        command = [sys.executable, "-m", "tests.command", "worker", address, "--wait-for-search=120"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file, start_new_session=True)
    return Worker(process)


def setup() -> Setup:
    return Setup(
        module="tests.fake_problems.steady",
        data=DataSource(),
        seed=0,
        epochs=1,
        batch_size=16,
        objective=parse_objective("val_accuracy"),
        deterministic=True,
        threads=2,  # one worker where there are two cores
        checkpoint_seconds=60,
    )


@contextmanager
def opened(executor: ClusterExecutor, setup: Setup) -> Iterator[None]:
    """Have an executor take workers that have the data of a setup."""
    at_home = ClusterExecutor("tcp://127.0.0.1:0", listens=False)
    digest, _ = end_of(at_home, at_home.submit(look_at_data, setup, log=None)).value  # type: ignore[union-attr]
    at_home.close_all()
    arithmetic = arithmetic_settings(setup.threads)
    with executor.opened(Terms(setup=setup, data=digest, versions=program_versions(), arithmetic=arithmetic)):
        yield


@contextmanager
def on_a_worker(logs: Path) -> Iterator[OnAWorker]:
    """Yield an executor that has a worker."""
    from tests.cli.test_cluster import free_port

    address = f"tcp://127.0.0.1:{free_port()}"
    executor = OnAWorker(address, listens=True)
    with opened(executor, setup()):
        worker = begin_worker(address, logs / "worker")
        told = list[Event]()
        try:
            for _ in range(10 * _PATIENCE_SECONDS):
                executor.wait((), told.append, 0.1)
                if executor.workers():
                    break
            assert executor.workers(), (told, (logs / "worker").read_text())
            assert any(isinstance(each, Notice) and "has come" in each.message for each in told)
            yield executor
        finally:
            worker.kill()
