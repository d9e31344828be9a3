"""What each command does with a state that is not what it should be: exit code, message, and nothing lost."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from job.core.limits import Limits
from job.core.run import RunEnd
from job.core.study import Study
from job.core.tested import TestResult
from job.errors import ExitCode
from job.problems import load
from job.run.fingerprint import fingerprint_of
from job.settings import Settings
from job.state.directory import StateDirectory
from job.state.sealed import seal
from job.state.study_data import encode
from job.state.study_json import FORMAT
from tests.cli import here
from tests.fakes import OTHER_USER, POWERLESS, ROOT_OF_SOURCES, START, needs_root, study_of, tmpfs

Done = subprocess.CompletedProcess[str]

MODEL = b"stands for a model"
DIGITS = load("job.problems.digits").declared
COMMANDS = (("status",), ("report",), ("ask",), ("search", "--problem=digits", "--trials=2"))
READERS = COMMANDS[:-1]
SEARCH = COMMANDS[-1]


def hpo_job(*arguments: str, state: Path) -> Done:
    return here.hpo_job(*arguments, f"--state={state}")


def hpo_job_as_a_process(*arguments: str, state: Path, before: Sequence[str] = ()) -> Done:
    """Run a command without anything that the environment says to it; `before` stands before it."""
    return subprocess.run(
        [*before, sys.executable, "-m", "job", *arguments, f"--state={state}"],
        check=False,
        cwd=ROOT_OF_SOURCES,
        env={name: value for name, value in os.environ.items() if not name.startswith("HPO_JOB_")},
        capture_output=True,
        text=True,
    )


def finished_search() -> Study:
    """Return a search of the digits with two trials that have completed, and their test."""
    fingerprint = fingerprint_of(settings=Settings(problem="digits"), declared=DIGITS, data="0" * 64)
    study = Study(fingerprint=fingerprint).open_run(now=START, limits=Limits(trials=2))
    for number, score in ((1, 0.8), (2, 0.9)):
        study = study.propose({**DIGITS.points[0], "num_dense_nodes": 16 * number}).start(number, now=START)
        logs = {"loss": 0.1, "accuracy": 0.9, "val_loss": 0.2, "val_accuracy": score}
        digest = sha256(MODEL).hexdigest()
        study = study.complete(number, (logs,) * DIGITS.epochs, seconds=9.0, now=START + 9, model_sha256=digest)
    return study.record_test(TestResult(number=2, metrics={"loss": 0.1, "accuracy": 0.95})).close_run(RunEnd.FINISHED)


@pytest.fixture
def store(tmp_path: Path) -> StateDirectory:
    """The state of a search of the digits that has nothing left to do, in two generations."""
    return fill(StateDirectory(tmp_path / "state"))


def fill(store: StateDirectory) -> StateDirectory:
    store.root.mkdir(exist_ok=True)
    store.best_model.write_bytes(MODEL)
    store.save(finished_search())
    store.save(finished_search().close_run(RunEnd.FAILED).close_run(RunEnd.FINISHED))
    return store


def contents(root: Path) -> dict[str, bytes]:
    """Return every file below `root` with what stands in it, but for what stands in the locks."""
    paths = (path for path in root.rglob("*") if path.is_file() and path not in (root / "lock", root / "report.lock"))
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def refused(done: Done, code: ExitCode, *said: str) -> None:
    """Check that a command has printed nothing but an error, with each of `said` in it: what was found, the way out."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for part in said:
        assert part in done.stderr


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_readers_say_that_there_is_no_search_and_make_none(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = hpo_job(*command, state=tmp_path / "state")

    refused(done, ExitCode.USAGE, f"there is no search in {tmp_path}/state", "hpo-job search", "--state")
    assert not (tmp_path / "state").exists()


def test_an_unknown_problem_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    done = hpo_job("search", "--problem=nist", state=tmp_path / "state")

    assert done.returncode == ExitCode.USAGE
    assert done.stdout == ""
    assert "--problem: expected one of mnist, digits" in done.stderr
    assert "'nist'" in done.stderr


def test_an_error_that_tells_all_has_no_empty_advice_after_it(tmp_path: Path) -> None:
    done = hpo_job("search", "--problem=nist", state=tmp_path / "state")

    assert not re.search(r"(what to do:|;) *$", done.stderr, re.MULTILINE)


def test_a_command_line_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    hpo_job("search", "--problem=nist", state=tmp_path / "state")

    assert list(tmp_path.iterdir()) == []


def test_what_a_kill_within_the_first_save_has_left_is_cleared_up(tmp_path: Path) -> None:
    state, no_data = tmp_path / "state", tmp_path / "data"
    state.mkdir()
    no_data.mkdir()
    (state / ".tmp-0123abcd-study.json").write_bytes(b"half")
    done = hpo_job("search", "--problem=mnist", f"--data={no_data}", "--in-process", state=state)

    assert done.returncode == ExitCode.NO_INPUT
    assert [path.name for path in state.iterdir()] == ["lock"]


def test_a_result_without_a_study_is_refused_with_both_ways_out(tmp_path: Path) -> None:
    (tmp_path / "result.joblib").write_bytes(b"mine")
    done = hpo_job("search", "--problem=digits", "--in-process", state=tmp_path)

    refused(done, ExitCode.USAGE, "result.joblib", "--begin-from", "move it away")
    assert contents(tmp_path) == {"result.joblib": b"mine"}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_file_in_the_place_of_the_state_is_named_and_left_alone(tmp_path: Path, command: tuple[str, ...]) -> None:
    file = tmp_path / "file"
    file.write_text("mine")

    refused(
        hpo_job(*command, state=file), ExitCode.USAGE, f"--state: expected a directory, found that {file} is a file"
    )
    assert file.read_text() == "mine"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_directory_in_the_place_of_the_study_is_named(store: StateDirectory, command: tuple[str, ...]) -> None:
    store.study_file.unlink()
    store.study_file.mkdir()

    refused(hpo_job(*command, state=store.root), ExitCode.DATA_ERROR, f"{store.study_file}: Is a directory", "--state")


@needs_root
def test_a_read_only_state_is_not_searched(tmp_path: Path) -> None:
    with tmpfs(tmp_path) as mounted:
        store = fill(StateDirectory(tmp_path))
        before = contents(store.root)
        mounted.make_read_only()
        done = hpo_job(*SEARCH, state=tmp_path)

        refused(done, ExitCode.IO_ERROR, str(tmp_path), "Read-only file system", "mount its file system writable")
        assert contents(store.root) == before


@needs_root
def test_a_read_only_state_has_a_status(tmp_path: Path) -> None:
    with tmpfs(tmp_path) as mounted:
        fill(StateDirectory(tmp_path))
        mounted.make_read_only()
        done = hpo_job("status", state=tmp_path)

        assert (done.returncode, done.stderr) == (0, "")
        assert "2 of 2 done" in done.stdout


@needs_root
def test_a_read_only_state_has_a_report(tmp_path: Path) -> None:
    """The design: a reader (`status`, `report`) takes no lock and changes nothing."""
    with tmpfs(tmp_path) as mounted:
        fill(StateDirectory(tmp_path))
        mounted.make_read_only()
        done = hpo_job("report", state=tmp_path)

        assert done.returncode == 0
        assert "val_accuracy" in done.stdout


@needs_root
@pytest.mark.parametrize("command", [SEARCH, ("report",)], ids=" ".join)
def test_a_full_file_system_asks_for_space_and_loses_nothing(tmp_path: Path, command: tuple[str, ...]) -> None:
    with tmpfs(tmp_path, size="64k") as mounted:
        store = fill(StateDirectory(tmp_path))
        mounted.fill()
        before = contents(store.root)
        done = hpo_job(*command, state=tmp_path)

        refused(done, ExitCode.IO_ERROR, str(tmp_path), "No space left on device", "free some space")
        assert contents(store.root) == before


@needs_root
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_closed_state_of_another_user_is_no_permission(store: StateDirectory, command: tuple[str, ...]) -> None:
    store.root.chmod(0o700)
    os.chown(store.root, OTHER_USER, OTHER_USER)
    done = hpo_job_as_a_process(*command, state=store.root, before=POWERLESS)

    refused(done, ExitCode.NO_PERMISSION, "Permission denied", f"chown -R 0:0 {store.root}")


@needs_root
def test_an_open_state_of_another_user_has_a_status_and_is_not_searched(store: StateDirectory) -> None:
    with store.lock():
        os.chown(store.root / "lock", OTHER_USER, OTHER_USER)
    os.chown(store.root, OTHER_USER, OTHER_USER)

    assert hpo_job_as_a_process("status", state=store.root, before=POWERLESS).returncode == 0
    done = hpo_job_as_a_process(*SEARCH, state=store.root, before=POWERLESS)
    refused(done, ExitCode.NO_PERMISSION, f"{store.root}/lock", "chown")


def test_a_state_of_another_problem_is_refused_with_the_difference(tmp_path: Path) -> None:
    store = StateDirectory(tmp_path)
    store.save(study_of(0.9))
    store.save(study_of(0.9, running_epochs=1))
    before = contents(tmp_path)
    done = hpo_job(*SEARCH, state=tmp_path)

    refused(
        done,
        ExitCode.CONFIG,
        "  --problem: mnist in the state, digits now",
        "leave out --problem",
        "another directory with --state",
    )
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("option", "difference"),
    [
        ("--seed=3", "--seed: 0 in the state, 3 now"),
        ("--epochs=2", f"--epochs: {DIGITS.epochs} in the state, 2 now"),
        ("--objective=val_loss", "--objective: val_accuracy:max in the state, val_loss:min now"),
        ("--no-deterministic", "--deterministic: true in the state, false now"),
    ],
)
def test_only_the_setting_that_differs_is_printed(store: StateDirectory, option: str, difference: str) -> None:
    done = hpo_job(*SEARCH, option, state=store.root)

    refused(
        done,
        ExitCode.CONFIG,
        f"  {difference}",
        f"leave out {option.partition('=')[0]}, begin anew with what its trials have shown",
    )
    assert done.stderr.count(" in the state, ") == 1


