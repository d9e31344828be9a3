"""`hpo-job search` as its users run it: real trials, signals, exit codes; in a process of its own where that counts."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import skopt

from job.core.study import Study
from job.core.trial import Status
from job.data import DataSource
from job.errors import ExitCode
from job.state.directory import StateDirectory
from tests.cli import here
from tests.display.test_ping import Service
from tests.fakes import contents_of, needs_root, tmpfs

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
Done = subprocess.CompletedProcess[str]


def command(state: Path, *options: str, problem: str = "tiny") -> list[str]:
    return [sys.executable, "-m", "tests.command", "search", f"--problem={problem}", f"--state={state}", *options]


def search(state: Path, *options: str, problem: str = "tiny", **environment: str) -> Done:
    return subprocess.run(
        command(state, *options, problem=problem),
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def search_here(state: Path, *options: str, **variables: str) -> Done:
    """Search tiny within this process; its trials are forked from one server, which imports TensorFlow once."""
    return here.tests_command("search", "--problem=tiny", f"--state={state}", *options, **variables)


def study_in(state: Path) -> Study:
    study = StateDirectory(state).read().study
    assert study is not None
    return study


def wait_for(state: Path, condition: Any) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (state / "study.json").exists() and condition(study_in(state)):
            return
        time.sleep(0.02)
    raise AssertionError("what the test waits for does not come")


def processes_in_group(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    state = tmp_path_factory.mktemp("finished") / "state"
    done = search(state, "--trials=3", "--initial-points=1", "--rungs=none")
    assert done.returncode == ExitCode.OK, done.stderr
    return state, done


def test_the_best_model_gives_its_score(finished: tuple[Path, Done]) -> None:
    import keras

    from tests.fake_problems import tiny

    state, _ = finished
    study, validation = study_in(state), tiny.load_data(DataSource(), lambda _: None).validation
    model = keras.models.load_model(state / "best.keras")
    logs = model.evaluate(
        validation.images.astype("float32") / 255, validation.labels, batch_size=500, verbose=0, return_dict=True
    )
    assert study.best is not None and study.best.score(study.fingerprint.objective) == logs["accuracy"]


def test_a_search_leaves_what_it_promises(finished: tuple[Path, Done]) -> None:
    state, done = finished
    study = study_in(state)
    assert [trial.status for trial in study.trials] == [Status.COMPLETED] * 3
    result = skopt.load(state / "result.joblib")
    assert [list(trial.params.values()) for trial in study.trials] == result.x_iters
    assert len(result.models) <= 1
    report = json.loads((state / "report" / "report.json").read_text())
    assert report["best"]["score"] == max(trial["score"] for trial in report["trials"])
    assert set(report["test"]) >= {"accuracy", "loss"}
    assert [len(trial["curve"]) for trial in report["trials"]] == [4, 4, 4]
    assert f"Trial       {report['best']['number']} of 3" in done.stdout.splitlines()[1]
    assert f"  Report      {state}/report/report.html\n" in done.stdout
    assert done.stdout.endswith(f"hpo-job report --state {state}\n")
    assert len(done.stdout.splitlines()) <= 14
    assert (state / "report" / "trials.csv").read_text().count("\n") == 1 + 3
    assert {"report.html", "plots/convergence.svg", "plots/confusion.png"} <= set(contents_of(state / "report"))


def test_the_parts_of_the_time_make_up_the_run(finished: tuple[Path, Done]) -> None:
    run = study_in(finished[0]).runs[-1]
    took = run.last_saved_at - run.started_at
    assert {"start", "proposals", "trials", "saving", "report", "test"} == set(run.seconds)
    total = sum(run.seconds.values())
    assert total - run.seconds["report"] < took + 1  # the result and the report are written beside trials
    assert 0.9 * took < total


def test_the_best_model_opens_with_plain_keras(finished: tuple[Path, Done]) -> None:
    import keras

    model = keras.models.load_model(finished[0] / "best.keras")
    assert model.output_shape == (None, 3)


def test_a_finished_search_says_so_at_once_without_tensorflow(finished: tuple[Path, Done]) -> None:
    state, _ = finished
    before = (state / "study.json").read_bytes()
    program = f"""
import sys
sys.argv = ["hpo-job", "search", "--state={state}"]
from job import problems
problems.BUILT_IN["tiny"] = "tests.cli.light"
from job.cli.app import run
from job.run.stopping import StopFlag
assert run(StopFlag()) == 0
assert not {{"tensorflow", "keras", "skopt"}} & set(sys.modules), "a heavy library has been imported"
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "nothing left to do: 3 of 3 trials are complete" in done.stderr
    assert (state / "study.json").read_bytes() == before


