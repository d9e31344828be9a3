"""How a run begins, before anything is trained."""

from contextlib import ExitStack
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import skopt

from job import problems
from job.core.events import Event, Phase, PhaseStarted
from job.core.run import RunEnd
from job.core.study import Study
from job.core.tested import TestResult
from job.errors import SettingsError, StateUnreadableError
from job.run import begin
from job.run.fingerprint import fingerprint_of
from job.run.stopping import StopFlag
from job.settings import Settings
from job.settings.choices import IfLocked
from job.state.directory import StateDirectory
from tests.fakes import START

PROBLEM = """
import sys
from tests.cli.light import SPACE, DEFAULT, EPOCHS, BATCH_SIZE
{at_import}
def load_data(*_):
    {in_load_data}


build_model = callbacks = load_data
"""


@pytest.mark.parametrize(
    ("at_import", "in_load_data"),
    [("sys.exit('no licence')", "pass"), ("", "sys.exit('no licence')"), ("", "raise KeyboardInterrupt('no licence')")],
)
def test_a_problem_that_ends_the_program_is_refused_with_what_it_said(
    at_import: str, in_load_data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"leaving_{abs(hash((at_import, in_load_data)))}"
    (tmp_path / f"{name}.py").write_text(PROBLEM.format(at_import=at_import, in_load_data=in_load_data))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(problems.BUILT_IN, "leaving", name)
    settings = Settings(problem="leaving", state=tmp_path / "state", in_process=True)
    with pytest.raises(SettingsError, match=f"{name} .* ends the program: .*: no licence"):
        begin.run(settings, stop=StopFlag(), listener=lambda *_: None)


def begun(store: StateDirectory, **settings: Any) -> Study:
    """Leave a search of the problem `light` in the state, with one trial that has failed."""
    declared = problems.load("tests.cli.light").declared
    fingerprint = fingerprint_of(settings=Settings(problem="light", **settings), declared=declared, data="")
    study = Study(fingerprint=fingerprint).open_run(now=START).propose(fingerprint.default)
    store.save(study := study.fail(1, "the loss became NaN in epoch 1", now=START))
    return study


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateDirectory:
    """A state directory where `light`, whose data ask for an AssertionError, is a problem."""
    monkeypatch.setitem(problems.BUILT_IN, "light", "tests.cli.light")
    return StateDirectory(tmp_path)


def test_the_problem_in_the_state_is_gone_on_with_where_none_is_given(store: StateDirectory) -> None:
    begun(store, seed=3, bounds=["width=2:9"])
    with pytest.raises(SettingsError, match="no data is needed"):  # as `light` says when its data are looked at
        begin.run(Settings(state=store.root, in_process=True), stop=StopFlag(), listener=lambda *_: None)


def test_what_the_run_before_leaves_counts_though_it_was_not_there_when_waiting_began(store: StateDirectory) -> None:
    with ExitStack() as other_run:
        other_run.enter_context(store.lock())

        def listener(event: Event, study: Study | None) -> None:
            if event == PhaseStarted(Phase.LOCK):
                begun(store)
                other_run.close()

        settings = Settings(state=store.root, in_process=True, if_locked=IfLocked.WAIT)
        with pytest.raises(SettingsError, match="no data is needed"):
            begin.run(settings, stop=StopFlag(), listener=listener)


def test_a_study_that_cannot_be_read_is_told_before_the_lock_is_taken(store: StateDirectory) -> None:
    store.study_file.write_bytes(b"{")
    with pytest.raises(StateUnreadableError):
        begin.run(Settings(state=store.root), stop=StopFlag(), listener=lambda *_: None)
    assert [path.name for path in store.root.iterdir()] == ["study.json"]


def test_a_search_that_has_finished_without_a_confirmation_is_confirmed_where_one_is_asked_for_now(
    store: StateDirectory,
) -> None:
    settings = Settings(problem="light", state=store.root, trials=1, confirm="1x2", in_process=True)
    study = finished(store, replace(settings, confirm="none"))
    store.save(study.close_run(RunEnd.FINISHED))
    with pytest.raises(SettingsError, match="no data is needed"):  # for what is to be trained again
        begin.run(settings, stop=StopFlag(), listener=lambda *_: None)


def finished(store: StateDirectory, settings: Settings) -> Study:
    """Return a search of the problem `light` whose one trial has completed, with its model in the state, and tested."""
    declared = problems.load("tests.cli.light").declared
    study = Study(fingerprint=fingerprint_of(settings=settings, declared=declared, data=""))
    study = study.propose(study.fingerprint.default).open_run(now=START)
    store.best_model.write_bytes(b"a model")
    digest = sha256(b"a model").hexdigest()
    study = study.complete(1, ({"val_accuracy": 0.9},), seconds=1.0, now=START, model_sha256=digest)
    return study.record_test(TestResult(number=1, metrics={"accuracy": 0.9}))


@pytest.mark.slow
@pytest.mark.parametrize("ended", [RunEnd.UNKNOWN, RunEnd.INTERRUPTED])
def test_a_search_whose_last_run_could_not_say_so_is_noted_as_finished_once_and_has_its_result(
    ended: RunEnd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(problems.BUILT_IN, "light", "tests.cli.light")
    settings, store = Settings(problem="light", state=tmp_path, trials=1, in_process=True), StateDirectory(tmp_path)
    store.save(finished(store, settings).close_run(ended))

    studies = [begin.run(settings, stop=StopFlag(), listener=lambda *_: None) for _ in range(2)]

    assert [[run.ended for run in each.runs] for each in studies if each] == [[ended, RunEnd.FINISHED]] * 2
    assert store.read().study == studies[0]
    assert [-float(loss) for loss in skopt.load(store.result_file).func_vals] == [0.9]

    written_at = store.result_file.stat().st_mtime_ns
    begin.run(settings, stop=StopFlag(), listener=lambda *_: None)
    assert store.result_file.stat().st_mtime_ns == written_at
    store.result_file.unlink()
    begin.run(settings, stop=StopFlag(), listener=lambda *_: None)
    assert skopt.load(store.result_file).fun == -0.9
