"""`hpo-job doctor` as a command, here and with a TensorFlow that cannot be imported."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from job.errors import ExitCode
from tests.fakes import ROOT_OF_SOURCES

Done = subprocess.CompletedProcess[str]


def doctor(*arguments: str, state: Path, path: Path | None = None, **variables: str) -> Done:
    """Run the command with no settings from the environment but `variables`; modules in `path` come first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HPO_JOB_", "CUDA_"))}
    paths = os.pathsep.join(map(str, [*([path] if path else []), ROOT_OF_SOURCES]))
    return subprocess.run(
        [sys.executable, "-m", "job", "doctor", f"--state={state}", *arguments],
        env={**kept, "PYTHONPATH": paths, **variables},
        capture_output=True,
        text=True,
    )


def broken_tensorflow(root: Path, program: str) -> Path:
    """Return a directory with a `tensorflow` that does this when it is imported."""
    (root / "modules").mkdir()
    (root / "modules" / "tensorflow.py").write_text(program)
    return root / "modules"


@pytest.mark.slow
def test_a_tensorflow_whose_import_crashes_is_one_more_finding(tmp_path: Path) -> None:
    crash = "import os, signal, sys\nprint('no AVX here', file=sys.stderr)\nos.kill(os.getpid(), signal.SIGILL)\n"
    done = doctor("--json", state=tmp_path / "state", path=broken_tensorflow(tmp_path, crash))

    assert (done.returncode, done.stderr) == (ExitCode.CONFIG, "")
    found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert found["TensorFlow"]["verdict"] == "failure"
    assert "no AVX here" in found["TensorFlow"]["found"]
    assert found["lock"]["verdict"] == "ok"


@pytest.mark.slow
def test_a_tensorflow_that_cannot_be_imported_is_one_more_finding(tmp_path: Path) -> None:
    modules = broken_tensorflow(tmp_path, "raise ImportError('libfoo.so: cannot open shared object file')\n")
    done = doctor(state=tmp_path / "state", path=modules)

    assert (done.returncode, done.stderr) == (ExitCode.CONFIG, "")
    assert "libfoo.so" in done.stdout
    assert "A search will not work here as it is" in done.stdout


@pytest.mark.slow
def test_the_devices_of_this_machine_are_found_and_timed(tmp_path: Path) -> None:
    done = doctor("--json", state=tmp_path / "state", CUDA_VISIBLE_DEVICES="")

    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    found = {check["name"]: check["values"] for check in json.loads(done.stdout)["checks"]}
    assert found["CPU matrix product"]["gigaflops"] > 0
    assert found["CPU training step"]["images_per_second"] > 0
    assert found["CPU step with XLA"]["first_seconds"] > found["CPU step with XLA"]["seconds"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_gpu_that_is_asked_for_in_the_environment_and_hidden_is_a_failure(tmp_path: Path) -> None:
    done = doctor(state=tmp_path / "state", CUDA_VISIBLE_DEVICES="", HPO_JOB_REQUIRE_GPU="true")

    assert done.returncode == ExitCode.CONFIG
    assert "what to do: unset CUDA_VISIBLE_DEVICES" in done.stdout
