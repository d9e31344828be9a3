"""The state directory: what is read from a damaged one, who may write, and what is cleared up."""

import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from job.core.run import RunEnd
from job.core.study import Study
from job.core.tested import TestResult
from job.core.trial import Status
from job.errors import (
    ExitCode,
    StateLockedError,
    StatePermissionError,
    StateUnreadableError,
    StateUnwritableError,
)
from job.proposals.result import dump_result
from job.state import durable, study_json
from job.state.directory import StateDirectory
from job.state.sealed import seal
from job.state.study_data import encode
from job.state.study_json import FORMAT
from tests.fakes import OTHER_USER, POWERLESS, contents_of, needs_root, run_python, study_of, tmpfs

BEFORE = study_of()
NOW = study_of(running_epochs=0)


@pytest.fixture
def store(tmp_path: Path) -> StateDirectory:
    """A state directory with two generations."""
    store = StateDirectory(tmp_path / "state")
    store.root.mkdir()
    store.save(BEFORE)
    store.save(NOW)
    return store


@contextmanager
def bit_flipped(path: Path, position: int) -> Iterator[None]:
    """Flip a bit of a file in its place, and flip it back."""
    with path.open("r+b", buffering=0) as file:
        byte = os.pread(file.fileno(), 1, position // 8)[0]
        os.pwrite(file.fileno(), bytes([byte ^ 1 << position % 8]), position // 8)
        yield
        os.pwrite(file.fileno(), bytes([byte]), position // 8)


WHOLE = study_of(0.9, None, 0.8)


def test_a_whole_result_is_known_as_such_while_the_next_trial_runs_and_after_the_study_was_saved(
    store: StateDirectory,
) -> None:
    store.write_result(dump_result(WHOLE, with_model=True))
    store.save(study_of(0.9, None, 0.8, running_epochs=2).close_run(RunEnd.INTERRUPTED))
    saved = store.read().study
    assert saved is not None and store.has_whole_result(saved)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"mine", id="something else"),
        pytest.param(dump_result(WHOLE, with_model=False), id="without its model"),
        pytest.param(dump_result(study_of(0.9, None), with_model=True), id="of fewer trials"),
        pytest.param(dump_result(study_of(0.9, None, 0.7), with_model=True), id="of other scores"),
        pytest.param(dump_result(study_of(0.9, None, 0.8, objective="val_loss:min"), with_model=True), id="of others"),
    ],
)
def test_another_result_is_not_taken_for_the_whole_one(store: StateDirectory, data: bytes) -> None:
    assert not store.has_whole_result(WHOLE)  # as there is none
    store.write_result(data)
    assert not store.has_whole_result(WHOLE)


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    store = StateDirectory(tmp_path)
    for study in (study_of(), study_of(0.9, None, imported=[0.8], running_epochs=2), study_of(0.1, objective="loss")):
        store.save(study)
        loaded = store.read()
        assert loaded.study == study
        assert loaded.damaged == ()
        assert loaded.reasons == ()


def test_saving_keeps_the_generation_before(store: StateDirectory) -> None:
    assert study_json.load(store.study_file.read_bytes()) == NOW
    assert study_json.load(store.previous_study_file.read_bytes()) == BEFORE
    assert sorted(contents_of(store.root)) == ["study.json", "study.json.prev"]


def test_a_directory_without_a_study_reads_as_none(tmp_path: Path) -> None:
    assert StateDirectory(tmp_path).read().study is None
    assert StateDirectory(tmp_path / "nowhere").read().study is None
    assert not (tmp_path / "nowhere").exists()


def test_the_generation_before_serves_where_there_is_no_other(store: StateDirectory) -> None:
    store.study_file.unlink()
    loaded = store.read()

    assert loaded.study == BEFORE
    assert loaded.damaged == ()


