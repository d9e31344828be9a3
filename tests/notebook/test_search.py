"""A search from a script: killed, interrupted, gone on with, and in a thread."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from job import open_study
from job.notebook.study import SavedStudy
from job.state import places
from job.training.variables import weights_digest
from tests.fakes import ROOT_OF_SOURCES
from tests.problems.own import PROBLEM, SHAPES, write_problem

pytestmark = pytest.mark.slow

# A script without a guard, which finds its problem in a module; the second time it interrupts itself, as Ctrl-C does.
SCRIPT = """
import os, signal, sys, threading, time
import churn
from job import open_study, search
from job.errors import InterruptedRunError

def interrupt():
    while not open_study("state").trials[0].epochs:
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)

print("begins", __name__, flush=True)
options = {"trials": 1, "checkpoint_seconds": 0, "tensorboard": False}
before = signal.getsignal(signal.SIGINT)
if os.path.exists("killed"):
    threading.Timer(0, interrupt).start()
    try:
        search(churn, state="state", **options)
    except InterruptedRunError as error:
        print(error)
    assert signal.getsignal(signal.SIGINT) is before
print(search(churn, state="state", **options))
beside = threading.Thread(target=search, args=("churn.py",), kwargs={"state": "unbroken", **options})
beside.start()
beside.join()
"""
TRAINS = PROBLEM.replace("EPOCHS = 3", "EPOCHS = 30")
# Keras cannot read a layer that does not say how it was made.
OWN_LAYER = (
    SHAPES.replace("import Dense", "import Dense, Layer")
    + """

class Plain(Layer):
    def __init__(self, width):
        super().__init__()
        self.inner = Dense(width, activation="relu")

    def call(self, inputs):
        return self.inner(inputs)


dense = Plain
"""
)


def test_a_script_that_was_killed_and_interrupted_ends_its_search_as_an_unbroken_one(tmp_path: Path) -> None:
    write_problem(tmp_path, text=TRAINS, shapes=OWN_LAYER)
    (tmp_path / "go.py").write_text(SCRIPT)
    command, environment = [sys.executable, "go.py"], {**os.environ, "PYTHONPATH": str(ROOT_OF_SOURCES)}
    first = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 120
    while not (tmp_path / "state" / "study.json").exists() or not open_study(tmp_path / "state").trials[:1]:
        assert time.monotonic() < until, "no trial has begun"
        time.sleep(0.01)
    os.killpg(first.pid, signal.SIGKILL)
    assert first.communicate()[0] == "begins __main__\n"

    (tmp_path / "killed").touch()
    second = subprocess.run(command, cwd=tmp_path, env=environment, text=True, capture_output=True)
    assert second.returncode == 0, second.stderr
    assert second.stdout.startswith("begins __main__\nstopped: received SIGINT\n<search of churn.py in state: 1 of 1")
    assert "trial 1 goes on" in second.stderr
    study, unbroken = open_study(tmp_path / "state"), open_study(tmp_path / "unbroken")
    assert logs(study) == logs(unbroken)
    assert study.best is not None and len(study.best.epochs) == 30

    model = study.load_best_model()
    (trial,) = places.open_study(tmp_path / "state").trials
    assert weights_digest(model) == trial.weights_sha256
    assert model.compiled


def logs(study: SavedStudy) -> list[object]:
    return [(trial.params, trial.epochs) for trial in study.trials]
