"""What a state can hold, it can read: any space that is allowed, saved, loaded, proposed in and reported."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from job.core.evidence import fitting
from job.core.fingerprint import Fingerprint
from job.core.limits import Limits
from job.core.objective import Objective
from job.core.space import Categorical, Space, Value, describe
from job.core.study import Study
from job.proposals.propose import propose
from job.proposals.result import dump_result, load_result
from job.report.files import render_files
from job.report.page import render_page
from job.report.spreadsheet import read_csv
from job.report.status import describe_status, render_status
from job.report.summary import summarize
from job.state import study_json
from tests.fakes import study_of
from tests.spaces import points, spaces

SCORES = st.integers(0, 10_000).map(lambda images: images / 10_000)


@st.composite
def searches(draw: st.DrawFn, *, n_trials: int, initial_points: int) -> Study:
    """Draw a search with its default point, and what was proposed after it, as far as there is something to propose."""
    space: Space = draw(spaces())
    fingerprint = Fingerprint(
        problem="mine",
        space=space,
        default=draw(points(space)),
        data="0" * 64,
        seed=draw(st.integers(0, 9)),
        epochs=1,
        batch_size=1,
        objective=Objective("val_accuracy", "max"),
        surrogate=draw(st.sampled_from(("GP", "RF", "ET"))),
        acquisition=draw(st.sampled_from(("EI", "PI", "LCB"))),
        initial_points=initial_points,
        deterministic=True,
    )
    study = Study(fingerprint=fingerprint).open_run(now=0, limits=Limits(trials=n_trials))
    for number in range(1, n_trials + 1):
        study = saved_and_loaded(study)
        params = propose(study)
        if params is None:
            break
        logs = {"loss": 0.1, "val_accuracy": draw(SCORES)}
        study = study.propose(params).start(number, now=0)
        study = study.complete(number, (logs,), seconds=1, now=number, model_sha256="0" * 64)
    return study.touch_run(now=n_trials)


def saved_and_loaded(study: Study) -> Study:
    loaded = study_json.load(study_json.dump(study))
    assert loaded == study
    return loaded


def check_all(study: Study) -> None:
    """Check that all that is written of a study is written, and that its points are the same wherever they are read."""
    loaded = saved_and_loaded(study)
    for trial in loaded.trials:
        loaded.fingerprint.space.check(trial.params)
    points, fingerprint = [trial.params for trial in loaded.trials], loaded.fingerprint
    result = load_result(dump_result(loaded, with_model=False), fingerprint, source="result.joblib")
    assert [params for params, _ in fitting(result, fingerprint)[0]] == points
    files = render_files(summarize(loaded), model_path="best.keras")
    assert json.loads(files["report.json"])["trials"][0]["params"] == study.ranked[0].params
    table = read_csv(files["trials.csv"], fingerprint, source="trials.csv")
    assert {each.number: dict(each.params) for each in table.trials} == dict(enumerate(points, start=1))
    text = files["report.txt"].decode()
    assert all(word in text for each in loaded.fingerprint.space.dimensions for word in describe(each)[:40].split()[:1])
    assert render_page(summarize(loaded), plots=[], status=None)
    assert render_status(describe_status(loaded, holder=None, now=0))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(searches(n_trials=3, initial_points=9))
def test_any_space_is_saved_read_proposed_in_and_reported(study: Study) -> None:
    check_all(study)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(searches(n_trials=5, initial_points=2))
def test_any_space_has_a_surrogate_that_proposes_in_it_and_is_shown_in_tensorboard(study: Study) -> None:
    from job.tensorboard import hparams

    check_all(study)
    assert hparams.experiment(study.fingerprint, time=0)
    assert all(hparams.session_start(trial, study.fingerprint.space, time=0) for trial in study.trials)


@pytest.mark.parametrize("category", [True, 1, 1.0])
def test_categories_that_are_equal_in_another_space_are_not_taken_for_those_of_this_one(category: Value) -> None:
    for each in (1.0, True, category):
        check_all(search_of_one(each))


def search_of_one(category: Value) -> Study:
    """Return a search of one point, which it has tried."""
    fingerprint = replace(
        study_of().fingerprint, space=Space((Categorical("x", (category,)),)), default={"x": category}
    )
    study = Study(fingerprint=fingerprint).open_run(now=0, limits=Limits(trials=1)).propose(fingerprint.default)
    logs = {"loss": 0.1, "val_accuracy": 0.5}
    return study.start(1, now=0).complete(1, (logs,), seconds=1, now=1, model_sha256="0" * 64)
