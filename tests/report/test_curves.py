"""Learning curves on one scale."""

from dataclasses import replace

import pytest

from job.core.study import Study
from job.report.curves import curve_places, thinned
from job.report.summary import summarize
from tests.fakes import study_of


def test_good_accuracies_lie_as_far_apart_as_their_errors() -> None:
    bad, good, best = curve_places(summarize(with_curves([0.0, 0.0], [0.9, 0.9], [0.99, 0.999])))[::-1]

    assert bad == [0, 0]
    assert good == pytest.approx([1 / 3, 1 / 3])
    assert best == pytest.approx([2 / 3, 1])


def test_a_loss_falls() -> None:
    ((first, last),) = curve_places(summarize(with_curves([0.9, 0.3], objective="val_loss")))

    assert (first, last) == (1, 0)


def test_what_is_no_finite_number_has_no_place() -> None:
    study = with_curves([0.5, 0.9], [float("nan"), 0.7])

    assert [None in places for places in curve_places(summarize(study))] == [False, True]
    assert curve_places(summarize(with_curves([float("nan"), float("inf")]))) == [[None, None]]


def test_a_long_curve_is_thinned_and_keeps_its_end() -> None:
    places = [number / 100 for number in range(1, 101)]

    assert thinned(places, 20) == [number / 20 for number in range(1, 21)]
    assert thinned(places[:21], 20)[-1] == places[20]
    assert thinned(places[:20], 20) == places[:20]


def with_curves(*curves: list[float], objective: str = "val_accuracy:max") -> Study:
    """Return a study of completed trials, whose objective took these values."""
    study = study_of(*(curve[-1] for curve in curves), objective=objective)
    metric = study.fingerprint.objective.metric
    trials = (
        replace(trial, history=tuple({metric: value} for value in curve))
        for trial, curve in zip(study.trials, curves, strict=True)
    )
    return replace(study, trials=tuple(trials))
