"""The best model at the end of a search: whole again if it has to be, and tested once."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from job.core.confirmation import model_of, models_wanted, test_of_model
from job.core.events import Notice, TestStarted
from job.core.study import Study
from job.core.trial import Status, Trial
from job.errors import NoProgressError
from job.executors import Died, Raised, Returned
from job.run.open_run import OpenRun, Store
from job.training import Completed, Diverged, Evaluation, Setup, Stopped, advance, evaluate


def is_finished(study: Study, store: Store) -> bool:
    """Tell whether the best model is there and tested, if there is a test set; true where there is no model.

    What it said in the test has to be there too if it was kept, and the others that measured have to be tested.
    """
    model = model_of(study)
    return model is None or (
        store.best_model_is(model.model_sha256) and _is_tested(study, store) and not models_wanted(study)
    )


def finish_best_model(run: OpenRun, setup: Setup, best: Trial) -> None:
    """See to it that the model of `best` is there, and tested if there is a test set, unless `best` is set aside.

    So are those of the replicates that have measured beside it. Raise InterruptedRunError when the run is asked to
    stop, NoProgressError when a model cannot be trained again or tested, and the error that a test raises if that is
    one for the user.
    """
    for replicate in models_wanted(run.study):
        if replicate != best:
            _finish_replicate(run, setup, replicate)
    if not run.store.best_model_is(best.model_sha256):
        if run.store.has_model(best.number, best.model_sha256):
            run.store.keep_best(best.number)
        else:
            _tell_why(run, best)
            _train_again(run, setup, best, then=run.store.keep_best)
        run.store.clear_trial(best.number)
    if run.is_set_aside(best.number) or _is_tested(run.study, run.store):
        return
    if evaluation := _test(run, setup, best, run.store.best_model):
        if evaluation.predictions:  # first, then the study that speaks of them
            run.store.write_predictions(evaluation.predictions)
        run.save(run.study.record_test(evaluation.result(best.number)))


def _finish_replicate(run: OpenRun, setup: Setup, replicate: Trial) -> None:
    """Test the model of a replicate, trained again where it is gone; nobody needs it after that."""
    if not run.store.has_model(replicate.number, replicate.model_sha256):
        run.warn(f"the model of {replicate.title} is missing or damaged: it is trained again")
        _train_again(run, setup, replicate)
    if evaluation := _test(run, setup, replicate, run.store.trial_files(replicate.number).model):
        run.save(run.study.record_test_of_replicate(evaluation.result(replicate.number)))
        run.store.clear_trial(replicate.number)


def _is_tested(study: Study, store: Store) -> bool:
    return study.has_no_test_set or (test_of_model(study) is not None and store.has_predictions_of(study))


def _train_again(run: OpenRun, setup: Setup, trial: Trial, then: Callable[[int], None] = lambda _: None) -> None:
    """Train a model again that is gone: the same trial gives the same weights. `then` is done before the study is saved
    that speaks of it.
    """
    store, files = run.store, run.store.trial_files(trial.number)
    to_epoch, number = run.study.fingerprint.epochs, trial.number
    setup = replace(setup.for_trial(trial), rungs=())
    training = advance, setup, number, trial.params, to_epoch, (), files
    match run.call(*training, log=files.log, trial=number, place=None, folder=files.directory):
        case Returned(Completed() as completed):
            then(number)
            run.save(run.study.remake_model(number, completed.model_sha256, completed.weights_sha256))
            if trial.weights_sha256 not in ("", completed.weights_sha256):
                run.warn(f"{trial.title} has other weights now than those it was scored with: see hpo-job verify")
        case Returned(Stopped()):
            run.stop.check()
            store.clear_trial(number)
        case Raised(_, error) if error is not None:
            raise error
        case Returned(Diverged(reason)) | Raised(reason) | Died(reason):
            raise NoProgressError(
                f"the model of {trial.title} could not be trained again: {reason}", hint=f"see {files.log}"
            )
        case ending:
            raise AssertionError(f"a training ended as {ending!r}")


def _tell_why(run: OpenRun, best: Trial) -> None:
    """Tell why the best model is trained again; a model that is not what it should be gets another name."""
    store, dropped = run.store, run.study.with_status(Status.DROPPED)
    for trial in dropped:
        if trial.model_sha256 and store.best_model_is(trial.model_sha256):
            message = f"{store.best_model} is of trial {trial.number}, which is set aside"
            run.tell(Notice(f"{message}: {best.title}, now the best, is trained again"))
            return
    store.set_best_aside()
    message = f"{store.best_model} is missing or damaged: {best.title} is trained again"
    run.warn(message)


def _test(run: OpenRun, setup: Setup, trial: Trial, model: Path) -> Evaluation | None:
    """Return what a model gives on the test set; None where its trial is set aside meanwhile."""
    run.tell(TestStarted(trial.number))
    log = run.store.trial_files(trial.number).log
    match run.call(evaluate, setup, trial.number, trial.params, model, log=log, trial=trial.number):
        case Returned(Stopped()):
            run.stop.check()
            return None
        case Returned(Evaluation() as evaluation):
            return evaluation
        case Raised(_, error) if error is not None:
            raise error
        case Raised(reason) | Died(reason):
            raise NoProgressError(f"the model of {trial.title} could not be tested: {reason}", hint=f"see {log}")
        case ending:
            raise AssertionError(f"a test ended as {ending!r}")
