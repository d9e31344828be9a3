"""What is proposed by default, whatever the space and whatever has become of the trials."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from job.core.ending import EndKind
from job.core.journal import Dropped
from job.core.objective import parse_objective
from job.core.space import Categorical, Dimension, Integer, Ordinal, Params, Real, Space
from job.core.study import Study
from job.proposals.draws import points_at
from job.proposals.expectation import expected_of
from job.proposals.propose import propose
from tests.fakes import START, study_of
from tests.spaces import points

few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Of every kind, and with every edge that the checks let pass.
DIMENSIONS: tuple[Dimension, ...] = (
    Real("x", 0.0, 1.0),
    Real("x", -1e15, 1e15),
    Real("x", 1.0, 1 + 1e-9),
    Real("x", 1e14, 1e15),
    Real("x", 0.0, 1e-15),
    Real("x", 1e-30, 1e15, "log-uniform"),
    Real("x", 1e-6, 1.0001e-6, "log-uniform"),
    Real("x", 0.0, 0.5, step=0.1),
    Real("x", 1e-3, 1.0, "log-uniform", step=1e-3),
    Integer("x", -1, 1),
    Integer("x", 1, 10**15),
    Integer("x", -(10**15), 10**15),
    Integer("x", 1, 10**15, "log-uniform"),
    Integer("x", 10**14, 10**14 + 1),
    Integer("x", 32, 512, "log-uniform", step=32),
    Integer("x", 0, 10**14, step=10**9),
    Ordinal("x", (16, 32, 64.5, "most")),
    Ordinal("x", ("only",)),
    Categorical("x", (True, False)),
    Categorical("x", (1, 2.5, "auto", "ähre", -0.5, 2**53)),
    Categorical("x", tuple(range(40))),
)
FAILURES = (EndKind.DIVERGED, EndKind.RAISED, EndKind.OUT_OF_MEMORY, EndKind.TIMED_OUT, EndKind.DIED, EndKind.LOST)
IMPORTED, RUNNING = "imported", "running"
ENDINGS = (*[EndKind.COMPLETED] * 10, *FAILURES, EndKind.DROPPED, IMPORTED, RUNNING, RUNNING)
LOSSES = st.sampled_from((0.1, 0.2, 0.2, 0.0, -0.0, 5e-324, 1e-300, -1e300, 1e300, 1.7976931348623157e308))
ANY_LOSSES = LOSSES | st.floats(allow_nan=False, allow_infinity=False)


@dataclass(frozen=True)
class Tried:
    """A trial: its point, its loss if it gets one, and what becomes of it."""

    params: Params
    loss: float
    ended: EndKind | str = EndKind.COMPLETED


def study_with(space: Space, trials: Sequence[Tried], **changes: Any) -> Study:
    """Return a study of such trials, after which the surrogate is asked."""
    changes = {"default": {}, "surrogate": "additive-gp", "design": "sobol", "initial_points": 0, **changes}
    objective = parse_objective("val_loss:min")
    study = Study(fingerprint=replace(study_of().fingerprint, space=space, objective=objective, **changes))
    for tried in trials:
        study = _with_trial(study, tried)
    return study


def _with_trial(study: Study, tried: Tried) -> Study:
    if tried.ended == IMPORTED:
        return study.import_trial(tried.params, tried.loss)
    study, number = study.propose(tried.params, begins=0.0), len(study.trials) + 1
    match tried.ended:
        case EndKind.COMPLETED:
            history = ({"val_loss": tried.loss},)
            return study.complete(number, history, seconds=1.0, now=START, model_sha256="")
        case EndKind.DROPPED:
            return study.enter(Dropped(number), now=START)
        case EndKind() as failed:
            return study.fail(number, "no reason", now=START, kind=failed)
    return study


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    """Draw a space, of which dimensions may be there only with some categories of the first."""
    drawn = draw(st.lists(st.sampled_from(DIMENSIONS), min_size=1, max_size=4))
    first, *others = (replace(each, name=f"x{place}") for place, each in enumerate(drawn))
    if isinstance(first, Categorical):
        when = {first.name: list(first.categories[: draw(st.integers(1, 3))])}
        others = [replace(each, when=when if draw(st.booleans()) else {}) for each in others]
    return Space((first, *others))


@st.composite
def studies(draw: st.DrawFn) -> Study:
    space = draw(spaces())
    tried = st.builds(Tried, points(space), draw(st.sampled_from((LOSSES, ANY_LOSSES))), st.sampled_from(ENDINGS))
    return study_with(
        space,
        draw(st.lists(tried, max_size=12)),
        acquisition=draw(st.sampled_from(("EI", "EI", "PI", "LCB"))),
        design=draw(st.sampled_from(("sobol", "random"))),
        seed=draw(st.integers(0, 2**32)),
    )


def key(space: Space, params: Params) -> str:
    return json.dumps(space.values(params))


def tried_in(study: Study) -> set[str]:
    return {key(study.fingerprint.space, trial.params) for trial in study.trials}


@few
@given(studies())
def test_any_study_has_a_proposal_that_is_a_point_not_tried_yet_as_long_as_there_is_one(study: Study) -> None:
    space, params = study.fingerprint.space, propose(study)
    if params is None:
        assert len(tried_in(study)) == space.size
        return
    space.check(params)
    assert key(space, params) not in tried_in(study)
    assert json.loads(json.dumps(params)) == params  # of plain types
    expected = expected_of(study, params)
    assert expected is None or (expected.is_finite and expected.improvement >= 0 and 0 <= expected.chance <= 1)


@few
@given(studies(), st.integers(0, 2**32 - 1))
def test_any_study_is_answered_the_same_again_and_global_random_numbers_are_left_alone(study: Study, seed: int) -> None:
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)
    params = propose(study)
    following = random.random(), np.random.random()  # noqa: NPY002
    assert repr(propose(replace(study))) == repr(params)
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)
    assert (random.random(), np.random.random()) == following  # noqa: NPY002


@few
@given(studies(), st.data())
def test_any_values_of_a_point_that_are_fixed_are_in_the_proposal(study: Study, data: st.DataObject) -> None:
    space = study.fingerprint.space
    point = data.draw(points(space))
    fixed = {name: point[name] for name in data.draw(st.sets(st.sampled_from(sorted(point))))}
    params = propose(study, fixed)
    if params is None:
        assert tried_in(study) >= {key(space, each) for each in space.points(fixed)}
        return
    space.check(params)
    assert {name: params[name] for name in fixed} == fixed
    assert key(space, params) not in tried_in(study) or fixed == params


MIXED = Space((Real("rate", 1e-6, 1e-2, "log-uniform"), Real("dropout", 0.0, 0.5), Categorical("kind", ("a", "b"))))


def tried(count: int, ended: EndKind | str = EndKind.COMPLETED) -> list[Tried]:
    """Return so many trials all over a space, the better the less dropout they have."""
    drawn = points_at(MIXED, np.random.default_rng(0).random((3, count)))
    return [Tried(point, float(point["dropout"]), ended) for point in drawn]


@pytest.mark.parametrize("acquisition", ["EI", "PI", "LCB"])
@pytest.mark.parametrize(
    "trials",
    [
        tried(2),
        tried(2, IMPORTED),
        [*tried(9, EndKind.DIVERGED), *tried(11)[9:]],
        [*tried(10, RUNNING), *tried(12)[10:]],
        [replace(each, loss=0.5) for each in tried(9)],
        [replace(each, loss=(each.loss - 0.25) * 7e308) for each in tried(9)],
    ],
    ids=["two", "evidence", "failures", "running", "equal losses", "largest losses"],
)
def test_whatever_is_known_there_is_a_proposal(acquisition: str, trials: list[Tried]) -> None:
    assert_new_proposal(study_with(MIXED, trials, acquisition=acquisition))


def test_after_a_thousand_trials_there_is_a_proposal() -> None:
    assert_new_proposal(study_with(MIXED, tried(1000)))


def assert_new_proposal(study: Study) -> None:
    params = propose(study)
    assert params is not None and params not in [trial.params for trial in study.trials]
    study.fingerprint.space.check(params)
    expected = expected_of(study, params)
    assert expected is None or expected.is_finite


@pytest.mark.parametrize("trials", [[], tried(1), tried(9, EndKind.RAISED)], ids=["none", "one", "failures"])
def test_without_two_scores_the_points_of_the_design_go_on(trials: list[Tried]) -> None:
    study = study_with(MIXED, trials)
    assert propose(study) == propose(replace(study, fingerprint=replace(study.fingerprint, initial_points=99)))
    assert expected_of(study, points_at(MIXED, np.full((3, 1), 0.5))[0]) is None


@pytest.mark.slow
def test_64_trials_at_once_are_all_over_what_is_not_known_to_be_bad() -> None:
    study = study_with(MIXED, tried(6))
    for _ in range(64):
        params = propose(study)
        assert params is not None and params not in [trial.params for trial in study.trials]
        study = study.propose(params)
    at_once = [trial.params for trial in study.in_hand]
    places = {(min(int(-np.log10(float(each["rate"]))), 5), each["kind"]) for each in at_once}
    assert len(places) == 8  # each decade of the rate with each kind
    assert np.median([float(each["dropout"]) for each in at_once]) < 0.25
