"""What the job adds to a trial beyond its training, at 40 and at 200 trials, on real searches of the digits.

Counted is all the time from the start of one trial to the start of the next, less `Trial.seconds`: the mean over the
last 10 trials of the search. `Trial.seconds` runs from the built model to the end of the last epoch, so training,
tracing, validation and the checkpoint after each epoch are not counted (`throughput.py` sees those). Counted are: the
start of the process, TensorFlow's first use in it, loading the data, building the model and saving it, every save of
the study, and the proposal with its fit. Plain Keras would load and build too: the figure is rather too high. Result
and report are written while the next trial trains, and cost it no more than the share of the processors that they
take. The start of TensorFlow, once a run, is shown by itself; what a trial's process does before it trains, by
`steps.py`.

The search of 40 trials is run from its first. That of 200 goes on from made-up trials, all but the last 11. The parts
are timed afterwards on the same study, one by one, so they need not add up. The saves are as fast as the file system
of --directory.
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median

from figures import CannotMeasureError, Figure, exit_code, seconds_of, show
from made_up import made_up_study
from program import EPOCHS, read_study, run, search_arguments

from job.core.study import Study
from job.proposals.propose import propose
from job.proposals.result import dump_result
from job.state.directory import StateDirectory

# Trials that the mean is taken over.
_SPAN = 10
_TARGET_SECONDS = {40: 1.5, 200: 3.0}
_REPEATS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what the job adds to a trial beyond its training.")
    parser.add_argument("--from-first", type=int, default=40, help="trials of the search that is run from its first")
    parser.add_argument("--from-middle", type=int, default=200, help="trials of the search that begins in its middle")
    parser.add_argument("--directory", type=Path, help="where the states are written; without it, the system's own")
    options = parser.parse_args()
    if min(options.from_first, options.from_middle) <= _SPAN + 1:
        parser.error(f"expected more than {_SPAN + 1} trials")
    sys.exit(exit_code(lambda: _measure(options)))


def _measure(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(dir=options.directory) as folder:
        _search(Path(folder) / "first", options.from_first)
        state = Path(folder) / "middle"
        state.mkdir()
        StateDirectory(state).save(made_up_study(options.from_middle - _SPAN - 1))
        _search(state, options.from_middle)


def _search(state: Path, trials: int) -> None:
    run(*search_arguments(state, trials))
    study = read_study(state)
    show(f"Overhead of a trial at {trials} trials", [*_whole(study, trials), *_parts(study, state)])


def _whole(study: Study, trials: int) -> list[Figure]:
    run = study.runs[-1]
    trained = [each for each in study.trials if (each.started_at or 0.0) >= run.started_at]
    starts = [each.started_at for each in trained if each.started_at is not None]
    seconds = [each.seconds for each in trained]
    added = [after - before - used for before, after, used in zip(starts, starts[1:], seconds, strict=False)]
    if len(added) < _SPAN:
        raise CannotMeasureError(f"expected {_SPAN + 1} trials in the last run, found {len(trained)}")
    return [
        Figure(
            name=f"overhead of a trial, last {_SPAN}",
            value=fmean(added[-_SPAN:]),
            unit="s",
            target=_TARGET_SECONDS.get(trials),
        ),
        Figure(name=f"the same, all {len(added)} of this run", value=fmean(added), unit="s"),
        Figure(name=f"the same, largest of the last {_SPAN}", value=max(added[-_SPAN:]), unit="s"),
        Figure(name=f"Trial.seconds, last {_SPAN}", value=fmean(seconds[-_SPAN:]), unit="s"),
        Figure(name="once a run: until the first trial starts", value=starts[0] - run.started_at, unit="s"),
    ]


def _parts(study: Study, state: Path) -> list[Figure]:
    store = StateDirectory(state)
    saves = 2 + EPOCHS  # at the start, after each epoch, at the end
    before = replace(study, trials=study.trials[:-1])

    def fit_and_propose() -> float:
        propose(before)  # for another study, so that the next one begins with a fit
        return seconds_of(lambda: propose(study))

    def dump(*, with_model: bool) -> float:
        return seconds_of(lambda: store.write_result(dump_result(study, with_model=with_model)))

    timed = {
        "proposal with its fit": median(fit_and_propose() for _ in range(_REPEATS)),
        "beside: result without model": median(dump(with_model=False) for _ in range(_REPEATS)),
        "beside: result with the model of that fit": median(dump(with_model=True) for _ in range(_REPEATS)),
        f"each of {saves} saves of the study": median(seconds_of(lambda: store.save(study)) for _ in range(_REPEATS)),
    }
    return [Figure(name=f"  part: {name}", value=value, unit="s") for name, value in timed.items()]


if __name__ == "__main__":
    main()
