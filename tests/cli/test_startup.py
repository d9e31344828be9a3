"""Commands that train nothing start without what only training needs."""

import subprocess
import sys
from pathlib import Path

from job.proposals.result import dump_result
from job.state.directory import StateDirectory
from tests.fakes import study_of
from tests.report.confirmations import confirmed_study

HEAVY = {"dask", "joblib", "keras", "matplotlib", "numpy", "obstore", "scipy", "skopt", "sklearn", "tensorflow"}


PROGRAM = f"""
import sys
from job.cli.app import run
from job.run.stopping import StopFlag
for line in sys.stdin:
    sys.argv = ["hpo-job", *line.split()]
    assert run(StopFlag()) == 0
    heavy = {HEAVY!r} & set(sys.modules)
    assert not heavy, f"{{line.strip()}} imports {{heavy}}"
"""


def import_nothing_heavy(*commands: str) -> None:
    """Assert that none of the commands, which one process runs in turn, has imported a heavy library by its end."""
    program = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(program, input="\n".join(commands), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_help_and_version_import_nothing_heavy() -> None:
    commands = ("search", "evaluate", "predict", "retrain", "verify")
    import_nothing_heavy("--help", "--version", *(f"{command} --help" for command in commands))


def test_what_reads_the_state_or_asks_something_of_a_search_imports_nothing_heavy(tmp_path: Path) -> None:
    store = StateDirectory(tmp_path)
    study = study_of(0.9, None, 0.8)
    store.save(study)
    store.write_result(dump_result(study, with_model=True))
    commands = ("status", "status --json", "report", "report --json", "enqueue --set=filters=8", "drop 1", "retry 2")
    confirmed = tmp_path / "confirmed"
    confirmed.mkdir()
    StateDirectory(confirmed).save(confirmed_study())
    import_nothing_heavy(
        *(f"{command} --state={tmp_path}" for command in commands),
        *(f"{command} --state={confirmed}" for command in ("status", "status --json")),
    )
