"""Searches as the plan leads them, with the pruner."""

from dataclasses import replace

from job.core.known import Known
from job.core.limits import Limits
from job.core.plan import End, GoOn, NewTrial, plan
from job.core.space import Params
from job.core.step import Step
from job.core.study import Study
from job.core.trial import Status
from job.pruning.prune import PRUNING
from tests.fakes import START
from tests.pruning.curves import BATCHES, EPOCHS, RUNGS, Curve, pruned, reached, search_of
from tests.pruning.test_prune import learner, learners


def searched(*curves: Curve, lookahead: int = 1) -> Study:
    """Return a whole search, the trials of which have these curves."""
    fingerprint = replace(search_of().fingerprint, lookahead=lookahead)
    study = Study(fingerprint=fingerprint).open_run(now=START, limits=Limits(trials=len(curves)))
    while not isinstance(planned := plan(study, _point, prune=PRUNING), End):
        match planned:
            case NewTrial(params=params, worker=worker, begins=begins, thresholds=thresholds):
                study = study.propose(params, worker=worker, begins=begins, thresholds=thresholds)
            case GoOn(trial=trial, worker=worker, begins=begins, thresholds=thresholds):
                study = study.go_on(trial, worker=worker, begins=begins, thresholds=thresholds)
            case _:
                study = _ended(study, study.pending[0], curves[study.pending[0].trial - 1])
    return study


def _point(known: Known, fixed: Params) -> Params:
    return {**known.fingerprint.default, "learning_rate": 1e-5 * (len(known.trials) + 1)}


def _ended(study: Study, step: Step, curve: Curve) -> Study:
    """Train a trial as far as its step says."""
    objective, number = study.fingerprint.objective, step.trial
    below = [
        each.epochs
        for each in step.thresholds
        if each.score is not None and objective.loss(curve[RUNGS.index(each.epochs)]) > objective.loss(each.score)
    ]
    rungs = reached(curve[: RUNGS.index(below[0]) + 1 if below else len(RUNGS)])
    epochs, batch = divmod(rungs[-1].batches, BATCHES) if below else (EPOCHS, 0)
    history = ({objective.metric: curve[-1]},) * epochs
    study = study.start(number, now=START)
    study = study.get_on(number, history, seconds=1.0, batch=batch, batches=BATCHES, rungs=rungs)
    if below:
        return study.pause(number, stopped_at=below[0], now=START)
    return study.complete(number, history, seconds=1.0, now=START, model_sha256="")


def seen(study: Study) -> list[int]:
    """Return how many scores of each trial a search has seen."""
    return [len(trial.rungs) + (trial.status is Status.COMPLETED) for trial in study.trials]


def test_one_trial_after_another_those_stop_and_go_on_that_the_pruner_says() -> None:
    curves = [*learners(12), learner(0.95, slowness=0.6), *learners(12, seed=1)]
    study = searched(*curves)
    assert seen(study) == pruned(*curves)
    assert study.with_status(Status.STOPPED)


def test_with_virtual_workers_the_best_ends_too_and_every_step_is_planned_again_as_it_was() -> None:
    curves = learners(30)
    study = searched(*curves, lookahead=4)
    assert study.best is not None
    assert study.best.number == max(range(30), key=lambda each: curves[each][-1]) + 1
    assert len(study.with_status(Status.STOPPED)) > 10
    for step in study.steps:
        planned = plan(study, _point, prune=PRUNING, number=step.number)
        assert isinstance(planned, NewTrial | GoOn)
        assert planned.thresholds == step.thresholds
