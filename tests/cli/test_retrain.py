"""`hpo-job retrain` as a process of its own, killed on its way."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from job.core.study import Study
from job.errors import ExitCode
from job.state.directory import StateDirectory
from tests.cli import here
from tests.fakes import study_of

ROOT = Path(__file__).parents[2]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "tests.command", *words]


def hpo_job(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), cwd=ROOT, capture_output=True, text=True)


def study_in(state: Path) -> Study | None:
    return StateDirectory(state).read().study


@pytest.mark.slow
def test_a_retraining_begins_like_its_trial_and_goes_on_after_a_kill_to_the_same_bits(tmp_path: Path) -> None:
    state, retrained = tmp_path, tmp_path / "retrained-1-to-30"
    searched = hpo_job("search", "--problem=steady", "--trials=1", f"--state={state}")
    assert searched.returncode == ExitCode.OK, searched.stderr
    words = ("retrain", "--epochs=30", f"--state={state}", "--checkpoint-seconds=0")
    process = subprocess.Popen(command(*words), cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True)
    until = time.monotonic() + 120
    while not ((study := study_in(retrained)) and study.trials and study.trials[0].epochs > 2):
        assert time.monotonic() < until, "the trial does not get on"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    done, again = hpo_job(*words), hpo_job(*words)
    assert done.returncode == again.returncode == ExitCode.OK, done.stderr
    assert "trial 1 goes on" in done.stderr and "nothing left to do" in again.stderr
    assert done.stdout == again.stdout and f"Model    {retrained}/best.keras" in done.stdout
    before, after = study_in(state), study_in(retrained)
    assert before is not None and after is not None and (retrained / "best.keras").exists()
    assert after.trials[0].history[:4] == before.trials[0].history and after.trials[0].epochs > 4
    assert hpo_job("verify", f"--state={retrained}").returncode == ExitCode.OK


def test_what_cannot_be_trained_longer_is_told(tmp_path: Path) -> None:
    StateDirectory(tmp_path).save(study_of(0.9, None))
    for words, said in (
        (("--epochs=3",), "--epochs: expected more than 3, for which trial 1 was trained, found 3"),
        (("--epochs=9", "--trial=2"), "--trial: expected a trial that has completed, found that trial 2 is failed"),
        (("--epochs=9", "--trial=7"), "--trial: expected a trial that has completed, found 7 of 2"),
        ((), "--epochs: expected a value, found none"),
    ):
        done = here.hpo_job("retrain", f"--state={tmp_path}", *words)
        assert done.returncode == ExitCode.USAGE and said in done.stderr, done.stderr
    StateDirectory(tmp_path).save(study_of(None))
    assert here.hpo_job("retrain", f"--state={tmp_path}", "--epochs=9").returncode == ExitCode.SOFTWARE
    assert not list(tmp_path.glob("retrained-*"))
