"""Containers with too little memory, and with a clock that jumps."""

import os
import time
from pathlib import Path

import pytest

from job.core.trial import Status
from job.errors import ExitCode
from tests.docker.container import (
    SEALED,
    SEARCH,
    Containers,
    differences,
    report_in,
    study_in,
    trains,
    until,
    volume,
)
from tests.docker.engine import needs_engine
from tests.docker.searches import Seen
from tests.fakes import needs_root

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), needs_engine, needs_root]

# Of the three points that this seed proposes, the second has two layers of 16,714 nodes, with a gigabyte of weights
# between them; the third has one layer.
GREEDY_SEARCH = (
    *("search", "--problem=digits", "--trials=2", "--epochs=1", "--seed=19", "--max-attempts=1"),
    *("--bounds=num_dense_layers=1:2", "--bounds=num_dense_nodes=5:20000"),
)
MEMORY = "--memory=1500m"

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), Path("/usr/lib/faketime/libfaketimeMT.so.1"))
needs_faketime = pytest.mark.skipif(
    not FAKETIME.exists() and "HPO_JOB_TEST_STRICT" not in os.environ, reason="there is no libfaketime"
)
DAY_SECONDS = 86_400.0


def test_a_trial_that_takes_more_memory_than_there_is_has_failed_and_the_search_goes_on(
    containers: Containers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where podman's monitor leaves a file named oom
    state = volume(tmp_path / "state")
    container = containers.run(state, *GREEDY_SEARCH, options=(*SEALED, MEMORY))
    assert container.wait() == ExitCode.OK, container.errors
    study = study_in(state)
    assert study is not None
    assert [trial.status for trial in study.trials] == [Status.COMPLETED, Status.FAILED, Status.COMPLETED]
    assert "killed by SIGKILL, as the kernel does when memory runs out" in study.trial(2).reason


def test_a_search_takes_as_many_threads_as_the_control_group_grants_cores_and_keeps_them(
    containers: Containers, tmp_path: Path
) -> None:
    state = volume(tmp_path / "state")
    short = ("search", "--problem=digits", "--epochs=1")
    for trials, options in ((1, ("--cpus=1",)), (2, ())):
        container = containers.run(state, *short, f"--trials={trials}", options=(*SEALED, *options))
        assert container.wait() == ExitCode.OK, container.errors
    study = study_in(state)
    assert study is not None
    assert study.fingerprint.threads == 1
    assert [run.arithmetic["intra-op threads"] for run in study.runs] == ["1", "1"]


@needs_faketime
def test_a_clock_that_jumps_changes_nothing_but_the_times_of_day(
    containers: Containers, unbroken: Seen, tmp_path: Path
) -> None:
    state, folder = volume(tmp_path / "state"), volume(tmp_path / "clock")
    _set_clock(folder, days=0)
    began_at, since = time.time(), time.monotonic()
    container = containers.start(state, *SEARCH, options=(*SEALED, *_options(folder)))
    until(lambda: trains(state, 1))
    _set_clock(folder, days=1)
    until(lambda: trains(state, 3))
    _set_clock(folder, days=-1)
    assert container.wait() == ExitCode.OK, container.errors
    seconds = time.monotonic() - since

    study = study_in(state)
    assert study is not None
    days = [round(((trial.ended_at or 0.0) - began_at) / DAY_SECONDS) for trial in study.trials]
    assert days == [1, 1, 1]  # a trial never ends before the one before it, whatever the clock says
    assert differences(unbroken.state, state) == []
    durations = _seconds_in(report_in(state))
    assert min(durations) >= 0.0
    assert 0.0 < max(durations) < seconds


def _options(clock: Path) -> tuple[str, ...]:
    """Return what lets a container's clock follow the file in a directory; steady clocks stay as they are."""
    return (
        f"--volume={FAKETIME}:/faketime/libfaketime.so:ro",
        f"--volume={clock}:/faketime/clock:ro",
        "--env=LD_PRELOAD=/faketime/libfaketime.so",
        "--env=FAKETIME_TIMESTAMP_FILE=/faketime/clock/offset",
        "--env=FAKETIME_NO_CACHE=1",
        "--env=DONT_FAKE_MONOTONIC=1",
    )


def _set_clock(folder: Path, *, days: int) -> None:
    """Let the clock go wrong by so many days from now on."""
    new = folder / "new"
    new.write_text(f"{days:+d}d\n")
    new.replace(folder / "offset")


def _seconds_in(report: object, *, name: str = "") -> list[float]:
    """Return every duration in a report, which the names around it tell."""
    match report:
        case dict():
            return [each for key, inner in report.items() for each in _seconds_in(inner, name=f"{name} {key}")]
        case list():
            return [each for inner in report for each in _seconds_in(inner, name=name)]
        case int() | float() if "seconds" in name:
            return [float(report)]
        case _:
            return []
