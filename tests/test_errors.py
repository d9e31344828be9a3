"""Exit codes: what the README promises is what the code says."""

import re
import signal
from pathlib import Path

from job.errors import ExitCode, InterruptedRunError, Rerun, exit_code_of

README = Path(__file__).parents[1] / "README.md"


def table() -> dict[int, str]:
    """Return the last column of the README's table of exit codes, by the code."""
    rows = re.findall(r"^\| ([\d, ]+) \|.*\| ([^|]+) \|$", README.read_text(), re.MULTILINE)
    return {int(code): verdict for codes, verdict in rows for code in codes.split(",")}


def test_the_readme_tells_of_each_exit_code_what_the_code_says() -> None:
    assert table() == {int(code): code.rerun.value for code in ExitCode}


def test_a_second_signal_is_worth_another_run_as_the_first_one_is() -> None:
    for code in (ExitCode.TEMPORARY_FAILURE, 128 + signal.SIGINT, 128 + signal.SIGTERM):
        assert ExitCode(code).rerun is Rerun.AT_ONCE


def test_an_exit_code_comes_from_the_error() -> None:
    assert exit_code_of(None) is ExitCode.OK
    assert exit_code_of(InterruptedRunError("stopped")) is ExitCode.TEMPORARY_FAILURE
    assert exit_code_of(TypeError("a bug")) is ExitCode.BUG
