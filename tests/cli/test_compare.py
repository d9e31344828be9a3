"""`hpo-job compare` in each of its forms."""

import json
from pathlib import Path

import pytest

from job.cli import browser
from job.errors import ExitCode
from job.state.directory import StateDirectory
from tests.cli.here import Done, hpo_job
from tests.cli.test_startup import import_nothing_heavy
from tests.fakes import contents_of
from tests.report.comparison.searches import named


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Directories with the states a, b of two seeds, and loss, of another objective."""
    folder = tmp_path / "runs"
    for search in (
        named("a", 0.5, 0.9),
        named("b", 0.6, 0.8, seed=1),
        named("loss", 0.5, objective="val_loss:min"),
    ):
        (folder / search.name).mkdir(parents=True)
        StateDirectory(folder / search.name).save(search.study)
    monkeypatch.chdir(folder)
    return folder


def refused(*arguments: str) -> str:
    done = hpo_job("compare", *arguments)
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, "")
    return done.stderr


def test_states_are_compared_and_nothing_of_them_is_touched(runs: Path) -> None:
    before = contents_of(runs)
    done: Done = hpo_job("compare", "a", "b/")
    assert done.returncode == 0 and "Comparison of 2 searches, by val_accuracy" in done.stdout
    assert json.loads(hpo_job("compare", "a", "b", "--json").stdout)["groups"][0]["best"]["median"] == pytest.approx(
        0.85
    )
    assert contents_of(runs) == before


@pytest.mark.parametrize(
    ("name", "begins"), [("c.html", b"<!DOCTYPE html>"), ("c.PNG", b"\x89PNG"), ("c.json", b"{"), ("c", b"Comparison")]
)
def test_a_file_is_written_in_the_form_of_its_ending(runs: Path, name: str, begins: bytes) -> None:
    done = hpo_job("compare", "a", "b", f"--output={name}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (runs / name).read_bytes().startswith(begins)


def test_a_form_that_is_given_wins_over_the_ending_and_is_printed_without_a_file(runs: Path) -> None:
    assert hpo_job("compare", "a", "b", "--format=svg").stdout.startswith("<?xml")
    hpo_job("compare", "a", "b", "--format=json", "--output=c.html")
    assert json.loads((runs / "c.html").read_text())["test_metric"] is None


def test_what_cannot_be_compared_is_refused_with_the_way_out(runs: Path) -> None:
    assert "val_accuracy:max in a, val_loss:min in loss" in refused("a", "loss")
    assert "hpo-job report tells of a single one" in refused("a")
    assert "found a twice" in refused("a", "./a")
    assert "there is no search in c" in refused("a", "c")
    assert "--output comparison.html" in refused("a", "b", "--open")


def test_a_file_that_is_written_is_opened_where_that_is_asked_for(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = list[Path]()
    monkeypatch.setattr(browser, "open_in_browser", opened.append)
    assert hpo_job("compare", "a", "b", "--output=c.html", "--open").returncode == 0
    assert opened == [Path("c.html")] and (runs / "c.html").exists()


def test_a_comparison_as_text_imports_nothing_heavy(runs: Path) -> None:
    import_nothing_heavy("compare a b")
