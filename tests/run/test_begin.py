"""How a run begins, before anything is trained."""

from pathlib import Path

import pytest

from job import problems
from job.errors import SettingsError
from job.run import begin
from job.run.stopping import StopFlag
from job.settings import Settings

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
