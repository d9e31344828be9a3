"""Standard streams that are closed, full, left by their reader, or that cannot encode what is printed."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from job.cli.streams import Outlet
from job.core.fingerprint import DataDescription
from job.core.tested import TestResult
from job.errors import ExitCode
from job.proposals.result import dump_result
from job.state.directory import StateDirectory
from tests.cli.test_bad_state import SEARCH, fill
from tests.fakes import ROOT_OF_SOURCES, study_of

Done = subprocess.CompletedProcess[bytes]

FULL = b"hpo-job: cannot write to standard output: No space left on device; what to do: let it go elsewhere\n"
CLOSED = "<&- >&- 2>&-"
# As a locale without Unicode has it, where Python is kept from helping itself.
PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
FORMS = ("lines", "live", "json")


def hpo_job(*arguments: str, streams: str = "", module: str = "job", **environment: str) -> Done:
    """Run a command with its standard streams redirected as a shell does it."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {streams}', "sh", sys.executable, "-m", module, *arguments],
        cwd=ROOT_OF_SOURCES,
        env={**os.environ, **environment},
        capture_output=True,
    )


@pytest.fixture
def state(tmp_path: Path) -> str:
    """The option for a search that has nothing left to do, and that every command can read."""
    return f"--state={fill(StateDirectory(tmp_path / 'state')).root}"


@pytest.fixture
def foreign(tmp_path: Path) -> str:
    """The option for a search whose classes have names that few terminals can write."""
    data = DataDescription(train=9, validation=9, test=4, image_shape=(4, 4, 1), class_names=("Müller", "猫"))
    study = replace(study_of(0.9, 0.8), data=data)
    store = StateDirectory(tmp_path)
    store.save(study.record_test(TestResult(number=1, metrics={"accuracy": 0.5}, confusion=((1, 1), (1, 1)))))
    store.write_result(dump_result(study, with_model=True))  # lest a report import all that makes one
    return f"--state={tmp_path}"


def test_an_outlet_takes_what_it_cannot_pass_on_and_tells_what_kept_it() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        outlet = Outlet(full.fileno())
        assert [outlet.write(b"much"), outlet.write(b"more")] == [4, 4]
        assert outlet.has_lost and "No space" in str(outlet.failure)


def test_an_outlet_whose_reader_has_left_has_lost_nothing_that_anybody_waits_for() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    outlet = Outlet(writing)
    assert outlet.write(b"much") == 4
    assert outlet.failure is not None and not outlet.has_lost
    os.close(writing)


def test_an_outlet_that_does_not_wait_is_waited_for() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    outlet = Outlet(writing)
    while os.get_blocking(writing) is False:
        try:
            os.write(writing, bytes(4096))
        except BlockingIOError:
            break
    process = subprocess.Popen(["cat"], stdin=reading, stdout=subprocess.DEVNULL)
    assert outlet.write(b"more") == 4
    assert outlet.failure is None
    os.close(writing)
    os.close(reading)
    process.wait()


def test_a_report_with_all_streams_closed_is_written_and_nothing_gets_into_its_files(
    tmp_path: Path, foreign: str
) -> None:
    done = hpo_job("report", foreign, streams=CLOSED)
    assert done.returncode == ExitCode.OK
    shown = hpo_job("report", foreign)
    assert shown.stdout == (tmp_path / "report" / "report.txt").read_bytes()


@pytest.mark.parametrize("arguments", [("--version",), ("status", "--json")], ids=" ".join)
def test_an_output_that_is_full_is_one_line_and_74(arguments: tuple[str, ...], state: str) -> None:
    done = hpo_job(*arguments, *([state] * (arguments[0] == "status")), streams=">/dev/full")
    assert (done.returncode, done.stderr) == (ExitCode.IO_ERROR, FULL)


def test_an_error_that_nobody_can_be_told_keeps_its_exit_code(tmp_path: Path) -> None:
    assert hpo_job("status", f"--state={tmp_path}", streams=">/dev/full 2>/dev/full").returncode == ExitCode.USAGE


def test_a_reader_that_leaves_changes_nothing(state: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "job", "status", state]
    done = subprocess.run(command, cwd=ROOT_OF_SOURCES, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (ExitCode.OK, b"")


@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "iso-8859-1:strict"}, PLAIN], ids=["Latin-1", "ASCII"])
def test_names_that_a_terminal_cannot_write_are_told_in_other_letters(
    foreign: str, environment: dict[str, str]
) -> None:
    done = hpo_job("report", foreign, **environment)
    assert (done.returncode, done.stderr) == (ExitCode.OK, b"")
    assert ("M\xfcller" if "PYTHONIOENCODING" in environment else "M?ller").encode("iso-8859-1") in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "html", "json"])
def test_what_programs_read_has_its_own_encoding_whatever_the_locale(foreign: str, form: str) -> None:
    done = hpo_job("report", f"--format={form}", foreign, **PLAIN)
    assert (done.returncode, done.stderr) == (ExitCode.OK, b"")
    assert done.stdout == hpo_job("report", f"--format={form}", foreign).stdout


COMMANDS = [
    ("--help",),
    ("--version",),
    ("status",),
    *(("report", f"--format={form}") for form in ("text", "json", "csv", "html")),
    *((*SEARCH, f"--log-format={form}") for form in FORMS),
    (*SEARCH, "--quiet"),
    ("evaluate",),
    ("predict", "picture.png"),
    ("doctor",),
]


@pytest.mark.slow
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_command_ends_as_ever_without_streams_and_says_so_where_its_output_is_full(
    arguments: tuple[str, ...], state: str
) -> None:
    options = (*arguments, *([state] * (not arguments[0].startswith("--"))))
    as_ever = hpo_job(*options)
    assert hpo_job(*options, streams=CLOSED).returncode == as_ever.returncode
    full = hpo_job(*options, streams=">/dev/full")
    if as_ever.stdout:
        assert full.returncode == (as_ever.returncode or ExitCode.IO_ERROR)
        assert full.stderr.endswith(FULL) and full.stderr.count(FULL) == 1
    else:
        assert (full.returncode, FULL in full.stderr) == (as_ever.returncode, False)


@pytest.mark.slow
@pytest.mark.parametrize("streams", [">&-", "2>&-", "2>/dev/full"])
def test_a_command_that_prints_on_both_streams_ends_as_ever_without_one(streams: str, state: str) -> None:
    assert hpo_job(*SEARCH, state, streams=streams).returncode == ExitCode.OK


@pytest.mark.slow
def test_a_search_trains_without_streams_and_where_letters_cannot_be_written(tmp_path: Path) -> None:
    options = ("search", "--problem=foreign", f"--state={tmp_path}")
    done = hpo_job(*options, "--trials=1", module="tests.command", **PLAIN)
    assert done.returncode == ExitCode.OK, done.stderr
    assert "built for 猫" in (tmp_path / "trials" / "0001" / "log.txt").read_text(encoding="utf-8")
    assert hpo_job(*options, "--trials=2", module="tests.command", streams=CLOSED).returncode == ExitCode.OK
    study = StateDirectory(tmp_path).read().study
    assert study is not None and len(study.scored) == 2
