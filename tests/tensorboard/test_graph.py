"""The graph of a trial's model in TensorBoard's logs, read back with TensorBoard's own loader."""

from dataclasses import replace
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

from job.core.events import CheckpointLeft, RunStarted, TrialStarted
from job.tensorboard import event_file
from job.tensorboard.logs import follow, write_logs, write_trial_logs
from tests.fakes import START, study_of
from tests.tensorboard.event_logs import HISTORY, LAYERS, after, completed, leave_architecture, read, status, told

RUN = "0001/tensorboard"


def nodes(directory: Path, run: str = RUN) -> tuple[str, ...]:
    """Return the nodes of the one graph in a run; nothing where there is none."""
    events = LegacyEventFileLoader(str(directory / run / event_file.NAME)).Load()
    count = sum(bool(event.graph_def) for event in events)
    assert count <= 1
    return tuple(node.name for node in read(directory).Graph(run).node) if count else ()


def test_each_trial_has_one_graph_whose_nodes_are_the_layers_of_its_model_in_their_order(tmp_path: Path) -> None:
    leave_architecture(tmp_path, 1, layers=LAYERS)
    leave_architecture(tmp_path, 2, layers=LAYERS[:2])
    write_logs(study_of(0.9, 0.91), tmp_path)

    assert nodes(tmp_path) == LAYERS
    assert nodes(tmp_path, "0002/tensorboard") == LAYERS[:2]


def test_the_graph_is_told_at_the_first_checkpoint_and_never_again(tmp_path: Path) -> None:
    listen = follow(tmp_path)
    listen(RunStarted(), study_of(epochs=len(HISTORY)))
    listen(TrialStarted(1, attempt=1), after(0))
    assert nodes(tmp_path) == ()
    leave_architecture(tmp_path, 1)
    for epochs in range(len(HISTORY)):
        listen(CheckpointLeft(1, HISTORY[:epochs], seconds=1.0), after(epochs))
        assert nodes(tmp_path) == LAYERS
    listen(RunStarted(), completed())
    assert nodes(tmp_path) == LAYERS


def test_a_graph_that_becomes_known_is_appended_for_a_loader_that_watches(tmp_path: Path) -> None:
    write_logs(after(0), tmp_path)
    logs, path = read(tmp_path), tmp_path / RUN / event_file.NAME
    before = path.read_bytes()
    leave_architecture(tmp_path, 1)
    write_logs(after(1), tmp_path)
    with_graph = path.read_bytes()
    write_logs(completed(), tmp_path)
    logs.Reload()

    assert with_graph.startswith(before) and path.read_bytes().startswith(with_graph)
    assert tuple(node.name for node in logs.Graph(RUN).node) == LAYERS
    assert status(logs, RUN) == "STATUS_SUCCESS"


def test_a_log_cut_off_at_any_byte_has_its_graph_once(tmp_path: Path) -> None:
    leave_architecture(tmp_path, 1)
    write_logs(completed(), tmp_path)
    path = tmp_path / RUN / event_file.NAME
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        write_trial_logs(completed(), 1, tmp_path)

        assert path.read_bytes() == whole
    assert nodes(tmp_path) == LAYERS


def test_a_failed_trial_keeps_its_graph(tmp_path: Path) -> None:
    leave_architecture(tmp_path, 1)
    write_logs(study_of(None), tmp_path)

    assert nodes(tmp_path) == LAYERS
    assert status(read(tmp_path), RUN) == "STATUS_FAILURE"


@pytest.mark.parametrize("architecture", [None, b"", b'{"class_name": "Own", "config": {}}'])
def test_a_trial_whose_model_tells_of_no_layers_has_all_but_the_graph(
    architecture: bytes | None, tmp_path: Path
) -> None:
    if architecture is not None:
        (tmp_path / "0001").mkdir()
        (tmp_path / "0001" / "model.json").write_bytes(architecture)
    write_logs(completed(), tmp_path)
    logs = read(tmp_path)

    assert nodes(tmp_path) == ()
    assert status(logs, RUN) == "STATUS_SUCCESS"
    assert told(logs, RUN, "session_start_info").session_start_info.start_time_secs == START
    assert [each.step for each in logs.Tensors(f"{RUN}/train", "loss")] == [1, 2, 3, 4]


def test_a_log_of_another_search_gives_way_with_its_graph(tmp_path: Path) -> None:
    leave_architecture(tmp_path, 1)
    write_logs(completed(), tmp_path)
    leave_architecture(tmp_path, 1, layers=LAYERS[:1])
    study = after(1)
    write_logs(replace(study, trials=(replace(study.trial(1), started_at=START + 7),)), tmp_path)

    assert nodes(tmp_path) == LAYERS[:1]
