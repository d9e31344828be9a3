"""A search as its state directory has it, for a script or a notebook: to be read, and nothing else."""

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from job.address import StatePlace, parse_address
from job.core.confirmation import best_trial, test_of_model
from job.core.expectation import Expectation
from job.core.objective import Objective
from job.core.space import Params, Space
from job.core.study import Study
from job.core.trial import Status, Trial
from job.errors import SettingsError
from job.notebook.hints import hints_shown
from job.report.confirmation import summarize_confirmation
from job.report.confirmation.content import ConfirmationSummary
from job.report.json_values import iso_time
from job.report.made_for import made_for
from job.report.spreadsheet import table_of
from job.report.summary import summarize
from job.state import places
from job.state.places import state_at
from job.words import count, format_score

if TYPE_CHECKING:
    import keras
    import pandas as pd

_TIMES = ("started", "ended")  # the columns of a frame that are times


@dataclass(frozen=True, kw_only=True)
class SavedTrial:
    """One trial. `score` is in the objective's natural units, and None without one; `seconds` are of training.

    `epochs` has Keras's logs after each epoch, and `curve` the objective in them; `rungs` has it at each rung that the
    trial has reached, by the epochs before that, and `stopped_at` is the rung at which it stopped early, if it did.
    """

    number: int  # from 1, in the order of the proposals
    params: Params  # without dimensions that are inactive there
    status: str  # "running", "completed", "stopped", "failed", "imported" or "dropped"
    origin: str  # "proposed", "given", "enqueued" or "evidence"
    made_for: str  # "improvement", "unsure there", "design", "given", "enqueued", "evidence", or "proposed" if untold
    expected: Expectation | None = field(repr=False)  # what the surrogate expected of it; None where it chose nothing
    score: float | None
    curve: tuple[float | None, ...] = field(repr=False)
    epochs: tuple[Mapping[str, float], ...] = field(repr=False)
    rungs: Mapping[float, float] = field(repr=False)
    stopped_at: float | None
    seconds: float
    started: datetime | None = field(repr=False)  # in UTC
    ended: datetime | None = field(repr=False)
    reason: str  # why it failed


