from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from job.core.events import Notice
from job.errors import StateUnwritableError
from job.executors import Returned
from job.executors.cluster.freight import LOG, Outgoing, Word, files_in, pack, take_in, unpack
from job.state.directory import TrialFiles


@dataclass(frozen=True)
class Given:
    files: TrialFiles
    model: Path
    shared: Path | None
    data: Path


def function(*args: Any) -> tuple[Any, ...]:
    return args


def test_a_call_travels_with_the_paths_of_its_folder_and_of_the_data_in_memory_as_those_of_where_it_comes(
    tmp_path: Path,
) -> None:
    here, there = tmp_path / "here" / "0001", tmp_path / "there"
    shared = Path("/proc/1/fd/7")
    given = Given(TrialFiles(here), here / "model.keras", shared, data=Path("/data"))
    called, args = unpack(pack(function, (given, 3), folder=here, shared=shared), folder=there, shared=Path("/mine"))
    assert called is function
    assert args == (Given(TrialFiles(there), there / "model.keras", Path("/mine"), data=Path("/data")), 3)


def test_what_lies_beside_the_folder_is_the_path_that_it_was(tmp_path: Path) -> None:
    beside = tmp_path / "00011"
    _, args = unpack(pack(function, (beside,), folder=tmp_path / "0001"), folder=tmp_path / "there", shared=None)
    assert args == (beside,)


def test_the_files_of_a_call_are_whole_ones_without_its_log(tmp_path: Path) -> None:
    for name in ("checkpoint", LOG, ".tmp-0123abcd-checkpoint", "checkpoint.damaged-1"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "tensorboard").mkdir()
    assert files_in(tmp_path) == {"checkpoint": b"checkpoint", "checkpoint.damaged-1": b"checkpoint.damaged-1"}
    assert files_in(tmp_path / "missing") == {}


def test_each_change_of_a_folder_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").write_bytes(b"as it came")
    outgoing = Outgoing(tmp_path)
    outgoing.mark()
    assert outgoing.changes() == ({}, ())
    replace(tmp_path / "checkpoint", b"of epoch 1")
    replace(tmp_path / "model.keras", b"model")
    assert outgoing.changes() == ({"checkpoint": b"of epoch 1", "model.keras": b"model"}, ())
    assert outgoing.changes() == ({}, ())
    (tmp_path / "checkpoint").rename(tmp_path / "checkpoint.damaged-1")
    assert outgoing.changes() == ({"checkpoint.damaged-1": b"of epoch 1"}, ("checkpoint",))


def test_each_line_of_a_log_is_told_once(tmp_path: Path) -> None:
    outgoing = Outgoing(tmp_path)
    assert outgoing.log() == b""
    with (tmp_path / LOG).open("ab") as log:
        for text in (b"one\n", b"two\n"):
            log.write(text)
            log.flush()
            assert outgoing.log() == text
    assert outgoing.log() == b""


def test_a_word_is_taken_into_the_folder_of_the_search(tmp_path: Path) -> None:
    folder = tmp_path / "0001"
    log = folder / LOG
    take_in(Word(call=1, said=None, log=b"one\n"), folder, log)
    take_in(Word(call=1, said=Notice("saved"), files={"checkpoint": b"first"}, log=b"two\n"), folder, log)
    take_in(Word(call=1, said=Returned(3), files={"model.keras": b"model"}, removed=("checkpoint",)), folder, log)
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == {LOG: b"one\ntwo\n", "model.keras": b"model"}


def test_a_word_names_no_file_outside_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        take_in(Word(call=1, said=None, files={"../study.json": b"other"}), tmp_path / "0001", None)
    assert not (tmp_path / "study.json").exists()


def test_what_cannot_be_written_is_an_error_for_the_user(tmp_path: Path) -> None:
    (tmp_path / "0001").write_text("a file")
    with pytest.raises(StateUnwritableError, match="0001"):
        take_in(Word(call=1, said=None, files={"checkpoint": b"first"}), tmp_path / "0001", None)


def replace(path: Path, content: bytes) -> None:
    """Write as checkpoints are written."""
    temporary = path.with_name(f".tmp-0123abcd-{path.name}")
    temporary.write_bytes(content)
    temporary.replace(path)
