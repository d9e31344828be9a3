"""A search that has been planned and carried out, for what compares it with what its plan answers again."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from job.core.ending import EndKind
from job.core.journal import Request
from job.core.known import Known
from job.core.limits import Limits
from job.core.plan import End, NewTrial, TryAgain, plan
from job.core.run import RunEnd
from job.core.space import Params
from job.core.study import Study
from tests.fakes import START, study_of

BATCHES = 7  # of an epoch


def propose(known: Known, fixed: Params) -> Params:
    """Return a point that follows from every score that is known, to its last bit."""
    if not known.trials:
        return known.fingerprint.default
    scores = [(trial.status, trial.score(known.fingerprint.objective)) for trial in known.trials]
    return {**known.fingerprint.default, "dropout": random.Random(repr(scores)).uniform(0, 0.5), **fixed}


def searched(
    *,
    trials: int = 6,
    lookahead: int = 1,
    failing: Sequence[int] = (),
    requests: Mapping[int, Request] | None = None,
    imported: Sequence[float] = (),
) -> Study:
    """Return a search that has ended with so many completed trials.

    Those with the numbers `failing` have failed. `requests` are taken in when so many steps have been planned, each
    under the name `request-N`.
    """
    fingerprint = replace(study_of().fingerprint, lookahead=lookahead)
    study = Study(fingerprint=fingerprint).open_run(now=START, limits=Limits(trials=trials), versions={})
    for value in imported:
        study = study.import_trial(fingerprint.default, value)
    asked = dict(requests or {})
    while True:
        if (request := asked.pop(len(study.steps), None)) is not None:
            study = study.enter(request, now=START, request=f"request-{len(study.steps)}")
        match plan(study, propose):
            case NewTrial(params=params, origin=origin, worker=worker, begins=begins, request=name):
                study = study.propose(params, origin=origin, worker=worker, begins=begins, request=name)
                study = study.start(len(study.trials), now=START)
            case TryAgain(trial=number, worker=worker, begins=begins, request=name):
                study = study.retry(number, worker=worker, begins=begins, request=name).start(number, now=START)
            case End():
                return study.close_run(RunEnd.FINISHED)
            case _:
                study = ended(study, study.pending[0].trial, fails=study.pending[0].trial in failing)


def ended(study: Study, number: int, *, fails: bool) -> Study:
    """End a trial: the one that fails does so once."""
    epochs, dropout = study.fingerprint.epochs, float(study.trial(number).params["dropout"])
    history = tuple({"loss": 0.1, "val_accuracy": 0.9 - dropout / (3 + epoch)} for epoch in range(epochs))
    study = study.tell_batches(number, BATCHES + number % 3)
    if fails and len(study.steps_of(number)) == 1:
        return study.fail(number, "ValueError: no", now=START, kind=EndKind.RAISED)
    study = study.complete(number, history, seconds=2.0, now=START, model_sha256=f"model {number}")
    return study.note_model(number, weights_sha256=f"weights {number}")


def with_trial(study: Study, number: int, /, **changes: Any) -> Study:
    trials = [replace(trial, **changes) if trial.number == number else trial for trial in study.trials]
    return replace(study, trials=tuple(trials))


def with_step(study: Study, number: int, /, **changes: Any) -> Study:
    steps = [replace(step, **changes) if step.number == number else step for step in study.steps]
    return replace(study, steps=tuple(steps))
