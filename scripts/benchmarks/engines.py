"""What chooses points: this project's surrogates, Optuna's TPE, and chance."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from figures import CannotMeasureError

from job.core.fingerprint import Fingerprint
from job.core.objective import Objective
from job.core.space import Categorical, Dimension, Ordinal, Params, Real, Space, Value
from job.core.study import Study
from job.proposals.draws import points_at
from job.proposals.propose import propose
from job.settings.choices import Surrogate

_START = 1.75e9  # Unix time
_METRIC = "val_loss"


class Engine(Protocol):
    """A search that is asked for the next point and told how it did, by turns."""

    def ask(self) -> Params: ...

    def tell(self, loss: float) -> None: ...


class Ours:
    """A search by one of this project's surrogates, with the defaults that go with it; its trials take no time."""

    def __init__(self, space: Space, seed: int, surrogate: Surrogate) -> None:
        self._study = Study(fingerprint=_fingerprint(space, seed, surrogate)).open_run(now=_START)

    def ask(self) -> Params:
        params = propose(self._study)
        if params is None:
            raise CannotMeasureError(f"the space has no more than {len(self._study.trials)} points")
        self._study = self._study.propose(params).start(len(self._study.trials) + 1, now=_START)
        return params

    def tell(self, loss: float) -> None:
        number, logs = len(self._study.trials), {_METRIC: loss}
        self._study = self._study.complete(number, (logs,), seconds=1.0, now=_START, model_sha256="0" * 64)


class OptunaTPE:
    """Optuna's tree-structured Parzen estimator with its defaults, which is asked for active dimensions only."""

    def __init__(self, space: Space, seed: int) -> None:
        try:
            import optuna
        except ImportError as error:
            raise CannotMeasureError("expected the package optuna, as scripts/requirements-dev.txt has it") from error
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space = space
        self._study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        self._trial: Any = None

    def ask(self) -> Params:
        self._trial = self._study.ask()
        point: dict[str, Value] = {}
        while missing := [each for each in self._space.active(point) if each.name not in point]:
            point |= {each.name: _suggested(self._trial, each) for each in missing}
        return point

    def tell(self, loss: float) -> None:
        self._study.tell(self._trial, loss)


class Chance:
    """Points drawn at random, each by itself."""

    def __init__(self, space: Space, seed: int) -> None:
        self._space, self._generator = space, np.random.default_rng(seed)

    def ask(self) -> Params:
        (point,) = points_at(self._space, self._generator.random((len(self._space.dimensions), 1)))
        return point

    def tell(self, loss: float) -> None:
        """Learn nothing."""


_OTHERS: dict[str, Callable[[Space, int], Engine]] = {"optuna-tpe": OptunaTPE, "random": Chance}
OURS = tuple(str(each) for each in Surrogate if each != Surrogate.NONE)
ENGINES = (*OURS, *_OTHERS)


def begun(engine: str, space: Space, seed: int) -> Engine:
    """Return a new search by one of ENGINES."""
    return _OTHERS[engine](space, seed) if engine in _OTHERS else Ours(space, seed, Surrogate(engine))


def _suggested(trial: Any, dimension: Dimension) -> Value:
    value: Value
    if isinstance(dimension, Ordinal):
        return dimension.categories[trial.suggest_int(dimension.name, 0, len(dimension.categories) - 1)]
    if isinstance(dimension, Categorical):
        value = trial.suggest_categorical(dimension.name, dimension.categories)
        return value
    suggest = trial.suggest_float if isinstance(dimension, Real) else trial.suggest_int
    value = suggest(dimension.name, dimension.low, dimension.high, log=dimension.prior == "log-uniform")
    return value


def _fingerprint(space: Space, seed: int, surrogate: Surrogate) -> Fingerprint:
    return Fingerprint(
        problem="mine",
        space=space,
        default={},
        data="0" * 64,
        seed=seed,
        epochs=1,
        batch_size=128,
        objective=Objective(_METRIC, "min"),
        surrogate=surrogate,
        acquisition="EI",
        initial_points=surrogate.initial_points,
        design=surrogate.design,
        deterministic=True,
    )
