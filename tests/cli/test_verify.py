"""`hpo-job verify` as a command, on searches that have ended, and on such that somebody has changed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from job.core.limits import Limits
from job.core.study import Study
from job.errors import ExitCode
from job.state.directory import StateDirectory
from tests.cli import here
from tests.fakes import ROOT_OF_SOURCES, study_of

SEARCH = ("--problem=steady", "--initial-points=1", "--seed=3", "--rungs=none", "--confirm=none", "--no-tensorboard")
Done = subprocess.CompletedProcess[str]


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "tests.command", *map(str, arguments)]


def hpo_job(*arguments: str | Path) -> Done:
    """Run a command; the processes of all of them are forked from one server, which imports TensorFlow once."""
    return here.tests_command(*arguments)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a search that has ended, in two runs, and of which users have asked something in between."""
    state = tmp_path_factory.mktemp("verified") / "state"
    search = ("search", *SEARCH, "--quiet")
    for asked in ((*search, "--trials=3"), ("enqueue", "--set=width=9"), ("drop", "2"), (*search, "--trials=5")):
        done = hpo_job(*asked, f"--state={state}")
        assert done.returncode == ExitCode.OK, done.stderr
    return state


@pytest.fixture
def state(finished: Path, tmp_path: Path) -> Path:
    """A copy of that state to do something to."""
    return Path(shutil.copytree(finished, tmp_path / "state"))


def study_in(state: Path) -> Study:
    study = StateDirectory(state).read().study
    assert study is not None
    return study


def change(state: Path, change: Callable[[Study], Study]) -> None:
    StateDirectory(state).save(change(study_in(state)))


def contents(root: Path) -> dict[Path, tuple[bytes, int]]:
    """Return every file and directory below `root` with what is in it and when that was written."""
    paths = (root, *root.rglob("*"))
    return {path: (path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns) for path in paths}


def subjects_that_differ(done: Done) -> set[str]:
    assert done.returncode == ExitCode.DATA_ERROR, done.stderr
    return {each["subject"] for each in json.loads(done.stdout)["findings"] if each["differences"]}


def with_trial(study: Study, number: int, **changes: Any) -> Study:
    trials = [replace(trial, **changes) if trial.number == number else trial for trial in study.trials]
    return replace(study, trials=tuple(trials))


def test_without_a_search_there_is_nothing_to_verify(tmp_path: Path) -> None:
    done = here.hpo_job("verify", f"--state={tmp_path / 'state'}")

    assert done.returncode == ExitCode.USAGE
    assert "there is no search in" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_search_that_has_only_begun_differs_in_nothing(tmp_path: Path) -> None:
    StateDirectory(tmp_path).save(study_of())
    done = here.hpo_job("verify", "--trials=0", f"--state={tmp_path}")

    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    assert done.stdout.splitlines()[0] == "Plan     0 of 0 steps are what the plan answers again, to the last bit"
    assert done.stdout.splitlines()[-1] == "Verdict  nothing differs"


@pytest.mark.slow
def test_a_search_that_has_ended_comes_out_again_and_stays_as_it_is(finished: Path) -> None:
    before = contents(finished)
    done = hpo_job("verify", "--trials=2", f"--state={finished}")

    assert done.returncode == ExitCode.OK, done.stdout
    best = study_in(finished).best
    assert best is not None
    *lines, other, verdict = done.stdout.splitlines()
    same = "trained again: 4 epochs and the weights, the same to the last bit"
    assert lines == [
        "Plan     6 of 6 steps are what the plan answers again, to the last bit; and then the end",
        "Steps    6 trials stand where their steps say, in virtual time too",
        "Journal  4 inputs, each taken in once and carried out once at most",
        f"Model    best.keras is that of trial {best.number}",
        "Data     those of the search",
        "Weights  those in best.keras are those that training left",
        f"Trials   trial {best.number} {same}",
    ]
    assert other.strip().endswith(same)
    assert verdict == "Verdict  nothing differs"
    assert done.stderr.splitlines()[0] == f"hpo-job: trial {best.number} is trained again, 1 of 2"
    assert contents(finished) == before


