"""What a call of `job.search` refuses before anything is trained, and what it does with signals."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from job import search
from job.errors import InterruptedRunError, SettingsError
from job.run.stopping import StopFlag
from job.state.directory import StateDirectory
from tests.fakes import study_of


def test_a_module_that_is_no_file_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="expected a module that is a file, found cell, which has none") as caught:
        search(ModuleType("cell"), state=tmp_path)
    assert "%%writefile" in caught.value.hint


def test_a_problem_that_searches_while_it_is_loaded_is_told_of_the_guard(tmp_path: Path) -> None:
    file = tmp_path / "churn.py"
    file.write_text(f"from job import search\nsearch(__file__, state={str(tmp_path)!r})\n")
    with pytest.raises(SettingsError, match=r"churn.py, line 2: expected one search at a time") as caught:
        search(file, state=tmp_path, in_process=True, quiet=True)
    assert "__main__" in caught.value.hint


def test_a_state_that_another_run_holds_is_skipped_where_that_is_asked_for(tmp_path: Path) -> None:
    store = StateDirectory(tmp_path)
    store.save(study_of(0.9))
    with store.lock():
        study = search(state=tmp_path, if_locked="skip", quiet=True)
    assert len(study.trials) == 1


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """As a program begins in a terminal; behind a shell's `&` it ignores SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_the_first_signal_raises_the_flag_and_the_second_is_the_programs_own() -> None:
    before = signal.getsignal(signal.SIGINT)
    stop = StopFlag()
    with stop.heeding_signals():
        signal.raise_signal(signal.SIGINT)
        assert stop.reason == "received SIGINT"
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_ends_at_once_what_leaves_nothing_behind() -> None:
    stop = StopFlag()
    with stop.heeding_signals(), pytest.raises(InterruptedRunError, match="received SIGTERM"), stop.interruptible():
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError("the block has gone on")


def test_outside_of_the_main_thread_signals_are_left_alone() -> None:
    before, seen = signal.getsignal(signal.SIGINT), list[object]()

    def look() -> None:
        with StopFlag().heeding_signals():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before]
