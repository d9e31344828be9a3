"""What a long search spends on its own state: on planning the next step, on saving the study, and how large that is.

The study is made up: trials of three epochs with four metrics at full precision, each with a step and an attempt. The
plan is asked without the surrogate, with one virtual worker and with 16 of which 15 are at work. A save follows the end
of each trial: the study as text, written, synced and renamed. The first one of a process, which has all trials to turn
into text, is shown by itself; of all else the median.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from statistics import median

from figures import CannotMeasureError, Figure, exit_code, seconds_of, show

from job.core.fingerprint import Fingerprint
from job.core.known import Known
from job.core.limits import Limits
from job.core.objective import Objective
from job.core.plan import NewTrial, plan
from job.core.space import Categorical, Integer, Params, Real, Space
from job.core.study import Study
from job.core.trial import Trial
from job.state.directory import StateDirectory

_RUNS = 15
_MILLISECONDS, _MEGABYTE = 1e3, 1e6
_LOOKAHEAD = 16
_METRICS = ("accuracy", "loss", "val_accuracy", "val_loss")
_EPOCHS, _BATCHES = 3, (400, 500)  # of an epoch, so that trials end one after another
_START = 1.75e9  # Unix time
_SPACE = Space(
    (
        Real("learning_rate", 1e-6, 1e-2, "log-uniform"),
        Integer("filters", 8, 64),
        Real("dropout", 0.0, 0.5),
        Categorical("activation", ("relu", "tanh")),
    )
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what a long search spends on its own state.")
    parser.add_argument("--trials", type=int, default=1000, help="trials of the study")
    parser.add_argument("--directory", type=Path, help="where the state is written; without it, the system's own")
    options = parser.parse_args()
    if options.trials <= _RUNS:
        parser.error(f"expected more than {_RUNS} trials")
    sys.exit(exit_code(lambda: _measure(options.trials, options.directory)))


def _measure(trials: int, directory: Path | None) -> None:
    one, many = ([*_searches(trials, lookahead)] for lookahead in (1, _LOOKAHEAD))
    with tempfile.TemporaryDirectory(dir=directory) as folder:
        store = StateDirectory(Path(folder))
        first, *others = (seconds_of(partial(store.save, study)) for study in one[-_RUNS - 1 :])
        size = store.study_file.stat().st_size
    figures = [
        _milliseconds("plan, one virtual worker", _planning(one[-1]), target=5),
        _milliseconds(f"plan, {_LOOKAHEAD} virtual workers", _planning(many[-1]), target=5),
        _milliseconds("save after a trial", median(others), target=20),
        _milliseconds("  the first of a process", first),
        Figure(name="study.json", value=size / _MEGABYTE, unit="MB", target=1),
    ]
    show(f"A study of {trials} trials", figures)


def _milliseconds(name: str, seconds: float, *, target: float | None = None) -> Figure:
    return Figure(name=name, value=seconds * _MILLISECONDS, unit="ms", target=target)


def _planning(study: Study) -> float:
    """Return the seconds that the plan of the next step takes."""
    if not isinstance(plan(study, _propose), NewTrial):
        raise CannotMeasureError("expected a study of which the plan is a new trial")
    return median(seconds_of(lambda: plan(study, _propose)) for _ in range(_RUNS))


def _propose(known: Known, _: Params) -> Params:
    return known.fingerprint.default


def _searches(trials: int, lookahead: int) -> Iterator[Study]:
    """Yield a search after each trial; all of its virtual workers but one are at work then."""
    chance = Random(0)
    limits = Limits(trials=2 * trials, patience=trials, target=2.0, max_hours=1e6)
    study = Study(fingerprint=_fingerprint(lookahead)).open_run(now=_START, limits=limits)
    while len(study.completed) < trials:
        while isinstance(planned := plan(study, lambda *_: _point(chance)), NewTrial):
            study = study.propose(planned.params, worker=planned.worker, begins=planned.begins)
            study = _trained(study, len(study.trials), chance)
        first = min(study.pending, key=lambda step: step.begins + study.trial(step.trial).batches_trained)
        study = _completed(study, study.trial(first.trial), chance)
        yield study


def _trained(study: Study, number: int, chance: Random) -> Study:
    """Return the study with a trial that has been trained through, and not ended yet."""
    study = study.start(number, now=_START + 100 * number + chance.random())
    history = tuple({name: chance.random() for name in _METRICS} for _ in range(_EPOCHS))
    return study.get_on(number, history, seconds=100 * chance.random(), batches=chance.randint(*_BATCHES))


def _completed(study: Study, trial: Trial, chance: Random) -> Study:
    study = study.complete(
        trial.number,
        trial.history,
        seconds=trial.seconds,
        now=_START + 100 * trial.number + chance.random(),
        model_sha256=_digest(chance),
        n_weights=421_642,
    )
    return study.note_model(trial.number, weights_sha256=_digest(chance))


def _digest(chance: Random) -> str:
    return f"{chance.getrandbits(256):064x}"


def _point(chance: Random) -> Params:
    return {
        "learning_rate": 10 ** chance.uniform(-6, -2),
        "filters": chance.randint(8, 64),
        "dropout": chance.uniform(0.0, 0.5),
        "activation": chance.choice(("relu", "tanh")),
    }


def _fingerprint(lookahead: int) -> Fingerprint:
    return Fingerprint(
        problem="mine",
        space=_SPACE,
        default=_point(Random(1)),
        data="0" * 64,
        seed=0,
        epochs=_EPOCHS,
        batch_size=128,
        objective=Objective("val_accuracy", "max"),
        surrogate="GP",
        acquisition="EI",
        initial_points=10,
        deterministic=True,
        lookahead=lookahead,
    )


if __name__ == "__main__":
    main()