@pytest.mark.slow
def test_a_run_at_work_is_not_in_the_way_nor_a_state_that_may_only_be_read(state: Path) -> None:
    for path in (state, *state.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    with StateDirectory(state).lock():
        done = hpo_job("verify", "--json", f"--state={state}")
    for path in (state, *state.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)

    assert done.returncode == ExitCode.OK, done.stdout
    assert json.loads(done.stdout)["verdict"] == "nothing differs"


@pytest.mark.slow
def test_a_changed_curve_is_found_in_the_plan_and_by_training_again(state: Path) -> None:
    best = study_in(state).best
    assert best is not None
    first = {**best.history[0], "loss": best.history[0]["loss"] * (1 + 2e-16)}
    last = {**best.history[-1], "val_accuracy": best.history[-1]["val_accuracy"] + 1e-3}

    worse = tuple({**logs, "val_accuracy": 0.123} for logs in study_in(state).trial(1).history)

    def changed(study: Study) -> Study:
        study = with_trial(study, best.number, history=(first, *best.history[1:-1], last))
        return with_trial(study, 1, history=worse)

    assert best.number != 1
    change(state, changed)
    done = hpo_job("verify", "--json", "--trials=5", f"--state={state}")

    assert subjects_that_differ(done) == {"plan", "trials"}
    found = json.loads(done.stdout)
    places = {each["place"] for finding in found["findings"] for each in finding["differences"]}
    assert {f"trial {best.number}, epoch 1", f"trial {best.number}, epoch 4", "trial 1, epoch 1"} <= places
    assert found["causes"][0].startswith("nothing that is known")


@pytest.mark.slow
def test_a_bit_of_the_weights_and_one_of_their_digest_are_found(state: Path) -> None:
    best, store = study_in(state).best, StateDirectory(state)
    assert best is not None
    flipped = f"{int(best.weights_sha256[0], 16) ^ 1:x}{best.weights_sha256[1:]}"
    change(state, lambda study: with_trial(study, best.number, weights_sha256=flipped))
    assert subjects_that_differ(hpo_job("verify", "--json", f"--state={state}")) == {"weights", "trials"}

    flip_a_weight(store.best_model)
    written = sha256(store.best_model.read_bytes()).hexdigest()
    known = {"weights_sha256": best.weights_sha256, "model_sha256": written}
    change(state, lambda study: with_trial(study, best.number, **known))
    assert subjects_that_differ(hpo_job("verify", "--json", f"--state={state}")) == {"weights"}

    change(state, lambda study: with_trial(study, best.number, model_sha256=best.model_sha256))
    assert subjects_that_differ(hpo_job("verify", "--json", f"--state={state}")) == {"model", "weights"}


def flip_a_weight(model: Path) -> None:
    """Write a model file anew with one bit of one of its weights flipped, and checksums that say nothing of it."""
    import h5py  # type: ignore[import-untyped]

    with zipfile.ZipFile(model) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    weights = model.with_suffix(".h5")
    weights.write_bytes(parts["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        kernel = file["layers/dense/vars/0"]
        values = kernel[...]
        values.view("uint32")[0, 0] ^= 1
        kernel[...] = values
    parts["model.weights.h5"] = weights.read_bytes()
    weights.unlink()
    with zipfile.ZipFile(model, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


@pytest.mark.slow
def test_a_changed_journal_is_found_without_training(state: Path) -> None:
    def changed(study: Study) -> Study:
        return replace(study, journal=(replace(study.journal[0], input=Limits(trials=2)), *study.journal[1:]))

    change(state, changed)
    done = hpo_job("verify", "--trials=0", f"--state={state}")

    assert done.returncode == ExitCode.DATA_ERROR
    assert "step 3: what is done recorded a new trial, now the search ends: 2 of 2 trials are complete" in done.stdout


@pytest.mark.slow
def test_a_signal_ends_a_verification_and_its_processes(finished: Path) -> None:
    before = contents(finished)
    process = subprocess.Popen(
        command("verify", "--trials=5", f"--state={finished}"),
        cwd=ROOT_OF_SOURCES,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    time.sleep(4.0)
    os.killpg(process.pid, signal.SIGTERM)
    out, error = process.communicate(timeout=20)  # until all that hold its output are gone

    assert (process.returncode, out) == (ExitCode.TEMPORARY_FAILURE, "")
    assert "stopped: received SIGTERM" in error
    assert contents(finished) == before
