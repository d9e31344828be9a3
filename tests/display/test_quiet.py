import io

import pytest

from job.core.events import Level, Notice, RunEnded, RunStarted, TrialEnded
from job.display import open_display
from job.errors import ExitCode, Rerun
from tests.fakes import study_of


def said(*events: RunEnded | RunStarted | TrialEnded | Notice) -> str:
    stream = io.StringIO()
    with open_display("quiet", stream=stream) as display:
        for event in events:
            display(event, study_of(0.9))
    return stream.getvalue()


def test_a_run_that_ends_well_says_nothing() -> None:
    assert said(RunStarted(), TrialEnded(1), Notice("odd", Level.WARNING), RunEnded("done", finished=True)) == ""


def test_a_run_that_fails_says_why_and_what_to_do_in_one_line() -> None:
    ended = RunEnded("no\nspace", finished=False, hint="free some", exit_code=ExitCode.IO_ERROR)
    assert said(RunStarted(), ended) == "hpo-job: no space; what to do: free some\n"


@pytest.mark.parametrize("code", [code for code in ExitCode if code.rerun is Rerun.AT_ONCE])
def test_a_run_that_is_to_go_on_has_not_failed(code: ExitCode) -> None:
    assert said(RunEnded("stopped", finished=False, exit_code=code)) == ""