def test_saving_after_the_newest_is_set_aside_keeps_the_one_that_served(store: StateDirectory) -> None:
    store.study_file.write_bytes(b"")
    durable.set_aside(store.study_file)
    store.save(NOW)

    assert study_json.load(store.previous_study_file.read_bytes()) == BEFORE
    assert store.read().study == NOW


def test_a_study_truncated_at_any_length_gives_way_to_the_generation_before(store: StateDirectory) -> None:
    whole = store.study_file.read_bytes()
    for length in reversed(range(len(whole))):
        os.truncate(store.study_file, length)
        loaded = store.read()
        if loaded.study == NOW:
            assert whole[length:].isspace()
        else:
            assert loaded.study == BEFORE
            assert loaded.damaged == (store.study_file,)
            assert str(store.study_file) in loaded.reasons[0]


def test_a_study_with_any_bit_flipped_gives_way_or_says_the_same(store: StateDirectory) -> None:
    whole = store.study_file.read_bytes()
    n_damaged, positions = 0, range(0, 8 * len(whole), 3)  # two or three in each byte
    for position in positions:
        with bit_flipped(store.study_file, position):
            loaded = store.read()
        if loaded.study == NOW:
            assert study_json.dump(loaded.study) == whole
        else:
            assert loaded.study == BEFORE, f"bit {position}"
            assert loaded.damaged == (store.study_file,)
            n_damaged += 1

    assert n_damaged > len(positions) * 7 // 8, "hardly a bit but those of white space can differ without harm"
    assert store.study_file.read_bytes() == whole


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"\0" * 4096, b"\xff\xfe", b"[]", b"null", b"[" * 100_000, b'{"format": 1}']
)
def test_what_is_no_study_at_all_is_damaged(store: StateDirectory, damage: bytes) -> None:
    store.study_file.write_bytes(damage)
    loaded = store.read()

    assert loaded.study == BEFORE
    assert loaded.damaged == (store.study_file,)


def test_reading_leaves_what_is_damaged_where_it_is(store: StateDirectory) -> None:
    store.study_file.write_bytes(b"half")
    before = contents_of(store.root)
    store.read()

    assert contents_of(store.root) == before


def test_two_damaged_generations_are_an_error_that_names_both_and_touches_neither(store: StateDirectory) -> None:
    for path in (store.study_file, store.previous_study_file):
        path.write_bytes(path.read_bytes()[:-10])
    before = contents_of(store.root)
    with pytest.raises(StateUnreadableError) as caught:
        store.read()

    assert caught.value.exit_code == ExitCode.DATA_ERROR
    assert f"{store.study_file} is damaged" in str(caught.value)
    assert f"{store.previous_study_file} is damaged" in str(caught.value)
    assert "restore" in caught.value.hint
    assert "--state" in caught.value.hint
    assert contents_of(store.root) == before


def test_the_only_generation_damaged_is_an_error(tmp_path: Path) -> None:
    store = StateDirectory(tmp_path)
    store.save(BEFORE)
    store.study_file.write_bytes(b"")

    with pytest.raises(StateUnreadableError):
        store.read()


def test_a_newer_format_is_an_error_that_says_so_although_the_generation_before_is_ours(store: StateDirectory) -> None:
    store.study_file.write_bytes(seal(encode(NOW), name="study", version=FORMAT + 1))
    before = contents_of(store.root)
    with pytest.raises(StateUnreadableError, match=f"expected format {FORMAT} or before, found {FORMAT + 1}") as caught:
        store.read()

    assert "newer hpo-job" in caught.value.hint
    assert contents_of(store.root) == before


def test_a_damaged_newer_format_does_not_wake_an_older_generation(store: StateDirectory) -> None:
    store.study_file.write_bytes(b"")
    store.previous_study_file.write_bytes(seal(encode(BEFORE), name="study", version=FORMAT + 1))

    with pytest.raises(StateUnreadableError, match=f"expected format {FORMAT} or before, found {FORMAT + 1}"):
        store.read()


