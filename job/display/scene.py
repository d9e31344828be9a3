"""What the live display shows: a frozen record of the run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from job.core.events import (
    BatchesDone,
    DownloadProgress,
    Event,
    Notice,
    Phase,
    PhaseStarted,
    ReadingProgress,
    RunEnded,
    TestStarted,
    TrialEnded,
    TrialStarted,
    WorkersChanged,
)
from job.core.study import Study
from job.core.trial import Trial

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Scene:
    """What is known of the run; times are seconds of the display's clock."""

    study: Study | None = None
    batches: Mapping[int, BatchesDone] = field(default_factory=dict)  # the latest of each trial, by its number
    started_at: Mapping[int, float] = field(default_factory=dict)  # of this attempt at each trial in training
    workers: WorkersChanged | None = None  # of a cluster
    has_company: bool = False  # whether several trials have been in training at a time
    arriving: Mapping[str, DownloadProgress | ReadingProgress] = field(default_factory=dict)  # by their names
    testing: int | None = None  # the trial whose model is being tested
    phase: Phase | None = None  # what the run is at
    phase_at: float = 0.0  # since when
    phases: Mapping[int, Phase] = field(default_factory=dict)  # what trials are at before their first batch
    ended: RunEnded | None = None

    def after(self, event: Event, study: Study | None, *, now: float) -> "Scene":
        """Return the scene as it is after `event`; `study` is None as long as there is none."""
        scene = replace(self, study=study or self.study)
        match event:
            case Notice():
                return scene
            case DownloadProgress(name, done, total) | ReadingProgress(name, done, total):
                rest = _without(name, self.arriving)
                return replace(scene, arriving=rest if done >= total > 0 else {**rest, name: event})
            case PhaseStarted(phase, number) if number is not None:
                return replace(scene, phases={**self.phases, number: phase})
            case PhaseStarted(phase):
                return replace(scene, phase=phase, phase_at=now, testing=None)
            case BatchesDone(number):
                phases = _without(number, self.phases)
                return replace(scene, batches={**self.batches, number: event}, phases=phases)
            case _:
                lasts = self.phase is Phase.STOP  # whatever trials tell meanwhile
                return replace(scene, phase=Phase.STOP if lasts else None)._turned_to(event, now=now)

    @property
    def in_training(self) -> tuple[Trial, ...]:
        """The trials in training, in the order of their numbers."""
        if self.study is None or self.ended:
            return ()
        return tuple(trial for trial in self.study.at_work if trial.number in self.started_at)

    def place(self, trial: Trial, epochs: int) -> BatchesDone:
        """Return how far a trial in training is, of so many epochs; what was told of an epoch before is old news."""
        told = self.batches.get(trial.number)
        if told is not None and told.epoch > trial.epochs:
            return told
        return BatchesDone(trial.number, min(trial.epochs + 1, epochs), trial.batch, trial.batches or 0)

    def _turned_to(self, event: Event, *, now: float) -> "Scene":
        match event:
            case WorkersChanged(workers):
                return replace(self, workers=event, has_company=self.has_company or workers > 1)
            case TrialStarted(number):
                started_at, phases = {**self.started_at, number: now}, _without(number, self.phases)
                batches = _without(number, self.batches)
                scene = replace(self, batches=batches, phases=phases, started_at=started_at, testing=None)
                return replace(scene, has_company=self.has_company or len(scene.in_training) > 1)
            case TrialEnded(number):
                return replace(self, started_at=_without(number, self.started_at))
            case TestStarted(number):
                return replace(self, testing=number)
            case RunEnded():
                return replace(self, ended=event, phase=None, arriving={}, testing=None)
            case _:
                return self


def _without(key: _Key, mapping: Mapping[_Key, _Value]) -> dict[_Key, _Value]:
    return {each: value for each, value in mapping.items() if each != key}
