"""What the job adds to a trial beyond its training, at 40 and at 200 trials, on real searches of the digits.

Counted is all the time from the start of one trial to the start of the next, less `Trial.seconds`: the mean over the
last 10 trials of the search. `Trial.seconds` runs from the built model to the end of the last epoch, so training,
tracing, validation and the checkpoint after each epoch are not counted (`throughput.py` sees those). Counted are: the
start of the process, TensorFlow's first use in it, loading the data, building the model and saving it, every save of
the study, the dump of the result and the proposal. Plain Keras would load and build too: the figure is rather too
high. The start of TensorFlow, once a run, is shown by itself.

The search of 40 trials is run from its first. That of 200 goes on from made-up trials, all but the last 11. The parts
are timed afterwards on the same study, one by one, so they need not add up. The saves are as fast as the file system
of --directory.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np
from figures import CannotMeasureError, Figure, exit_code, show
from program import BATCH_SIZE, EPOCHS, read_study, run, search_arguments

from job import problems
from job.store import StateDirectory
from job.study import Study

# What is imported here is imported again by each process that is timed: the rest is imported where it is used.

# Trials that the mean is taken over.
_SPAN = 10
_TARGET_SECONDS = {40: 1.5, 200: 3.0}
_PROBLEM = "digits"
_REPEATS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what the job adds to a trial beyond its training.")
    parser.add_argument("--from-first", type=int, default=40, help="trials of the search that is run from its first")
    parser.add_argument("--from-middle", type=int, default=200, help="trials of the search that begins in its middle")
    parser.add_argument("--directory", type=Path, help="where the states are written; without it, the system's own")
    options = parser.parse_args()
    if min(options.from_first, options.from_middle) <= _SPAN + 1:
        parser.error(f"expected more than {_SPAN + 1} trials")
    sys.exit(exit_code(lambda: _measure(options.from_first, options.from_middle, options.directory)))


def _measure(from_first: int, from_middle: int, directory: Path | None) -> None:
    with tempfile.TemporaryDirectory(dir=directory) as folder:
        _search(Path(folder) / "first", from_first)
        state = Path(folder) / "middle"
        StateDirectory(state).root.mkdir()
        StateDirectory(state).save(made_up_study(from_middle - _SPAN - 1))
        _search(state, from_middle)


def _search(state: Path, trials: int) -> None:
    run(*search_arguments(state, trials))
    study = read_study(state)
    show(f"Overhead of a trial at {trials} trials", [*_whole(study, trials), *_parts(study, state)])


def _whole(study: Study, trials: int) -> list[Figure]:
    session = study.sessions[-1]
    trained = [each for each in study.trials if (each.started_at or 0.0) >= session.started_at]
    starts = [each.started_at for each in trained if each.started_at is not None]
    seconds = [each.seconds for each in trained]
    added = [after - before - used for before, after, used in zip(starts, starts[1:], seconds, strict=False)]
    if len(added) < _SPAN:
        raise CannotMeasureError(f"expected {_SPAN + 1} trials in the last run, found {len(trained)}")
    return [
        Figure(
            name=f"overhead of a trial, last {_SPAN}", value=fmean(added[-_SPAN:]), unit="s", target=_target(trials)
        ),
        Figure(name=f"the same, all {len(added)} of this run", value=fmean(added), unit="s"),
        Figure(name=f"the same, largest of the last {_SPAN}", value=max(added[-_SPAN:]), unit="s"),
        Figure(name=f"Trial.seconds, last {_SPAN}", value=fmean(seconds[-_SPAN:]), unit="s"),
        Figure(name="once a run: until the first trial starts", value=starts[0] - session.started_at, unit="s"),
    ]


def _target(trials: int) -> float | None:
    return _TARGET_SECONDS.get(trials)


def _parts(study: Study, state: Path) -> list[Figure]:
    from job.proposals import dump_result, propose

    store = StateDirectory(state)
    saves = 2 + EPOCHS  # at the start, after each epoch, at the end
    parts: dict[str, Callable[[], object]] = {
        "proposal": lambda: propose(study),
        "dump of the result": lambda: store.write_result(dump_result(study)),
        f"one of {saves} saves of the study": lambda: store.save(study),
    }
    timed = {name: median(_seconds(part) for _ in range(_REPEATS)) for name, part in parts.items()} | _starts(state)
    return [Figure(name=f"  part: {name}", value=value, unit="s") for name, value in timed.items()]


def _starts(state: Path) -> dict[str, float]:
    """Time what a trial's process does before it trains."""
    from job.executors import ProcessExecutor, Returned

    executor = ProcessExecutor()
    executor.prepare()

    def seconds_of(call: Callable[..., float]) -> tuple[float, float]:
        before = time.perf_counter()
        executor.submit(call, log=state / "log.txt")
        while (ending := executor.wait(lambda _: None, 1.0)) is None:
            pass
        if not isinstance(ending, Returned):
            raise CannotMeasureError(f"a process for a trial ended thus: {ending}")
        return time.perf_counter() - before, ending.value

    timed = [seconds_of(load_and_build) for _ in range(_REPEATS)]
    whole, building = (median(column) for column in zip(*timed, strict=True))
    return {"process start and data load": whole - building, "model built, TensorFlow's first use": building}


def load_and_build(control: Any) -> float:
    """Do what a trial does before it trains, and return the seconds that building the model took."""
    from job.training.fit import configure

    configure(deterministic=True)
    problem = problems.load(problems.module_name(_PROBLEM))
    data = problem.load_data(None, control.tell)
    return _seconds(lambda: problem.build_model(problem.DEFAULT, data))


def made_up_study(trials: int) -> Study:
    """Return a study of the digits with `trials` completed trials that crowd around a best point, as proposals do."""
    from job.fingerprint import fingerprint_of
    from job.settings import Settings

    problem = problems.load(problems.module_name(_PROBLEM))
    digest = problem.load_data(None, lambda _: None).digest()
    settings = Settings(problem=_PROBLEM, epochs=EPOCHS, batch_size=BATCH_SIZE)
    study = Study(fingerprint=fingerprint_of(settings=settings, problem=problem, data=digest))
    study = study.open_session(now=time.time(), budgets={})
    generator = np.random.default_rng(0)
    for number in range(1, trials + 1):
        study = _with_made_up_trial(study, number, generator.normal(0.0, 0.5 if number % 3 else 2.0, size=3))
    return study.close_session("finished")


def _with_made_up_trial(study: Study, number: int, offset: np.ndarray) -> Study:
    """Add a trial so far from the best point, in units of which a few span each dimension."""
    params = {
        "learning_rate": float(np.clip(10 ** (offset[0] - 3), 1e-6, 1e-2)),
        "num_dense_layers": int(np.clip(2 + offset[1], 1, 5)),
        "num_dense_nodes": int(np.clip(256 + 100 * offset[2], 5, 512)),
        "activation": "relu" if number % 4 else "sigmoid",
    }
    score = float(0.1 + 0.8 * np.exp(-np.sum(offset**2) / 8))
    logs = {"accuracy": score, "loss": 1 - score, "val_accuracy": score, "val_loss": 1 - score}
    study = study.propose(params).start(number, now=time.time())
    return study.complete(number, (logs,) * EPOCHS, seconds=1.0, now=time.time(), model_sha256="0" * 64)


def _seconds(action: Callable[[], object]) -> float:
    before = time.perf_counter()
    action()
    return time.perf_counter() - before


if __name__ == "__main__":
    main()