def test_more_trials_go_on_with_a_finished_search(tmp_path: Path) -> None:
    for trials in ("1", "2"):
        assert search_here(tmp_path, f"--trials={trials}").returncode == ExitCode.OK
    study = study_in(tmp_path)
    assert [trial.status for trial in study.trials] == [Status.COMPLETED] * 2
    assert study.interruptions == 0


def test_other_settings_are_refused_with_the_difference(finished: tuple[Path, Done]) -> None:
    done = search_here(finished[0], "--trials=3", "--initial-points=1", "--epochs=5")
    assert done.returncode == ExitCode.CONFIG
    assert "epochs: 4 in the state, 5 now" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_within_a_trial_leaves_with_75_and_the_next_run_goes_on(
    tmp_path: Path, number: signal.Signals
) -> None:
    # So many epochs of this problem, which stops none of its trials early, outlast the signal on any machine.
    options = ("--trials=2", "--epochs=500")
    process = subprocess.Popen(command(tmp_path, *options, problem="digits"), cwd=ROOT, start_new_session=True)
    wait_for(tmp_path, lambda study: study.trials and study.trials[0].epochs >= 3)
    os.killpg(process.pid, number)
    assert process.wait(timeout=10) == ExitCode.TEMPORARY_FAILURE
    study = study_in(tmp_path)
    assert (study.trial(1).status, study.trial(1).attempts, study.interruptions) == (Status.RUNNING, 0, 1)
    assert StateDirectory(tmp_path).trial_files(1).checkpoint.exists()


def test_a_signal_within_the_import_of_tensorflow_leaves_with_75(tmp_path: Path) -> None:
    process = subprocess.Popen(command(tmp_path), cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE)
    time.sleep(1.5)
    os.killpg(process.pid, signal.SIGTERM)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == ExitCode.TEMPORARY_FAILURE, errors


def test_a_second_signal_leaves_at_once_and_takes_the_trial_with_it(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(tmp_path, "--grace-seconds=60", problem="broken"),
        cwd=ROOT,
        start_new_session=True,
        env={**os.environ, "HPO_JOB_TEST_FATE": "hang"},
    )
    wait_for(tmp_path, lambda study: study.trials and study.trials[0].attempts == 1)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 128 + signal.SIGTERM
    assert search_here(tmp_path, HPO_JOB_TRIALS="1").returncode == ExitCode.OK


def test_a_hanging_trial_does_not_outlast_the_grace_period(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(tmp_path, "--grace-seconds=2", problem="broken"),
        cwd=ROOT,
        env={**os.environ, "HPO_JOB_TEST_FATE": "hang"},
    )
    wait_for(tmp_path, lambda study: study.trials and study.trials[0].attempts == 1)
    process.terminate()
    assert process.wait(timeout=10) == ExitCode.TEMPORARY_FAILURE
    assert study_in(tmp_path).trial(1).attempts == 0


def test_a_run_ends_by_itself_after_its_time(tmp_path: Path) -> None:
    done = search(tmp_path, "--epochs=2000", "--run-for=8s")
    assert done.returncode == ExitCode.TEMPORARY_FAILURE
    assert "--run-for" in done.stderr


@pytest.mark.parametrize("stall", ["import", "load_data"])
def test_a_run_whose_problem_stalls_ends_after_its_time(tmp_path: Path, stall: str) -> None:
    done = search(tmp_path, "--in-process", "--run-for=2s", problem="stalling", HPO_JOB_TEST_STALL=stall)
    assert done.returncode == ExitCode.TEMPORARY_FAILURE, done.stderr
    assert "stopped: the time given with --run-for is over" in done.stderr


def test_a_run_whose_import_of_tensorflow_stalls_ends_after_its_time(tmp_path: Path) -> None:
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text("import time; time.sleep(600)")
    options, path = ("--trials=1", "--run-for=5s"), f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    process = subprocess.Popen(
        command(tmp_path / "state", *options, problem="stalling"),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, "HPO_JOB_TEST_STALL": "tensorflow"},
        start_new_session=True,
    )
    try:
        assert process.wait(timeout=10) == ExitCode.TEMPORARY_FAILURE
        deadline = time.monotonic() + 10
        while processes_in_group(process.pid):
            assert time.monotonic() < deadline, "the server that trials are forked from has outlived the search"
            time.sleep(0.05)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert not (tmp_path / "state" / "study.json").exists(), "the data have not been looked at, so there is no study"


