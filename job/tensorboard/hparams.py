"""What TensorBoard's HParams plug-in is told: of the search its space and objective, of a trial its start and end."""

from collections.abc import Callable

from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_TENSOR, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_FLOAT
from tensorboard.plugins.hparams import api_pb2 as api
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo, SessionStartInfo

from job.core.fingerprint import Fingerprint
from job.core.objective import Objective
from job.core.space import Categorical, Dimension, Space, Value, describe
from job.core.trial import Trial, trial_name

# The scalar that holds a trial's score. It has a name of its own, for the metric itself is drawn epoch by epoch.
SCORE_TAG = "score"


def experiment(fingerprint: Fingerprint, *, time: float) -> Summary.Value:
    """Return the description of the search, begun at Unix time `time`: its dimensions, and its score as the metric."""
    content = api.Experiment(
        name=fingerprint.problem,
        description=f"{fingerprint.problem}, {fingerprint.objective}",
        time_created_secs=time,
        hparam_infos=[_dimension(dimension) for dimension in fingerprint.space.dimensions],
        metric_infos=[_score(fingerprint.objective)],
    )
    return _value("experiment", HParamsPluginData(experiment=content))


def session_start(trial: Trial, space: Space, *, time: float) -> Summary.Value:
    """Return the point of a trial that started at Unix time `time`, without what is inactive there."""
    content = SessionStartInfo(group_name=trial_name(trial.number), start_time_secs=time)
    for dimension in space.active(trial.params):
        value = _as_told(dimension)(trial.params[dimension.name])
        match value:
            case bool():
                content.hparams[dimension.name].bool_value = value
            case str():
                content.hparams[dimension.name].string_value = value
            case _:
                content.hparams[dimension.name].number_value = value
    return _value("session_start_info", HParamsPluginData(session_start_info=content))


def session_end(*, has_failed: bool, time: float) -> Summary.Value:
    """Return how a trial ended at Unix time `time`; one that has stopped at a rung has not failed."""
    status = api.STATUS_FAILURE if has_failed else api.STATUS_SUCCESS
    content = SessionEndInfo(status=status, end_time_secs=time)
    return _value("session_end_info", HParamsPluginData(session_end_info=content))


def _dimension(dimension: Dimension) -> api.HParamInfo:
    name, description = dimension.name, describe(dimension)
    hparam = api.HParamInfo(name=name, description=description, type=_type(dimension), differs=True)
    match dimension:
        case Categorical():
            hparam.domain_discrete.extend([_as_told(dimension)(category) for category in dimension.categories])
        case _:
            hparam.domain_interval.min_value, hparam.domain_interval.max_value = dimension.low, dimension.high
    return hparam


def _score(objective: Objective) -> api.MetricInfo:
    better = "more" if objective.direction == "max" else "less"
    return api.MetricInfo(
        name=api.MetricName(tag=SCORE_TAG),
        display_name=objective.metric,
        description=f"{objective.metric} of the model that a trial leaves; {better} is better",
    )


def _type(dimension: Dimension) -> api.DataType:
    """Return the one type of the plug-in's three that has room for every value of `dimension`."""
    if not isinstance(dimension, Categorical):
        return api.DATA_TYPE_FLOAT64
    types = {type(category) for category in dimension.categories}
    if types == {bool}:
        return api.DATA_TYPE_BOOL
    return api.DATA_TYPE_FLOAT64 if types <= {int, float} else api.DATA_TYPE_STRING


def _as_told(dimension: Dimension) -> Callable[[Value], Value]:
    """Return what makes a value of `dimension` one of its type in the plug-in."""
    return {api.DATA_TYPE_BOOL: bool, api.DATA_TYPE_FLOAT64: float}.get(_type(dimension), str)


def _value(tag: str, content: HParamsPluginData) -> Summary.Value:
    """Return a summary that is all metadata; its tensor is empty."""
    data = SummaryMetadata.PluginData(plugin_name="hparams", content=content.SerializeToString(deterministic=True))
    empty = TensorProto(dtype=DT_FLOAT, tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=0)]))
    metadata = SummaryMetadata(plugin_data=data, data_class=DATA_CLASS_TENSOR)
    return Summary.Value(tag=f"_hparams_/{tag}", metadata=metadata, tensor=empty)
