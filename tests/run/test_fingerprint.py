"""What of the command line decides how a search comes out."""

from dataclasses import fields
from pathlib import Path

import typer
from typer.testing import CliRunner

from job.cli.options import takes_settings
from job.problems import digits
from job.run.fingerprint import fingerprint_of, options_of
from job.settings import Acquisition, IfLocked, Settings

OTHERS = {
    *("state", "download", "run_for", "require_gpu", "in_process", "checkpoint_seconds", "grace_seconds", "if_locked"),
    *("log_format", "tensorboard", "quiet", "ping_url"),
}

app = typer.Typer()


@app.command()
@takes_settings
def search(context: typer.Context, settings: Settings) -> None:
    context.obj.append(settings)


def test_defaults_need_no_options() -> None:
    assert options_of(Settings()) == ()


def test_the_options_give_the_settings_back() -> None:
    settings = Settings(
        problem="digits",
        data_dir=Path("/data"),
        objective="val_loss:min",
        bounds=["learning_rate=1e-5:1e-3", "num_dense_nodes=8:16"],
        seed=3,
        warm_start=True,
        trials=7,
        max_hours=2.5,
        patience=4,
        initial_points=6,
        acquisition=Acquisition.LOWER_CONFIDENCE_BOUND,
        epochs=2,
        batch_size=64,
        deterministic=False,
        trial_timeout=1200.0,
        max_attempts=2,
        max_failures=9,
    )
    given: list[Settings] = []
    result = CliRunner().invoke(app, options_of(settings), obj=given)
    assert (result.exit_code, given) == (0, [settings])


def test_what_decides_nothing_and_what_is_secret_is_left_out() -> None:
    settings = Settings(state=Path("/elsewhere"), quiet=True, ping_url="https://a/b", if_locked=IfLocked.SKIP)
    assert options_of(settings) == ()
    assert {field.name for field in fields(Settings)} >= OTHERS


def test_other_budgets_are_no_other_search() -> None:
    one, other = (fingerprint_of(settings=Settings(trials=n), problem=digits, data="") for n in (1, 2))
    assert one == other
