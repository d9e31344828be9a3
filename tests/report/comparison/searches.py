"""Searches that are made up to be compared."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from job.core.run import RunEnd
from job.core.tested import TestResult
from job.report.comparison.groups import NamedStudy
from tests.fakes import study_of


def named(
    name: str,
    *scores: float | None,
    objective: str = "val_accuracy:max",
    imported: Sequence[float] = (),
    tested: float | None = None,
    finished: bool = True,
    **fingerprint: Any,
) -> NamedStudy:
    """Return a search whose trials of three epochs and a minute each got `scores`, None for a failed one."""
    study = study_of(*scores, objective=objective, imported=imported)
    study = replace(study, fingerprint=replace(study.fingerprint, **{"seed": 0, **fingerprint}))
    if tested is not None and study.best:
        study = study.record_test(TestResult(number=study.best.number, metrics={"accuracy": tested, "loss": 0.1}))
    return NamedStudy(name, study.close_run(RunEnd.FINISHED) if finished else study)
