"""How well a search uses its workers: the real loop, plan and pruning, on workers that train in simulated time.

Trials have made-up learning curves and points of the design, so that no surrogate takes its time. A batch
takes longer on some points and on some workers than virtual time has it: each factor is log-normal. A worker is in use
from the start of a step to its end; the use of all is counted from the first start to the last end of the trials that
are planned while there is a budget left for new ones, since any search runs out at its end. What the loop itself takes
is real time.
"""

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from figures import Figure, exit_code, show, show_table

from job.core.events import BatchesDone, CheckpointLeft, TrainingBegan
from job.core.fingerprint import ADDITIVE_GP, START_BATCHES, START_SHARE, Fingerprint
from job.core.limits import Limits
from job.core.objective import Objective
from job.core.rungs import batches_at, default_rungs
from job.core.space import Integer, Params, Real, Space
from job.core.step import Threshold
from job.core.study import Study
from job.core.trial import RungScore
from job.data import DataSource
from job.executors import HERE, Ending, Executor, Handle, Place, Returned, Tell
from job.run.intake import Intake
from job.run.loop import Loop
from job.run.open_run import OpenRun
from job.run.stopping import StopFlag
from job.state.directory import StateDirectory
from job.training import Completed, Evaluation, Paused, Setup, advance, look_for_devices
from job.training.devices import Device

EPOCHS, BATCHES = 3, 430  # as of the tutorial on MNIST
_SECONDS = 0.03  # of a batch
_OVERHEAD = 1.0  # seconds of a step beside its batches
_LOOKS_AN_EPOCH = 20  # at which a trial tells how far it is
_OBJECTIVE = Objective("val_accuracy", "max")
_SPACE = Space((Real("learning_rate", 1e-6, 1e-2, "log-uniform"), Integer("filters", 8, 64)))
# Of the same workers with twice the lookahead, by the simulation that the plan was designed with.
_TARGETS = {2: 0.93, 4: 0.91, 8: 0.84, 16: 0.73}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the use of simulated workers, and what the loop takes.")
    parser.add_argument("--trials", type=int, default=300, help="trials of each search")
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 4, 8, 16, 64])
    parser.add_argument("--off", type=float, default=0.3, help="how much the times of points differ from virtual ones")
    parser.add_argument("--workers-off", type=float, default=0.1, help="how much the workers differ")
    parser.add_argument("--steps", type=int, default=1000, help="of the search whose loop is timed")
    options = parser.parse_args()
    sys.exit(exit_code(lambda: _measure(options)))


def _measure(options: argparse.Namespace) -> None:
    rows = [("workers", "lookahead", "use", "target", "steps", "stopped at a rung")]
    for workers in options.workers:
        for times in (1, 2, 3):
            simulated = search(workers, times * workers, options.trials, options)
            target = _TARGETS.get(workers) if times == 2 else None
            rows.append(
                (
                    str(workers),
                    str(times * workers),
                    f"{simulated.use:.2f}",
                    "" if target is None else f">= {target}",
                    str(len(simulated.study.steps)),
                    f"{sum(step.stopped_at is not None for step in simulated.study.steps)}",
                )
            )
    show_table("use of the workers", rows, right={0, 1, 2, 4, 5})
    timed = search(4, 8, options.steps, options)
    show(
        "the loop",
        [
            Figure(name=f"a step, of {len(timed.study.steps)}", value=timed.loop_ms, unit="ms", target=20.0),
            Figure(name="beside that, saving the study durably", value=timed.saving_ms, unit="ms"),
        ],
    )


@dataclass(frozen=True)
class Simulated:
    study: Study
    use: float
    loop_ms: float  # for each step, as the next one
    saving_ms: float
    batches: float  # of a step, in the mean