def test_a_file_in_the_place_of_the_directory_is_an_error_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    store = StateDirectory(file)
    with pytest.raises(StateUnreadableError, match=f"{file}/study.json: Not a directory") as unread:
        store.read()
    with pytest.raises(StateUnwritableError, match=str(file)) as unlocked, store.lock():
        pass

    assert "--state" in unread.value.hint
    assert "--state" in unlocked.value.hint
    assert file.read_text() == "mine"


def test_a_file_in_the_place_of_the_report_is_an_error_that_names_it(store: StateDirectory) -> None:
    store.report_directory.write_text("mine")
    with pytest.raises(StateUnwritableError, match=str(store.report_directory)):
        store.write_report({"report.txt": b""})

    assert store.report_directory.read_text() == "mine"


@needs_root
def test_a_full_file_system_leaves_what_was_saved_and_takes_the_next_when_there_is_space(tmp_path: Path) -> None:
    with tmpfs(tmp_path, size="64k") as mounted:
        store = StateDirectory(tmp_path)
        store.save(BEFORE)
        store.save(NOW)
        mounted.fill()
        before = contents_of(tmp_path)
        with pytest.raises(StateUnwritableError, match="No space left"):
            store.save(study_of(0.9, 0.8))
        with pytest.raises(StateUnwritableError, match="No space left"), store.lock():
            pass

        assert {name: data for name, data in contents_of(tmp_path).items() if name != "lock"} == before
        (tmp_path / "ballast").unlink()
        store.save(study_of(0.9, 0.8))
        assert store.read().study == study_of(0.9, 0.8)


@needs_root
def test_a_read_only_state_is_read_and_not_locked(tmp_path: Path) -> None:
    with tmpfs(tmp_path) as mounted:
        store = StateDirectory(tmp_path)
        store.save(NOW)
        mounted.make_read_only()
        assert store.read().study == NOW
        assert store.holder() is None
        with pytest.raises(StateUnwritableError, match="Read-only file system"), store.lock():
            pass


READ_AND_LOCK = """
import sys
from pathlib import Path
from job.errors import JobError
from job.state.directory import StateDirectory
store = StateDirectory(Path(sys.argv[1]))
try:
    study, holder = store.read().study, store.holder()
    print(len(study.trials), holder.name)
    with store.lock():
        print("locked")
except JobError as error:
    print(type(error).__name__)
"""


def read_and_lock_where_permissions_count(store: StateDirectory) -> list[str]:
    """Give the state to another user, and return what READ_AND_LOCK has to say of it."""
    for path in (store.root, *store.root.iterdir()):
        os.chown(path, OTHER_USER, OTHER_USER)
    done = run_python(READ_AND_LOCK, store.root, before=POWERLESS)
    assert done.stderr == ""
    return done.stdout.splitlines()


@needs_root
def test_a_reader_needs_no_permission_to_write(store: StateDirectory) -> None:
    with store.lock():
        said = read_and_lock_where_permissions_count(store)

    assert said[0].startswith(f"1 process {os.getpid()} on {socket.gethostname()}, since ")
    assert said[1] == StatePermissionError.__name__


@needs_root
def test_a_study_that_may_not_be_read_is_no_permission(store: StateDirectory) -> None:
    store.study_file.chmod(0o600)

    assert read_and_lock_where_permissions_count(store) == [StatePermissionError.__name__]


@needs_root
def test_a_directory_that_may_not_be_entered_is_no_permission(store: StateDirectory) -> None:
    store.root.chmod(0o700)

    assert read_and_lock_where_permissions_count(store) == [StatePermissionError.__name__]


def test_a_run_that_holds_the_directory_is_named_until_it_ends(store: StateDirectory) -> None:
    with store.lock():
        holder = store.holder()
        assert holder is not None
        assert holder.name.startswith(f"process {os.getpid()} on {socket.gethostname()}, since ")
        assert (store.root / "lock").exists()
        with pytest.raises(StateLockedError, match=f"another run holds {store.root}: "), store.lock(patience_seconds=0):
            pass
    assert store.holder() is None


