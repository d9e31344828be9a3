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
from collections.abc import Collection, Mapping
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
from job.executors import HERE, Ending, Handle, Place, Returned, Tell
from job.run.intake import Intake
from job.run.loop import Loop
from job.run.open_run import OpenRun
from job.run.stopping import StopFlag
from job.state.directory import StateDirectory
from job.training import Completed, Evaluation, Paused, Setup, advance, look_for_devices
from job.training.devices import Device

_EPOCHS, _BATCHES = 3, 430  # as of the tutorial on MNIST
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
            simulated = _search(workers, times * workers, options.trials, options)
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
    timed = _search(4, 8, options.steps, options)
    show(
        "the loop",
        [
            Figure(name=f"a step, of {len(timed.study.steps)}", value=timed.loop_ms, unit="ms", target=20.0),
            Figure(name="beside that, saving the study durably", value=timed.saving_ms, unit="ms"),
        ],
    )


@dataclass(frozen=True)
class _Simulated:
    study: Study
    use: float
    loop_ms: float  # for each step, as the next one
    saving_ms: float


def _search(workers: int, lookahead: int, trials: int, options: argparse.Namespace) -> _Simulated:
    """Carry a search out; the use of its workers, and the real milliseconds of the loop for each step."""
    chance = Random(workers)
    speeds = [math.exp(chance.gauss(0, options.workers_off)) for _ in range(workers)]
    executor = _Executor(speeds, options.off)
    with tempfile.TemporaryDirectory() as folder:
        loop = _loop(Path(folder), executor, workers, lookahead, trials)
        began = time.perf_counter()
        study = loop.go()
        seconds = time.perf_counter() - began
    saving = loop.run.stopwatch.seconds["saving"]
    use, steps = executor.busy_until(executor.last_new_trial), len(study.steps)
    return _Simulated(study, use, 1e3 * (seconds - executor.own_seconds - saving) / steps, 1e3 * saving / steps)


def _loop(folder: Path, executor: "_Executor", workers: int, lookahead: int, trials: int) -> Loop:
    fingerprint = Fingerprint(
        problem="mnist",
        space=_SPACE,
        default={},
        data="",
        seed=0,
        epochs=_EPOCHS,
        batch_size=128,
        objective=_OBJECTIVE,
        surrogate=ADDITIVE_GP,
        acquisition="EI",
        initial_points=1_000_000,  # so that no surrogate is ever asked
        deterministic=True,
        lookahead=lookahead,
        start_batches=START_BATCHES,
        start_share=START_SHARE,
        rungs=default_rungs(_EPOCHS),
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
        epochs=_EPOCHS,
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
        workers=lambda: [Place(worker=worker) for worker in range(workers)],
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
        self._speeds, self._off = speeds, off
        self._calls: dict[Handle, _Call] = {}
        self._spans: list[tuple[float, float]] = []
        self._reached: dict[int, tuple[int, tuple[RungScore, ...]]] = {}  # batches and rungs of stopped trials
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
            call.says.append((self.now, Returned(_evaluation())))
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
        began, (done, rungs) = time.perf_counter(), self._reached.get(number, (0, ()))
        if not done:
            self.last_new_trial = self.now
        chance = Random(number)
        batch_seconds = _SECONDS * math.exp(chance.gauss(0, self._off)) * self._speeds[worker]
        call, whole, stopped_at = _Call(number, worker, self.now), _EPOCHS * _BATCHES, None
        call.says.append((self.now + _OVERHEAD, TrainingBegan(number, _BATCHES)))
        end = whole
        for each in thresholds:
            at = batches_at(each.epochs, _BATCHES)
            rungs = (*rungs, RungScore(epochs=each.epochs, batches=at, score=_score(params, each.epochs, chance)))
            if each.score is not None and rungs[-1].score < each.score:
                end, stopped_at = at, each.epochs
                break
        look = _BATCHES // _LOOKS_AN_EPOCH
        for batch in range(done + look, end, look):
            epoch = batch // _BATCHES + 1
            when = self.now + _OVERHEAD + (batch - done) * batch_seconds
            call.says.append((when, BatchesDone(number, epoch, batch % _BATCHES, _BATCHES)))
        ends_at = self.now + _OVERHEAD + (end - done) * batch_seconds
        seconds = end * batch_seconds
        epochs, batch = divmod(end, _BATCHES)
        history = tuple({"val_accuracy": _score(params, epoch + 1, Random(number))} for epoch in range(epochs))
        call.says.append((ends_at, CheckpointLeft(number, history, seconds, batch, _BATCHES, rungs)))
        if stopped_at is None:
            call.says.append((ends_at, Returned(Completed(history, seconds, "", rungs=rungs))))
        else:
            call.says.append((ends_at, Returned(Paused(history, seconds, batch, _BATCHES, rungs, stopped_at))))
        self._reached[number] = end, rungs
        self.own_seconds += time.perf_counter() - began
        return call


def _score(params: Params, epochs: float, chance: Random) -> float:
    """Return the accuracy of a point after so many epochs: better and sooner near a learning rate of 1e-3."""
    off = abs(math.log10(float(params["learning_rate"])) + 3)
    final = 0.99 - 0.3 * off**2 / 4
    return max(final - 0.8 * math.exp(-3 * epochs / (0.3 + off)) + chance.gauss(0, 0.004), 0.1)


def _evaluation() -> Evaluation:
    from job.core.tested import TestResult

    return Evaluation(
        test=TestResult(number=1, metrics={"accuracy": 0.9, "loss": 0.3}), examples=1, class_names=(), data_sha256=""
    )


if __name__ == "__main__":
    main()
