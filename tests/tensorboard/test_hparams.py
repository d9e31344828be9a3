"""What the HParams plug-in is told, read back with TensorBoard's own loader."""

from dataclasses import replace
from pathlib import Path

from tensorboard.plugins.hparams import api_pb2 as api

from job.core.space import Categorical, Integer, Params, Space
from job.core.study import Study
from job.tensorboard.logs import write_logs
from tests.fakes import START, study_of
from tests.tensorboard.event_logs import kept, read, scalars, status, told


def test_the_plugin_knows_the_space_and_the_objective(tmp_path: Path) -> None:
    write_logs(study_of(), tmp_path)
    experiment = told(read(tmp_path), ".", "experiment").experiment
    learning_rate, filters, _, activation = experiment.hparam_infos
    (metric,) = experiment.metric_infos

    assert (learning_rate.name, learning_rate.description) == ("learning_rate", "1e-06 … 0.01 (log-uniform)")
    assert (learning_rate.domain_interval.min_value, learning_rate.domain_interval.max_value) == (1e-6, 1e-2)
    assert (filters.domain_interval.min_value, filters.domain_interval.max_value) == (8, 64)
    assert list(activation.domain_discrete) == ["relu", "tanh"]
    assert (metric.display_name, metric.name.group, metric.name.tag) == ("val_accuracy", "", "score")
    assert metric.description == "val_accuracy of the model that a trial leaves; more is better"


def test_a_trial_tells_its_point_its_score_and_how_it_ended(tmp_path: Path) -> None:
    study = study_of(0.91, None, running_epochs=1)
    write_logs(study, tmp_path)
    logs = read(tmp_path)

    for number in (1, 2, 3):
        start = told(logs, f"{number:04d}/tensorboard", "session_start_info").session_start_info
        point = {name: value.string_value or value.number_value for name, value in start.hparams.items()}
        assert point == study.trial(number).params
        assert (start.group_name, start.start_time_secs) == (f"{number:04d}", study.trial(number).started_at)
    assert status(logs, "0001/tensorboard") == "STATUS_SUCCESS"
    assert status(logs, "0002/tensorboard") == "STATUS_FAILURE"
    assert scalars(logs, "0001/tensorboard", "score") == [(1, kept(0.91))]
    assert logs.Runs()["0002/tensorboard"]["tensors"] == ["_hparams_/session_start_info", "_hparams_/session_end_info"]
    assert logs.Runs()["0003/tensorboard"]["tensors"] == ["_hparams_/session_start_info"]


def test_an_imported_trial_has_a_score_and_no_curves(tmp_path: Path) -> None:
    write_logs(study_of(imported=[0.87]), tmp_path)
    logs = read(tmp_path)

    assert set(logs.Runs()) == {".", "0001/tensorboard"}
    assert status(logs, "0001/tensorboard") == "STATUS_SUCCESS"
    assert scalars(logs, "0001/tensorboard", "score") == [(1, kept(0.87))]


def test_each_kind_of_category_reaches_the_plugin_as_one_type(tmp_path: Path) -> None:
    space = Space(
        (
            Categorical("augment", (True, False)),
            Categorical("batch", (16, 32.5)),
            Categorical("pool", (2, "none")),
            Integer("filters", 8, 64),
        )
    )
    write_logs(_in(space, {"augment": False, "batch": 16, "pool": 2, "filters": 12}), tmp_path)
    logs = read(tmp_path)
    infos = told(logs, ".", "experiment").experiment.hparam_infos
    point = told(logs, "0001/tensorboard", "session_start_info").session_start_info.hparams

    assert [list(info.domain_discrete) for info in infos] == [[True, False], [16, 32.5], ["2", "none"], []]
    assert [api.DataType.Name(info.type) for info in infos] == [
        "DATA_TYPE_BOOL",
        "DATA_TYPE_FLOAT64",
        "DATA_TYPE_STRING",
        "DATA_TYPE_FLOAT64",
    ]
    assert point["augment"].WhichOneof("kind") == "bool_value"
    assert (point["batch"].number_value, point["pool"].string_value, point["filters"].number_value) == (16, "2", 12)


def _in(space: Space, params: Params) -> Study:
    fingerprint = replace(study_of().fingerprint, space=space, default=params)
    return Study(fingerprint=fingerprint).propose(params).start(1, now=START)
