"""Six runs at once on one state in a real object store, round after round: one holds it, and no save is lost."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from job.address import Address, parse_address
from job.errors import ExitCode
from job.state.objects.state import open_state
from tests.fakes import ROOT_OF_SOURCES
from tests.state.objects import servers
from tests.state.objects.proxy import Troubled, serving

pytestmark = pytest.mark.slow

RUNS, ROUNDS = 6, 20
LEASE_SECONDS = 4.0
LONGEST_SECONDS = 60.0

# A run that waits for a word, holds the state if it can, and makes two saves, and after another word a third.
PROGRAM = """
import random, sys
from dataclasses import replace
from job.address import parse_address
from job.errors import StateLockedError
from job.state.objects.state import open_state
from tests.fakes import study_of

state = replace(open_state(parse_address(sys.argv[1])), ttl_seconds=float(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()

def save(study):
    score = random.random()
    state.predictions_file.write_text(repr(score))
    state.save(study := study.import_trial(study.fingerprint.default, score))
    print("saved", repr(score), flush=True)
    return study

try:
    with state.lock():
        told = state.take_over()
        assert not told, told
        study = state.read().study or study_of()
        if study.trials:
            assert float(state.predictions_file.read_text()) == study.trials[-1].imported_value
        study = save(save(study))
        print("run", state.mirror.run, flush=True)
        sys.stdin.readline()
        save(study)
except StateLockedError as error:
    sys.exit(error.exit_code)
"""


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    """An address in a store that has trouble with a request of fifty."""
    with servers.seaweedfs(tmp_path) as url, serving(Troubled(url, share=0.02)) as proxy:
        variables = {"ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "secret", "REGION": "us-east-1"}
        for name, value in (variables | {"ENDPOINT_URL": proxy}).items():
            monkeypatch.setenv(f"AWS_{name}", value)
        address = parse_address(f"s3://{servers.BUCKET}/search")
        assert address is not None
        yield address


@contextmanager
def ready(address: Address) -> Iterator["subprocess.Popen[str]"]:
    """Yield a run that waits for a word."""
    command = [sys.executable, "-c", PROGRAM, str(address), str(LEASE_SECONDS)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT_OF_SOURCES)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def say(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def hear(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def play_round(address: Address, *, killed: bool) -> tuple[int, list[float]]:
    """Have six runs begin at once; return the epoch of the one that got in, and what it has saved.

    It is killed, or may end by itself, when the others have left.
    """
    with ExitStack() as stack:
        runs = [stack.enter_context(ready(address)) for _ in range(RUNS)]
        assert [hear(each) for each in runs] == ["ready"] * RUNS
        for each in runs:
            say(each)
        until = time.monotonic() + LONGEST_SECONDS
        while len(left := [each for each in runs if each.poll() is not None]) < RUNS - 1:
            assert time.monotonic() < until, "more than one run stays"
            time.sleep(0.02)
        (holder,) = (each for each in runs if each not in left)
        assert [each.returncode for each in left] == [ExitCode.CANNOT_CREATE] * (RUNS - 1), left[0].communicate()
        said = [hear(holder) for _ in range(3)]
        if killed:
            holder.kill()
        out, error = holder.communicate("\n")
        assert killed or holder.returncode == ExitCode.OK, error
    words = [line.split() for line in (*said, *out.splitlines())]
    (epoch,) = (int(value) for what, value in words if what == "run")
    return epoch, [float(value) for what, value in words if what == "saved"]


def test_of_six_runs_at_once_one_holds_the_state_in_each_round_and_no_save_is_lost(address: Address) -> None:
    saved = list[float]()
    for number in range(1, ROUNDS + 1):
        epoch, scores = play_round(address, killed=number % 4 == 0)
        assert (epoch, len(scores)) == (number, 2 if number % 4 == 0 else 3)
        saved += scores
    study = open_state(address).read().study
    assert study is not None
    assert [trial.imported_value for trial in study.trials] == saved
