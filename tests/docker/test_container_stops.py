"""Containers that are stopped and killed at the worst moments."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from job.errors import ExitCode
from job.state.directory import StateDirectory
from tests.docker.container import (
    BUSY_SEARCH,
    GRACE_SECONDS,
    SEARCH,
    Containers,
    copy_of,
    differences,
    frozen_in_a_save,
    half_written,
    study_in,
    trains,
    until,
    volume,
)
from tests.docker.engine import needs_engine
from tests.docker.searches import Seen
from tests.fakes import needs_root

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), needs_engine, needs_root]

KILLED = 128 + signal.SIGKILL
# Where a container is gone at once, that is what it may take with a busy engine.
AT_ONCE_SECONDS = 3.0


def test_a_stop_in_the_middle_of_a_trial_leaves_a_checkpoint_within_the_grace_period(stopped: Seen) -> None:
    assert stopped.exit_code == ExitCode.TEMPORARY_FAILURE, stopped.errors
    assert stopped.seconds < GRACE_SECONDS
    store = StateDirectory(stopped.state)
    assert store.trial_files(1).checkpoint.exists()
    assert trains(stopped.state, 1)


def test_a_search_that_is_stopped_and_killed_in_the_middle_of_saves_ends_like_an_unbroken_one(
    containers: Containers, stopped: Seen, unbroken: Seen, tmp_path: Path
) -> None:
    state = copy_of(stopped.state, tmp_path / "state")

    first = containers.start(state, *BUSY_SEARCH)
    until(lambda: "trial 1: epoch" in first.errors)
    with frozen_in_a_save(first, state):
        os.kill(first.init, signal.SIGTERM)
    assert first.wait() == ExitCode.TEMPORARY_FAILURE, first.errors
    assert half_written(state) == []

    second = containers.start(state, *BUSY_SEARCH)
    until(lambda: trains(state, 2))
    with frozen_in_a_save(second, state):
        for process in second.processes:
            os.kill(process, signal.SIGKILL)
    assert second.wait() == KILLED
    assert half_written(state) != []

    last = containers.run(state, *SEARCH)
    assert last.wait() == ExitCode.OK, last.errors
    assert half_written(state) == []
    assert differences(unbroken.state, state) == []


def test_a_stop_while_tensorflow_is_imported_is_obeyed(containers: Containers, tmp_path: Path) -> None:
    state = volume(tmp_path / "state")
    container = containers.start(state, *SEARCH)
    until(lambda: "loading the data" in container.errors)  # in a process of its own, which is forked after the import
    assert container.stop() == ExitCode.TEMPORARY_FAILURE, container.errors
    assert study_in(state) is None, "the stop came too late to test anything"


def test_a_second_signal_ends_a_search_whose_trial_hangs_at_once(containers: Containers, tmp_path: Path) -> None:
    state = volume(tmp_path / "state")
    container = containers.start(state, *BUSY_SEARCH)
    until(lambda: trains(state, 1))
    os.kill(container.processes[-1], signal.SIGSTOP)  # the trial's, which is forked last
    container.send("TERM")
    time.sleep(1.0)
    assert container.is_running

    container.send("TERM")
    assert container.wait(AT_ONCE_SECONDS) == ExitCode.SECOND_SIGTERM


def test_a_search_whose_trial_hangs_is_gone_within_the_grace_period(
    containers: Containers, stopped: Seen, tmp_path: Path
) -> None:
    state = copy_of(stopped.state, tmp_path / "state")
    container = containers.start(state, *BUSY_SEARCH)
    until(lambda: "trial 1: epoch" in container.errors)
    os.kill(container.processes[-1], signal.SIGSTOP)
    asked_at = time.monotonic()
    assert container.stop() == ExitCode.TEMPORARY_FAILURE, container.errors
    assert time.monotonic() - asked_at < GRACE_SECONDS


def test_no_stop_is_lost_in_the_first_moments_of_a_container(containers: Containers, tmp_path: Path) -> None:
    """Process 1 is given no signal that it has no handler for."""
    instants = random.Random(0)
    state = volume(tmp_path / "state")
    exit_codes = set()
    for _ in range(8):
        container = containers.start(state, *SEARCH)
        time.sleep(instants.uniform(0.0, 0.4))
        exit_codes.add(container.stop())
    assert exit_codes <= {ExitCode.TEMPORARY_FAILURE, ExitCode.SECOND_SIGTERM}
