"""Writes a study for each surrogate beside this file: `python -m tests.state.proposals.write`.

Only what is not there is written: each stays as the release that wrote it has.
"""

from dataclasses import replace
from pathlib import Path

from job.core.ending import EndKind
from job.core.journal import Enqueued
from job.core.limits import Limits
from job.core.plan import End, NewTrial, plan
from job.core.run import RunEnd
from job.core.space import Categorical, Integer, Ordinal, Params, Real, Space
from job.core.study import Study
from job.proposals.expectation import expected_when_planned
from job.proposals.propose import propose
from job.state import study_json
from tests.fakes import START, study_of

FOLDER = Path(__file__).parent

MIXED = study_of().fingerprint.space
CONDITIONAL = Space(
    (
        Real("rate", 1e-4, 1e-1, "log-uniform"),
        Categorical("optimizer", ("adam", "sgd")),
        Real("momentum", 0.0, 0.99, when={"optimizer": ["sgd"]}),
        Ordinal("size", ("small", "medium", "large")),
        Integer("units", 32, 512, "log-uniform", step=32),
    )
)
STUDIES = {
    "additive-gp-mixed": (MIXED, 10),
    "additive-gp-conditional": (CONDITIONAL, 10),
    "GP": (CONDITIONAL, 5),
    "RF": (CONDITIONAL, 5),
    "ET": (CONDITIONAL, 5),
}
_SURROGATE_ASKED_AFTER = 3
_FAILS, _ENQUEUED_AT = 3, 6


def main() -> None:
    for name, (space, trials) in STUDIES.items():
        file = FOLDER / f"{name}.json"
        if not file.exists():
            surrogate = name.removesuffix("-mixed").removesuffix("-conditional")
            file.write_bytes(study_json.dump(searched(space, surrogate, trials)))


def searched(space: Space, surrogate: str, trials: int) -> Study:
    """Return a search that has ended, one trial of which has failed, and one is of a value that a user asked for."""
    design = "sobol" if surrogate == "additive-gp" else "random"
    fingerprint = replace(
        study_of().fingerprint,
        space=space,
        default={},
        surrogate=surrogate,
        initial_points=_SURROGATE_ASKED_AFTER,
        design=design,
        epochs=1,
    )
    study = Study(fingerprint=fingerprint).open_run(now=START, limits=Limits(trials=trials), versions={})
    while not isinstance(planned := plan(study, propose), End):
        assert isinstance(planned, NewTrial)
        expected = expected_when_planned(study, planned)
        study = study.propose(
            planned.params, origin=planned.origin, begins=planned.begins, request=planned.request
        ).expect(expected)
        study = _ended(study.start(len(study.trials), now=START), len(study.trials))
    return study.close_run(RunEnd.FINISHED)


def _ended(study: Study, number: int) -> Study:
    study = study.tell_batches(number, 10)
    if number == _FAILS:
        return study.fail(number, "ValueError: no such layer", now=START, kind=EndKind.RAISED)
    if number == _ENQUEUED_AT - 1:
        name = study.fingerprint.space.dimensions[-1].name
        study = study.enter(Enqueued({name: study.trial(1).params[name]}), now=START, request="an asked one")
    logs = {"loss": 0.1, "val_accuracy": merit(study.trial(number).params)}
    return study.complete(number, (logs,), seconds=1.0, now=START, model_sha256="")


def merit(params: Params) -> float:
    """Return a score in few digits, as of a validation set of 1,000 images."""
    score = 0.9
    for name, value in params.items():
        score -= 0.05 * (len(name) % 3) * (len(repr(value)) % 7) / 7 if isinstance(value, str) else 0.0
        score -= 0.2 * abs(float(f"{value:.3g}") % 1 - 0.4) if isinstance(value, float) else 0.0
    return round(score, 3)


if __name__ == "__main__":
    main()