@dataclass(frozen=True)
class SavedStudy:
    """A search as it was when it was opened; what its run has done since shows by opening it again."""

    directory: StatePlace
    _study: Study = field(repr=False)

    @property
    def problem(self) -> str:
        """The name of a built-in problem, or of the user's file."""
        return self._study.fingerprint.problem

    @property
    def objective(self) -> Objective:
        """What is optimized: its `metric`, as Keras's logs name it, and its `direction`, "max" or "min"."""
        return self._study.fingerprint.objective

    @property
    def space(self) -> Space:
        """What is searched: its `dimensions`, each with its `name`."""
        return self._study.fingerprint.space

    @cached_property
    def trials(self) -> tuple[SavedTrial, ...]:
        """All trials in the order of their numbers; those that came as evidence, from another search, are the first."""
        return tuple(_saved(self._study, trial) for trial in self._study.trials)

    @property
    def best(self) -> SavedTrial | None:
        """The completed trial with the best score, or that which a confirmation has found to be the best one.

        None before the first. Its `score` is that of the search: see `confirmation` for what is to be expected of it.
        """
        best = best_trial(self._study)
        return None if best is None else self.trials[best.number - 1]

    @property
    def test(self) -> Mapping[str, float] | None:
        """What the best model gave on the test set; None before that is done, which is at the end of a search."""
        test = test_of_model(self._study)
        return None if test is None else dict(test.metrics)

    @cached_property
    def confirmation(self) -> ConfirmationSummary | None:
        """What the best trials gave on fresh seeds, as in report.json; None before a confirmation has begun.

        `confirmation["measured"]["mean"]` is what is to be expected of the best trial, once the confirmation is over.
        """
        return summarize_confirmation(self._study)

    @hints_shown()
    def curves(self, metric: str = "") -> dict[int, tuple[float | None, ...]]:
        """Return a metric after each epoch, by the number of the trial; without its name, the objective.

        None stands for an epoch whose logs have it not. Raise SettingsError for a metric that no logs have.
        """
        name = metric or self.objective.metric
        known = dict.fromkeys(each for trial in self.trials for logs in trial.epochs for each in logs)
        if known and name not in known:
            raise SettingsError(f"expected one of the metrics {', '.join(known)}, found {name!r}")
        return {trial.number: _curve(trial.epochs, name) for trial in self.trials if trial.epochs}

    @hints_shown()
    def to_frame(self) -> "pd.DataFrame":
        """Return the trials as a DataFrame of pandas: a row each, by number, with the columns of trials.csv.

        A value that is not there (of a dimension that is inactive, of a score) is missing. Raise SettingsError where
        pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise SettingsError(
                "to_frame needs pandas, which is not installed here",
                hint="pip install pandas, or take study.trials, or the file report/trials.csv in the state directory",
            ) from error
        header, *rows = table_of(summarize(self._study))
        frame = pd.DataFrame(rows, columns=header).set_index("trial").sort_index()
        return frame.assign(**{name: pd.to_datetime(frame[name]) for name in _TIMES})

    @hints_shown()
    def load_best_model(self, *, data: Path | str | None = None) -> "keras.Model":
        """Return the best model so far, compiled, as Keras reads it in its safe mode.

        One with layers of a problem's own, which Keras cannot read by itself, is built by the code of the problem as
        the search has kept it, so open only states that you trust; it takes its data from `data`, by default from where
        the last run had them. Raise NoProgressError where no trial has completed, StateUnreadableError where best.keras
        is not the model of the best trial.
        """
        from job.training.best_model import open_best_model, setup_for

        with open_best_model(state_at(self.directory)) as best:
            from job.training.model_file import load_model

            setup = setup_for(best.study, None if data is None else Path(data).expanduser(), download=True)
            return load_model(setup, best.trial.params, best.file)

    def __repr__(self) -> str:
        own = len(self._study.trials) - len(self._study.scored_elsewhere)
        done, best = f"{len(self._study.completed)} of {count(own, 'trial')} completed", ""
        if self._study.stopped:
            done += f", {len(self._study.stopped)} stopped early"
        if self.best is not None:
            measured = self.confirmation["measured"] if self.confirmation else None
            score = format_score(self.objective.metric, measured["mean"] if measured else self.best.score)
            which = f"trial {self.best.number}"
            if measured:
                which += f", confirmed on {count(measured['seeds'], 'fresh seed')}"
            best = f", best {self.objective.metric} {score} ({which})"
        return f"<search of {self.problem} in {self.directory}: {done}{best}>"


@hints_shown()
def open_study(state: Path | str = "state", *, warn: Callable[[str], object] = warnings.warn) -> SavedStudy:
    """Return the search in a state directory, or at an address in an object store; a run at work is not disturbed.

    `warn` is told of a generation of the state that is damaged. Raise SettingsError where there is no search,
    StateUnreadableError where no generation of it can be read, and StatePermissionError.
    """
    text = os.fspath(state)
    place = parse_address(text) or Path(text).expanduser()
    return SavedStudy(place, places.open_study(place, warn=warn))


def _saved(study: Study, trial: Trial) -> SavedTrial:
    objective = study.fingerprint.objective
    return SavedTrial(
        number=trial.number,
        params=dict(trial.params),
        status=str(trial.status),
        origin=str(trial.origin),
        made_for=str(made_for(study, trial)),
        expected=trial.expected,
        score=trial.score(objective),
        curve=_curve(trial.history, objective.metric),
        epochs=tuple(map(dict, trial.history)),
        rungs={rung.epochs: rung.score for rung in trial.rungs_behind},
        stopped_at=study.steps_of(trial.number)[-1].stopped_at if trial.status is Status.STOPPED else None,
        seconds=trial.seconds,
        started=_moment(trial.started_at),
        ended=_moment(trial.ended_at),
        reason=trial.reason,
    )


def _curve(history: Sequence[Mapping[str, float]], metric: str) -> tuple[float | None, ...]:
    return tuple(logs.get(metric) for logs in history)


def _moment(unix_time: float | None) -> datetime | None:
    time = iso_time(unix_time)
    return None if time is None else datetime.fromisoformat(time)
