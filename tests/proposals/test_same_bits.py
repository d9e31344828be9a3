"""Proposals are the same bits on any number of threads and cores, and with the instructions of other processors."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from job.core.space import Categorical, Integer, Ordinal, Params, Real, Space
from job.core.study import Study
from job.proposals.draws import points_at
from job.proposals.expectation import expected_of
from job.proposals.propose import propose
from tests.fakes import ROOT_OF_SOURCES, START, study_of

PLAIN = study_of().fingerprint.space
CONDITIONAL = Space(
    (
        Real("rate", 1e-5, 1e-1, "log-uniform"),
        Categorical("optimizer", ("adam", "sgd", "rmsprop")),
        Real("momentum", 0.0, 0.99, when={"optimizer": ["sgd"]}),
        Integer("units", 8, 512, "log-uniform"),
        Ordinal("size", ("small", "medium", "large")),
        Real("dropout", 0.0, 0.5, step=0.05),
    )
)
# What a process reads when it begins: OpenBLAS's kernels, and NumPy's instructions that are not to be used.
OTHERS: Mapping[str, Mapping[str, str]] = {
    "eight threads": {"OPENBLAS_NUM_THREADS": "8"},
    "an earlier processor": {
        "OPENBLAS_NUM_THREADS": "1",
        "OPENBLAS_CORETYPE": "Prescott",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    },
}


def studies() -> Iterator[Study]:
    """Yield studies of 3 to 60 trials, of which some have failed and some are pending."""
    for space, counts in ((PLAIN, (3, 12, 60)), (CONDITIONAL, (3, 9, 30))):
        for count in counts:
            yield _study(space, count)


def _study(space: Space, count: int) -> Study:
    # Decimal digits, so that the points are the same wherever they are drawn.
    drawn = points_at(space, np.random.default_rng(count).random((len(space.dimensions), count + 2)))
    points = [{name: _decimal(value) for name, value in point.items()} for point in drawn]
    settings: dict[str, Any] = {"default": {}, "surrogate": "additive-gp", "initial_points": 0}
    study = Study(fingerprint=replace(study_of().fingerprint, space=space, **settings))
    for number, point in enumerate(points, start=1):
        study = study.propose(point, begins=0.0)
        if number > count:
            continue
        if number % 7 == 4:
            study = study.fail(number, "diverged", now=START)
        else:
            history = ({"val_accuracy": (number * 389 % 997) / 1000 - float(point.get("dropout", 0.0))},)
            study = study.complete(number, history, seconds=1.0, now=START, model_sha256="")
    return study


def _decimal(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def designed() -> list[Params]:
    """Return points of a design, of many of which an exponential has other last bits with other instructions."""
    study = replace(study_of(), fingerprint=replace(study_of().fingerprint, surrogate="additive-gp", design="sobol"))
    while len(study.trials) < 40:
        params = propose(study)
        assert params is not None
        study = study.propose(params, begins=0.0)
    return [trial.params for trial in study.trials]


def answers() -> list[tuple[Params | None, dict[str, float] | None]]:
    found: list[tuple[Params | None, dict[str, float] | None]] = [(params, None) for params in designed()]
    for study in studies():
        params = propose(study)
        expected = None if params is None else expected_of(study, params)
        found.append((params, asdict(expected) if expected else None))
    return found


def answers_elsewhere(environment: Mapping[str, str], cores: set[int]) -> list[Any]:
    """Return what a fresh process with an environment answers on some cores."""
    program = (
        "import json, os, sys\n"
        "os.sched_setaffinity(0, json.loads(sys.argv[1]))\n"
        "from tests.proposals.test_same_bits import answers\n"
        "print(json.dumps(answers()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(sorted(cores))],
        env={**os.environ, "PYTHONPATH": str(ROOT_OF_SOURCES), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHERS)
def test_proposals_and_what_is_expected_of_them_are_the_same_elsewhere(other: str) -> None:
    core = min(os.sched_getaffinity(0))
    assert answers_elsewhere(OTHERS[other], {core}) == json.loads(json.dumps(answers()))