def leave_trial(store: StateDirectory, number: int) -> None:
    files = store.trial_files(number)
    files.directory.mkdir(parents=True)
    for path in (files.checkpoint, files.model, files.log):
        path.write_text(f"{path.name} of {number}")


def test_the_best_model_is_the_one_that_was_kept_last(store: StateDirectory) -> None:
    for number in (1, 2):
        leave_trial(store, number)
        store.keep_best(number)

    assert store.best_model.read_text() == "model.keras of 2"
    assert not store.trial_files(2).model.exists()


def test_keeping_a_model_that_is_kept_already_changes_nothing(store: StateDirectory) -> None:
    leave_trial(store, 1)
    store.keep_best(1)
    store.keep_best(1)

    assert store.best_model.read_text() == "model.keras of 1"


def test_the_best_model_is_known_by_its_content(store: StateDirectory) -> None:
    digest = hashlib.sha256(b"model").hexdigest()
    assert not store.best_model_is(digest)
    store.best_model.write_bytes(b"model")
    assert store.best_model_is(digest)
    store.best_model.write_bytes(b"mode1")
    assert not store.best_model_is(digest)


def study_with(predictions: bytes | None) -> Study:
    """Return a study whose test left these predictions."""
    digest = "" if predictions is None else hashlib.sha256(predictions).hexdigest()
    return study_of(0.9).record_test(TestResult(number=1, metrics={"accuracy": 0.9}, predictions_sha256=digest))


def test_predictions_are_read_back_for_the_study_that_speaks_of_them(store: StateDirectory) -> None:
    store.write_predictions(b"predictions")
    assert store.predictions_of(study_with(b"predictions")) == b"predictions"
    assert store.predictions_of(study_with(b"those of another test")) is None
    assert store.predictions_of(study_with(None)) is None
    assert store.predictions_of(study_of(0.9)) is None


def test_a_study_that_speaks_of_no_predictions_misses_none(store: StateDirectory) -> None:
    assert store.has_predictions_of(study_of(0.9))
    assert store.has_predictions_of(study_with(None))


def test_predictions_that_are_damaged_or_lost_are_as_good_as_none(store: StateDirectory) -> None:
    study = study_with(b"predictions")
    assert store.predictions_of(study) is None
    store.write_predictions(b"predictions")
    assert store.has_predictions_of(study)
    with bit_flipped(store.predictions_file, 40):
        assert store.predictions_of(study) is None
        assert not store.has_predictions_of(study)
    store.predictions_file.unlink()
    assert not store.has_predictions_of(study)


def test_the_report_is_replaced_file_by_file(store: StateDirectory) -> None:
    store.write_report({"report.txt": b"first", "report.json": b"{}"})
    store.write_report({"report.txt": "zweiter, „größer“".encode()})

    assert (store.report_directory / "report.txt").read_text(encoding="utf-8") == "zweiter, „größer“"
    assert (store.report_directory / "report.json").read_text() == "{}"


def test_clearing_a_trial_leaves_its_log(store: StateDirectory) -> None:
    leave_trial(store, 1)
    store.clear_trial(1)
    store.clear_trial(2)

    assert [path.name for path in store.trial_files(1).directory.iterdir()] == ["log.txt"]


def test_cleaning_leaves_the_checkpoint_of_a_best_model_that_is_being_trained_again(store: StateDirectory) -> None:
    leave_trial(store, 1)
    store.best_model.unlink(missing_ok=True)
    store.clean(study_of(0.9))

    assert store.trial_files(1).checkpoint.exists()


def test_of_stopped_trials_the_checkpoints_of_those_named_are_kept_and_cleaning_leaves_them(
    store: StateDirectory,
) -> None:
    study = study_of(0.9, 0.8, 0.7, running_epochs=1)
    stopped = [replace(study.trial(number), status=Status.STOPPED) for number in (1, 2)]
    study = replace(study, trials=(*stopped, *study.trials[2:]))
    for number in (1, 2, 4):
        leave_trial(store, number)
    store.clean(study)
    store.keep_checkpoints(study, {2})

    assert [store.trial_files(number).checkpoint.exists() for number in (1, 2, 4)] == [False, True, True]
    assert store.trial_files(1).log.exists()


