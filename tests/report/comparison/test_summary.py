"""What a comparison says of searches."""

import json
from dataclasses import replace
from typing import Any

import pytest

from job.core.fingerprint import DataDescription
from job.core.problem import Declared, OwnProblem, Sources
from job.core.space import Categorical, Space
from job.errors import SettingsError
from job.report.comparison.content import Axis, Comparison, SpreadSummary
from job.report.comparison.groups import NamedStudy
from job.report.comparison.summary import compare
from tests.fakes import SPACE
from tests.report.comparison.searches import named


def spread(low: float, median: float, high: float) -> SpreadSummary:
    return {"median": median, "low": low, "high": high}


def labels(*searches: NamedStudy) -> list[str]:
    return [group["label"] for group in compare(searches)["groups"]]


def marks(comparison: Comparison, axis: Axis) -> dict[float, list[SpreadSummary | None]]:
    return {mark["at"]: mark["scores"] for mark in comparison["marks"] if mark["axis"] == axis}


def test_searches_that_differ_in_their_seed_alone_are_one_group_with_its_spread() -> None:
    found = compare(
        [
            named("a", 0.5, 0.9, seed=1, tested=0.8),
            named("b", 0.7, 0.6, seed=2, threads=4, tested=0.7),
            named("c", 0.8, 0.8, seed=3, tested=0.75),
        ]
    )
    (group,) = found["groups"]
    assert (group["label"], [each["seed"] for each in group["states"]]) == ("mnist", [1, 2, 3])
    assert group["best"] == spread(0.7, 0.8, 0.9)
    assert (found["test_metric"], group["test"]) == ("accuracy", spread(0.7, 0.75, 0.8))
    assert group["course"]["trials"] == [{"at": 1, **spread(0.5, 0.7, 0.8)}, {"at": 2, **spread(0.7, 0.8, 0.9)}]
    assert json.loads(json.dumps(found)) == found


def test_of_a_loss_the_least_is_the_best() -> None:
    found = compare([named("a", 0.5, 0.7, 0.2, objective="val_loss:min"), named("b", 0.6, objective="val_loss:min")])
    assert found["groups"][0]["states"][0]["best"] == 0.2
    assert [point["median"] for point in found["groups"][0]["course"]["trials"]] == [0.55]
    assert found["test_metric"] is None


def test_failed_trials_cost_epochs_and_time_and_are_no_trials() -> None:
    study = named("a", 0.5, None, 0.9).study
    failed = replace(study.trials[1], history=study.trials[0].history[:2], seconds=40.0)
    search = NamedStudy("a", replace(study, trials=(study.trials[0], failed, study.trials[2])))
    first = compare([search, named("b", 0.5, surrogate="none")])["groups"][0]
    assert {axis: [point["at"] for point in course] for axis, course in first["course"].items()} == {
        "trials": [1, 2],
        "epochs": [3, 8],
        "seconds": [60, 160],
    }
    assert (first["states"][0]["failed"], first["states"][0]["epochs"]) == (1, 8)


def test_a_course_goes_up_to_where_the_first_of_its_searches_ends() -> None:
    study = named("b", 0.6, 0.7, None, seed=1).study
    trials = (*study.trials[:2], replace(study.trials[2], seconds=40.0))
    shorter = NamedStudy("b", replace(study, trials=trials))
    (group,) = compare([named("a", 0.5, 0.7, 0.9), shorter])["groups"]
    assert [point["at"] for point in group["course"]["seconds"]] == [60, 120, 160]


def test_marks_are_round_places_up_to_the_last_one_that_all_have_reached() -> None:
    long, short = [0.5 + number / 100 for number in range(30)], [0.4 + number / 100 for number in range(12)]
    found = marks(compare([named("a", *long), named("b", *short, surrogate="none")]), "trials")
    assert list(found) == [2, 5, 10, 12]
    assert found[12] == [spread(0.61, 0.61, 0.61), spread(0.51, 0.51, 0.51)]


def test_the_same_trials_epochs_and_time_are_compared() -> None:
    found = compare([named("a", 0.5, 0.7, 0.9), named("b", 0.6, surrogate="none")])
    assert marks(found, "trials") == {1: [spread(0.5, 0.5, 0.5), spread(0.6, 0.6, 0.6)]}
    assert marks(found, "epochs") == {3: [spread(0.5, 0.5, 0.5), spread(0.6, 0.6, 0.6)]}
    assert marks(found, "seconds")[60] == [spread(0.5, 0.5, 0.5), spread(0.6, 0.6, 0.6)]


