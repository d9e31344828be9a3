"""Searches whose trials are looked at on rungs, several of them in training at a time."""

from dataclasses import replace

from job.core.rungs import batches_at
from job.core.step import Threshold
from job.core.study import Study
from job.core.trial import RungScore
from tests.fakes import BATCHES, START, study_of

RUNGS = (0.33, 1.0)
_NEEDED = (0.63, 0.9)  # to go on beyond each
_SECONDS = 20.0  # an epoch


def search_on_rungs(*scores: float | None, budget: int | None = 40) -> Study:
    """Return a search whose first trials have `scores`, as `study_of` has them, and which has rungs from now on."""
    study = study_of(*scores, budget=budget)
    return replace(study, fingerprint=replace(study.fingerprint, rungs=RUNGS, lookahead=8))


def plan_trial(study: Study) -> Study:
    """Plan one more trial, which no worker has begun yet."""
    number = len(study.trials) + 1
    (point,) = study_of(running_epochs=0).trials
    params = {**point.params, "filters": 8 + number % 57}
    thresholds = tuple(Threshold(epochs=rung, score=score) for rung, score in zip(RUNGS, _NEEDED, strict=True))
    return study.propose(params, thresholds=thresholds, worker=number)


def begin_trial(study: Study, *, machine: str = "") -> Study:
    """Plan one more trial, and begin it, on a machine of a cluster where one is named."""
    study = plan_trial(study)
    return study.start(len(study.trials), now=START, place=machine)


def reach(study: Study, number: int, rung: float, score: float) -> Study:
    """Let a trial in training come to a rung."""
    batches = batches_at(rung, BATCHES)
    epochs, batch = divmod(batches, BATCHES)
    history = ({"loss": 0.3, "val_accuracy": score},) * epochs
    rungs = (RungScore(epochs=rung, batches=batches, score=score),)
    return study.get_on(number, history, seconds=rung * _SECONDS, batch=batch, batches=BATCHES, rungs=rungs)


def stop_trial(study: Study, score: float = 0.412) -> Study:
    """Begin one more trial, which stops at the first rung."""
    study = begin_trial(study)
    number = len(study.trials)
    return reach(study, number, RUNGS[0], score).pause(number, stopped_at=RUNGS[0], now=START)