def test_a_best_model_that_is_damaged_is_set_aside_and_not_deleted(store: StateDirectory) -> None:
    store.best_model.write_text("damaged")
    store.set_best_aside()
    store.set_best_aside()

    assert not store.best_model.exists()
    assert (store.root / "best.keras.damaged-1").read_text() == "damaged"


def test_a_new_search_takes_up_no_checkpoint_of_one_whose_study_is_gone(store: StateDirectory) -> None:
    leave_trial(store, 1)
    store.clean(None)

    assert [path.name for path in store.trial_files(1).directory.iterdir()] == ["log.txt"]


def test_cleaning_removes_what_ended_trials_and_half_written_files_have_left(store: StateDirectory) -> None:
    for number in (1, 2, 3):
        leave_trial(store, number)
    with durable.replacing(store.trial_files(3).checkpoint) as temporary:
        temporary.write_text("whole")
    temporary.write_text("half")
    store.best_model.write_text("best")
    study = study_of(0.9, None, running_epochs=1)
    study = study.remake_model(1, hashlib.sha256(b"best").hexdigest())
    (store.root / "study.json.damaged-1").write_text("damaged")
    store.clean(study)

    left = {str(path.relative_to(store.root)) for path in store.root.rglob("*") if path.is_file()}
    ended = {"trials/0001/log.txt", "trials/0002/log.txt"}
    running = {"trials/0003/checkpoint", "trials/0003/model.keras", "trials/0003/log.txt"}
    kept = {"study.json", "study.json.prev", "best.keras", "study.json.damaged-1"}
    assert left == ended | running | kept


def test_cleaning_leaves_of_replicates_what_those_in_hand_need_and_their_logs(store: StateDirectory) -> None:
    study = study_of(0.9, running_epochs=1)
    step = replace(study.steps[-1], number=len(study.steps) + 1, trial=-2)
    for number in (-1, -2, 1, 2):
        leave_trial(store, number)
        (store.trial_files(number).directory / ".tmp-0123abcd-checkpoint").write_text("half")
    store.best_model.write_text("best")
    study = study.remake_model(1, hashlib.sha256(b"best").hexdigest())
    store.clean(replace(study, steps=(*study.steps, step)))

    in_hand, ended = ["checkpoint", "log.txt", "model.keras"], ["log.txt"]
    left = {number: store.trial_files(number).directory for number in (-1, -2, 1, 2)}
    assert {number: sorted(path.name for path in directory.iterdir()) for number, directory in left.items()} == {
        -1: ended,
        -2: in_hand,
        1: ended,
        2: in_hand,
    }
    assert left[-2] == store.replicates_directory / "0002"


@pytest.mark.parametrize("name", ["2024-notes", "0001 copy", "00001", "12", "0000"])
@pytest.mark.parametrize("folder", ["trials", "replicates"])
def test_cleaning_leaves_alone_what_stands_beside_the_trials(folder: str, name: str, store: StateDirectory) -> None:
    theirs = store.root / folder / name / "checkpoint"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("not of a search")
    leave_trial(store, 1)
    store.clean(study_of(None))
    assert theirs.read_text() == "not of a search"
    assert not store.trial_files(1).checkpoint.exists()


def test_what_a_trial_that_was_ended_at_once_has_half_written_goes_with_it(store: StateDirectory) -> None:
    directory = store.trial_files(1).directory
    directory.mkdir(parents=True)
    for name in (".tmp-0123abcd-checkpoint", "log.txt"):
        (directory / name).write_text("half")

    store.clear_trial(1)
    store.clear_trial(2)  # of which there is nothing

    assert [path.name for path in directory.iterdir()] == ["log.txt"]
