"""What a proposal costs in a conditional space: the processor time of the next point after some trials.

The space is a part of the built-in network's wide one, with the dimensions that have conditions. The scores are made
up, and the trials are where a search without a surrogate would have put them.
"""

import argparse
import math
import sys
import time
from dataclasses import replace
from statistics import median

from figures import CannotMeasureError, Figure, exit_code, show

from job.core.fingerprint import Fingerprint
from job.core.objective import Objective
from job.core.space import Params, Space
from job.core.study import Study
from job.problems import mnist
from job.proposals.propose import propose

_RUNS = 5
_START = 1.75e9  # Unix time
_TARGET_SECONDS = 2.0


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what a proposal costs in a conditional space.")
    parser.add_argument("--trials", type=int, default=100, help="trials before it")
    parser.add_argument("--dimensions", type=int, default=12, help="of the space")
    options = parser.parse_args()
    sys.exit(exit_code(lambda: _measure(options.trials, options.dimensions)))


def _measure(trials: int, dimensions: int) -> None:
    study = _study(trials, _space(dimensions))
    first, *others = (_seconds(study, seed) for seed in range(_RUNS + 1))
    name = f"a proposal after {trials} trials in {dimensions} dimensions"
    show(
        "Processor time",
        [
            Figure(name=name, value=median(others), unit="s", target=_TARGET_SECONDS),
            Figure(name="the first one of a process", value=first, unit="s"),
        ],
    )


def _space(dimensions: int) -> Space:
    """Return the dimensions that have conditions, those that they depend on, and as many others as are asked for."""
    wide = Space(mnist.SPACES["wide"]).dimensions
    needed = {each.name for each in wide if each.when} | {name for each in wide for name in each.when or {}}
    others = [each.name for each in wide if each.name not in needed][: max(dimensions - len(needed), 0)]
    space = Space(tuple(each for each in wide if each.name in {*needed, *others}))
    if len(space.dimensions) != dimensions:
        raise CannotMeasureError(f"expected {len(needed)} to {len(wide)} dimensions, found {dimensions}")
    return space


def _study(trials: int, space: Space) -> Study:
    baseline = Study(fingerprint=_fingerprint(space, surrogate="none")).open_run(now=_START)
    for number in range(1, trials + 1):
        params = propose(baseline)
        if params is None:
            raise CannotMeasureError(f"the space has no more than {number - 1} points")
        logs = {"val_accuracy": _score(params)}
        baseline = baseline.propose(params).start(number, now=_START)
        baseline = baseline.complete(number, (logs,), seconds=1.0, now=_START, model_sha256="0" * 64)
    return replace(baseline, fingerprint=_fingerprint(space, surrogate="GP"))


def _score(params: Params) -> float:
    """Return a score that numbers decide smoothly and texts in steps."""
    parts = [math.sin(each) if isinstance(each, int | float) else len(str(each)) / 10 for each in params.values()]
    return 0.5 + sum(parts) / (4 * len(parts))


def _seconds(study: Study, seed: int) -> float:
    seeded = replace(study, fingerprint=replace(study.fingerprint, seed=seed))
    before = time.process_time()
    propose(seeded)
    return time.process_time() - before


def _fingerprint(space: Space, *, surrogate: str) -> Fingerprint:
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
        initial_points=10,
        deterministic=True,
    )


if __name__ == "__main__":
    main()
