"""The course of a try: the data, the first point as a search trains it, a batch at each, and what trials take."""

import math
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

import keras

from job import problems
from job.core.fingerprint import DO_NOT_REPEAT
from job.core.randomness import Purpose
from job.data import Data
from job.errors import JobError
from job.problems.arguments import place_of_function
from job.state.directory import TrialFiles
from job.training import Diverged, Setup, Stopped, checkpoint
from job.training.batches import evaluation_batches
from job.training.check import Line, Order
from job.training.check.attempt import NUMBER, Attempt
from job.training.check.continuation import check_continuation
from job.training.check.data_checks import check_leakage, check_numbers, difference, parts_of, rows_with_gaps
from job.training.check.facts import Begun, Built, DataSeen, Finding, Severity, Stepped, Trained, Work
from job.training.check.memory import forget_peak, peak_bytes
from job.training.check.raised import finding_of
from job.training.check.samples import in_arrays
from job.training.check.step import FirstBatches, loss_of, step
from job.training.check.targets import check_targets
from job.training.check.traits import traits_of
from job.training.devices import configure
from job.training.feeding import n_batches_of
from job.training.looking import same_again, seen
from job.training.reported import check_objective
from job.training.workpiece import Workpiece, assemble

_RUNG_AT = 2  # batches: behind the first checkpoint, and before the last batch


