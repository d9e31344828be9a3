"""Calls on a worker of a cluster, as no executor on one machine makes them: with files that travel, and lost ones."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from job.core.events import BatchesDone, Event, Notice
from job.errors import DataMissingError, ExitCode
from job.executors import HERE, Ending, Handle, Lost, Place, Returned
from job.state.directory import TrialFiles
from job.training import Control, Stopped
from tests.executors.calls import add, crash, end_of, ends_of, hang, work_until_stopped
from tests.executors.cluster.on_a_worker import OnAWorker, Worker, begin_worker, on_a_worker, opened, setup

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 60


def go_on(files: TrialFiles, control: Control) -> str:
    """Do what a training does with its files: read a checkpoint, replace it and say so, and leave a model."""
    begun = files.checkpoint.read_text()
    for epoch in (1, 2):
        temporary = files.directory / ".tmp-0123abcd-checkpoint"
        temporary.write_text(f"{begun}, epoch {epoch}")
        temporary.replace(files.checkpoint)
        control.tell(Notice(f"epoch {epoch}"))
        print(f"epoch {epoch} is over", flush=True)
    files.model.write_text("model")
    return str(files.directory)


def tell_progress(seconds: float, control: Control) -> int:
    batch, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        batch += 1
        control.tell(BatchesDone(1, 1, batch, 1_000_000))
        time.sleep(0.01)
    return batch


def miss_data(control: Control) -> None:
    raise DataMissingError("no images", hint="look elsewhere")


def who(control: Control) -> tuple[int, str]:
    return os.getppid(), os.environ.get("NUMBER", "")


@pytest.fixture(scope="module")
def executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnAWorker]:
    with on_a_worker(tmp_path_factory.mktemp("worker")) as executor:
        yield executor


def test_files_travel_to_the_worker_and_back_with_the_events_that_tell_of_them(
    executor: OnAWorker, tmp_path: Path
) -> None:
    files = TrialFiles(tmp_path / "0001")
    files.directory.mkdir()
    files.checkpoint.write_text("from here")
    files.log.write_text("as it was\n")
    seen = list[str]()

    def tell(event: Event) -> None:
        seen.append(files.checkpoint.read_text())

    handle = executor.submit(go_on, files, log=files.log)
    endings, deadline = dict[Handle, Ending](), time.monotonic() + PATIENCE_SECONDS
    while not endings:
        assert time.monotonic() < deadline
        endings = dict(executor.wait([handle], tell, 1.0))
    ending = endings[handle]
    assert isinstance(ending, Returned) and ending.value != str(files.directory), "it works on a copy"
    assert not Path(ending.value).exists(), "of which nothing is left"
    assert [each.startswith("from here, epoch") for each in seen] == [True, True]
    assert (files.checkpoint.read_text(), files.model.read_text()) == ("from here, epoch 2", "model")
    assert files.log.read_text() == "as it was\nepoch 1 is over\nepoch 2 is over\n"


def test_of_how_far_a_call_has_come_the_newest_is_told_now_and_then(executor: OnAWorker) -> None:
    events = list[Event]()
    ending = end_of(executor, executor.submit(tell_progress, 3.0, log=None), events)
    told = [each.batch for each in events if isinstance(each, BatchesDone)]
    assert isinstance(ending, Returned) and 1 < len(told) < ending.value / 5
    assert told == sorted(told)


def test_a_call_at_home_is_made_in_a_process_of_this_machine(executor: OnAWorker) -> None:
    elsewhere = end_of(executor, executor.submit(who, log=None))
    handle = super(OnAWorker, executor).submit(who, log=None, place=HERE)
    at_home = end_of(executor, handle)
    assert isinstance(elsewhere, Returned) and isinstance(at_home, Returned)
    assert elsewhere.value != at_home.value


def test_a_call_waits_until_a_worker_is_idle_and_can_be_stopped_meanwhile(executor: OnAWorker) -> None:
    first, second = (executor.submit(work_until_stopped, log=None) for _ in range(2))
    events = list[Event]()
    while not events:
        executor.wait([first, second], events.append, 1.0)
    executor.stop(second)
    assert end_of(executor, second) == Returned(Stopped())
    executor.stop(first)
    assert end_of(executor, first) == Returned("stopped")


def test_several_calls_come_one_after_another_where_there_is_one_worker(executor: OnAWorker) -> None:
    handles = [executor.submit(add, number, 1, log=None) for number in range(3)]
    assert [ending for _, ending in sorted(ends_of(executor, handles).items())] == [Returned(n + 1) for n in range(3)]


def test_a_closed_call_leaves_the_worker_to_the_next(executor: OnAWorker, tmp_path: Path) -> None:
    handle = executor.submit(hang, log=tmp_path / "log.txt")
    executor.wait([handle], lambda _: None, 2.0)
    executor.close(handle)
    assert end_of(executor, executor.submit(add, 1, 1, log=None)) == Returned(2)
    assert end_of(executor, executor.submit(crash, log=None)) != Returned(None)


def await_workers(executor: OnAWorker, number: int, told: list[Event]) -> tuple[Place, ...]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len({place.machine for place in executor.workers()}) != number:
        assert time.monotonic() < deadline, told
        executor.wait((), told.append, 0.1)
    return executor.workers()


def test_workers_that_are_killed_or_in_trouble_lose_their_calls_and_no_others(tmp_path: Path) -> None:
    from tests.cli.test_cluster import free_port

    address = f"tcp://127.0.0.1:{free_port()}"
    executor, told, workers = OnAWorker(address, listens=True), list[Event](), list[Worker]()
    try:
        with opened(executor, setup()):
            workers.append(begin_worker(address, tmp_path / "first"))
            await_workers(executor, 1, told)
            handle = executor.submit(hang, log=None)
            executor.wait([handle], told.append, 1.0)
            workers[0].kill()
            ending = end_of(executor, handle, told)
            assert isinstance(ending, Lost) and "the connection to it has broken" in ending.reason

            waiting = executor.submit(miss_data, log=None)
            workers.append(begin_worker(address, tmp_path / "second"))
            assert end_of(executor, waiting, told) == Lost("no images")
            await_workers(executor, 0, told)
            assert workers[1].process.wait(PATIENCE_SECONDS) == ExitCode.NO_INPUT
            assert "look elsewhere" in (tmp_path / "second").read_text()
    finally:
        for worker in workers:
            worker.kill()
    assert any(isinstance(each, Notice) and "has gone" in each.message for each in told)
