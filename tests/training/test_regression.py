"""The figures of a regression, against scikit-learn's, and their intervals, against a simulation."""

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from job.core.tested import NumberResult
from job.training.answers import Numbers
from job.training.regression import measure, metric_intervals


def numbers(n_examples: int, *, seed: int = 0, k: int = 1) -> Numbers:
    """Return answers with errors of standard deviation 2 to true numbers of 3, around 100."""
    random = np.random.default_rng(seed)
    true = 100 + 3 * random.normal(size=(n_examples, k))
    predicted = (true + 2 * random.normal(size=true.shape)).astype(np.float32)
    return Numbers(tuple(f"target {place}" for place in range(k)), predicted, true)


@pytest.mark.parametrize("n_examples", [3, 50, 4_321])
def test_the_figures_are_those_of_scikit_learn(n_examples: int) -> None:
    given = numbers(n_examples, k=2)
    for place, each in enumerate(measure(given)):
        true, predicted = given.true[:, place], given.predicted[:, place]
        assert each.name == f"target {place}" and each.r2 is not None
        assert each.mae.value == pytest.approx(mean_absolute_error(true, predicted))
        assert each.rmse.value == pytest.approx(root_mean_squared_error(true, predicted))
        assert each.r2.value == pytest.approx(r2_score(true, predicted), abs=1e-9)


@pytest.mark.parametrize("n_examples", [60, 3_000])
def test_the_intervals_are_as_wide_as_the_figures_of_other_samples_lie_apart(n_examples: int) -> None:
    (told,) = measure(numbers(n_examples))
    others = [measure_values(n_examples, seed) for seed in range(1, 100)]
    for name, values in zip(("mae", "rmse", "r2"), np.transpose(others), strict=True):
        interval = getattr(told, name).interval
        low, high = np.quantile(values, (0.025, 0.975))
        assert interval[1] - interval[0] == pytest.approx(high - low, rel=0.35), name
        assert interval[0] < getattr(told, name).value < interval[1]


def measure_values(n_examples: int, seed: int) -> tuple[float, float, float]:
    given = numbers(n_examples, seed=seed)
    true, predicted = given.true, given.predicted
    return (
        mean_absolute_error(true, predicted),
        root_mean_squared_error(true, predicted),
        float(r2_score(true, predicted)),
    )


def test_the_same_answers_have_the_same_intervals() -> None:
    assert measure(numbers(5_000)) == measure(numbers(5_000))


def test_a_few_examples_have_figures_without_intervals() -> None:
    (told,) = measure(numbers(9))
    assert told.mae.interval is None and told.mae.value > 0


def test_what_does_not_vary_has_no_share_of_it_explained() -> None:
    (told,) = measure(Numbers(("1",), np.ones((20, 1), np.float32), np.full((20, 1), 1.5)))
    assert told == NumberResult(name="1", mae=told.mae, rmse=told.rmse, r2=None)
    assert told.mae.value == 0.5 and told.mae.interval == (0.5, 0.5)


def test_metrics_are_known_by_their_values() -> None:
    given = numbers(500, k=2)
    error = given.predicted - given.true
    metrics = {"loss": float((error**2).mean()), "mae": float(abs(error).mean()), "size": 12.5}
    found = metric_intervals(given, metrics)
    assert set(found) == {"loss", "mae"}
    assert all(low < metrics[name] < high for name, (low, high) in found.items())
