"""Searches of the problems that take any folder of pictures and any table, from their data to their best model."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from job.errors import ExitCode
from job.state.places import open_study
from tests.fakes import ROOT_OF_SOURCES

pytestmark = pytest.mark.slow

# Many batches, so that a kill comes in the midst of an epoch, and little to learn.
OPTIONS = ("--trials=1", "--epochs=2", "--batch-size=4", "--checkpoint-seconds=0", "--no-tensorboard")


def write_pictures(folder: Path) -> tuple[str, ...]:
    """Write pictures of two classes, one of which cannot be read; return the options of their search."""
    random = np.random.default_rng(0)
    for name, least in (("dark", 0), ("light", 100)):
        (folder / name).mkdir(parents=True)
        for number in range(60):
            pixels = random.integers(least, least + 120, (9, 8, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    (folder / "dark" / "torn.png").write_bytes(b"torn")
    return "--problem=images", f"--data={folder}", "--image-size=8"


def write_table(file: Path) -> tuple[str, ...]:
    """Write a table whose last column follows from the others; return the options of its search."""
    random = np.random.default_rng(0)
    rows = ["age;plan;fee;spent"]
    for number in range(150):
        age, plan = int(random.integers(20, 70)), ("basic", "pro", "")[number % 3]
        rows.append(f"{age if number % 7 else ''};{plan};{number % 11};{age * 1.5 + number % 3 * 40}")
    file.write_text("\n".join(rows))
    return "--problem=table", f"--data={file}", "--label-column=spent"


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "job", *words]


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT_OF_SOURCES), "KERAS_HOME": str(home)}


def hpo_job(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), cwd=cwd, env=environment(cwd), capture_output=True, text=True)


def kill_within_an_epoch(state: Path, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 120
    while not (state / "study.json").exists() or not any(trial.batch for trial in open_study(state).trials):
        assert time.monotonic() < until and process.poll() is None, "no trial has got on"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("write", [write_pictures, write_table])
def test_a_killed_search_of_given_data_goes_on_with_the_bare_command_and_ends_as_an_unbroken_one(
    write: Callable[[Path], tuple[str, ...]], tmp_path: Path
) -> None:
    process = subprocess.Popen(
        command("search", *write(tmp_path / "data"), *OPTIONS),
        cwd=tmp_path,
        env=environment(tmp_path),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    kill_within_an_epoch(tmp_path / "state", process)
    again = hpo_job("search", cwd=tmp_path)
    assert again.returncode == ExitCode.OK and "trial 1 goes on at batch" in again.stderr, again.stderr
    assert again.stderr.count("left out") == (1 if write is write_pictures else 0)
    verified = hpo_job("verify", "--trials=1", cwd=tmp_path)
    assert verified.returncode == ExitCode.OK and "trial 1 trained again" in verified.stdout, verified.stdout
