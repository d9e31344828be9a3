"""TensorBoard itself, on the logs of a search that goes on."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from job.tensorboard.logs import write_logs, write_trial_logs
from tests.fakes import START, study_of
from tests.tensorboard.event_logs import HISTORY, SECONDS, kept


@dataclass(frozen=True)
class Server:
    """A TensorBoard that watches a directory."""

    url: str

    def get(self, path: str, **request: Any) -> Any:
        """Return the answer of its interface for programs; `request` is sent if there is one."""
        body, headers = (json.dumps(request).encode() if request else None), {"Content-Type": "application/json"}
        question = urllib.request.Request(f"{self.url}/data/plugin/{path}", body, headers)
        with urllib.request.urlopen(question, timeout=10) as answer:
            return json.load(answer)

    def trials(self) -> dict[str, tuple[str, float | None]]:
        """Return what the HParams plug-in lists: status and score by the name of the trial."""
        statuses = [f"STATUS_{name}" for name in ("UNKNOWN", "SUCCESS", "FAILURE", "RUNNING")]
        listed = self.get("hparams/session_groups", allowedStatuses=statuses, startIndex=0, sliceSize=100)
        return {
            group["name"]: (
                group["sessions"][0]["status"],
                next((each["value"] for each in group["metricValues"]), None),
            )
            for group in listed["sessionGroups"]
        }

    def steps(self, run: str, tag: str, *, at_least: int) -> list[int]:
        """Return the steps of a curve once it has enough of them, or after a minute, which a busy machine may take."""
        deadline, steps = time.monotonic() + 60, list[int]()
        while len(steps) < at_least and time.monotonic() < deadline:
            time.sleep(0.2)
            with suppress(OSError):  # it does not listen yet, or does not know the run
                steps = [step for _, step, _ in self.get(f"scalars/scalars?run={run}&tag={tag}")]
        return steps


@contextmanager
def tensorboard(directory: Path, *, load_fast: str) -> Iterator[Server]:
    with socket.create_server(("localhost", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", f"--logdir={directory}", f"--port={port}"]
    options = [f"--load_fast={load_fast}", "--reload_interval=1"]
    with subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL) as process:
        try:
            yield Server(f"http://localhost:{port}")
        finally:
            process.terminate()


@pytest.mark.slow
@pytest.mark.parametrize("load_fast", ["true", "false"])
def test_tensorboard_draws_a_running_trial_epoch_by_epoch_and_lists_every_trial(load_fast: str, tmp_path: Path) -> None:
    study = study_of(0.91, None, imported=[0.87], running_epochs=0, epochs=len(HISTORY))
    write_logs(study, tmp_path)
    with tensorboard(tmp_path, load_fast=load_fast) as server:
        assert server.steps("0002/tensorboard/validation", "accuracy", at_least=4) == [1, 2, 3, 4]
        for epochs in range(1, len(HISTORY) + 1):
            study = study.get_on(4, HISTORY[:epochs], seconds=SECONDS[epochs - 1])
            write_trial_logs(study, 4, tmp_path)
            expected = list(range(1, epochs + 1))
            assert server.steps("0004/tensorboard/validation", "accuracy", at_least=epochs) == expected
        study = study.complete(4, HISTORY, seconds=SECONDS[-1], now=START + 300, model_sha256="0" * 64)
        write_trial_logs(study, 4, tmp_path)
        assert server.steps("0004/tensorboard", "score", at_least=1) == [4]
        assert server.trials() == {
            "0001": ("STATUS_SUCCESS", kept(0.87)),
            "0002": ("STATUS_SUCCESS", kept(0.91)),
            "0003": ("STATUS_FAILURE", None),
            "0004": ("STATUS_SUCCESS", kept(0.85)),
        }