def search(workers: int, lookahead: int, trials: int, options: argparse.Namespace) -> Simulated:
    """Carry a search out; the use of its workers, and the real milliseconds of the loop for each step."""
    chance = Random(workers)
    speeds = [math.exp(chance.gauss(0, options.workers_off)) for _ in range(workers)]
    executor = _Executor(speeds, options.off)
    with tempfile.TemporaryDirectory() as folder:
        places = [Place(worker=worker) for worker in range(workers)]
        loop = loop_of(Path(folder), executor, lambda: places, lookahead, trials)
        began = time.perf_counter()
        study = loop.go()
        seconds = time.perf_counter() - began
    saving = loop.run.stopwatch.seconds["saving"]
    use, steps = executor.busy_until(executor.last_new_trial), len(study.steps)
    return Simulated(
        study=study,
        use=use,
        loop_ms=1e3 * (seconds - executor.own_seconds - saving) / steps,
        saving_ms=1e3 * saving / steps,
        batches=executor.batches / steps,
    )


def loop_of(
    folder: Path, executor: Executor, workers: Callable[[], Sequence[Place]], lookahead: int, trials: int
) -> Loop:
    """Return the loop of a search with a state in `folder` that asks no surrogate."""
    fingerprint = Fingerprint(
        problem="mnist",
        space=_SPACE,
        default={},
        data="",
        seed=0,
        epochs=EPOCHS,
        batch_size=128,
        objective=_OBJECTIVE,
        surrogate=ADDITIVE_GP,
        acquisition="EI",
        initial_points=1_000_000,  # so that no surrogate is ever asked
        deterministic=True,
        lookahead=lookahead,
        start_batches=START_BATCHES,
        start_share=START_SHARE,
        rungs=default_rungs(EPOCHS),
    )
    store = _Store(folder)
    run = OpenRun(
        study=Study(fingerprint=fingerprint),
        store=store,
        executor=executor,
        stop=StopFlag(),
        listener=lambda *_: None,
        intake=Intake(store.inbox, seconds=math.inf),
    )
    setup = Setup(
        module="",
        data=DataSource(),
        seed=0,
        epochs=EPOCHS,
        batch_size=128,
        objective=_OBJECTIVE,
        deterministic=True,
        checkpoint_seconds=math.inf,
    )
    return Loop(
        run=run,
        setup=setup,
        limits=Limits(trials=trials),
        require_gpu=False,
        workers=workers,
    )


class _Store(StateDirectory):
    """A state directory in which the best model is whole, though nothing was trained."""

    def best_model_is(self, digest: str) -> bool:
        del digest
        return True


@dataclass
class _Call:
    """A step at work: `at` are the simulated times at which it has something to say, the last one its end."""

    number: int
    worker: int
    began_at: float
    says: list[tuple[float, Any]] = field(default_factory=list)


