"""A search whose users enqueue, drop and retry while it is at work, as processes and with real trials."""

import os
import subprocess
from pathlib import Path

import pytest

from job.core.trial import Origin, Status
from job.errors import ExitCode
from tests.cli.here import hpo_job
from tests.cli.test_search import ROOT, command, search, study_in, wait_for

pytestmark = pytest.mark.slow


def test_what_users_ask_for_while_a_search_is_at_work_is_done_within_seconds_and_once(tmp_path: Path) -> None:
    state, mended = tmp_path / "state", tmp_path / "mended"

    def ask(*arguments: str) -> str:
        done = hpo_job(*arguments, f"--state={state}")
        assert done.returncode == ExitCode.OK, done.stderr
        return done.stdout

    process = subprocess.Popen(
        command(state, "--trials=2", "--rungs=none", "--log-format=lines", problem="broken"),
        cwd=ROOT,
        env={**os.environ, "HPO_JOB_TEST_MENDED": str(mended)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(state, lambda study: study.pending)
        assert "the run at work takes it in within seconds: process " in ask("enqueue", "--set=fate=hang")
        for fate in ("raise", "hang", "none"):
            ask("enqueue", f"--set=fate={fate}")
        wait_for(state, lambda study: [trial.number for trial in study.in_hand] == [2])
        ask("drop", "2")
        wait_for(state, lambda study: [trial.number for trial in study.in_hand] == [4])
        assert study_in(state).trial(3).status is Status.FAILED
        mended.touch()
        ask("retry", "3")
        ask("drop", "4")
        _, told = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == ExitCode.OK, told
    study = study_in(state)
    assert [(trial.params["fate"], trial.status) for trial in study.trials] == [
        ("none", Status.COMPLETED),
        ("hang", Status.DROPPED),
        ("raise", Status.COMPLETED),
        ("hang", Status.DROPPED),
        ("none", Status.COMPLETED),
    ]
    assert {trial.origin for trial in study.trials[1:]} == {Origin.ENQUEUED}
    assert [step.trial for step in study.steps] == [1, 2, 3, 4, 5, 3]
    assert list((state / "inbox").iterdir()) == []
    assert not list((state / "trials").glob("*/checkpoint"))
    assert "took in: drop 2\n" in told and "trial 2 is set aside" in told

    assert "nothing left to do" in search(state, problem="broken").stderr
    ask("enqueue", "--set=fate=none", "--set=width=32")
    assert search(state, problem="broken").returncode == ExitCode.OK
    assert study_in(state).trial(6).params == {"fate": "none", "width": 32}