class Course:
    """One process's part of a try."""

    def __init__(self, order: Order, line: Line) -> None:
        self._order, self._line = order, line
        self._setup = replace(order.setup, rungs=())  # they may take more than a batch of the validation
        self._built: set[int] = set()
        self._failed: set[int] = set()
        self._are_targets_wrong = self._is_first_lost = False

    def go(self) -> None:
        """Try all that is ordered."""
        order, setup = self._order, self._setup
        configure(deterministic=setup.deterministic, threads=setup.threads, gpu_memory=setup.gpu_memory)
        self._load()
        if order.looks_at_data:
            self._tell(check_numbers(self._sample, self._loader))
            if not self._is_in_memory:
                self._load_again()
        if order.first is not None:
            with self._at(order.first, Work.TRAINING):
                self._train_and_go_on(order.first)
        if order.looks_at_data:
            if self._is_in_memory:
                self._load_again()
            self._look_for_leakage()
        for point in order.to_step:
            with self._at(point, Work.STEPPING):
                self._step(point)
        for point in order.to_train:
            if point not in self._failed:
                with self._at(point, Work.TRAINING), _files() as files:
                    self._train(point, Attempt(self._setup, self._build(point), files))

    def _load(self) -> None:
        self._line.tell(Begun(Work.LOADING))
        self._problem = problems.load(self._setup.module)
        self._builder = place_of_function(self._problem.builder)
        self._loader = place_of_function(self._problem.module.load_data)
        self._data, seconds = self._timed_data()
        self._batches = FirstBatches(self._data, self._setup)
        digest, self._description = seen(self._data, seed=self._setup.seed)
        self._is_in_memory = bool(digest)
        self._sample = in_arrays(self._data, self._setup)
        self._line.tell(DataSeen(description=self._description, digest=digest, place=self._loader, seconds=seconds))

    def _look_for_leakage(self) -> None:
        self._line.tell(Begun(Work.COMPARING))
        numbers = {name: getattr(self._description, name) for name in ("train", "validation", "test")}
        self._tell(check_leakage(self._sample, numbers, self._loader))

    def _load_again(self) -> None:
        self._line.tell(Begun(Work.LOADING_AGAIN))
        again, _ = self._timed_data()
        if told := difference(self._data, again):
            self._line.tell(
                Finding(
                    severity=Severity.ERROR,
                    told=f"load_data gives other data each time it is called: {told}",
                    place=self._loader,
                    hint="give each generator of its own a seed, as in numpy.random.default_rng(0); the global ones of "
                    "Python, NumPy and Keras have one",
                )
            )
        elif not same_again(self._data, again, seed=self._setup.seed):
            hint = "let train be a function of the epoch that returns the data set, and is seeded for each epoch"
            self._line.tell(Finding(severity=Severity.NOTE, told=DO_NOT_REPEAT, place=self._loader, hint=hint))
            self._setup = replace(self._setup, described=replace(self._description, repeats=False))

    def _timed_data(self) -> tuple[Data, float]:
        setup, began_at = self._setup, time.monotonic()
        data = problems.load_data(setup.module, setup.data, self._line.tell, seed=setup.seed)
        return data, time.monotonic() - began_at

    def _build(self, point: int) -> Workpiece:
        keras.utils.set_random_seed(self._setup.seeds_of(NUMBER).at(0, Purpose.INITIAL_WEIGHTS))
        params, began_at = self._order.points[point], time.monotonic()
        workpiece = assemble(self._problem, params, self._data, self._setup)
        seconds = time.monotonic() - began_at
        self._batches.build(workpiece.model)
        if point not in self._built:
            self._built.add(point)
            traits = traits_of(workpiece, self._problem.fit_options(params))
            n_weights = workpiece.model.count_params()
            self._line.tell(Built(point=point, n_weights=n_weights, seconds=seconds, traits=traits))
        return workpiece

    def _step(self, point: int) -> None:
        workpiece = self._build(point)
        if self._are_targets_wrong:  # nothing can be trained on them, which is told
            self._failed.add(point)
            return
        loss, weights = step(workpiece.model, self._batches.training(workpiece), self._batches.validation)
        self._check_loss(point, loss, "of the first batch for validation")
        for name, part in parts_of(self._sample).items() if point == self._order.first else ():
            if (gaps := rows_with_gaps(part)) is not None:
                lost = loss_of(workpiece.model, gaps)
                self._check_loss(point, lost, f"of examples of {name} with inputs that are no finite numbers")
        check_objective(self._setup.objective.metric, workpiece.model, workpiece.callbacks)
        self._line.tell(Stepped(point, weights))

    def _train_and_go_on(self, point: int) -> None:
        """Train a point, and go on with it from its first checkpoint in a second model."""
        workpiece = self._build(point)
        if findings := [*check_targets(self._sample, workpiece.model, self._loader)]:
            self._are_targets_wrong = True
            self._tell(findings)
            return
        with _files() as files, _files() as copied:
            unbroken = Attempt(
                *self._with_rung(workpiece), files, lambda: shutil.copy(files.checkpoint, copied.checkpoint)
            )
            if not self._train(point, unbroken) or not copied.checkpoint.exists():
                return
            self._line.tell(Begun(Work.GOING_ON, point))
            continued = Attempt(self._setup, self._build(point), copied)
            continued.train(unbroken.done - 1, enough_seconds=math.inf)
            one, other = (checkpoint.read(each.checkpoint) for each in (files, copied))
            if self._setup.deterministic and one is not None and other is not None:
                found = check_continuation(one, other, continued.workpiece, place=self._builder, point=point)
                self._tell(found)

    def _with_rung(self, workpiece: Workpiece) -> tuple[Setup, Workpiece]:
        """Return what leaves a checkpoint after each batch, and is validated after the second one, on one batch."""
        batches = self._description.batches or -(-self._description.train // workpiece.batch_size)
        one = evaluation_batches(self._data.validation).take(1)
        setup = replace(self._setup, checkpoint_seconds=0, rungs=(_RUNG_AT / batches,))
        return setup, replace(workpiece, data=replace(workpiece.data, validation=one))

    def _train(self, point: int, attempt: Attempt) -> bool:
        """Train for a few batches; tell of it, and return whether there was more to train."""
        forget_peak()
        model = attempt.workpiece.model
        validation = evaluation_batches(self._data.validation)
        ended = attempt.train()
        began_at = time.monotonic()
        model.evaluate(validation.take(1), verbose=0)
        validation_seconds = (time.monotonic() - began_at) * n_batches_of(validation)
        self._line.tell(
            Trained(
                point=point,
                batches=attempt.batches,
                first_seconds=attempt.first_seconds,
                batch_seconds=median(attempt.seconds) if attempt.seconds else None,
                validation_seconds=validation_seconds,
                memory_bytes=peak_bytes(),
            )
        )
        if isinstance(ended, Diverged):
            self._warn_of_loss(point, ended.reason)
        return isinstance(ended, Stopped)

    def _check_loss(self, point: int, loss: float, what: str) -> None:
        """Tell of a loss that is no finite number; that of the first point stands for those of all."""
        if not math.isfinite(loss) and (point == self._order.first or not self._is_first_lost):
            self._is_first_lost = self._is_first_lost or point == self._order.first
            self._warn_of_loss(point, f"the loss {what} is {loss}")

    def _warn_of_loss(self, point: int, told: str) -> None:
        self._line.tell(
            Finding(
                severity=Severity.ERROR if point == self._order.first else Severity.WARNING,
                told=told,
                place=self._builder,
                hint="see whether the data have NaN, or numbers far from 1, that the model takes as they are",
                point=point,
            )
        )

    def _place_of(self, name: str) -> str:
        """Return the place of the function of this name, or of the one that builds models."""
        function = getattr(self._problem.module, name, None)
        return place_of_function(function) if callable(function) else self._builder

    @contextmanager
    def _at(self, point: int, work: Work) -> Iterator[None]:
        """Tell what is at work, and what the problem's code raises."""
        self._line.tell(Begun(work, point))
        try:
            with problems.exits_refused(self._problem.name):
                yield
        except JobError as error:
            told = str(error).removeprefix(f"{self._problem.name}: ")
            place = self._place_of(told.partition(":")[0])
            found = Finding(severity=Severity.ERROR, told=told, place=place, hint=error.hint, point=point)
        except Exception as error:  # noqa: BLE001  (whatever a problem's code raises is what is looked for)
            found = finding_of(error, point)
        else:
            return
        self._failed.add(point)
        self._line.tell(found)

    def _tell(self, findings: Iterable[Finding]) -> None:
        for each in findings:
            self._line.tell(each)


@contextmanager
def _files() -> Iterator[TrialFiles]:
    with tempfile.TemporaryDirectory() as directory:
        yield TrialFiles(Path(directory))
