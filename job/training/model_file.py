"""What stands in the file of a trained model: as Keras reads it, or as weights for a model that is built by code."""

import hashlib
import warnings
from pathlib import Path

import keras

from job import problems
from job.core.space import Params
from job.data import Data
from job.problems.checked import CheckedProblem
from job.state import durable
from job.training import Setup
from job.training.batches import evaluation_batches


def save_model(model: keras.Model, file: Path) -> str:
    """Write the model to `file` durably, and return the digest of that: it differs from one writing to the next."""
    with durable.replacing(file) as temporary:
        model.save(temporary)
        return hashlib.sha256(temporary.read_bytes()).hexdigest()


def load_model(setup: Setup, params: Params, file: Path) -> keras.Model:
    """Return the compiled model in `file`, as Keras reads it in its safe mode; nothing else is set up.

    What Keras cannot read so, such as one with a layer of the problem's own, is built by the problem's code from its
    data and `params`, and gets the weights in `file`. Raise DataMissingError where these data are gone.
    """
    try:
        return keras.models.load_model(file)
    except (TypeError, ValueError):  # it knows no such class, or the class has no way to be built from its settings
        data = problems.load_data(setup.module, setup.data, lambda _: None, seed=setup.seed)
        return build_with_weights(problems.load(setup.module), params, data, file)


def build_with_weights(problem: CheckedProblem, params: Params, data: Data, file: Path) -> keras.Model:
    """Return the model that the problem's code builds, with the weights in `file`, of which nothing else is read."""
    model = problem.build_model(params, data)
    if not model.built:  # one of a class of the user's, which Keras builds when it is first given a batch
        model.evaluate(evaluation_batches(data.validation).take(1), verbose=0)
    model.optimizer.build(model.trainable_variables)  # it is in the file too
    with warnings.catch_warnings():  # of the state of another optimizer, which a callback has compiled the model with
        warnings.filterwarnings("ignore", message="Skipping variable loading for optimizer")
        model.load_weights(file)
    return model