def test_evidence_is_no_trial_of_a_search_and_sets_it_apart() -> None:
    found = compare([named("a", 0.5, imported=[0.99]), named("b", 0.6)])
    assert [group["label"] for group in found["groups"]] == [
        "begun with 1 trial of evidence",
        "begun without evidence",
    ]
    assert found["groups"][0]["best"] == spread(0.5, 0.5, 0.5)
    assert labels(named("a", 0.5, imported=[0.9]), named("b", 0.5, imported=[0.8])) == [
        "begun with 1 trial of evidence, a",
        "begun with 1 trial of evidence, b",
    ]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"surrogate": "none"}, ["surrogate GP", "surrogate none"]),
        (
            {"surrogate": "additive-gp", "initial_points": 5, "design": "sobol"},
            ["surrogate GP", "surrogate additive-gp"],
        ),
        (
            {"surrogate": "additive-gp", "initial_points": 8, "design": "sobol"},
            ["surrogate GP", "surrogate additive-gp, initial points 8"],
        ),
        ({"surrogate": "RF", "epochs": 9}, ["epochs 3, surrogate GP", "epochs 9, surrogate RF"]),
        ({"initial_points": 20}, ["initial points 10", "initial points 20"]),
        ({"problem": "digits"}, ["mnist", "digits"]),
        ({"space": Space(SPACE.dimensions[:2]), "fix": ("dropout=0.1",)}, ["the problem's space", "dropout=0.1"]),
        ({"space": Space(SPACE.dimensions[:2]), "space_name": "small"}, ["the problem's space", "space small"]),
        ({"space": Space((Categorical("x", ("y",)),))}, ["the problem's space, a", "the problem's space, b"]),
        ({"data": "0" * 64}, ["a", "b"]),
    ],
)
def test_a_group_is_called_by_what_differs_or_else_by_its_states(other: dict[str, Any], expected: list[str]) -> None:
    assert labels(named("a", 0.5), named("b", 0.5, **other)) == expected


def test_a_group_without_a_surrogate_is_not_called_by_what_only_a_surrogate_is_asked_with() -> None:
    others = named("b", 0.5, acquisition="LCB"), named("c", 0.5, surrogate="none", design="sobol")
    assert labels(named("a", 0.5), *others) == [
        "acquisition EI, surrogate GP",
        "acquisition LCB, surrogate GP",
        "surrogate none, design sobol",
    ]


def test_objectives_that_differ_are_refused_with_the_states_that_have_them() -> None:
    with pytest.raises(SettingsError, match="val_accuracy:max in a, val_loss:min in b"):
        compare([named("a", 0.5), named("b", 0.5, objective="val_loss:min")])


def test_what_makes_a_comparison_doubtful_is_said() -> None:
    notes = compare(
        [
            named("a", 0.5),
            named("twice", 0.5),
            named("other", 0.5, data="0" * 64, finished=False),
            named("new", finished=False, data="0" * 64, seed=1),
        ]
    )["notes"]
    assert notes == [
        "The groups differ in their data: a score of one may be easier than of another.",
        "a and twice have the same seed, and so are no two samples.",
        "other has not finished: 1 of 40 trials completed.",
        "new: no trial has completed yet.",
    ]
    alone = compare([named("a", 0.5), named("b", 0.5, surrogate="none")])["notes"]
    assert alone == ["surrogate GP; surrogate none: of one seed alone, so nothing is known of what another would give."]


def of_own_problem(name: str, *options: str, **fingerprint: Any) -> NamedStudy:
    """Return a search of a user's problem, begun with `options`."""
    declared = Declared(space=SPACE, epochs=3, batch_size=32)
    own = OwnProblem(sources=Sources(folder="/", main="churn.py", texts={"churn.py": ""}), declared=declared)
    study = named(name, 0.5, **{"problem": "churn.py", "own": own, **fingerprint}).study
    return NamedStudy(name, replace(study, runs=(replace(study.runs[0], options=options),)))


def test_searches_of_an_own_problem_whose_seeds_hold_out_other_examples_are_one_group() -> None:
    place = ("--data", "/churn.npz")
    states = [of_own_problem("a", *place), of_own_problem("b", *place, seed=1, data="0" * 64)]
    found = compare(states)
    assert [[each["seed"] for each in group["states"]] for group in found["groups"]] == [[0, 1]]
    assert found["notes"] == [
        "Each seed has data of its own, such as other examples to validate on: the ranges tell of that too."
    ]
    assert compare([of_own_problem("a", *place), of_own_problem("b", *place, seed=1)])["notes"] == []
    found = compare([states[0], of_own_problem("c", *place, seed=1, data="0" * 64, surrogate="none")])
    assert [group["label"] for group in found["groups"]] == ["surrogate GP", "surrogate none"]
    assert not any("differ in their data" in note for note in found["notes"])


@pytest.mark.parametrize(
    "fingerprint",
    [
        {"seed": 0},  # which would have held out the same
        {"own": None, "problem": "table"},  # which holds out the same with any
    ],
)
def test_data_that_differ_by_more_than_the_seed_set_searches_apart(fingerprint: dict[str, Any]) -> None:
    one = of_own_problem("a", **{**fingerprint, "seed": 0})
    other = of_own_problem("b", **{"seed": 1, "data": "0" * 64, **fingerprint})
    assert len(compare([one, other])["groups"]) == 2


def test_data_of_another_place_or_another_size_set_searches_apart() -> None:
    one = of_own_problem("a", "--data", "/monday.npz")
    elsewhere = of_own_problem("b", "--data", "/tuesday.npz", seed=1, data="0" * 64)
    assert len(compare([one, elsewhere])["groups"]) == 2
    data = DataDescription(train=9, validation=1, test=0, image_shape=(), class_names=())
    larger = of_own_problem("b", "--data", "/monday.npz", seed=1, data="0" * 64)
    assert len(compare([one, NamedStudy("b", larger.study.describe_data(data))])["groups"]) == 2


def test_a_search_without_a_trial_hides_nothing_of_the_others_in_its_group() -> None:
    (group,) = compare([named("a", 0.5, 0.6), named("b", finished=False, seed=1)])["groups"]
    assert group["best"] == spread(0.6, 0.6, 0.6)
    assert len(group["course"]["trials"]) == 2
