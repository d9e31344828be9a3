"""How a run begins, before anything is trained."""

from hashlib import sha256
from pathlib import Path

import pytest

from job import problems
from job.core.run import RunEnd
from job.core.study import Study
from job.core.tested import TestResult
from job.errors import SettingsError
from job.run import begin
from job.run.fingerprint import fingerprint_of
from job.run.stopping import StopFlag
from job.settings import Settings
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


@pytest.mark.slow
@pytest.mark.parametrize("ended", [RunEnd.UNKNOWN, RunEnd.INTERRUPTED])
def test_a_search_whose_last_run_could_not_say_so_is_noted_as_finished_once(
    ended: RunEnd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(problems.BUILT_IN, "light", "tests.cli.light")
    settings, store = Settings(problem="light", state=tmp_path, trials=1, in_process=True), StateDirectory(tmp_path)
    study = Study(fingerprint=fingerprint_of(settings=settings, problem=problems.load("tests.cli.light"), data=""))
    study = study.propose(study.fingerprint.default).open_run(now=START)
    store.best_model.write_bytes(b"a model")
    digest = sha256(b"a model").hexdigest()
    study = study.complete(1, ({"val_accuracy": 0.9},), seconds=1.0, now=START, model_sha256=digest)
    store.save(study.record_test(TestResult(number=1, metrics={"accuracy": 0.9})).close_run(ended))

    studies = [begin.run(settings, stop=StopFlag(), listener=lambda *_: None) for _ in range(2)]

    assert [[run.ended for run in each.runs] for each in studies if each] == [[ended, RunEnd.FINISHED]] * 2
    assert store.read().study == studies[0]
