"""The inbox: what is written is read, by the run at work alone, and nothing that lies there ends a run."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from job.core.journal import Dropped, Enqueued, Retried
from job.errors import StatePermissionError, StateUnreadableError, StateUnwritableError
from job.state import durable
from job.state.inbox import FORMAT, Inbox
from job.state.sealed import seal
from tests.fakes import POWERLESS, needs_root, run_python

REQUESTS = (
    Enqueued({"learning_rate": 1e-3, "filters": 8, "activation": "relu", "bias": True}),
    Dropped(12),
    Retried(7),
)


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "state" / "inbox")


def test_what_is_written_is_read_in_the_order_of_writing(inbox: Inbox) -> None:
    names = [inbox.write(request) for request in REQUESTS]

    assert inbox.names() == tuple(names)
    assert tuple(map(inbox.read, names)) == REQUESTS


def test_an_inbox_that_is_not_there_is_empty_and_is_made_for_the_first_request(inbox: Inbox) -> None:
    assert inbox.names() == ()

    inbox.write(Dropped(1))

    assert len(inbox.names()) == 1


def test_a_request_that_is_removed_waits_no_more(inbox: Inbox) -> None:
    first, second = inbox.write(Dropped(1)), inbox.write(Dropped(2))

    inbox.remove(first)

    assert inbox.names() == (second,)


def test_what_several_write_at_once_is_all_there(inbox: Inbox) -> None:
    numbers = range(1, 41)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: inbox.write(Dropped(number)), numbers))

    found = [inbox.read(name) for name in inbox.names()]

    assert sorted(each.trial for each in found if isinstance(each, Dropped)) == list(numbers)


def test_a_request_that_is_being_written_does_not_wait_yet(inbox: Inbox) -> None:
    inbox.directory.mkdir(parents=True)
    with durable.replacing(inbox.directory / "20261126T001411.000000Z-00000000.json") as temporary:
        temporary.write_text("{")
        assert inbox.names() == ()
        temporary.write_bytes(seal({"kind": "drop", "input": {"trial": 1}}, name="request", version=FORMAT))
    assert len(inbox.names()) == 1


def test_what_is_no_request_by_its_name_is_the_users(inbox: Inbox) -> None:
    inbox.write(Dropped(1))
    for name in ("notes.txt", ".hidden.json", "a.json.damaged-1"):
        (inbox.directory / name).write_text("mine")

    assert len(inbox.names()) == 1


def damaged() -> bytes:
    whole = seal({"kind": "drop", "input": {"trial": 12}}, name="request", version=FORMAT)
    return whole.replace(b"12", b"13")


def of_kind(kind: str, **fields: object) -> bytes:
    return seal({"kind": kind, "input": fields}, name="request", version=FORMAT)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no request, or a damaged one"),
        (b"[]", "is no request, or a damaged one"),
        (b"\xff\xfe", "is no request, or a damaged one"),
        (json.dumps({"trial": 12}).encode(), "is no request, or a damaged one"),
        (damaged(), "its digest does not match its content"),
        (of_kind("juggle", trial=1), "is no request, or a damaged one"),
        (of_kind("drop", trail=1), "is no request, or a damaged one"),
        (of_kind("limits", trials=1), "is no request of a user"),
        (
            seal({}, name="request", version=FORMAT + 1),
            f"expected format {FORMAT}, found {FORMAT + 1}, of a newer hpo-job",
        ),
    ],
)
def test_a_file_that_is_no_request_is_told_and_set_aside(inbox: Inbox, content: bytes, said: str) -> None:
    inbox.directory.mkdir(parents=True)
    (inbox.directory / "foreign.json").write_bytes(content)
    (name,) = inbox.names()

    with pytest.raises(StateUnreadableError) as caught:
        inbox.read(name)

    assert str(inbox.directory / "foreign.json") in str(caught.value)
    assert said in str(caught.value)
    assert inbox.set_aside(name) == "foreign.json.damaged-1"
    assert inbox.names() == ()
    assert (inbox.directory / "foreign.json.damaged-1").read_bytes() == content


def test_a_directory_in_the_place_of_a_request_is_set_aside_too(inbox: Inbox) -> None:
    (inbox.directory / "folder.json").mkdir(parents=True)
    (name,) = inbox.names()

    with pytest.raises(StateUnreadableError, match="cannot be read"):
        inbox.read(name)
    inbox.set_aside(name)

    assert inbox.names() == ()


def test_a_file_in_the_place_of_the_inbox_is_told_with_the_way_out(inbox: Inbox) -> None:
    inbox.directory.parent.mkdir()
    inbox.directory.write_text("mine")

    for use in (inbox.names, lambda: inbox.write(Dropped(1))):
        with pytest.raises(StateUnwritableError) as caught:
            use()
        assert "a file stands where a directory is needed" in caught.value.hint


WRITE = """
import sys
from pathlib import Path
from job.core.journal import Dropped
from job.errors import JobError
from job.state.inbox import Inbox
try:
    Inbox(Path(sys.argv[1])).write(Dropped(1))
except JobError as error:
    print(type(error).__name__)
"""


@needs_root
def test_who_may_not_write_to_the_state_is_told_so(inbox: Inbox) -> None:
    inbox.directory.parent.mkdir(mode=0o555)

    done = run_python(WRITE, inbox.directory, before=POWERLESS)

    assert done.stdout.split() == [StatePermissionError.__name__], done.stderr
