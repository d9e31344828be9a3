"""What every place of a state does alike: a directory, and an address of an object store."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from job.core.journal import Dropped
from job.errors import SettingsError, StateLockedError, StateUnwritableError
from job.state.copying import copy_state
from job.state.directory import StateDirectory, read_study
from job.state.objects.bucket import Bucket
from job.state.objects.state import ObjectState
from tests.fakes import study_of
from tests.state.objects.fakes import ADDRESS, Time

BEFORE, NOW = study_of(0.9), study_of(0.9, None, running_epochs=1)

_TTL_SECONDS = 0.3

# Opens one state as another process does each time.
Open = Callable[[], StateDirectory]


@pytest.fixture(params=["directory", "objects"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    return places(tmp_path)[request.param]


def places(tmp_path: Path) -> dict[str, Open]:
    store, time = MemoryStore(), Time()
    processes: list[Path] = []

    def at_address() -> StateDirectory:
        processes.append(tmp_path / f"process-{len(processes) + 1}")
        processes[-1].mkdir()
        bucket = Bucket(ADDRESS, store, clock=time.clock, sleep=time.sleep)
        return ObjectState(processes[-1], ADDRESS, bucket, ttl_seconds=_TTL_SECONDS)

    return {"directory": lambda: StateDirectory(tmp_path / "state"), "objects": at_address}


def save(store: StateDirectory) -> None:
    """Save two generations with a model, a checkpoint, a log and a report, as a run does."""
    with store.lock():
        store.take_over()
        store.save(BEFORE)
        files = store.trial_files(3)
        files.directory.mkdir(parents=True)
        files.checkpoint.write_bytes(b"checkpoint")
        files.log.write_bytes(b"epoch 1\n")
        store.trial_files(1).directory.mkdir(parents=True)
        store.trial_files(1).model.write_bytes(b"model")
        store.keep_best(1)
        store.write_predictions(b"predictions")
        store.save(NOW)
        store.write_report({"report.html": b"page", "plots/times.svg": b"<svg/>"})
        store.write_result(b"result")


def test_another_process_finds_the_study_its_files_and_its_report(opened: Open) -> None:
    assert opened().read().study is None
    save(opened())
    found = opened()
    assert found.read().study == NOW
    assert found.best_model_data() == b"model" and found.best_model_is(sha256(b"model").hexdigest())
    assert found.report_file("report.html") == b"page" and found.report_file("other.html") is None
    assert found.log_of(3).read_bytes() == b"epoch 1\n" and not found.log_of(1).exists()
    assert found.holder() is None


def test_how_a_trial_gets_on_is_saved_now_and_then_and_with_the_next_save(opened: Open) -> None:
    store, on = opened(), study_of(0.9, None, running_epochs=2)
    with store.lock():
        store.take_over()
        store.save(NOW)
        store.save_progress(on)
        assert opened().read().study == (NOW if isinstance(store, ObjectState) else on)
        store.save(on)
        assert opened().read().study == on


def test_the_next_run_has_what_it_goes_on_with_and_nothing_else(opened: Open) -> None:
    save(opened())
    store = opened()
    with store.lock():
        assert store.take_over() == ()
        store.clean(store.read().study)
        assert store.trial_files(3).checkpoint.read_bytes() == b"checkpoint"
        assert store.trial_files(3).log.read_bytes() == b"epoch 1\n"
        assert store.best_model.read_bytes() == b"model"
        store.clear_trial(3)
        store.save(BEFORE)
    after = opened()
    after.bring()
    assert not after.trial_files(3).checkpoint.exists() and after.best_model.exists()


def test_a_run_that_finds_nothing_to_do_finds_the_report_too(opened: Open) -> None:
    save(opened())
    store = opened()
    with store.lock():
        store.take_over()
        assert store.report_file("report.html") == b"page" and store.report_file("other.html") is None
        assert store.result_file.read_bytes() == b"result"


def test_one_run_holds_it_at_a_time(opened: Open) -> None:
    save(opened())
    with opened().lock():
        other = opened()
        assert other.holder() is not None
        assert other.read().study == NOW  # who reads is not kept out
        with pytest.raises(StateLockedError, match="another run holds"), other.lock(patience_seconds=0.0):
            pass
    with opened().lock():
        pass


def test_what_users_ask_for_waits_until_it_is_taken_in(opened: Open) -> None:
    name = opened().inbox.write(Dropped(1))
    assert opened().inbox.names() == (name,)
    assert opened().inbox.read(name) == Dropped(1)
    opened().inbox.remove(name)
    assert opened().inbox.names() == ()


def test_a_search_that_begins_again_keeps_the_one_before_aside(opened: Open) -> None:
    save(opened())
    store = opened()
    with store.lock():
        store.take_over()
        store.inbox.write(Dropped(1))
        store.begin_again_with(study_of(0.5), store.place_aside())
    after = opened()
    after.bring()
    assert (after.read().study, after.inbox.names()) == (study_of(0.5), ())
    assert not after.best_model.exists()
    assert (after.root / "before-1" / "best.keras").read_bytes() == b"model"
    assert after.place_aside().name == "before-2"


@pytest.mark.parametrize("to", ["directory", "objects"])
def test_a_search_is_copied_to_another_place(
    opened: Open, to: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(opened())
    (tmp_path / "there").mkdir()
    there = places(tmp_path / "there")[to]
    monkeypatch.setattr("job.state.copying.state_elsewhere", lambda _: there())
    copied = copy_state(opened(), there())
    assert (copied.study, copied.left_out) == (NOW, ())
    found = there()
    found.bring()
    assert (found.read().study, found.best_model.read_bytes()) == (NOW, b"model")
    assert found.trial_files(3).checkpoint.read_bytes() == b"checkpoint"
    assert found.report_file("plots/times.svg") == b"<svg/>"
    with pytest.raises(SettingsError, match=r"there is a search in .* already"):
        copy_state(opened(), there())


def test_a_copy_that_differs_is_told(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(opened())
    target = StateDirectory(tmp_path / "copy")

    def spoilt(_: StateDirectory) -> StateDirectory:
        target.best_model.write_bytes(b"other")
        return target

    monkeypatch.setattr("job.state.copying.state_elsewhere", spoilt)
    with pytest.raises(StateUnwritableError, match=r"best\.keras is not what was copied there"):
        copy_state(opened(), target)


def test_who_reads_a_study_that_is_not_there_is_told_where(opened: Open) -> None:
    store = opened()
    with pytest.raises(SettingsError, match="there is no search in ") as caught:
        read_study(store)
    assert str(store.place) in str(caught.value)
