"""`hpo-job report` in each of its forms."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import skopt

from job.core.run import RunEnd
from job.state.directory import StateDirectory
from tests.cli import here
from tests.fakes import ROOT_OF_SOURCES, study_of

pytestmark = pytest.mark.slow

Done = subprocess.CompletedProcess[str]


@pytest.fixture
def store(tmp_path: Path) -> StateDirectory:
    """A search that was stopped after twelve trials, one of which failed."""
    store = StateDirectory(tmp_path / "state")
    store.root.mkdir()
    store.save(study_of(*(0.8 + number / 100 for number in range(11)), None).close_run(RunEnd.INTERRUPTED))
    return store


def report(store: StateDirectory, *options: str) -> Done:
    done = here.hpo_job("report", f"--state={store.root}", *options)
    assert done.returncode == 0, done.stderr
    return done


def files_in(store: StateDirectory) -> dict[str, bytes]:
    folder = store.report_directory
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_text_is_written_and_printed_with_what_needs_no_drawing(store: StateDirectory) -> None:
    done = report(store)
    assert done.stdout.encode() == files_in(store)["report.txt"]
    assert set(files_in(store)) == {"report.txt", "report.json", "trials.csv"}


def test_programs_get_json_or_csv(store: StateDirectory) -> None:
    assert json.loads(report(store, "--format=json").stdout) == json.loads(report(store, "--json").stdout)
    rows = list(csv.DictReader(io.StringIO(report(store, "--format=csv").stdout)))
    assert [row["status"] for row in rows] == ["completed"] * 11 + ["failed"]


def test_the_page_comes_with_the_plots_and_what_matters_is_known_from_then_on(store: StateDirectory) -> None:
    assert "What matters" not in report(store).stdout
    done = report(store, "--format=html")
    written = files_in(store)
    assert done.stdout.encode() == written["report.html"]
    assert {"plots/convergence.svg", "plots/convergence.png"} <= set(written)
    assert "What matters" in report(store).stdout


def test_a_report_made_twice_is_the_same(store: StateDirectory) -> None:
    report(store, "--format=html")
    first = files_in(store)
    (store.report_directory / "plots" / "error.svg").write_text("<svg/>")  # as a release before has drawn it
    report(store, "--format=html")
    assert files_in(store) == first


@pytest.mark.parametrize("options", [[], ["--json"], ["--format=html"]])
def test_a_report_brings_the_result_of_a_search_that_was_stopped_up_to_date(
    store: StateDirectory, options: list[str]
) -> None:
    report(store, *options)
    result = skopt.load(store.result_file)
    assert (len(result.func_vals), len(result.models)) == (12, 1)


def test_a_report_leaves_the_result_to_a_run_that_is_at_work(store: StateDirectory) -> None:
    with store.lock():
        report(store)
    assert not store.result_file.exists()


def test_a_report_leaves_a_result_that_is_up_to_date_as_it_is(store: StateDirectory) -> None:
    report(store)
    written_at = store.result_file.stat().st_mtime_ns
    report(store)
    assert store.result_file.stat().st_mtime_ns == written_at


def test_opening_prints_the_path_alone_whatever_a_browser_says(store: StateDirectory, tmp_path: Path) -> None:
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text("#!/bin/sh\necho no method available for opening\necho none >&2\nexit 3\n")
    opener.chmod(0o755)
    done = subprocess.run(  # its streams are what the browser is given
        [sys.executable, "-m", "job", "report", f"--state={store.root}", "--open"],
        cwd=ROOT_OF_SOURCES,
        env={**os.environ, "PATH": f"{opener.parent}:{os.environ['PATH']}", "DISPLAY": ":0"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == (f"{store.report_directory / 'report.html'}\n", "")
