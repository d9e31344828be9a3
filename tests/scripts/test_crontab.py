"""The example crontab: what stands in it is what cron runs, and how."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from job.errors import ExitCode
from job.state.directory import StateDirectory
from tests.display.test_ping import Service

ROOT = Path(__file__).parents[2]
LINES = [line for line in (ROOT / "scripts" / "crontab").read_text().splitlines() if line and line[0] != "#"]
VARIABLES = dict(line.split("=", 1) for line in LINES if re.match(r"\w+=", line))
JOBS = [line for line in LINES if not re.match(r"\w+=", line)]
# What Debian's cron gives a command, and no more.
ENVIRONMENT = {"HOME": os.environ.get("HOME", "/"), "LOGNAME": "user", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}


def commands() -> list[str]:
    """Return the commands, after what says when they run."""
    found = [re.fullmatch(r"(?:@reboot|(?:[\d*/,-]+\s+){5})\s*(\S.*)", job) for job in JOBS]
    return [match[1] for match in found if match]


def as_cron_runs(command: str, state: Path, *options: str, ping: str = "") -> subprocess.CompletedProcess[str]:
    """Run the first example as cron would, but for its paths and its address."""
    command = command.replace("/srv/hpo-job", str(ROOT)).replace("https://ping.example.org", ping)
    return subprocess.run(
        ["/bin/sh", "-c", shlex.join([*shlex.split(command), *options])],
        env={**ENVIRONMENT, **VARIABLES, "HPO_JOB_STATE": str(state)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_every_line_is_a_variable_or_a_command_and_has_no_percent_sign() -> None:
    """Cron takes a percent sign for the end of a line."""
    assert len(commands()) == len(JOBS) == 2
    assert not any("%" in job for job in JOBS)


@pytest.mark.slow
def test_the_example_is_silent_until_something_is_wrong(tmp_path: Path) -> None:
    example, state = commands()[0], tmp_path / "state"
    short = ("--trials", "1", "--epochs", "1")
    service = Service()
    with service.serving() as url:
        first = as_cron_runs(example, state, *short, ping=url)
        nothing_left = as_cron_runs(example, state, *short, ping=url)
        with StateDirectory(state).lock():
            skipped = as_cron_runs(example, state, *short, ping=url)
        failed = as_cron_runs(example, state, *short, "--seed", "8", ping=url)
    assert [(done.returncode, done.stdout, done.stderr) for done in (first, nothing_left, skipped)] == [(0, "", "")] * 3
    assert (failed.returncode, failed.stdout, failed.stderr.count("\n")) == (ExitCode.CONFIG, "", 1)
    assert "seed: 0 in the state, 8 now" in failed.stderr
    assert service.paths == [f"/3f2a/{word}" for word in ("start", "0", "start", "0", "start", "78")]


@pytest.mark.slow
def test_the_end_of_its_time_is_no_failure(tmp_path: Path) -> None:
    example = re.sub(r"--ping-url \S+", "", commands()[0]).replace("--run-for 10h", "--run-for 1s")
    done = as_cron_runs(example, tmp_path / "state", "--trials", "2")
    assert (done.returncode, done.stdout, done.stderr) == (ExitCode.TEMPORARY_FAILURE, "", "")
