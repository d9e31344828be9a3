"""The problems that `hpo-job init` writes run as they stand."""

from pathlib import Path

import pytest

from job import problems
from job.check.points import probes
from job.data import DataSource
from job.problems import templates
from job.run.in_force import asked_of
from job.settings import Settings
from job.settings.choices import ProblemKind
from job.state.directory import TrialFiles
from job.training import Completed, advance, setup_of
from job.training.check import Order, try_out
from job.training.check.facts import Built, Finding, Stepped, Trained

pytestmark = pytest.mark.slow


class Told(list[object]):
    """All that was told, to whoever never asks to stop."""

    must_stop = False

    def tell(self, event: object) -> None:
        self.append(event)


@pytest.mark.parametrize("kind", ProblemKind)
def test_a_template_passes_its_check_without_a_finding_and_trains(kind: str, tmp_path: Path) -> None:
    templates.write(kind, file := tmp_path / "churn.py")
    settings = Settings(problem=str(file), epochs=1)
    fingerprint = asked_of(settings, None, lambda problem: problems.load(problem).declared).fingerprint
    setup, told = setup_of(fingerprint, DataSource()), Told()
    points = tuple(each.params for each in probes(fingerprint.space, fingerprint.given, seed=0))
    every = tuple(range(5))  # the default, all numbers at their ends, and two more
    try_out(Order(setup=setup, space=fingerprint.space, points=points, first=0, to_step=every, to_train=()), told)
    assert [each for each in told if isinstance(each, Finding)] == []
    assert [sum(isinstance(each, fact) for each in told) for fact in (Built, Stepped, Trained)] == [
        *[len(every)] * 2,
        1,
    ]
    trained = advance(setup, 1, fingerprint.default, 1, (), TrialFiles(tmp_path / "trial"), told)
    assert isinstance(trained, Completed)