def test_a_setting_that_differs_is_printed_with_where_it_comes_from(store: StateDirectory, tmp_path: Path) -> None:
    config = tmp_path / "search.toml"
    config.write_text("epochs = 2\n")
    done = here.hpo_job("search", f"--config={config}", HPO_JOB_SEED="3", HPO_JOB_STATE=str(store.root))

    refused(
        done,
        ExitCode.CONFIG,
        f"  --epochs: {DIGITS.epochs} in the state, 2 now (from {config}, line 1)\n",
        "  --seed: 0 in the state, 3 now (from HPO_JOB_SEED in the environment)\n",
        "leave out --seed, leave out --epochs, begin anew",
    )


@pytest.mark.parametrize("damage", [b"", b"{"], ids=["empty", "cut off"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_two_damaged_generations_are_named_and_left_alone(
    store: StateDirectory, command: tuple[str, ...], damage: bytes
) -> None:
    for path in (store.study_file, store.previous_study_file):
        path.write_bytes(damage)
    before = contents(store.root)
    done = hpo_job(*command, state=store.root)

    refused(done, ExitCode.DATA_ERROR, str(store.study_file), str(store.previous_study_file), "restore", "--state")
    assert contents(store.root) == before


def flip_a_bit(path: Path) -> bytes:
    """Damage a file, and return what stands there then."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return bytes(content)


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_readers_warn_of_a_damaged_generation_and_leave_it(store: StateDirectory, command: tuple[str, ...]) -> None:
    damaged = flip_a_bit(store.study_file)
    done = hpo_job(*command, state=store.root)

    assert done.returncode == 0
    assert f"{store.study_file} is damaged" in done.stderr
    assert "the generation before serves" in done.stderr
    assert "val_accuracy" in done.stdout
    assert "is damaged" not in done.stdout
    assert store.study_file.read_bytes() == damaged


@dataclass(frozen=True)
class GoneOn:
    """A search with nothing left to do that was gone on with although its last generation was damaged."""

    store: StateDirectory
    damaged: bytes
    done: Done


@pytest.fixture(scope="module")
def gone_on(tmp_path_factory: pytest.TempPathFactory) -> GoneOn:
    """Draws a whole report, which takes seconds: one for all tests."""
    store = fill(StateDirectory(tmp_path_factory.mktemp("gone-on") / "state"))
    return GoneOn(store, flip_a_bit(store.study_file), hpo_job("search", state=store.root))


def test_a_search_sets_a_damaged_generation_aside_and_goes_on_from_the_one_before(gone_on: GoneOn) -> None:
    store, done = gone_on.store, gone_on.done

    assert done.returncode == 0, done.stderr
    assert f"{store.study_file} is damaged" in done.stderr
    assert "it is now study.json.damaged-1, and the generation before serves" in done.stderr
    assert "nothing left to do: 2 of 2 trials are complete" in done.stderr
    assert (store.root / "study.json.damaged-1").read_bytes() == gone_on.damaged
    assert store.read().study == finished_search()


def test_a_search_prints_its_end_alone_and_tells_the_rest_on_standard_error(gone_on: GoneOn) -> None:
    lines = gone_on.done.stdout.splitlines()
    assert (lines[0], lines[-1].split()[:3]) == ("Best trial", ["In", "words", "hpo-job"])
    assert gone_on.done.stdout.endswith("\n")
    assert "nothing left to do" not in gone_on.done.stdout


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_state_of_a_newer_program_is_refused_and_left_alone(
    store: StateDirectory, command: tuple[str, ...]
) -> None:
    store.study_file.write_bytes(seal(encode(finished_search()), name="study", version=FORMAT + 1))
    before = contents(store.root)
    done = hpo_job(*command, state=store.root)

    refused(
        done,
        ExitCode.DATA_ERROR,
        f"expected format {FORMAT} or before, found {FORMAT + 1}",
        "newer hpo-job",
    )
    assert contents(store.root) == before


@pytest.mark.slow
def test_a_report_that_cannot_be_written_is_a_warning_of_a_search_that_has_finished(store: StateDirectory) -> None:
    store.report_directory.write_text("mine")
    done = hpo_job(*SEARCH, state=store.root)

    assert done.returncode == 0, done.stderr
    assert f"the report could not be written: cannot use {store.report_directory}" in done.stderr
    assert "nothing left to do" in done.stderr
    assert "val_accuracy" in done.stdout
    assert store.report_directory.read_text() == "mine"


def test_a_state_that_is_held_is_refused_with_its_holder(store: StateDirectory) -> None:
    before = contents(store.root)
    with store.lock():
        done = hpo_job(*SEARCH, state=store.root)

    refused(done, ExitCode.CANNOT_CREATE, f"process {os.getpid()} on {socket.gethostname()}", "wait", "--state")
    assert contents(store.root) == before


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_readers_do_not_wait_for_the_run_that_holds_the_state(store: StateDirectory, command: tuple[str, ...]) -> None:
    with store.lock():
        done = hpo_job(*command, state=store.root)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_status_names_the_run_that_holds_the_state(store: StateDirectory) -> None:
    with store.lock():
        done = hpo_job("status", state=store.root)

    assert f"running: process {os.getpid()} on {socket.gethostname()}" in done.stdout


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_json_is_all_that_is_printed_of_a_damaged_state(store: StateDirectory, command: tuple[str, ...]) -> None:
    flip_a_bit(store.study_file)
    done = hpo_job(*command, "--json", state=store.root)

    assert json.loads(done.stdout)["problem"] == "digits"
    assert "is damaged" in done.stderr


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_what_is_printed_ends_with_a_newline(store: StateDirectory, command: tuple[str, ...]) -> None:
    done = hpo_job(*command, state=store.root)

    assert done.returncode == 0
    assert done.stdout.endswith("\n")
