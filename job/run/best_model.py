"""The best model at the end of a search: whole again if it has to be, and tested once."""

from dataclasses import replace

from job.core.events import Notice, TestStarted
from job.core.study import Study
from job.core.trial import Status, Trial
from job.errors import NoProgressError
from job.executors import Died, Raised, Returned
from job.run.open_run import OpenRun, Store
from job.training import Completed, Diverged, Evaluation, Setup, Stopped, advance, evaluate


def is_finished(study: Study, store: Store) -> bool:
    """Tell whether the best model is there and tested, if there is a test set; true where there is no model.

    What it said in the test has to be there too if it was kept.
    """
    best = study.best
    return best is None or (store.best_model_is(best.model_sha256) and _is_tested(study, store))


def finish_best_model(run: OpenRun, setup: Setup, best: Trial) -> None:
    """See to it that the model of `best` is there, and tested if there is a test set, unless `best` is set aside.

    Raise InterruptedRunError when the run is asked to stop, NoProgressError when the model cannot be trained again or
    tested, and the error that a test raises if that is one for the user.
    """
    if not run.store.best_model_is(best.model_sha256):
        _train_again(run, setup, best)
    if not run.is_set_aside(best.number) and not _is_tested(run.study, run.store):
        _test(run, setup, best)


def _is_tested(study: Study, store: Store) -> bool:
    return study.has_no_test_set or (study.test_of_best is not None and store.has_predictions_of(study))


def _train_again(run: OpenRun, setup: Setup, best: Trial) -> None:
    """Train the best model again: the same trial gives the same weights."""
    store, files = run.store, run.store.trial_files(best.number)
    _tell_why(run, best)
    to_epoch, number, setup = run.study.fingerprint.epochs, best.number, replace(setup, rungs=())
    match run.call(advance, setup, number, best.params, to_epoch, (), files, log=files.log, trial=number):
        case Returned(Completed() as completed):
            store.keep_best(best.number)
            run.save(run.study.remake_model(best.number, completed.model_sha256, completed.weights_sha256))
            store.clear_trial(best.number)
            if best.weights_sha256 not in ("", completed.weights_sha256):
                message = f"trial {best.number} has other weights now than those it was scored with: see hpo-job verify"
                run.warn(message)
        case Returned(Stopped()):
            run.stop.check()
            store.clear_trial(best.number)
        case Raised(_, error) if error is not None:
            raise error
        case Returned(Diverged(reason)) | Raised(reason) | Died(reason):
            raise NoProgressError(f"the best model could not be trained again: {reason}", hint=f"see {files.log}")
        case Returned(value):
            raise AssertionError(f"a trial returned {value!r}")


def _tell_why(run: OpenRun, best: Trial) -> None:
    """Tell why the best model is trained again; a model that is not what it should be gets another name."""
    store, dropped = run.store, run.study.with_status(Status.DROPPED)
    for trial in dropped:
        if trial.model_sha256 and store.best_model_is(trial.model_sha256):
            message = f"{store.best_model} is of trial {trial.number}, which is set aside"
            run.tell(Notice(f"{message}: trial {best.number}, now the best, is trained again"))
            return
    store.set_best_aside()
    message = f"{store.best_model} is missing or damaged: trial {best.number} is trained again"
    run.warn(message)


def _test(run: OpenRun, setup: Setup, best: Trial) -> None:
    run.tell(TestStarted(best.number))
    log = run.store.trial_files(best.number).log
    match run.call(evaluate, setup, best.number, best.params, run.store.best_model, log=log, trial=best.number):
        case Returned(Stopped()):
            run.stop.check()
        case Returned(evaluation):
            _keep_test(run, best.number, evaluation)
        case Raised(_, error) if error is not None:
            raise error
        case Raised(reason) | Died(reason):
            raise NoProgressError(f"the best model could not be tested: {reason}", hint=f"see {log}")


def _keep_test(run: OpenRun, number: int, evaluation: Evaluation) -> None:
    """The predictions first, then the study that speaks of them."""
    if evaluation.predictions:
        run.store.write_predictions(evaluation.predictions)
    run.save(run.study.record_test(evaluation.result(number)))
