"""Workers that carry out a search in no time: any number of them, at any speeds, killed and asked at any moment."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from job.core.ending import EndKind
from job.core.journal import Dropped, Enqueued, Input
from job.core.known import Known
from job.core.limits import Limits
from job.core.plan import End, GoOn, NewTrial, Plan, Replicate, TryAgain, Wait, plan
from job.core.rungs import batches_at
from job.core.space import Categorical, Integer, Params, Real, Space
from job.core.step import Threshold
from job.core.study import Study
from job.core.trial import EpochLogs, RungScore
from tests.fakes import START, study_of

FINITE = Space((Integer("filters", 8, 10), Categorical("activation", ("relu", "tanh"))))
REAL = Space((*FINITE.dimensions, Real("dropout", 0.0, 0.5)))
MOST_ATTEMPTS = 3
_START_BATCHES, _START_SHARE = 3, 0.1  # as which the start of a step counts
_MOST_TICKS = 20_000  # far more than any of these searches takes


@dataclass(frozen=True)
class Fate:
    """What becomes of a trial that is trained long enough."""

    ended: EndKind
    epochs: int  # trained to their end
    batch: int  # of the next epoch, in which it fails
    batches: int  # of an epoch
    score: float
    seconds: float  # an epoch

    @property
    def whole(self) -> int:
        """How many batches it trains in all."""
        return self.epochs * self.batches + (0 if self.ended is EndKind.COMPLETED else self.batch % self.batches)

    def history(self, epochs: int) -> tuple[EpochLogs, ...]:
        return tuple({"loss": 0.5, "val_accuracy": self.score - left / 10} for left in reversed(range(epochs)))


def search(
    lookahead: int,
    limits: Limits,
    *,
    space: Space,
    evidence: Sequence[float] = (),
    rungs: tuple[float, ...] = (),
) -> Study:
    """Return a search that has begun with no trials but those that another program has scored."""
    values: Params = {"filters": 8, "activation": "relu", "dropout": 0.25}
    default = {name: values[name] for name in space.names}
    fingerprint = replace(study_of().fingerprint, space=space, default=default, lookahead=lookahead, rungs=rungs)
    fingerprint = replace(fingerprint, start_batches=_START_BATCHES, start_share=_START_SHARE)
    study = Study(fingerprint=fingerprint).open_run(now=START, limits=limits)
    for score in evidence:
        study = study.import_trial({**default, "filters": 9}, score)
    return study


class Pruner:
    """Decides by all that is known, and nothing else."""

    def thresholds(self, known: Known, trial: int | None) -> tuple[Threshold, ...]:
        chance = zlib.crc32(_told(known).encode())
        reached = known.trial(trial).rungs[-1].epochs if trial else 0.0
        scores = (None, 0.3, 0.6, 0.9)
        return tuple(
            Threshold(epochs=rung, score=scores[(chance >> 2 * index) % 4])
            for index, rung in enumerate(known.fingerprint.rungs)
            if rung > reached
        )

    def take_up(self, known: Known) -> int | None:
        stopped = known.stopped
        chance = zlib.crc32(_told(known).encode())
        return stopped[chance % len(stopped)].number if stopped and chance % 3 == 0 else None


def propose(known: Known, fixed: Params) -> Params | None:
    """Return a point that tells all that is known from anything else; None when the space is used up."""
    space = known.fingerprint.space
    if set(fixed) == set(space.names):
        return fixed
    chance = zlib.crc32(_told(known).encode())
    tried = [space.values(trial.params) for trial in known.trials]
    points = [{**point, **fixed} for point in _points(space, chance)]
    left = [point for point in points if space.values(point) not in tried]
    return left[chance % len(left)] if left else None


def contenders(known: Known, count: int) -> tuple[int, ...]:
    """Return trials that have completed, in an order that tells all that is known of trials from anything else."""
    chance = zlib.crc32(_told(replace(known, steps=(), replicates=())).encode())
    numbers = [trial.number for trial in known.completed]
    Random(chance).shuffle(numbers)
    return tuple(numbers[:count])


def _told(known: Known) -> str:
    """Return all that is known of trials and steps."""
    objective = known.fingerprint.objective
    trials = [
        (each.number, each.status, each.loss(objective), each.rungs) for each in (*known.trials, *known.replicates)
    ]
    steps = [(each.trial, each.begins, each.ends, each.stopped_at) for each in known.steps]
    return repr((trials, steps, known.limits))


def _points(space: Space, chance: int) -> Iterator[dict[str, Any]]:
    for filters in (8, 9, 10):
        for activation in ("relu", "tanh"):
            point = {"filters": filters, "activation": activation, "dropout": chance / 2**33}
            yield {name: point[name] for name in space.names}


@dataclass(frozen=True)
class Asked:
    """An input, and when it comes: before this step is planned, or at a random moment."""

    input: Input
    step: int | None = None


@dataclass
class Workers:
    """Real workers, and the machine that they run on."""

    study: Study
    fates: Sequence[Fate]
    number: int = 1
    chance: Random = field(default_factory=lambda: Random(0))
    kills: int = 0  # how many come, at random moments
    asked: Sequence[Asked] = ()
    propose: Callable[[Known, Params], Params | None] = propose
    prune: Pruner = field(default_factory=Pruner)
    look: Callable[[Study], None] = lambda _: None
    saved: Study = field(init=False)
    at_work: dict[int, int] = field(default_factory=dict)  # batches that each trial in training has behind it
    checkpoints: dict[int, int] = field(default_factory=dict)

    def carry_out(self) -> tuple[Study, End]:
        """Return the study of the search that is over, and why it is."""
        self.saved = self.study
        often = self.chance.choice((0.1, 0.5))
        for _ in range(_MOST_TICKS):
            if self.kills and self.chance.random() < often:
                self._kill()
            self._take_inputs()
            if not self.at_work or self.chance.random() < 0.7:
                match self._plan():
                    case End() as end if not self._unheard():
                        return self.study, end
            self._start()
            if self.at_work:
                self._train(self.chance.choice(list(self.at_work)))
            self.look(self.study)
        raise AssertionError("the search does not end")

    def _save(self, study: Study) -> None:
        self.study = self.saved = study

    def _kill(self) -> None:
        """Lose what is not saved and what trains, and at times checkpoints too; or all have been asked to stop."""
        self.kills -= 1
        if self.chance.random() < 0.5:
            for number, batches in self.at_work.items():
                if batches:
                    self._leave_checkpoint(number)
                self.study = self.study.interrupt(number, now=START)
            self._save(self.study)
        self.at_work.clear()
        self.study = self.saved
        for number, batches in self.checkpoints.items():
            if self.chance.random() < 0.5:
                self.checkpoints[number] = self.chance.randint(0, batches)

    def _unheard(self) -> list[tuple[str, Asked]]:
        """Return the inputs that the study has not taken in, with their names."""
        heard = {entry.request for entry in self.study.journal}
        named = [(f"request {index}", asked) for index, asked in enumerate(self.asked)]
        return [(name, asked) for name, asked in named if name not in heard and not self._is_too_early(asked)]

    def _is_too_early(self, asked: Asked) -> bool:
        return asked.step is not None and asked.step > len(self.study.steps) + 1

    def _take_inputs(self) -> None:
        for name, asked in self._unheard():
            if asked.step is not None or self.chance.random() < 0.05:
                self._enter(name, asked.input)

    def _enter(self, name: str, given: Input) -> None:
        match given:
            case Limits() | Enqueued():
                pass
            case _:
                given = replace(given, trial=(given.trial - 1) % max(len(self.study.trials), 1) + 1)
        if not self.study.trials and not isinstance(given, Limits | Enqueued):
            given = self.study.limits  # there is nothing to drop or to try again
        study = self.study.enter(given, now=START, request=name)
        if isinstance(given, Dropped):
            self.at_work.pop(given.trial, None)
        if self.chance.random() < 0.5:
            self._save(study)  # else it comes again after a kill
        self.study = study

    def _plan(self) -> Plan:
        live = self.at_work if self.chance.random() < 0.5 else {}
        outcome = plan(self.study, self.propose, prune=self.prune, contenders=contenders, live=live)
        match outcome:
            case NewTrial(params=params, origin=origin):
                self.study = self.study.propose(params, origin=origin, **_placed(outcome), request=outcome.request)
            case TryAgain(trial=trial):
                self.checkpoints.pop(trial, None)
                self.study = self.study.retry(trial, **_placed(outcome), request=outcome.request)
            case GoOn(trial=trial):
                self.study = self.study.go_on(trial, **_placed(outcome))
            case Replicate(of=of, replicate=replicate, worker=worker, begins=begins):
                self.study = self.study.replicate(of, replicate, worker=worker, begins=begins)
            case Wait():
                assert self.study.pending, "it waits for nothing"
            case End():
                assert not self.study.pending, "it ends while a step is pending"
        return outcome

    def _start(self) -> None:
        """Let idle workers take planned steps, in the order of their numbers."""
        for step in self.study.pending:
            if len(self.at_work) >= self.number:
                return
            if step.trial in self.at_work:
                continue
            if reason := self.study.limits.given_up(self.study.trial(step.trial)):
                self._save(self.study.fail(step.trial, reason, now=START, kind=EndKind.DIED))
                continue
            self._save(self.study.start(step.trial, now=START))
            self.at_work[step.trial] = batches = self.checkpoints.get(step.trial, 0)
            if batches:
                self._leave_checkpoint(step.trial)  # which a killed search may not have heard of

    def _train(self, number: int) -> None:
        fate, done = self._fate(number), self.at_work[number]
        if done < fate.whole:
            self.study = self.study.tell_batches(number, fate.batches)
            ahead = [*self._rungs(fate), fate.batches * (done // fate.batches + 1)]
            most = min(each for each in ahead if each > done) - done
            self.at_work[number] = done = min(done + self.chance.randint(1, most), fate.whole)
            if done in self._rungs(fate) and self._stops_at(number, done):
                return
            is_due = done % fate.batches == 0 or done in self._rungs(fate)
            if is_due or self.chance.random() < 0.5:
                self._leave_checkpoint(number)
        if done >= fate.whole:
            self._end(number, fate)

    def _rungs(self, fate: Fate) -> dict[int, float]:
        """Return the rungs by the batches after which they are; the end of a trial is none."""
        rungs = {batches_at(rung, fate.batches): rung for rung in self.study.fingerprint.rungs}
        completes = fate.ended is EndKind.COMPLETED
        return {batches: rung for batches, rung in rungs.items() if batches < fate.whole or not completes}

    def _reached(self, number: int, done: int) -> tuple[RungScore, ...]:
        rungs = self._rungs(self._fate(number))
        return tuple(
            RungScore(epochs=rung, batches=batches, score=(number * 7 + batches * 3) % 10 / 10)
            for batches, rung in rungs.items()
            if batches <= done
        )

    def _stops_at(self, number: int, done: int) -> bool:
        """Let a trial stop that stays below the threshold of the rung that it has come to."""
        rungs, fate = self._reached(number, done), self._fate(number)
        step = self.study.steps_of(number)[-1]
        needed = {each.epochs: each.score for each in step.thresholds}.get(rungs[-1].epochs)
        if needed is None or rungs[-1].score >= needed:
            return False
        self.checkpoints[number] = done
        del self.at_work[number]
        epochs, batch = divmod(done, fate.batches)
        history, seconds = fate.history(epochs), epochs * fate.seconds
        study = self.study.get_on(number, history, seconds=seconds, batch=batch, batches=fate.batches, rungs=rungs)
        self._save(study.pause(number, stopped_at=rungs[-1].epochs, now=START))
        return True

    def _leave_checkpoint(self, number: int) -> None:
        fate, done = self._fate(number), self.at_work[number]
        self.checkpoints[number] = done
        epochs, batch = divmod(done, fate.batches)
        history, seconds = fate.history(epochs), epochs * fate.seconds
        rungs = self._reached(number, done)
        self.study = self.study.get_on(number, history, seconds=seconds, batch=batch, batches=fate.batches, rungs=rungs)
        if self.chance.random() < 0.5:
            self._save(self.study)

    def _end(self, number: int, fate: Fate) -> None:
        del self.at_work[number]
        match fate.ended:
            case EndKind.COMPLETED:
                history, seconds = fate.history(fate.epochs), fate.epochs * fate.seconds
                study = self.study.get_on(
                    number, history, seconds=seconds, batches=fate.batches, rungs=self._reached(number, fate.whole)
                )
                self._save(study.complete(number, history, seconds=seconds, now=START, model_sha256=""))
            case EndKind.DIED:
                self._save(self.study.stumble(number, "killed by SIGSEGV", now=START))
            case kind:
                self._save(self.study.fail(number, "ValueError: no such layer", now=START, kind=kind))

    def _fate(self, number: int) -> Fate:
        begun = sum(step.begins_trial for step in self.study.steps_of(number))
        fate, first = (self.fates[(number + 2 * each) % len(self.fates)] for each in (begun, 0))
        return replace(fate, batches=first.batches)  # of one that is tried again too


def _placed(planned: NewTrial | TryAgain | GoOn) -> dict[str, Any]:
    return {"worker": planned.worker, "begins": planned.begins, "thresholds": planned.thresholds}
