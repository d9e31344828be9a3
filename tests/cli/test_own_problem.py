"""A problem in a file, from its search to its best model."""

import os
import signal
import subprocess
import sys
import time
from contextlib import chdir
from pathlib import Path

import pytest

from job.core.study import Study
from job.core.trial import Status
from job.errors import ExitCode
from job.state.places import open_study
from tests.cli import here
from tests.fakes import ROOT_OF_SOURCES
from tests.problems.own import PROBLEM, write_problem

pytestmark = pytest.mark.slow

TRAINS = PROBLEM.replace("EPOCHS = 3", "EPOCHS = 40")
# Which tells how often the data are loaded.
COUNTED = TRAINS.replace(
    "    random = ", '    with open(__file__ + ".loads", "a") as file:\n        file.write("x")\n    random = '
)
FAILS = PROBLEM.replace("    return model\n", "    return model.no_such_thing\n")


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "job", *map(str, words)]


def hpo_job(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command; the processes of all of them are forked from one server, which imports TensorFlow once."""
    with chdir(cwd):
        return here.hpo_job(*words)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT_OF_SOURCES)}


def outcome(study: Study) -> list[object]:
    return [(trial.params, trial.history, trial.weights_sha256) for trial in study.trials]


def test_a_killed_search_of_a_file_goes_on_from_anywhere_as_an_unbroken_one_and_its_model_needs_no_file(
    tmp_path: Path,
) -> None:
    file, options = write_problem(tmp_path / "here", text=COUNTED), ("--trials=2", "--checkpoint-seconds=0")
    unbroken = hpo_job("search", "--problem=churn.py", "--state=unbroken", *options, cwd=file.parent)
    assert unbroken.returncode == ExitCode.OK, unbroken.stderr
    assert file.with_name("churn.py.loads").read_text() == "x", "once for all trials and the test"

    state = tmp_path / "state"
    words = command("search", "--problem=here/churn.py", f"--state={state}", *options)
    process = subprocess.Popen(
        words, cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL, start_new_session=True
    )
    until = time.monotonic() + 120
    while not (state / "study.json").exists() or not any(trial.epochs for trial in open_study(state).trials):
        assert time.monotonic() < until, "no trial has got on"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not open_study(state).completed

    file.rename(tmp_path / "task.py")
    (file.parent / "shapes.py").rename(tmp_path / "shapes.py")
    gone = hpo_job("search", f"--state={state}", "--trials=1", cwd=Path("/"))
    assert gone.returncode == ExitCode.OK and "trial 1 goes on" in gone.stderr, gone.stderr
    again = hpo_job("search", "--problem=task.py", f"--state={state}", "--trials=2", cwd=tmp_path)
    assert again.returncode == ExitCode.OK, again.stderr
    assert outcome(open_study(state)) == outcome(open_study(file.parent / "unbroken"))

    (tmp_path / "task.py").unlink()
    tested = hpo_job("evaluate", f"--state={state}", cwd=Path("/"))
    assert tested.returncode == ExitCode.OK and "accuracy" in tested.stdout


def test_a_search_whose_file_is_changed_begins_again_once_with_what_it_knows(tmp_path: Path) -> None:
    file = write_problem(tmp_path)
    assert hpo_job("search", "--problem=churn.py", "--trials=2", cwd=tmp_path).returncode == ExitCode.OK
    file.write_text(PROBLEM.replace("EPOCHS = 3", "EPOCHS = 4"))
    refused = hpo_job("search", "--trials=1", cwd=tmp_path)
    assert refused.returncode == ExitCode.CONFIG and "--begin-again" in refused.stderr
    again = [hpo_job("search", "--trials=1", "--begin-again", cwd=tmp_path) for _ in range(2)]
    assert [done.returncode for done in again] == [ExitCode.OK] * 2
    assert "begins again, with 2 of" in again[0].stderr and "nothing left to do" in again[1].stderr
    study, before = (open_study(path) for path in (tmp_path / "state", tmp_path / "state" / "before-1"))
    assert [trial.status for trial in study.trials] == [Status.IMPORTED, Status.IMPORTED, Status.COMPLETED]
    assert (len(before.completed), len(study.completed[0].history)) == (2, 4)
    assert hpo_job("evaluate", "--state=state/before-1", cwd=tmp_path).returncode == ExitCode.OK


def test_what_a_trial_raises_is_in_its_log_from_the_file_on(tmp_path: Path) -> None:
    file = write_problem(tmp_path, text=FAILS)
    done = hpo_job("search", f"--problem={file}", "--max-failures=1", cwd=tmp_path)
    assert done.returncode == ExitCode.SOFTWARE
    log = (tmp_path / "state" / "trials" / "0001" / "log.txt").read_text()
    told = log[log.index("Traceback") :].splitlines()
    assert told[1].startswith(f'  File "{file}", line ') and told[1].endswith("in create_model")
    assert "/job/" not in log and told[-1].startswith("AttributeError: ")


def test_the_search_imports_no_keras_and_tells_of_a_process_that_dies(tmp_path: Path) -> None:
    file = write_problem(tmp_path, text="import os, keras\nos._exit(3)")
    code = "import sys, job.cli.app as app; from job.run.stopping import StopFlag; code = app.run(StopFlag()); "
    code += "assert not {'keras', 'tensorflow'} & {*sys.modules}; sys.exit(code)"
    words = [sys.executable, "-c", code, "search", f"--problem={file}"]
    done = subprocess.run(words, cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert done.returncode == ExitCode.SOFTWARE
    assert "churn.py could not be loaded: its process ended by itself with exit code 3" in done.stderr
    assert not (tmp_path / "state").exists()
