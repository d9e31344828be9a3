"""`hpo-job evaluate` and `hpo-job predict` as commands, on a search that has ended."""

import csv
import hashlib
import io
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from job.cli.best_model import open_best_model
from job.core.confirmation import model_of
from job.core.study import Study
from job.data import DataSource
from job.errors import ExitCode
from job.problems import digits
from job.state import predictions
from job.state.directory import StateDirectory
from job.training.best_model import setup_for
from tests.cli import here
from tests.fakes import ROOT_OF_SOURCES, study_of
from tests.report.confirmations import confirmed_study

Done = subprocess.CompletedProcess[str]

TEST = digits.load_data().test


def hpo_job(*arguments: str | Path, directory: Path = ROOT_OF_SOURCES) -> Done:
    """Run a command; the processes of all of them are forked from one server, which imports TensorFlow once."""
    with chdir(directory):
        return here.hpo_job(*arguments)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a search that has ended."""
    state = tmp_path_factory.mktemp("finished") / "state"
    options = (
        "--problem=digits",
        "--trials=3",
        "--epochs=3",
        "--rungs=none",
        "--seed=3",
        "--bounds=learning_rate=1e-3:1e-2",
    )
    done = hpo_job("search", *options, "--quiet", f"--state={state}")
    assert done.returncode == ExitCode.OK, done.stderr
    return state


@pytest.fixture
def state(finished: Path, tmp_path: Path) -> Path:
    """A copy of that state to do something to."""
    return Path(shutil.copytree(finished, tmp_path / "state"))


def study_in(state: Path) -> Study:
    study = StateDirectory(state).read().study
    assert study is not None and study.test is not None
    return study


def contents(root: Path) -> dict[Path, tuple[bytes, int]]:
    """Return every file below `root` with what stands in it and when that was written."""
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("command", [("evaluate",), ("predict", "a.png")])
def test_without_a_search_there_is_nothing_to_use(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = here.hpo_job(*command, f"--state={tmp_path / 'state'}")
    assert done.returncode == ExitCode.USAGE
    assert "there is no search in" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("study", [study_of(), study_of(None, None), study_of(running_epochs=1)])
def test_before_the_first_completed_trial_there_is_no_model(tmp_path: Path, study: Study) -> None:
    StateDirectory(tmp_path).save(study)
    done = here.hpo_job("evaluate", f"--state={tmp_path}")
    assert done.returncode == ExitCode.SOFTWARE
    assert "there is no model yet" in done.stderr


@pytest.mark.parametrize("damage", [b"another model", None])
def test_a_model_that_is_lost_or_damaged_is_told_with_what_to_do(tmp_path: Path, damage: bytes | None) -> None:
    store = StateDirectory(tmp_path)
    store.save(study_of(0.9))
    if damage is not None:
        store.best_model.write_bytes(damage)
    done = here.hpo_job("evaluate", f"--state={tmp_path}")
    assert done.returncode == ExitCode.DATA_ERROR
    assert "expected the model of trial 1" in done.stderr
    assert "what to do: run hpo-job search again" in done.stderr


def test_a_model_that_is_newer_than_the_study_is_read_with_the_study_that_follows(tmp_path: Path) -> None:
    store, study = StateDirectory(tmp_path), study_of(0.9)
    store.save(study)
    store.best_model.write_bytes(b"a model")
    following = study.remake_model(1, hashlib.sha256(b"a model").hexdigest())
    search = threading.Timer(0.3, store.save, [following])
    search.start()
    with open_best_model(store) as best:
        assert best.study == following
        store.best_model.write_bytes(b"the model of a later trial")
        assert best.file.read_bytes() == b"a model"
    search.join()
    assert not best.file.exists()


def test_the_model_of_a_confirmed_search_is_that_of_a_replicate(tmp_path: Path) -> None:
    store, study = StateDirectory(tmp_path), confirmed_study()
    model = model_of(study)
    assert model is not None and model.of == 3
    study = study.remake_model(model.number, hashlib.sha256(b"a model").hexdigest())
    store.save(study)
    store.best_model.write_bytes(b"a model")
    begun = time.monotonic()
    with open_best_model(store) as best:
        assert time.monotonic() - begun < 1  # it waits for no other model
        assert (best.trial.of, best.trial.number) == (3, model.number)
        assert best.trial.params == study.trial(3).params


def test_the_data_are_those_of_the_last_run_unless_others_are_named(tmp_path: Path) -> None:
    study = study_of(0.9).open_run(now=0, options=("--data", str(tmp_path), "--seed", "3"))
    assert setup_for(study, None, download=False).data == DataSource(tmp_path, download=False)
    earlier = study_of(0.9).open_run(now=0, options=("--problem", "data", "--data-dir", str(tmp_path)))
    assert setup_for(earlier, None, download=False).data.path == tmp_path
    assert setup_for(study, tmp_path / "other", download=True).data == DataSource(tmp_path / "other")
    assert setup_for(study_of(0.9), None, download=False).data == DataSource(None, download=False)


def test_json_and_csv_at_once_are_refused(tmp_path: Path) -> None:
    assert here.hpo_job("predict", "a.png", "--json", "--csv", f"--state={tmp_path}").returncode == ExitCode.USAGE
    assert here.hpo_job("predict", f"--state={tmp_path}").returncode == ExitCode.USAGE


@pytest.mark.slow
def test_the_search_leaves_the_predictions_of_its_test(finished: Path) -> None:
    study, data = study_in(finished), StateDirectory(finished).predictions_of(study_in(finished))
    assert data is not None and study.test is not None
    kept = predictions.load(data)
    assert isinstance(kept, predictions.Predictions)
    assert kept.number == study.test.number
    np.testing.assert_array_equal(kept.labels, TEST.labels)
    np.testing.assert_array_equal(kept.first_images, TEST.images[:9])
    assert study.test.confusion == tuple(map(tuple, kept.confusion.tolist()))


@pytest.mark.slow
def test_an_evaluation_is_the_test_of_the_search_again_and_changes_nothing(finished: Path) -> None:
    before, test = contents(finished), study_in(finished).test
    done = subprocess.run(  # in a process of its own, whose streams TensorFlow could write to
        [sys.executable, "-m", "job", "evaluate", "--json", f"--state={finished}"],
        env={**os.environ, "PYTHONPATH": str(ROOT_OF_SOURCES)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    found = json.loads(done.stdout)
    assert test is not None
    assert (found["trial"], found["metrics"], found["data_of_the_search"]) == (test.number, test.metrics, True)
    assert found["confusion"] == [list(row) for row in test.confusion or ()]
    assert contents(finished) == before


@pytest.mark.slow
def test_an_evaluation_in_text_tells_accuracy_and_classes(finished: Path) -> None:
    done = hpo_job("evaluate", f"--state={finished}")
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    assert "250 images of the data of the search" in done.stdout
    assert "95 % interval" in done.stdout and "taken for" in done.stdout


@pytest.mark.slow
def test_a_search_at_work_is_not_in_the_way(finished: Path) -> None:
    with StateDirectory(finished).lock():
        assert hpo_job("evaluate", f"--state={finished}").returncode == ExitCode.OK


@pytest.mark.slow
def test_a_state_that_may_not_be_written_to_is_enough(state: Path) -> None:
    for path in (state, *state.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    done = hpo_job("evaluate", f"--state={state}")
    for path in (state, *state.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")


@pytest.mark.slow
def test_the_test_images_get_the_predictions_of_the_test(finished: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "test.npy", TEST.images)
    done = hpo_job("predict", "--csv", "test.npy", f"--state={finished}", directory=tmp_path)
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    kept = predictions.load(StateDirectory(finished).predictions_file.read_bytes())
    assert isinstance(kept, predictions.Predictions)
    assert [row["class"] for row in rows] == [str(each) for each in kept.top_classes[:, 0]]
    assert [np.float32(row["probability"]) for row in rows] == list(kept.top_probabilities[:, 0])
    assert [row["index"] for row in rows] == [str(index) for index in range(len(TEST))]


@pytest.mark.slow
def test_floats_from_0_to_16_get_the_predictions_of_the_same_images_in_bytes(finished: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "bytes.npy", TEST.images)
    np.save(tmp_path / "floats.npy", np.rint(TEST.images / 255 * 16))
    plain, floats = (
        hpo_job("predict", "--csv", name, f"--state={finished}", directory=tmp_path)
        for name in ("bytes.npy", "floats.npy")
    )
    assert (floats.returncode, plain.stderr) == (ExitCode.OK, "")
    assert floats.stderr == "hpo-job: floats.npy: the value 16 is taken for white\n"
    assert floats.stdout.replace("floats.npy", "bytes.npy") == plain.stdout


@pytest.mark.slow
def test_pictures_that_look_like_something_else_are_told_and_predicted(finished: Path, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (80, 60)).astype(np.uint8)
    for name, pixels in {
        "one.png": TEST.images[0, ..., 0],
        "three.png": np.concatenate([*TEST.images[:3, ..., 0]], axis=1),
        "noise.png": noise,
    }.items():
        Image.fromarray(pixels).save(tmp_path / name)
    names = ("one.png", "three.png", "noise.png")
    done = hpo_job("predict", "--json", *names, f"--state={finished}", directory=tmp_path)
    assert done.returncode == ExitCode.OK
    assert [each["unlike"] for each in json.loads(done.stdout)["predictions"]] == [False, True, True]
    said = "does not look like the images that the model was trained on"
    assert done.stderr.splitlines() == [f"hpo-job: {name}: {said}" for name in names[1:]]


@pytest.mark.slow
def test_a_file_that_is_no_picture_is_told_and_the_others_are_predicted(finished: Path, tmp_path: Path) -> None:
    Image.fromarray(TEST.images[0, ..., 0]).save(tmp_path / "good.png")
    Image.fromarray(255 - TEST.images[0, ..., 0]).resize((96, 96)).convert("RGB").save(tmp_path / "large.jpg")
    Image.new("RGB", (50, 50), "white").save(tmp_path / "blank.png")
    (tmp_path / "bad.png").write_text("no picture")
    names = ("bad.png", "good.png", "missing.png", "blank.png", "large.jpg", ".")
    done = hpo_job("predict", *names, f"--state={finished}", directory=tmp_path)
    assert done.returncode == ExitCode.NO_INPUT
    assert [line.split()[0] for line in done.stdout.splitlines()[2:]] == ["good.png", "large.jpg"]
    told = [line.split(": ")[1] for line in done.stderr.splitlines()]
    assert told == ["bad.png", "missing.png", "blank.png", "."]

    as_json = json.loads(hpo_job("predict", "--json", *names, f"--state={finished}", directory=tmp_path).stdout)
    assert [each["file"] for each in as_json["predictions"]] == ["good.png", "large.jpg"]
    assert [each["file"] for each in as_json["errors"]] == told


@pytest.mark.slow
def test_a_terminal_with_colours_shows_what_the_model_sees(finished: Path, tmp_path: Path) -> None:
    Image.fromarray(TEST.images[0, ..., 0]).save(tmp_path / "good.png")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "job", "predict", str(tmp_path / "good.png"), f"--state={finished}"],
        env={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT_OF_SOURCES)},
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    assert process.wait() == ExitCode.OK
    assert shown.decode().count("▀") == 8 * 4


@pytest.mark.slow
def test_a_signal_ends_a_prediction_and_its_processes(finished: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "job", "evaluate", f"--state={finished}"],
        env={**os.environ, "PYTHONPATH": str(ROOT_OF_SOURCES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGTERM)
    out, error = process.communicate(timeout=20)  # until all that hold its output are gone
    assert (process.returncode, out) == (ExitCode.TEMPORARY_FAILURE, "")
    assert "stopped: received SIGTERM" in error


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # what Linux says when the other side is closed
        return b""


@pytest.mark.slow
def test_predictions_that_are_lost_or_damaged_are_made_again_by_the_next_trials(state: Path) -> None:
    store = StateDirectory(state)
    store.predictions_file.write_bytes(b"damaged")
    options = ("--problem=digits", "--trials=4", "--epochs=3", "--seed=3", "--bounds=learning_rate=1e-3:1e-2")
    done = hpo_job("search", *options, "--quiet", f"--state={state}")
    assert done.returncode == ExitCode.OK, done.stderr
    assert store.predictions_of(study_in(state)) is not None
