"""The best model of a search, for whoever uses it: they change nothing in the state, and take no lock."""

import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from job.core.confirmation import model_of
from job.core.study import Study
from job.core.trial import Trial
from job.data import DataSource
from job.errors import NoProgressError, StateUnreadableError
from job.state import durable
from job.state.directory import StateDirectory, read_study
from job.training import Setup, setup_of

# A search that is at work replaces the model a moment before the study that speaks of it.
_PATIENCE_SECONDS = 2.0
_TICK_SECONDS = 0.1

Warn = Callable[[str], object]


@dataclass(frozen=True, kw_only=True)
class BestModel:
    """The best model of `study`: that of `trial`, or replicate, its weights in a copy that no search replaces."""

    study: Study
    trial: Trial
    file: Path


@contextmanager
def open_best_model(store: StateDirectory, *, warn: Warn = warnings.warn) -> Iterator[BestModel]:
    """Yield the best model so far; `warn` is told what `open_study` has to say.

    Raise SettingsError where there is no search, NoProgressError where no trial has completed, and StateUnreadableError
    where the model is not the one that the study speaks of.
    """
    study, trial, data = _read(store, warn)
    with tempfile.TemporaryDirectory(prefix="hpo-job-") as directory:
        copy = Path(directory, store.best_model.name)
        with durable.state_errors(copy):
            copy.write_bytes(data)
        yield BestModel(study=study, trial=trial, file=copy)


def setup_for(study: Study, path: Path | None, *, download: bool) -> Setup:
    """Return what the model is built with: as in the search, on its data unless `path` is of others."""
    path = path or data_of(study)
    return setup_of(study.fingerprint, DataSource(path=path.absolute() if path else None, download=download))


def data_of(study: Study) -> Path | None:
    """Return where the last run of the search had its data from, if it was told."""
    options = dict(pairwise(study.runs[-1].options)) if study.runs else {}
    return next((Path(options[flag]) for flag in ("--data", "--data-dir") if flag in options), None)


def read_with_model(store: StateDirectory, *, warn: Warn = warnings.warn) -> tuple[Study, bytes | None]:
    """Return the study and the file of its best model, None without one, such that they belong together if they can."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        study = read_study(store, warn=warn)
        best = model_of(study)
        data = None if best is None else store.best_model_data()
        if best is None or _is_model_of(best, data) or time.monotonic() >= until:
            return study, data
        time.sleep(_TICK_SECONDS)


def _is_model_of(trial: Trial, data: bytes | None) -> bool:
    return data is not None and sha256(data).hexdigest() == trial.model_sha256


def _read(store: StateDirectory, warn: Warn) -> tuple[Study, Trial, bytes]:
    """Read the study and its best model; raise where they do not belong together."""
    study, data = read_with_model(store, warn=warn)
    trial = model_of(study)
    if trial is None:
        raise NoProgressError(
            f"no trial of the search in {store.place} has completed, so there is no model yet",
            hint="hpo-job status tells how far it has come",
        )
    if data is None or not _is_model_of(trial, data):
        raise _not_the_best(store, trial, missing=data is None)
    return study, trial, data


def _not_the_best(store: StateDirectory, trial: Trial, *, missing: bool) -> StateUnreadableError:
    found = "found no file" if missing else "found another one, or a damaged one"
    return StateUnreadableError(
        f"{store.told(store.best_model)}: expected the model of {trial.title}, {found}",
        hint="run hpo-job search again with the settings of this search: it trains that model again at its end",
    )
