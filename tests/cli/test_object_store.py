"""A search whose state is in an object store: killed, stopped, gone on with elsewhere, to the bits of one on a disk."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from job.address import parse_address
from job.core.study import Study
from job.errors import ExitCode
from job.paths import parse_state
from job.state.directory import StateDirectory
from job.state.objects.bucket import Bucket
from job.state.objects.lease import LEASE_FILE, Lease
from job.state.places import state_at, state_elsewhere
from tests.state.objects import servers
from tests.state.objects.proxy import Troubled, serving

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SEARCH = ("--problem=steady", "--trials=4", "--initial-points=1", "--seed=3", "--confirm=1x2", "--checkpoint-seconds=0")
SHORT = ("--trials=1", "--confirm=none")
LEASE_SECONDS = "2"


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of searches whose store has trouble with a request of twenty."""
    with servers.seaweedfs(tmp_path_factory.mktemp("store")) as url, serving(Troubled(url, share=0.05)) as proxy:
        keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
        yield keys | {"AWS_ENDPOINT_URL": proxy, "TESTS_LEASE_SECONDS": LEASE_SECONDS}


@pytest.fixture(scope="module")
def in_a_directory(tmp_path_factory: pytest.TempPathFactory) -> StateDirectory:
    """The state of the same search in a directory, unbroken."""
    state = tmp_path_factory.mktemp("directory") / "state"
    done = run(command("search", *SEARCH, f"--state={state}"), {})
    assert done.returncode == ExitCode.OK, done.stderr
    return StateDirectory(state)


@pytest.fixture
def place(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    place = f"s3://{servers.BUCKET}/{time.monotonic_ns()}"
    bucket_at(place).put("notes.txt", b"of the user")  # with which SeaweedFS makes the bucket
    return place


def bucket_at(place: str) -> Bucket:
    address = parse_address(place)
    assert address is not None
    return Bucket.open(address)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.command", *arguments]


def run(words: list[str], variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, **variables}
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)


def opened(place: str) -> StateDirectory:
    """Return the state as a process that has just begun finds it."""
    return state_elsewhere(state_at(parse_state(place)))


def study_in(place: str) -> Study | None:
    return opened(place).read().study


def bits(study: Study | None) -> list[object]:
    """Return what may not depend on where and when a search has run."""
    assert study is not None
    trials = (*study.trials, *study.replicates)
    return [(each.number, each.params, each.status, each.history, each.rungs, each.weights_sha256) for each in trials]


def runs_of(study: Study | None) -> int:
    return 0 if study is None else len(study.runs)


