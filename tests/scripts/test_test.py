"""`scripts/test`: the checks that it runs, and how long they took, with checks that do nothing."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes import ROOT_OF_SOURCES

CHECKS = ["ruff check", "ruff format --check", "mypy", "lint-imports", "pytest -x"]
TIMES = r"= \d+ s, \d+ s of processor time"
SPIN = f"exec {sys.executable} -c 'import time\nwhile time.process_time() < 0.8: pass'"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with the script, and with checks that succeed at once."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT_OF_SOURCES / "scripts" / "test", tmp_path / "scripts")
    write_program(tmp_path / "scripts" / "environment", "exit 0")
    for name in {check.split()[0] for check in CHECKS}:
        write_program(tmp_path / ".venv" / "bin" / name, "exit 0")
    return tmp_path


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def run_checks(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([root / "scripts" / "test", "-x"], capture_output=True, text=True)


def test_each_check_is_told_with_how_long_it_took_and_all_of_them_at_the_end(root: Path) -> None:
    done = run_checks(root)

    assert (done.returncode, done.stderr) == (0, "")
    *lines, last = done.stdout.splitlines()
    assert lines[::2] == [f"+ {check}" for check in CHECKS]
    assert all(re.fullmatch(TIMES, line) for line in lines[1::2])
    assert re.fullmatch(f"{TIMES} in all", last)


def test_the_processor_time_is_that_of_the_checks_and_of_all_that_they_started(root: Path) -> None:
    write_program(root / ".venv" / "bin" / "mypy", f"({SPIN})")
    *_, last = run_checks(root).stdout.splitlines()

    assert ", 1 s of processor time in all" in last


def test_a_check_that_fails_is_the_last_and_is_named_with_the_times(root: Path) -> None:
    write_program(root / ".venv" / "bin" / "mypy", "exit 3")
    done = run_checks(root)

    assert done.returncode == 3
    assert done.stdout.splitlines()[-2] == "+ mypy"
    assert re.fullmatch(f"{TIMES} in all; failed: mypy", done.stdout.splitlines()[-1])


def test_nothing_is_left_among_the_temporary_files(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(root / "tmp"))
    run_checks(root)

    assert list((root / "tmp").iterdir()) == []