class _Executor:
    """Trains in simulated time, and keeps account of each worker's."""

    def __init__(self, speeds: list[float], off: float) -> None:
        self.now, self.own_seconds, self.last_new_trial = 0.0, 0.0, 0.0
        self.batches = 0  # trained
        self._speeds, self._off = speeds, off
        self._calls: dict[Handle, _Call] = {}
        self._spans: list[tuple[float, float]] = []
        self._reached: dict[int, Reached] = {}  # by stopped trials too
        self._n_handles = 0

    def busy_until(self, end: float) -> float:
        """Return the share of all workers' time until `end` in which they trained."""
        busy = sum(max(min(until, end) - since, 0.0) for since, until in self._spans)
        return busy / (len(self._speeds) * end)

    def start(self) -> None: ...
    def prepare(self) -> None: ...
    def stop(self, handle: Handle) -> None: ...
    def close(self, handle: Handle) -> None: ...
    def close_all(self) -> None: ...

    def submit(self, function: Any, *args: Any, place: Place | None = HERE, **_: Any) -> Handle:
        self._n_handles += 1
        handle = Handle(self._n_handles)
        call = _Call(0, 0, self.now)
        if function is look_for_devices:
            call.says.append((self.now, Returned((Device(kind="CPU", name="simulated", cores=1),))))
        elif function is advance:
            call = self._trained(args[1], args[2], args[4], (place or HERE).worker)
        else:
            call.says.append((self.now, Returned(evaluation())))
        self._calls[handle] = call
        return handle

    def wait(self, handles: Collection[Handle], tell: Tell, seconds: float) -> Mapping[Handle, Ending]:
        del seconds  # it is simulated
        began = time.perf_counter()
        handle = min(handles, key=lambda each: self._calls[each].says[0][0])
        call = self._calls[handle]
        self.now, said = call.says.pop(0)
        self.own_seconds += time.perf_counter() - began
        if not isinstance(said, Returned):
            tell(said)
            return {}
        del self._calls[handle]
        if call.number:
            self._spans.append((call.began_at, self.now))
        return {handle: said}

    def _trained(self, number: int, params: Params, thresholds: tuple[Threshold, ...], worker: int) -> _Call:
        """Return what a step says of itself, and when."""
        began, before = time.perf_counter(), self._reached.get(number, Reached())
        if not before.batches:
            self.last_new_trial = self.now
        batch_seconds = _SECONDS * factor_of(number, self._off) * self._speeds[worker]
        reached = train(number, params, thresholds, before)
        call = _Call(number, worker, self.now)
        call.says.append((self.now + _OVERHEAD, TrainingBegan(number, BATCHES)))
        look = BATCHES // _LOOKS_AN_EPOCH
        for batch in range(before.batches + look, reached.batches, look):
            when = self.now + _OVERHEAD + (batch - before.batches) * batch_seconds
            call.says.append((when, BatchesDone(number, batch // BATCHES + 1, batch % BATCHES, BATCHES)))
        ends_at = self.now + _OVERHEAD + (reached.batches - before.batches) * batch_seconds
        left, ending = end_of(number, params, reached, seconds=reached.batches * batch_seconds)
        call.says += [(ends_at, left), (ends_at, Returned(ending))]
        self._reached[number] = reached
        self.batches += reached.batches - before.batches
        self.own_seconds += time.perf_counter() - began
        return call


@dataclass(frozen=True)
class Reached:
    """How far a trial has come, and where it has stopped."""

    batches: int = 0
    rungs: tuple[RungScore, ...] = ()
    stopped_at: float | None = None  # the rung, in epochs


def train(number: int, params: Params, thresholds: Sequence[Threshold], before: Reached) -> Reached:
    """Return how far a step brings a trial."""
    chance, rungs = Random(number), before.rungs
    for each in thresholds:
        at = batches_at(each.epochs, BATCHES)
        rungs = (*rungs, RungScore(epochs=each.epochs, batches=at, score=score_of(params, each.epochs, chance)))
        if each.score is not None and rungs[-1].score < each.score:
            return Reached(at, rungs, each.epochs)
    return Reached(EPOCHS * BATCHES, rungs)


def factor_of(number: int, off: float) -> float:
    """Return how many times as long as virtual time has it the batches of a trial take."""
    return math.exp(Random(f"time of trial {number}").gauss(0, off))


def end_of(
    number: int, params: Params, reached: Reached, *, seconds: float
) -> tuple[CheckpointLeft, Completed | Paused]:
    """Return what a step says at its end."""
    epochs, batch = divmod(reached.batches, BATCHES)
    history = tuple({"val_accuracy": score_of(params, epoch + 1, Random(number))} for epoch in range(epochs))
    left = CheckpointLeft(number, history, seconds, batch, BATCHES, reached.rungs)
    if reached.stopped_at is None:
        return left, Completed(history, seconds, "", rungs=reached.rungs)
    return left, Paused(history, seconds, batch, BATCHES, reached.rungs, reached.stopped_at)


def score_of(params: Params, epochs: float, chance: Random) -> float:
    """Return the accuracy of a point after so many epochs: better and sooner near a learning rate of 1e-3."""
    off = abs(math.log10(float(params["learning_rate"])) + 3)
    final = 0.99 - 0.3 * off**2 / 4
    return max(final - 0.8 * math.exp(-3 * epochs / (0.3 + off)) + chance.gauss(0, 0.004), 0.1)


def evaluation() -> Evaluation:
    from job.core.tested import TestResult

    return Evaluation(
        test=TestResult(number=1, metrics={"accuracy": 0.9, "loss": 0.3}), examples=1, class_names=(), data_sha256=""
    )


if __name__ == "__main__":
    main()