@pytest.mark.parametrize(
    ("fate", "reason"),
    [
        ("raise", "ValueError: no such layer"),
        ("diverge", "diverged: loss is nan after 2 of 7 batches of epoch 1"),  # where a rung looks first
        ("die", "died 2 times without getting on: its process was killed by SIGKILL"),
        ("hang", "took longer than 3.0 s, over all its attempts"),
    ],
)
def test_failures_are_recorded_with_reason_and_log_and_the_job_goes_on(tmp_path: Path, fate: str, reason: str) -> None:
    bounds = ["--max-attempts=2", "--trial-timeout=3s", "--trials=1", "--max-failures=30", "--seed=3"]
    done = search(tmp_path, *bounds, problem="broken", HPO_JOB_TEST_FATE=fate)
    assert done.returncode == ExitCode.OK, done.stderr
    failed = study_in(tmp_path).trial(1)
    assert failed.status is Status.FAILED and failed.reason.startswith(reason)
    assert f"fate: {fate}" in failed.log_tail
    assert reason in (tmp_path / "report" / "report.txt").read_text()


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A directory with a path short enough for the name of a socket below it, and empty in the end."""
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory)
        deadline = time.monotonic() + 10  # the server ends a moment after its search
        while left := list(Path(directory).iterdir()):
            assert time.monotonic() < deadline, left
            time.sleep(0.05)


def test_trials_that_end_or_are_killed_leave_no_temporary_files(tmp_path: Path, temporary: Path) -> None:
    options = ["--max-attempts=1", "--trials=1", "--seed=5"]  # by which the second trial completes
    done = search(tmp_path, *options, problem="broken", HPO_JOB_TEST_FATE="die", TMPDIR=str(temporary))
    assert done.returncode == ExitCode.OK, done.stderr
    logs = [(tmp_path / "trials" / number / "log.txt").read_text() for number in ("0001", "0002")]
    assert all(f"temporary file: {temporary}/" in log for log in logs)


def test_what_a_search_leaves_that_was_killed_with_all_its_processes_goes_with_the_next(
    tmp_path: Path, temporary: Path
) -> None:
    process = subprocess.Popen(
        command(tmp_path, problem="broken"),
        cwd=ROOT,
        start_new_session=True,
        env={**os.environ, "HPO_JOB_TEST_FATE": "hang", "TMPDIR": str(temporary)},
    )
    log = tmp_path / "trials" / "0001" / "log.txt"
    wait_for(tmp_path, lambda _: log.exists() and "temporary file: " in log.read_text())
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert Path(log.read_text().split("temporary file: ")[1].strip()).exists()
    done = search(tmp_path, problem="tiny", HPO_JOB_TRIALS="1", TMPDIR=str(temporary))
    assert done.returncode == ExitCode.OK, done.stderr


def test_nothing_but_failures_ends_with_70_and_a_report(tmp_path: Path) -> None:
    done = search(tmp_path, "--max-failures=1", problem="broken", HPO_JOB_TEST_FATE="raise")
    assert done.returncode == ExitCode.SOFTWARE
    assert "ValueError: no such layer" in done.stderr and "log.txt" in done.stderr
    assert "ValueError: no such layer" in (tmp_path / "report" / "report.txt").read_text()


def test_training_in_this_process_gives_the_same_trials(finished: tuple[Path, Done], tmp_path: Path) -> None:
    done = search(tmp_path, "--trials=3", "--initial-points=1", "--rungs=none", "--in-process")
    assert done.returncode == ExitCode.OK, done.stderr
    inline, processes = study_in(tmp_path), study_in(finished[0])
    assert [trial.history for trial in inline.trials] == [trial.history for trial in processes.trials]


def test_json_lines_are_all_that_is_printed(tmp_path: Path) -> None:
    done = search(tmp_path, "--trials=1", "--epochs=4", "--log-format=json", problem="digits")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    events = [record.get("phase", record["event"]) for record in records]
    assert done.stderr == ""
    assert events[:3] == ["loading the data", "run_started", "loading TensorFlow"] and events.count("epoch_ended") == 4
    assert events[-2:] == ["drawing the report", "run_ended"] and events.count("run_ended") == 1
    again = search(tmp_path, "--trials=1", "--epochs=4", "--log-format=json", problem="digits")
    (record,) = (json.loads(line) for line in again.stdout.splitlines())
    assert (record["event"], record["exit_code"]) == ("run_ended", ExitCode.OK)


def test_a_search_begins_from_another_and_goes_on_so(finished: tuple[Path, Done], tmp_path: Path) -> None:
    source = f"--begin-from={finished[0]}"
    done = search_here(tmp_path, "--trials=1", "--initial-points=1", source)
    assert done.returncode == ExitCode.OK, done.stderr
    study = study_in(tmp_path)
    assert [trial.status for trial in study.trials] == [Status.IMPORTED] * 3 + [Status.COMPLETED]
    assert f"begins with 3 of 3 trials of {finished[0]} as evidence" in done.stderr
    report = (tmp_path / "report" / "report.txt").read_text().replace("\\\n", "")  # a long command is folded
    assert f"--begin-from{finished[0]}" in "".join(report.split())
    again = search_here(tmp_path, "--trials=1", source)
    assert (again.returncode, "nothing left to do" in again.stderr) == (ExitCode.OK, True)
    refused = search_here(tmp_path, "--trials=2", f"--begin-from={finished[0] / 'result.joblib'}")
    assert refused.returncode == ExitCode.CONFIG and f"begun from {finished[0]} in the state" in refused.stderr
    assert "finished: 1 of 1 trial is complete" in done.stderr
    assert (tmp_path / "best.keras").exists()
    before = study_in(finished[0])
    objective = study.fingerprint.objective
    assert [t.score(objective) for t in study.trials[:3]] == [t.score(objective) for t in before.trials]


def test_an_unknown_objective_is_named_and_another_one_may_follow(tmp_path: Path) -> None:
    wrong = search_here(tmp_path, "--trials=1", "--objective=val_auc")
    assert wrong.returncode == ExitCode.USAGE
    assert "val_auc" in wrong.stderr and "val_accuracy" in wrong.stderr
    assert search_here(tmp_path, "--trials=1", "--objective=val_loss").returncode == ExitCode.OK


@needs_root
def test_a_disk_that_fills_within_a_trial_ends_with_74_and_the_search_goes_on_once_there_is_space(
    tmp_path: Path,
) -> None:
    options = ("--trials=2", "--epochs=40")
    with tmpfs(tmp_path, size="16m") as mounted:
        state = tmp_path / "state"
        process = subprocess.Popen(
            command(state, *options, problem="digits"), cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        wait_for(state, lambda study: study.trials and study.trials[0].epochs >= 3)
        mounted.fill()
        _, errors = process.communicate(timeout=60)
        assert process.returncode == ExitCode.IO_ERROR, errors
        assert "No space left on device" in errors and "free some space" in errors
        saved = study_in(state).trial(1)
        assert saved.epochs >= 3 and saved.status is Status.RUNNING
        (tmp_path / "ballast").unlink()
        assert search(state, *options, problem="digits").returncode == ExitCode.OK
        assert study_in(state).trial(1).history[: saved.epochs] == saved.history


def test_a_missing_data_set_ends_with_66(tmp_path: Path) -> None:
    done = search(tmp_path / "state", f"--data={tmp_path}", problem="mnist")
    assert done.returncode == ExitCode.NO_INPUT
    assert str(tmp_path) in done.stderr and "train-images-idx3-ubyte" in done.stderr


def short_search(state: Path, *options: str) -> Done:
    """Search with a problem that imports no Keras, which would print things."""
    return search(state, "--trials=1", "--epochs=1", *options, problem="digits")


def test_while_another_run_holds_the_state_a_run_fails_or_skips_and_both_leave_it_alone(tmp_path: Path) -> None:
    with StateDirectory(tmp_path).lock():
        failed = short_search(tmp_path)
        quiet = short_search(tmp_path, "--quiet")
        skipped = short_search(tmp_path, "--if-locked=skip")
        silent = short_search(tmp_path, "--if-locked=skip", "--quiet")
    assert (failed.returncode, quiet.returncode) == (ExitCode.CANNOT_CREATE, ExitCode.CANNOT_CREATE)
    assert f"process {os.getpid()}" in failed.stderr
    assert (quiet.stdout, quiet.stderr.count("\n")) == ("", 1)
    assert quiet.stderr.startswith("hpo-job: another run holds")
    assert (skipped.returncode, skipped.stdout) == (ExitCode.OK, "")
    assert "nothing done: another run holds" in skipped.stderr
    assert (silent.returncode, silent.stdout, silent.stderr) == (ExitCode.OK, "", "")
    assert {path.name for path in tmp_path.iterdir()} == {"lock"}


def test_a_run_that_waits_goes_on_when_the_other_one_ends_and_stops_when_it_is_told_to(tmp_path: Path) -> None:
    waits = command(tmp_path, "--trials=1", "--epochs=1", "--if-locked=wait", problem="digits")
    with StateDirectory(tmp_path).lock():
        first, second = (subprocess.Popen(waits, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2))
        for process in (first, second):
            assert process.stderr is not None
            assert f"waiting for the run that holds {tmp_path}: process {os.getpid()}" in process.stderr.readline()
        second.terminate()
        second.communicate(timeout=10)
        assert (first.poll(), second.returncode) == (None, ExitCode.TEMPORARY_FAILURE)
    first.communicate()
    assert first.returncode == ExitCode.OK
    assert len(study_in(tmp_path).scored) == 1


def test_a_quiet_search_says_nothing(tmp_path: Path) -> None:
    done = short_search(tmp_path, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (ExitCode.OK, "", "")
    assert (tmp_path / "report" / "report.txt").exists()


def test_a_search_that_needs_a_gpu_and_finds_none_trains_nothing(tmp_path: Path) -> None:
    done = search(tmp_path, "--trials=1", "--require-gpu", CUDA_VISIBLE_DEVICES="")
    assert done.returncode == ExitCode.CONFIG, done.stderr
    assert "expected a GPU, as --require-gpu says, found CPU" in done.stderr
    assert "hpo-job doctor" in done.stderr
    assert not study_in(tmp_path).is_begun


def test_a_search_of_which_nothing_has_come_gives_way_to_other_settings(tmp_path: Path) -> None:
    assert search(tmp_path, "--trials=1", "--require-gpu", CUDA_VISIBLE_DEVICES="").returncode == ExitCode.CONFIG
    done = search_here(tmp_path, "--trials=1", "--seed=8")
    assert done.returncode == ExitCode.OK, done.stderr
    (run,) = study_in(tmp_path).runs
    assert run.ended == "finished"
    assert {("--seed", "8"), ("--trials", "1")} <= set(itertools.pairwise(run.options))
    assert study_in(tmp_path).fingerprint.seed == 8


def test_a_dead_mans_switch_hears_of_the_start_and_the_end(tmp_path: Path) -> None:
    service = Service()
    with service.serving() as url:
        assert search_here(tmp_path, "--trials=1", f"--ping-url={url}/ping").returncode == ExitCode.OK
        assert search_here(tmp_path, "--trials=1", "--seed=8", f"--ping-url={url}/ping").returncode == ExitCode.CONFIG
    assert service.paths == ["/ping/start", "/ping/0", "/ping/start", "/ping/78"]


def test_nothing_is_told_after_the_end_of_a_run_not_even_a_switch_that_does_not_answer(tmp_path: Path) -> None:
    with StateDirectory(tmp_path).lock():
        done = short_search(tmp_path, "--log-format=json", "--ping-url=http://127.0.0.1:9")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == ExitCode.CANNOT_CREATE
    assert [record["event"] for record in records] == ["notice", "run_ended"]
    assert records[0]["message"].startswith("--ping-url: ")


def test_what_is_no_address_to_ping_is_refused(tmp_path: Path) -> None:
    done = search_here(tmp_path, "--ping-url=example.org/ping")
    assert done.returncode == ExitCode.USAGE
    assert "--ping-url: expected an address such as https://" in done.stderr


def test_a_report_that_a_kill_has_kept_from_being_written_is_there_after_the_next_start(
    finished: tuple[Path, Done], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    shutil.copytree(finished[0], state)
    before = contents_of(state / "report")
    shutil.rmtree(state / "report")
    done = search_here(state, "--trials=3", "--initial-points=1")
    assert done.returncode == ExitCode.OK
    told = before["report.txt"].replace(bytes(finished[0]), bytes(state))
    assert contents_of(state / "report") == before | {"report.txt": told}


def test_predictions_that_are_lost_are_made_again_by_the_next_start(
    finished: tuple[Path, Done], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    shutil.copytree(finished[0], state)
    before = (state / "predictions.npz").read_bytes()
    (state / "predictions.npz").unlink()
    assert search_here(state, "--trials=3", "--initial-points=1").returncode == ExitCode.OK
    assert (state / "predictions.npz").read_bytes() == before
