"""What a problem gives a trial to train, in a process that is set up for it."""

from dataclasses import dataclass

import keras

from job import problems
from job.core.events import Phase, PhaseStarted
from job.core.problem import BATCH_SIZE
from job.core.randomness import Purpose
from job.core.space import Params
from job.core.values import plain, shown
from job.data import Data
from job.data.arrays import Nested
from job.errors import SettingsError
from job.problems.checked import CheckedProblem
from job.training import Control, Setup
from job.training.devices import configure
from job.training.loading import load_data
from job.training.weights import weights_of


@dataclass(frozen=True)
class Workpiece:
    """What the problem gives a trial: on what it trains, the model that is trained, and what listens to that."""

    data: Data
    model: keras.Model
    callbacks: list[keras.callbacks.Callback]
    batch_size: int
    weights: Nested | None = None  # of the training examples, nested as the targets are; None: those of the data
    validation_freq: int = 1  # epochs from one validation to the next


def make_workpiece(setup: Setup, number: int, params: Params, control: Control) -> Workpiece:
    """Load the data, and build the model of trial `number` with the initial weights that are its own."""
    configure(deterministic=setup.deterministic, threads=setup.threads, gpu_memory=setup.gpu_memory)
    problem = problems.load(setup.module)
    control.tell(PhaseStarted(Phase.DATA, number))
    data = load_data(problem, setup, control)
    keras.utils.set_random_seed(setup.seeds_of(number).at(0, Purpose.INITIAL_WEIGHTS))
    control.tell(PhaseStarted(Phase.MODEL, number))
    return assemble(problem, params, data, setup)


def assemble(problem: CheckedProblem, params: Params, data: Data, setup: Setup) -> Workpiece:
    """Build what is trained at a point, on data that are loaded."""
    model = problem.build_model(params, data)
    callbacks = keras.tree.flatten(problem.callbacks(params))
    options = dict(problem.fit_options(params))
    validation_freq = _validation_freq(options.pop("validation_freq", 1), epochs=setup.epochs)
    weights = weights_of(options, data.train)
    batch_size = int(params.get(BATCH_SIZE, setup.batch_size))
    return Workpiece(data, model, callbacks, batch_size, weights, validation_freq)


def _validation_freq(given: object, *, epochs: int) -> int:
    found = plain(given)
    if not isinstance(found, int) or isinstance(found, bool) or not 1 <= found <= epochs:
        raise SettingsError(
            f"fit_options: validation_freq: expected a whole number from 1 to {epochs}, the epochs of a trial, "
            f"found {shown(found)}"
        )
    return found