def interrupt(place: str, number: signal.Signals, when: Callable[[Study], bool]) -> int:
    """Start the search, send all of its processes a signal as soon as it has come so far, and return how it ended."""
    words, runs = command("search", *SEARCH, f"--state={place}"), runs_of(study_in(place))
    with subprocess.Popen(words, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120
        while (study := study_in(place)) is None or runs_of(study) == runs or not when(study):
            assert time.monotonic() < deadline and process.poll() is None, "it does not come so far"
            time.sleep(0.05)
        os.killpg(process.pid, number) if number is signal.SIGKILL else process.send_signal(number)
        return process.wait()


def test_it_ends_in_the_same_bits_wherever_it_is_killed_and_gone_on_with(
    place: str, in_a_directory: StateDirectory
) -> None:
    assert interrupt(place, signal.SIGKILL, lambda study: any(trial.batch for trial in study.trials)) == -signal.SIGKILL
    time.sleep(float(LEASE_SECONDS) + 1)
    status = run(command("status", f"--state={place}"), {})
    assert "which may have been killed: its last sign of life was " in status.stdout, status.stderr
    stopped = interrupt(place, signal.SIGTERM, lambda study: len(study.completed) + len(study.stopped) >= 2)
    assert stopped == ExitCode.TEMPORARY_FAILURE
    assert interrupt(place, signal.SIGKILL, lambda study: bool(study.replicates)) == -signal.SIGKILL
    done = run(command("search", f"--state={place}"), {})
    assert done.returncode == ExitCode.OK, done.stderr

    found, expected = opened(place), in_a_directory.read().study
    study = found.read().study
    assert bits(study) == bits(expected)
    assert study is not None and expected is not None and len(study.runs) >= 4
    assert found.predictions_of(study) == in_a_directory.predictions_of(expected)
    ours, theirs = (json.loads(each.report_file("report.json") or b"") for each in (found, in_a_directory))
    assert ours["confirmation"]["measured"] == theirs["confirmation"]["measured"]
    again = run(command("search", f"--state={place}"), {})
    assert (again.returncode, "nothing left to do" in again.stderr) == (ExitCode.OK, True)


def test_what_reads_a_search_or_asks_something_of_it_finds_it_there(
    place: str, in_a_directory: StateDirectory, tmp_path: Path
) -> None:
    copied = run(command("copy", str(in_a_directory.root), place), {})
    assert copied.returncode == ExitCode.OK, copied.stderr
    assert "all digests are the same" in copied.stdout
    for words in (("status",), ("report", "--json"), ("evaluate", "--json"), ("verify", "--trials=1"), ("doctor",)):
        here, there = (run(command(*words, f"--state={each}"), {}) for each in (in_a_directory.root, place))
        assert there.returncode == here.returncode == ExitCode.OK, there.stderr
    fresh = command("search", "--problem=steady", f"--begin-from={place}", f"--state={tmp_path / 'begun'}", *SHORT)
    begun = run(fresh, {})
    assert begun.returncode == ExitCode.OK and f" of 4 trials of {place} as evidence" in begun.stderr, begun.stderr
    longer = run(command("retrain", "--epochs=6", f"--state={place}"), {})
    assert longer.returncode == ExitCode.OK and f"{place}/retrained-" in longer.stdout, longer.stderr
    Lease(bucket_at(place)).acquire()
    time.sleep(float(LEASE_SECONDS) + 1)
    dropped = run(command("drop", "2", f"--state={place}"), {})
    assert dropped.returncode == ExitCode.OK and "may have been killed" in dropped.stdout, dropped
    assert "1 request in the inbox" in run(command("status", f"--state={place}"), {}).stdout
    back = run(command("copy", place, str(tmp_path / "back")), {})
    assert back.returncode == ExitCode.OK, back.stderr
    assert StateDirectory(tmp_path / "back").read().study == in_a_directory.read().study


def test_a_run_that_another_has_taken_over_from_leaves_with_75_and_changes_nothing(
    place: str, in_a_directory: StateDirectory
) -> None:
    words = command("search", *SEARCH, f"--state={place}")
    with subprocess.Popen(words, cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE, text=True) as zombie:
        while (study := study_in(place)) is None or not any(trial.batch for trial in study.trials):
            time.sleep(0.05)
        os.killpg(zombie.pid, signal.SIGSTOP)
        done = run(words, {})
        assert done.returncode == ExitCode.OK, done.stderr
        ended = study_in(place)
        os.killpg(zombie.pid, signal.SIGCONT)
        _, said = zombie.communicate(timeout=60)
    assert zombie.returncode == ExitCode.TEMPORARY_FAILURE, said
    assert study_in(place) == ended
    assert bits(ended) == bits(in_a_directory.read().study)


# Long enough that each of six runs that begin at once has looked at the state before one has come to the end.
LONG = ("--problem=digits", "--trials=10", "--epochs=8", "--rungs=none", "--confirm=none", "--seed=3")
RUNS = 6


def leave_one(words: list[str]) -> "subprocess.Popen[bytes]":
    """Start six runs at once; return the one that is left when five have found the state held by another one."""
    runs = [subprocess.Popen(words, cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE) for _ in range(RUNS)]
    try:
        deadline = time.monotonic() + 240
        while len(left := [each for each in runs if each.poll() is not None]) < RUNS - 1:
            assert time.monotonic() < deadline, "more than one run stays"
            time.sleep(0.05)
        told = [each.communicate()[1].decode() for each in left]
        assert [each.returncode for each in left] == [ExitCode.CANNOT_CREATE] * (RUNS - 1), told
        (holder,) = (each for each in runs if each not in left)
    except BaseException:
        for each in runs:
            os.killpg(each.pid, signal.SIGKILL)
        raise
    assert all(f"process {holder.pid} on" in each for each in told), told
    return holder


def test_of_six_runs_at_once_one_holds_the_state_and_the_search_is_that_of_one_alone(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESTS_LEASE_SECONDS", "6")  # two beats of which may be late where seven runs share two cores
    ends = (signal.SIGTERM, signal.SIGKILL, None)
    for number in ends:
        with leave_one(command("search", *LONG, f"--state={place}")) as holder:
            if number is signal.SIGKILL:
                os.killpg(holder.pid, number)
            elif number is not None:
                holder.send_signal(number)
            _, said = holder.communicate()
        expected = {signal.SIGTERM: ExitCode.TEMPORARY_FAILURE, signal.SIGKILL: -signal.SIGKILL, None: ExitCode.OK}
        assert holder.returncode == expected[number], said.decode()
    alone = run(command("search", *LONG, f"--state={tmp_path / 'alone'}"), {})
    assert alone.returncode == ExitCode.OK, alone.stderr
    study = study_in(place)
    assert study is not None and [trial.number for trial in study.trials] == list(range(1, 11))
    assert bits(study) == bits(StateDirectory(tmp_path / "alone").read().study)
    found = bucket_at(place).get(LEASE_FILE)
    assert found is not None and json.loads(found.data)["epoch"] == len(ends), "the runs have not followed one another"
