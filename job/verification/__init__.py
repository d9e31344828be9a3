"""Whether a saved search comes out again: its plan replayed, its journal checked, and some of its trials trained again.

Nothing here writes to a state.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from job.core.confirmation import model_of
from job.core.study import Study
from job.core.trial import Trial
from job.errors import ExitCode, NoProgressError
from job.executors import Returned
from job.proposals.contenders import contenders
from job.proposals.propose import propose
from job.pruning.prune import PRUNING
from job.training import Setup, look_for_devices
from job.training.devices import arithmetic_on
from job.verification.again import check_trial, chosen
from job.verification.bench import Bench
from job.verification.causes import Here, causes
from job.verification.finding import Finding, Subject
from job.verification.inputs import check_journal
from job.verification.model import check_data, check_model_file, check_weights
from job.verification.record import check_numbers, check_steps
from job.verification.replay import check_plan
from job.versions import arithmetic_settings, program_versions


class Watcher(Protocol):
    """Who is told what is being compared."""

    def replaying(self, step: int, steps: int) -> None:
        """The plan is asked for `step` of `steps`."""

    def looking(self, what: str) -> None:
        """Something is looked at, such as `the data`, that takes a while."""

    def training(self, trial: Trial, place: int, trials: int) -> None:
        """A trial is trained again, the one at `place` (from 1) of so many."""


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What was found, and what may explain the differences in it."""

    findings: tuple[Finding, ...]
    causes: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        return any(finding.differences for finding in self.findings)

    @property
    def exit_code(self) -> ExitCode:
        return ExitCode.DATA_ERROR if self.differs else ExitCode.OK


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A study as it was saved, and the file of its best model; None where it is missing."""

    study: Study
    model: bytes | None


def verify(saved: Saved, trials: int, setup: Setup | None, bench: Bench, watcher: Watcher) -> Verification:
    """Compare a saved search with what comes out now, so many of its trials by training them again.

    Without a `setup`, nothing is trained, and neither data nor weights are looked at. Raise DataMissingError where the
    data are gone, SettingsError where the problem is, and NoProgressError where TensorFlow does not work.
    """
    if setup is not None:
        bench.executor.start()
    findings = [*check_record(saved, watcher)]
    if setup is not None and not check_numbers(saved.study):
        findings += train_again(saved, trials, setup, bench, watcher)
    found = Verification(findings=tuple(findings))
    if not found.differs:
        return found
    watcher.looking("what may explain the differences")
    return Verification(findings=found.findings, causes=causes(saved.study, findings, look_around(saved.study, bench)))


def check_record(saved: Saved, watcher: Watcher) -> Iterator[Finding]:
    """Yield what the state tells by itself: of its plan, its steps, its journal and its model."""
    study = saved.study
    if numbers := check_numbers(study):
        yield Finding(subject=Subject.STEPS, told="their numbers are not those of their places", differences=numbers)
        return
    yield check_plan(study, propose, watcher.replaying, prune=PRUNING, contenders=contenders)
    yield check_steps(study)
    yield check_journal(study)
    if (best := model_of(study)) is not None:
        yield check_model_file(best, saved.model)


def train_again(saved: Saved, trials: int, setup: Setup, bench: Bench, watcher: Watcher) -> Iterator[Finding]:
    """Yield what the data and the weights of the best model are, and what comes of each trial that is trained again."""
    study, best = saved.study, model_of(saved.study)
    watcher.looking("the data")
    data = check_data(study, setup, bench)
    yield data
    if data.differences:  # with others, nothing comes out the same
        return
    if best is not None and saved.model is not None:
        watcher.looking("the weights of the best model")
        yield check_weights(best, saved.model, setup, bench)
    again = chosen(study, trials)
    for place, trial in enumerate(again, start=1):
        watcher.training(trial, place, len(again))
        yield check_trial(trial, setup, bench)


def look_around(study: Study, bench: Bench) -> Here:
    """Return what this process and those of the bench compute with."""
    bench.executor.start()
    match bench.call(look_for_devices):
        case Returned(devices):
            arithmetic = arithmetic_on(devices, arithmetic_settings(study.fingerprint.threads))
            return Here(devices=devices, versions=program_versions(), arithmetic=arithmetic)
        case ending:
            raise NoProgressError(f"the devices could not be looked for: {ending}", hint="see hpo-job doctor")
