"""TensorBoard's logs as TensorBoard reads them, and a trial to log."""

from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins.hparams import api_pb2 as api
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from job.core.study import Study
from job.core.trial import EpochLogs
from tests.fakes import START, study_of

HISTORY: tuple[EpochLogs, ...] = tuple(
    {"loss": 1.0 / epoch, "accuracy": 1 - 0.5 / epoch, "val_loss": 2.0 / epoch, "val_accuracy": 1 - 0.6 / epoch}
    for epoch in range(1, 5)
)
SECONDS = (10.0, 13.0, 21.0, 22.0)  # of training, after each epoch of HISTORY


def after(epochs: int, *, seconds: float | None = None) -> Study:
    """Return a study whose one trial is so many epochs of HISTORY on."""
    study = study_of(running_epochs=0, epochs=len(HISTORY))
    if epochs == 0:
        return study
    return study.get_on(1, HISTORY[:epochs], seconds=SECONDS[epochs - 1] if seconds is None else seconds)


def completed() -> Study:
    return after(3).complete(1, HISTORY, seconds=SECONDS[-1], now=START + 100, model_sha256="0" * 64)


def read(directory: Path) -> EventMultiplexer:
    """Return what TensorBoard reads, without its data server; `Reload` reads on."""
    return EventMultiplexer().AddRunsFromDirectory(str(directory)).Reload()


def scalars(logs: EventMultiplexer, run: str, tag: str) -> list[tuple[int, float]]:
    """Return step and value of each point of a curve."""
    return [(each.step, each.tensor_proto.float_val[0]) for each in logs.Tensors(run, tag)]


def kept(value: float) -> float:
    """Return `value` as TensorBoard keeps it, with the 24 bits of a 32-bit float."""
    return float(np.float32(value))


def told(logs: EventMultiplexer, run: str, tag: str) -> HParamsPluginData:
    """Return what the HParams plug-in is told under `tag`."""
    return HParamsPluginData.FromString(logs.SummaryMetadata(run, f"_hparams_/{tag}").plugin_data.content)


def status(logs: EventMultiplexer, run: str) -> str:
    name: str = api.Status.Name(told(logs, run, "session_end_info").session_end_info.status)
    return name
