"""A JSON object a line for what happens in a run: for programs that collect logs."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Self, TextIO

from job.core.confirmation import confirmation_of
from job.core.events import (
    ConfirmationEnded,
    ConfirmationStarted,
    Event,
    RoundEnded,
    RunEnded,
    RungReached,
    RunStarted,
    TrialEnded,
    TrialStarted,
)
from job.core.study import Study
from job.core.trial import Status
from job.display.lines import NewsFilter
from job.display.stream import SilentStream
from job.report.confirming import mean_score, summarize_confirming
from job.report.json_values import finite, iso_time
from job.report.progress import estimate_seconds_left, needed_at, score_at, trials_budget, trials_done
from job.report.summary import summarize_best


class JsonDisplay:
    """Writes what is news to `stream`, each event as `{"time": …, "event": "trial_ended", …}` with its fields.

    A replicate, which is a trial that is trained again, has a `number` below 0, `replicate_of` with the number of that
    trial, and a `seed` from 1.
    """

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.time) -> None:
        self._stream = SilentStream(stream)
        self._clock = clock
        self._is_news = NewsFilter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()

    def __call__(self, event: Event, study: Study | None) -> None:
        if not self._is_news(event):
            return
        # TrialEnded becomes trial_ended.
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
        told = {**asdict(event), **_replicated(event, study), **_context(event, study)}
        record = {"time": iso_time(self._clock()), "event": name, **told}
        self._stream.write(json.dumps(_encodable(record), allow_nan=False) + "\n")
        self._stream.flush()


def _replicated(event: Event, study: Study | None) -> dict[str, object]:
    """Return of an event of a replicate which trial it trains again, and on which seed."""
    number = getattr(event, "number", None)
    if study is None or number is None or number > 0:
        return {}
    replicate = study.trial(number)
    return {"replicate_of": replicate.of, "seed": replicate.replicate}


def _context(event: Event, study: Study | None) -> dict[str, object]:
    """Return what the study tells about `event` besides its own fields."""
    if study is None:
        return {}
    match event:
        case RunStarted() | RunEnded():
            return {
                "problem": study.fingerprint.problem,
                "done": trials_done(study),
                "budget": trials_budget(study),
                "best": summarize_best(study),
                "confirmation": summarize_confirming(study),
            }
        case TrialStarted() | RungReached() | TrialEnded():
            return _about_trial(event, study)
        case ConfirmationStarted() | RoundEnded() | ConfirmationEnded():
            return _confirming(event, study)
        case _:
            return {}


def _about_trial(event: TrialStarted | RungReached | TrialEnded, study: Study) -> dict[str, object]:
    match event:
        case TrialStarted(number):
            trial = study.trial(number)
            place = {"epochs_done": trial.epochs, "batches_done": trial.batch, "batches": trial.batches}
            return {"params": dict(trial.params), **place}
        case RungReached(number, epochs):
            return {"needed": needed_at(study, number, epochs)}
        case TrialEnded(number):
            return _outcome(study, number)


def _confirming(event: ConfirmationStarted | RoundEnded | ConfirmationEnded, study: Study) -> dict[str, object]:
    """Return the mean scores of the candidates that are left, or of the winner over the seeds that measure it."""
    if (confirmation := confirmation_of(study)) is None:
        return {}
    match event:
        case ConfirmationStarted():
            return {"seconds_left": estimate_seconds_left(study)}
        case RoundEnded(left):
            objective = study.fingerprint.objective
            return {"scores": [mean_score(confirmation.choosing[number], objective) for number in left]}
        case ConfirmationEnded():
            found = summarize_confirming(study)
            return {} if found is None else {name: found[name] for name in ("score", "seeds", "failed")}


def _outcome(study: Study, number: int) -> dict[str, object]:
    trial = study.trial(number)
    return {
        "params": dict(trial.params),
        "status": str(trial.status),
        "score": trial.score(study.fingerprint.objective),
        "seconds": trial.seconds,
        "reason": trial.reason,
        "best": study.best == trial,
        **(_stop(study, number) if trial.status is Status.STOPPED else {}),
    }


def _stop(study: Study, number: int) -> dict[str, object]:
    """Return the rung, in epochs, at which a trial has stopped, its score there and the one that it needed to go on."""
    rung = study.steps_of(number)[-1].stopped_at
    assert rung is not None, "it has stopped at a rung"
    return {"stopped_at": rung, "rung_score": score_at(study, number, rung), "needed": needed_at(study, number, rung)}


def _encodable(value: object) -> object:
    """Return `value` with None for every number that JSON cannot write."""
    if isinstance(value, Mapping):
        return {name: _encodable(each) for name, each in value.items()}
    return finite(value) if isinstance(value, float) else value
