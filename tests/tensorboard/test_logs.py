"""TensorBoard's logs, read back with TensorBoard's own loader."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

from job.core.events import CheckpointLeft, EpochEnded, Notice, RungReached, RunStarted, TrialEnded, TrialStarted
from job.core.events import Event as StudyEvent
from job.core.space import Params
from job.core.study import Study
from job.errors import StateUnwritableError
from job.executors import Ending
from job.state import study_json
from job.tensorboard import event_file
from job.tensorboard.logs import event_files, follow, write_logs, write_trial_logs
from tests.fake_confirmation import confirming
from tests.fake_rungs import begin_trial, reach, search_on_rungs, stop_trial
from tests.fake_search import history_of, run_of
from tests.fakes import START, contents_of, run_python, study_of
from tests.tensorboard.event_logs import HISTORY, SECONDS, after, completed, kept, read, scalars, status, told


def curve(tag: str, epochs: int = len(HISTORY)) -> list[tuple[int, float]]:
    """Return what `scalars` gives for a metric of HISTORY."""
    return [(epoch, kept(logs[tag])) for epoch, logs in enumerate(HISTORY[:epochs], start=1)]


def all_curves(logs: EventMultiplexer) -> dict[str, list[tuple[int, float]]]:
    return {
        f"{prefix}{tag}": scalars(logs, f"0001/tensorboard/{run}", tag)
        for run, prefix in (("train", ""), ("validation", "val_"))
        for tag in ("loss", "accuracy")
    }


def test_each_epoch_is_a_step_of_training_and_of_validation_under_one_tag(tmp_path: Path) -> None:
    write_logs(completed(), tmp_path)

    assert all_curves(read(tmp_path)) == {tag: curve(tag) for tag in HISTORY[0]}


def test_a_loader_that_watches_gets_every_epoch_once(tmp_path: Path) -> None:
    write_logs(after(0), tmp_path)
    logs = read(tmp_path)
    for epochs in range(1, len(HISTORY) + 1):
        write_trial_logs(after(epochs), 1, tmp_path)
        logs.AddRunsFromDirectory(str(tmp_path)).Reload()

        assert all_curves(logs) == {tag: curve(tag, epochs) for tag in HISTORY[0]}
    write_trial_logs(completed(), 1, tmp_path)
    logs.Reload()

    assert all_curves(logs) == {tag: curve(tag) for tag in HISTORY[0]}
    assert status(logs, "0001/tensorboard") == "STATUS_SUCCESS"


def test_a_file_is_only_appended_to_while_the_search_goes_on(tmp_path: Path) -> None:
    before: Mapping[str, bytes] = {}
    for study in (after(0), after(1), after(2), after(2, seconds=15.0), after(3), after(4), completed()):
        write_logs(study, tmp_path)
        now = contents_of(tmp_path)

        assert {path: content[: len(before[path])] for path, content in now.items() if path in before} == before
        before = now


def test_a_run_is_followed_from_the_start_of_a_trial_epoch_by_epoch_to_its_end(tmp_path: Path) -> None:
    listen = follow(tmp_path)
    listen(Notice("said before there is a study"), None)
    listen(RunStarted(), study_of(epochs=len(HISTORY)))
    assert list(contents_of(tmp_path)) == [event_file.NAME]
    listen(TrialStarted(1, attempt=1), after(0))
    assert f"0001/tensorboard/{event_file.NAME}" in contents_of(tmp_path)
    for epoch, logs in enumerate(HISTORY, start=1):
        listen(EpochEnded(1, epoch, logs), after(epoch))
        assert all_curves(read(tmp_path)) == {tag: curve(tag, epoch) for tag in HISTORY[0]}
    listen(TrialEnded(1), completed())
    assert status(read(tmp_path), "0001/tensorboard") == "STATUS_SUCCESS"


def test_an_epoch_that_a_kill_has_kept_from_being_told_is_logged_by_the_next_run_and_none_twice(
    tmp_path: Path,
) -> None:
    class Killed(BaseException):
        pass

    def train(number: int, params: Params) -> list[StudyEvent | Ending]:
        first, second, _ = history_of(params)
        left = CheckpointLeft(number, (first,), 1.0), CheckpointLeft(number, (first, second), 2.0)
        return [left[0], EpochEnded(number, 1, first), left[1], EpochEnded(number, 2, second)]

    def listen(event: StudyEvent, study: Study | None) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            raise Killed
        follow(tmp_path)(event, study)

    killed = run_of(trials=1, script=train)
    killed.loop.run.listener = listen
    with pytest.raises(Killed):
        killed.loop.go()
    saved = next(each for each in killed.store.generations if each.trials and each.trial(1).epochs == 2)
    steps_before = [step for step, _ in scalars(read(tmp_path), "0001/tensorboard/train", "loss")]
    resumed = run_of(saved, trials=1)
    resumed.loop.run.listener = follow(tmp_path)
    resumed.loop.go()

    assert steps_before == [1]
    assert [step for step, _ in scalars(read(tmp_path), "0001/tensorboard/train", "loss")] == [1, 2, 3]


def test_a_replicate_has_no_curves_among_those_of_the_trials(tmp_path: Path) -> None:
    listen = follow(tmp_path)
    for event in (TrialStarted(-1, attempt=1), EpochEnded(-1, 1, HISTORY[0]), TrialEnded(-1)):
        listen(event, completed())
    assert not list(tmp_path.iterdir())


def test_a_trial_that_stops_at_a_rung_and_is_gone_on_with_is_only_appended_to(tmp_path: Path) -> None:
    begun = begin_trial(search_on_rungs())
    stopped = reach(begun, 1, 0.33, 0.412).pause(1, stopped_at=0.33, now=START + 9)
    gone_on = stopped.go_on(1).start(1, now=START + 50)
    failed = reach(gone_on, 1, 1.0, 0.6).fail(1, "the loss became NaN in epoch 2", now=START + 90)

    before: Mapping[str, bytes] = {}
    for study in (begun, stopped, gone_on, reach(gone_on, 1, 1.0, 0.6), failed):
        write_logs(study, tmp_path)
        now = contents_of(tmp_path)
        assert {path: content[: len(before[path])] for path, content in now.items() if path in before} == before
        before = now


def test_a_stopped_trial_has_ended_without_a_score_and_has_its_rungs_in_a_chart_of_their_own(tmp_path: Path) -> None:
    listen, study = follow(tmp_path), begin_trial(search_on_rungs())
    listen(TrialStarted(1, attempt=1), study)
    listen(RungReached(1, 0.33, 0.412), reach(study, 1, 0.33, 0.412))
    at_rung = scalars(read(tmp_path), "0001/tensorboard/rungs", "val_accuracy_at_rungs")
    listen(TrialEnded(1), stop_trial(search_on_rungs()))
    logs = read(tmp_path)

    assert at_rung == [(33, kept(0.412))]
    assert status(logs, "0001/tensorboard") == "STATUS_SUCCESS"
    assert logs.Runs()["0001/tensorboard"]["tensors"] == ["_hparams_/session_start_info", "_hparams_/session_end_info"]


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    write_logs(completed(), tmp_path)
    before = contents_of(tmp_path)
    write_logs(completed(), tmp_path)

    assert contents_of(tmp_path) == before


@pytest.mark.parametrize("name", event_files(completed(), 1))
def test_a_file_cut_off_at_any_byte_is_completed_without_doubled_or_missing_steps(name: str, tmp_path: Path) -> None:
    path, whole = tmp_path / name, event_files(completed(), 1)[name]
    for length in range(len(whole)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(whole[:length])
        write_trial_logs(completed(), 1, tmp_path)

        assert steps(path.read_bytes()) == steps(whole)


def steps(data: bytes) -> list[tuple[int, bytes]]:
    """Return step and summary of each event, whose records must all be sound."""
    found = []
    while data:
        length = int.from_bytes(data[:8], "little")
        content, end = data[12 : 12 + length], 12 + length
        assert masked_crc32c(data[:8]) == int.from_bytes(data[8:12], "little")
        assert masked_crc32c(content) == int.from_bytes(data[end : end + 4], "little")
        event = Event.FromString(content)
        found.append((event.step, event.summary.SerializeToString()))
        data = data[end + 4 :]
    return found


@pytest.mark.parametrize("offset", range(0, 200, 7))
def test_a_damaged_file_is_written_anew(offset: int, tmp_path: Path) -> None:
    write_logs(completed(), tmp_path)
    path = tmp_path / "0001/tensorboard/train" / event_file.NAME
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x10
    path.write_bytes(data)
    write_logs(completed(), tmp_path)

    assert all_curves(read(tmp_path)) == {tag: curve(tag) for tag in HISTORY[0]}


def test_logs_that_know_more_than_the_study_forget_it(tmp_path: Path) -> None:
    write_logs(completed(), tmp_path)
    write_logs(after(2), tmp_path)
    logs = read(tmp_path)

    assert all_curves(logs) == {tag: curve(tag, 2) for tag in HISTORY[0]}
    assert "_hparams_/session_end_info" not in logs.Runs()["0001/tensorboard"]["tensors"]


def test_an_epoch_keeps_the_time_at_which_it_ended(tmp_path: Path) -> None:
    for epochs in range(1, len(HISTORY) + 1):
        write_logs(after(epochs), tmp_path)
    write_logs(completed(), tmp_path)
    times = [each.wall_time for each in read(tmp_path).Tensors("0001/tensorboard/validation", "loss")]

    assert times == [START + seconds for seconds in SECONDS]


def test_epochs_whose_end_nobody_knows_are_spread_evenly(tmp_path: Path) -> None:
    write_logs(after(1), tmp_path)
    write_logs(after(4), tmp_path)
    times = [each.wall_time for each in read(tmp_path).Tensors("0001/tensorboard/train", "loss")]

    assert times == pytest.approx([START + 10, START + 14, START + 18, START + 22], abs=1e-3)


def test_a_trial_that_has_not_started_has_no_logs() -> None:
    study = study_of(0.9)

    assert event_files(study.propose(study.trial(1).params), 2) == {}


def test_a_metric_without_validation_makes_no_run_of_validation() -> None:
    study = study_of(running_epochs=0).get_on(1, ({"loss": 0.5},), seconds=1.0)

    assert set(event_files(study, 1)) == {
        f"0001/tensorboard/{event_file.NAME}",
        f"0001/tensorboard/train/{event_file.NAME}",
    }


def test_logs_of_another_search_give_way_and_other_files_stay(tmp_path: Path) -> None:
    write_logs(study_of(0.91, 0.92, 0.93), tmp_path)
    (tmp_path / "0003" / "log.txt").write_text("what the trial printed")
    other = study_of(0.4, objective="loss:min")
    other = replace(other, trials=(replace(other.trial(1), started_at=START + 7),))
    write_logs(other, tmp_path)
    fresh = tmp_path / "fresh"
    write_logs(other, fresh)

    assert contents_of(tmp_path / "0001") == contents_of(fresh / "0001")
    assert not list((tmp_path / "0003").rglob(event_file.NAME))
    assert (tmp_path / "0003" / "log.txt").read_text() == "what the trial printed"
    assert told(read(fresh), ".", "experiment").experiment.metric_infos[0].display_name == "loss"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "0001").write_text("a file where a directory is needed")

    with pytest.raises(StateUnwritableError, match="0001"):
        write_logs(study_of(0.9), tmp_path)


def test_writing_logs_imports_neither_tensorflow_nor_numpy(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from job.state import study_json
from job.tensorboard.logs import write_logs
write_logs(study_json.load(Path(sys.argv[1]).read_bytes()), Path(sys.argv[2]))
print(*{"keras", "numpy", "tensorflow"} & set(sys.modules))
"""
    (tmp_path / "study.json").write_bytes(study_json.dump(completed()))
    done = run_python(program, tmp_path / "study.json", tmp_path / "logs")

    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
    assert (tmp_path / "logs/0001/tensorboard/train" / event_file.NAME).exists()


def test_a_replicate_has_no_run_since_it_would_be_taken_for_a_trial(tmp_path: Path) -> None:
    study, listener = confirming(0.91, running=True), follow(tmp_path)
    for event in (RunStarted(), TrialEnded(-1), TrialStarted(-2, 1), EpochEnded(-2, 1, {})):
        listener(event, study)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {f"000{trial}" for trial in (1, 2, 3, 4)}
