"""Containers on volumes that are full, read-only, shared, or from elsewhere."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from job.errors import ExitCode
from tests.docker.container import (
    BUSY_SEARCH,
    SEALED,
    SEARCH,
    USER,
    Containers,
    copy_of,
    differences,
    give,
    study_in,
    trains,
    until,
    volume,
)
from tests.docker.engine import needs_engine
from tests.docker.searches import Seen
from tests.fakes import contents_of, needs_root, tmpfs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), needs_engine, needs_root]

FIRST_POD = ("--env=POD_NAME=hpo-job-0-x7k2p", "--env=POD_UID=6f1c7b52-0d0e-4c0f-9a55-2b8f0f8a1d11")


def test_a_volume_that_runs_full_keeps_the_last_good_state_and_goes_on_with_more_room(
    containers: Containers, unbroken: Seen, tmp_path: Path
) -> None:
    with tmpfs(volume(tmp_path / "state"), size="4m") as mounted:
        state = mounted.path
        give(state, USER)
        first = containers.start(state, *BUSY_SEARCH)
        until(lambda: trains(state, 2))
        mounted.fill()
        assert first.wait() == ExitCode.IO_ERROR, first.errors
        assert "No space left on device" in first.errors
        assert "free some space" in first.errors
        kept = study_in(state)
        assert kept is not None
        assert kept.trial(2).epochs > 0

        (state / "ballast").unlink()
        second = containers.run(state, *SEARCH)
        assert second.wait() == ExitCode.OK, second.errors
        assert differences(unbroken.state, state) == []


def test_a_read_only_volume_is_refused_with_what_to_do(containers: Containers, stopped: Seen) -> None:
    before = contents_of(stopped.state)
    container = containers.run(f"{stopped.state}:/state:ro", *SEARCH)
    assert container.wait() == ExitCode.IO_ERROR
    assert "Read-only file system" in container.errors
    assert "mount its file system writable" in container.errors
    assert contents_of(stopped.state) == before


def test_a_search_is_verified_on_a_read_only_volume(containers: Containers, unbroken: Seen) -> None:
    before = contents_of(unbroken.state)
    container = containers.run(f"{unbroken.state}:/state:ro", "verify")
    assert container.wait() == ExitCode.OK, container.errors
    assert container.output.splitlines()[-1] == "Verdict  nothing differs"
    assert "trained again: 8 epochs and the weights, the same to the last bit" in container.output
    assert contents_of(unbroken.state) == before


def test_of_two_containers_on_one_volume_the_second_fails_skips_or_waits_as_it_is_told(
    containers: Containers, stopped: Seen, unbroken: Seen, tmp_path: Path
) -> None:
    state = copy_of(stopped.state, tmp_path / "state")
    first = containers.start(state, *BUSY_SEARCH, options=(*SEALED, *FIRST_POD))
    until(lambda: "search of digits" in first.errors)

    failing = containers.run(state, *SEARCH)
    skipping = containers.run(state, *SEARCH, "--if-locked=skip")
    waiting = containers.start(state, *SEARCH, "--if-locked=wait")
    assert failing.wait() == ExitCode.CANNOT_CREATE, failing.errors
    assert "pod hpo-job-0-x7k2p (6f1c7b52-0d0e-4c0f-9a55-2b8f0f8a1d11)" in failing.errors
    assert skipping.wait() == ExitCode.OK, skipping.errors

    until(lambda: "waiting for the run that holds" in waiting.errors)
    assert first.stop() == ExitCode.TEMPORARY_FAILURE, first.errors
    assert waiting.wait() == ExitCode.OK, waiting.errors
    assert differences(unbroken.state, state) == []


def test_a_search_begun_outside_ends_inside_like_an_unbroken_one(
    containers: Containers, unbroken: Seen, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    with _outside(state, *BUSY_SEARCH) as process:
        until(lambda: trains(state, 2))
        process.send_signal(signal.SIGTERM)
    assert process.returncode == ExitCode.TEMPORARY_FAILURE

    give(state, USER)
    inside = containers.run(state, *SEARCH)
    assert inside.wait() == ExitCode.OK, inside.errors
    assert differences(unbroken.state, state) == []


def test_a_search_begun_inside_ends_outside_like_an_unbroken_one(stopped: Seen, unbroken: Seen, tmp_path: Path) -> None:
    state = copy_of(stopped.state, tmp_path / "state")
    with _outside(state, *SEARCH) as process:
        assert process.wait() == ExitCode.OK
    assert differences(unbroken.state, state) == []


def _outside(state: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """Run the job by the Python of these tests."""
    return subprocess.Popen([sys.executable, "-m", "job", *arguments, f"--state={state}", "--quiet"])
