"""The image at work: its default search, its data, its user, its words."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from job.core.trial import Status
from job.display.last_words import LARGEST_BYTES
from job.errors import ExitCode
from tests.docker import engine
from tests.docker.container import (
    SEALED,
    USER,
    Container,
    Containers,
    containers_of,
    message_file,
    study_in,
    until,
    volume,
)
from tests.docker.searches import Seen
from tests.fakes import needs_root

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), engine.needs_engine, needs_root]

# Of the images and labels in the job's split, whatever files they came in.
MNIST_SHA256 = "cb84cd2c90cc2f5921e7da44d050d89d882a6e99f440af27b80563c208a13a63"
OTHER_USER = 12_345  # who has no line in /etc/passwd
SHORT_SEARCH = ("search", "--problem=digits", "--trials=1", "--epochs=1", "--quiet")

CHURN = """import keras
import numpy as np
from job import Data, Real
from sizes import UNITS

SPACE = [Real("learning_rate", 1e-4, 1e-1, "log-uniform")]
EPOCHS = 1
OBJECTIVE = "val_loss:min"


def load_data():
    x = np.random.random((60, UNITS))
    return Data(train=(x, x.sum(axis=1)), validation=0.5)


def build_model(learning_rate):
    model = keras.Sequential([keras.Input((UNITS,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(learning_rate), "mse")
    return model
"""


def test_the_search_ends_without_a_network_on_a_read_only_root(unbroken: Seen) -> None:
    assert unbroken.exit_code == ExitCode.OK, unbroken.errors
    study = study_in(unbroken.state)
    assert study is not None
    assert [trial.status for trial in study.trials] == [Status.COMPLETED] * 3
    assert "3 of 3 trials are complete" in unbroken.errors
    assert study.best is not None
    assert f"Trial       {study.best.number} of 3\n" in unbroken.output
    assert "Report      /state/report/report.html\n" in unbroken.output
    assert {path.name for path in (unbroken.state / "report").iterdir()} >= {"report.txt", "report.html", "plots"}


def test_all_that_a_search_leaves_belongs_to_the_user_of_the_image(unbroken: Seen) -> None:
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in unbroken.state.rglob("*")}
    assert owners == {(USER, USER)}


def test_a_fresh_named_volume_belongs_to_the_user_of_the_image(containers: Containers) -> None:
    name = f"hpo-job-test-{USER}"
    try:
        done = engine.run(
            "run", "--rm", f"--volume={name}:/state", "--entrypoint=stat", containers.image, "-c%u:%g", "/state"
        )
        assert done.stdout.strip() == f"{USER}:{USER}", done.stderr
    finally:
        engine.run("volume", "rm", "--force", name)


@pytest.fixture(scope="module")
def given(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Container, Container]]:
    """Quiet searches by another user: on root's volume, and on it after the command that the first has told to run."""
    state = volume(tmp_path_factory.mktemp("given") / "state", owner=0)
    options = (*SEALED, f"--user={OTHER_USER}:{OTHER_USER}", f"--env=HPO_JOB_IMAGE={image}")
    with containers_of(image) as started:
        refused = started.run(state, *SHORT_SEARCH, options=options)
        mended = subprocess.run(_way_in(refused.errors, state), capture_output=True, text=True)
        assert mended.returncode == 0, mended.stderr
        yield refused, started.run(state, *SHORT_SEARCH, options=options)


def _way_in(errors: str, state: Path) -> list[str]:
    """Return the command that the user is told to run, for the engine and the volume of this test."""
    command = re.search(r"docker run [^;]*", errors)
    assert command is not None, errors
    words = [word.replace("VOLUME:", f"{state}:") for word in shlex.split(command[0])]
    return [engine.ENGINE, *words[1:]]


def test_the_command_that_a_foreign_volume_ends_with_lets_the_search_in(
    given: tuple[Container, Container],
) -> None:
    assert [container.wait() for container in given] == [ExitCode.NO_PERMISSION, ExitCode.OK]


def test_a_quiet_search_says_nothing_unless_it_fails(given: tuple[Container, Container]) -> None:
    refused, served = given
    assert (refused.output, refused.errors.count("\n")) == ("", 1)
    assert (served.output, served.errors) == ("", "")


def test_a_search_that_might_write_anywhere_writes_to_its_volume_and_tmp_alone(
    containers: Containers, tmp_path: Path
) -> None:
    """The engine itself may change something in every container, such as /etc/passwd."""
    options = ("--tmpfs=/tmp", "--network=none", "--user=0:0")
    search = containers.run(volume(tmp_path / "search", owner=0), *SHORT_SEARCH, options=options)
    idle = containers.run(volume(tmp_path / "idle"), options=(*options, "--entrypoint=true"))
    assert search.wait() == ExitCode.OK, search.errors
    assert search.changes == idle.changes


def test_a_problem_in_a_read_only_folder_is_searched_and_gone_on_with_once_the_folder_is_gone(
    containers: Containers, tmp_path: Path
) -> None:
    state, folder = volume(tmp_path / "state"), volume(tmp_path / "churn")
    (folder / "churn.py").write_text(CHURN)
    (folder / "sizes.py").write_text("UNITS = 3\n")
    begun = containers.run(
        state, "search", "--problem=/churn/churn.py", "--trials=1", options=(*SEALED, f"--volume={folder}:/churn:ro")
    )
    assert begun.wait() == ExitCode.OK, begun.errors
    ended = containers.run(state, "search", "--trials=2")
    assert ended.wait() == ExitCode.OK, ended.errors
    study = study_in(state)
    assert study is not None
    assert [trial.status for trial in study.trials] == [Status.COMPLETED] * 2
    assert {path.name for path in folder.iterdir()} == {"churn.py", "sizes.py"}


def test_mnist_is_in_the_image(containers: Containers, tmp_path: Path) -> None:
    state = volume(tmp_path / "state")
    container = containers.start(state, "search", "--log-format=json", options=SEALED)
    until(lambda: '"event": "trial_started"' in container.output or not container.is_running)
    assert container.stop() == ExitCode.TEMPORARY_FAILURE, container.errors
    study = study_in(state)
    assert study is not None
    assert (study.fingerprint.problem, study.fingerprint.data) == ("mnist", MNIST_SHA256)


def test_a_search_trains_on_a_worker_in_another_container(containers: Containers, tmp_path: Path) -> None:
    address = "tcp://127.0.0.1:8786"
    states = [volume(tmp_path / name) for name in ("search", "worker")]
    search = containers.start(states[0], *SHORT_SEARCH, f"--listen={address}")
    beside = [f"--network=container:{search.name}" if each == "--network=none" else each for each in SEALED]
    worker = containers.start(states[1], "worker", address, options=beside)

    assert search.wait() == worker.wait() == ExitCode.OK, (search.errors, worker.errors)
    study = study_in(states[0])
    assert study is not None
    (step,) = study.steps
    assert step.attempts[-1].place, "it was not trained where the search is"


def test_nothing_is_downloaded_unless_asked_for(containers: Containers, tmp_path: Path) -> None:
    message = message_file(tmp_path / "message")
    options = (*SEALED, f"--volume={message}:/dev/termination-log")
    container = containers.run(volume(tmp_path / "state"), "search", "--problem=fashion-mnist", options=options)
    assert container.wait() == ExitCode.NO_INPUT
    assert "nothing is to be downloaded" in container.errors
    assert "--download" in container.errors
    assert f"exit code {ExitCode.NO_INPUT}: " in message.read_text()


def test_the_last_words_tell_how_the_search_ended(unbroken: Seen, stopped: Seen) -> None:
    assert max(len(unbroken.last_words), len(stopped.last_words)) <= LARGEST_BYTES
    finished, interrupted = unbroken.last_words.decode(), stopped.last_words.decode()
    assert finished.startswith("finished: 3 of 3 trials are complete\n")
    assert "best val_accuracy" in finished
    assert interrupted.startswith(f"exit code {ExitCode.TEMPORARY_FAILURE}: stopped: received SIGTERM\n")
    assert "0 of 3 trials" in interrupted


def test_the_doctor_finds_nothing_wrong_in_the_image(containers: Containers, tmp_path: Path) -> None:
    """With what the engine makes of --read-only by itself, which is not the same in all."""
    options = ("--read-only", "--tmpfs=/tmp", "--network=none", "--cap-drop=ALL")
    container = containers.run(volume(tmp_path / "state"), "doctor", "--json", options=options)
    assert container.wait() == ExitCode.OK, container.output
    assert json.loads(container.output)["exit_code"] == ExitCode.OK
