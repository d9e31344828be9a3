"""What a proposal costs: the processor time of the next point after some trials, and of what is expected of it.

The spaces have real numbers, integers, most on a logarithmic scale, and categories; the larger ones conditions too. The
scores are made up, and the trials are at random points.
"""

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import numpy as np
from figures import CannotMeasureError, Figure, exit_code, show

from job import Categorical, Integer, Real
from job.core.fingerprint import ADDITIVE_GP, Fingerprint
from job.core.objective import Objective
from job.core.space import Dimension, Params, Space, Value
from job.core.study import Study
from job.proposals.draws import points_at
from job.proposals.expectation import expected_of
from job.proposals.propose import propose

_RUNS = 5
_START = 1.75e9  # Unix time
_DIMENSIONS, _TRIALS = (4, 12, 20), (40, 200, 1_000)
_TARGET_SECONDS = {40: 0.2, 200: 0.6, 1_000: 1.5}
_LEAST_WITH_CONDITIONS = 12  # dimensions
_KINDS = ("a", "b", "c")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what a proposal costs.")
    parser.add_argument("--trials", type=int, nargs="+", default=_TRIALS, help="trials before it")
    parser.add_argument("--dimensions", type=int, nargs="+", default=_DIMENSIONS, help="of the space")
    parser.add_argument("--surrogate", default=ADDITIVE_GP, help="that makes it, as in study.json")
    options = parser.parse_args()
    sys.exit(exit_code(lambda: _measure(options.dimensions, options.trials, options.surrogate)))


def _measure(all_dimensions: Sequence[int], all_trials: Sequence[int], surrogate: str) -> None:
    _spend(_study(_space(4), 10, surrogate))  # what the first one of a process imports
    for dimensions in all_dimensions:
        figures = []
        for trials in all_trials:
            proposing, expecting = _spend(_study(_space(dimensions), trials, surrogate))
            target = _TARGET_SECONDS.get(trials)
            figures.append(Figure(name=f"after {trials:,} trials", value=proposing, unit="s", target=target))
            figures.append(Figure(name="  what is expected of it", value=expecting, unit="s"))
        show(f"Processor time of a proposal of {surrogate} in {dimensions} dimensions, median of {_RUNS}", figures)


def _spend(study: Study) -> tuple[float, float]:
    """Return the seconds that a proposal takes, and what is expected of it, in the median over seeds of the search."""
    seconds = []
    for seed in range(_RUNS):
        seeded = replace(study, fingerprint=replace(study.fingerprint, seed=seed))
        begun = time.process_time()
        point = propose(seeded)
        proposed = time.process_time()
        if point is None:
            raise CannotMeasureError("no point is left to propose")
        expected_of(seeded, point)
        seconds.append((proposed - begun, time.process_time() - proposed))
    proposing, expecting = zip(*seconds, strict=True)
    return median(proposing), median(expecting)


def _space(dimensions: int) -> Space:
    return Space(tuple(_dimension(place, dimensions >= _LEAST_WITH_CONDITIONS) for place in range(dimensions)))


def _dimension(place: int, with_conditions: bool) -> Dimension:
    """Return one of four kinds of dimensions in turn; the fourth may depend on the one before it."""
    match place % 4:
        case 0:
            return Real(f"d{place}", 1e-5, 1e-1, "log-uniform")
        case 1:
            return Integer(f"d{place}", 8, 512, "log-uniform")
        case 2:
            return Categorical(f"d{place}", _KINDS)
    when = {f"d{place - 1}": _KINDS[1:]} if with_conditions else {}
    return Real(f"d{place}", 0.0, 0.5, when=when)


def _study(space: Space, trials: int, surrogate: str) -> Study:
    study = Study(fingerprint=_fingerprint(space, surrogate)).open_run(now=_START)
    generator = np.random.default_rng(0)
    for params in points_at(space, generator.random((len(space.dimensions), trials))):
        number = len(study.trials) + 1
        logs = {"val_accuracy": _score(params) + 0.01 * float(generator.standard_normal())}
        study = study.propose(params).start(number, now=_START)
        study = study.complete(number, (logs,), seconds=1.0, now=_START, model_sha256="0" * 64)
    return study


def _score(params: Params) -> float:
    """Return a score that numbers decide smoothly and texts in steps."""
    return 0.5 + sum(map(_part, params.values())) / (4 * len(params))


def _part(value: Value) -> float:
    return _KINDS.index(value) / 2 if isinstance(value, str) else math.sin(math.log(value + 1e-3))


def _fingerprint(space: Space, surrogate: str) -> Fingerprint:
    return Fingerprint(
        problem="mine",
        space=space,
        default={},
        data="0" * 64,
        seed=0,
        epochs=1,
        batch_size=128,
        objective=Objective("val_accuracy", "max"),
        surrogate=surrogate,
        acquisition="EI",
        initial_points=5,
        deterministic=True,
    )


if __name__ == "__main__":
    main()
