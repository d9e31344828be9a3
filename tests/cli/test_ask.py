"""`hpo-job ask`: what would be tried next and why, without a trial of it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from job.core.journal import Dropped, Enqueued
from job.core.limits import Limits
from job.core.plan import NewTrial, plan
from job.core.space import Categorical, Integer, Space
from job.core.study import Study
from job.errors import ExitCode
from job.proposals.expectation import expected_when_planned
from job.proposals.propose import propose
from job.state.directory import StateDirectory
from tests.cli.here import Done, hpo_job
from tests.fakes import START, contents_of, study_of

SCORES = (0.9, 0.7, 0.95, 0.8)


@pytest.fixture
def store(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path)


def asking(study: Study, **changes: Any) -> Study:
    """Return a study whose next point the surrogate chooses."""
    fingerprint = replace(study.fingerprint, default={}, surrogate="GP", initial_points=len(study.trials))
    return replace(study, fingerprint=replace(fingerprint, **changes))


def ask(store: StateDirectory, study: Study, *arguments: str) -> Done:
    store.save(study)
    before = contents_of(store.root)
    done = hpo_job("ask", f"--state={store.root}", *arguments)
    assert contents_of(store.root) == before
    return done


def answer(store: StateDirectory, study: Study, *arguments: str) -> dict[str, Any]:
    done = ask(store, study, "--json", *arguments)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def planned_of(study: Study) -> NewTrial:
    planned = plan(study, propose)
    assert isinstance(planned, NewTrial)
    return planned


def test_what_is_shown_is_what_the_search_does_next(store: StateDirectory) -> None:
    study = asking(study_of(*SCORES))
    planned = planned_of(study)
    expected = expected_when_planned(study, planned)
    assert expected is not None

    found = answer(store, study)

    assert (found["next"]["number"], found["next"]["params"]) == (5, planned.params)
    assert found["next"]["expected"] == vars(expected)
    assert (found["over"], found["in_hand"], found["best"]["number"]) == ("", [], 3)
    text = ask(store, study).stdout
    assert "next        trial 5: learning_rate " in text
    assert f"{found['next']['made_for']}: val_accuracy " in text and "chance of any " in text
    assert "best        val_accuracy 95.00 %, trial 3" in text


def test_a_trial_in_hand_is_named_and_what_comes_after_it_does_not_know_its_score(store: StateDirectory) -> None:
    before = asking(study_of(*SCORES))
    study = before.propose(planned_of(before).params).start(5, now=START)
    study = study.get_on(5, ({"val_accuracy": 0.5, "loss": 0.1},), seconds=1.0, batch=17, batches=41)

    found = answer(store, study)

    beside = replace(study, fingerprint=replace(study.fingerprint, lookahead=2))
    assert (found["next"]["number"], found["next"]["params"]) == (6, planned_of(beside).params)
    text = ask(store, study).stdout
    assert text.startswith("in hand     trial 5, at batch 18 of 41 of epoch 2; what comes after it is told without")


def test_where_the_search_is_over_it_says_why_and_what_would_come(store: StateDirectory) -> None:
    study = asking(study_of(*SCORES, budget=4))
    going_on = study.limited(Limits(trials=5), now=START)

    found = answer(store, study)

    assert found["over"] == "4 of 4 trials are complete"
    assert found["next"]["params"] == planned_of(going_on).params
    assert ask(store, study).stdout.startswith("over        4 of 4 trials are complete; if the search went on, ")


def test_a_budget_without_room_beside_the_trial_in_hand_says_so(store: StateDirectory) -> None:
    found = answer(store, asking(study_of(0.9, 0.8, running_epochs=1, budget=3)))
    assert found["over"] == "the budget has no room for another trial than those in hand"
    assert found["next"]["number"] == 4


def test_what_waits_in_the_inbox_comes_first_and_stays_there(store: StateDirectory) -> None:
    store.inbox.write(Dropped(3))
    store.inbox.write(Enqueued({"filters": 9}))

    found = answer(store, asking(study_of(*SCORES)))

    assert (found["next"]["made_for"], found["next"]["params"]["filters"]) == ("enqueued", 9)
    assert found["best"]["number"] == 1
    assert len(store.inbox.names()) == 2


def test_the_best_point_with_some_values_is_that_which_they_would_be_enqueued_to(store: StateDirectory) -> None:
    study = asking(study_of(*SCORES))
    enqueued = study.enter(Enqueued({"activation": "tanh"}), now=START, request="a")

    found = answer(store, study, "--set=activation=tanh")

    assert found["next"]["params"] == planned_of(enqueued).params
    assert found["next"]["expected"] is not None
    assert "next        trial 5, were it enqueued: " in ask(store, study, "--set=activation=tanh").stdout
    whole = [f"--set={name}={value}" for name, value in study.trial(1).params.items()]
    assert answer(store, study, *whole)["next"]["expected"]["score"] == pytest.approx(0.9, abs=0.05)


def test_values_that_no_point_has_are_refused(store: StateDirectory) -> None:
    done = ask(store, study_of(0.9), "--set=filters=7")
    assert done.returncode == ExitCode.USAGE
    assert "--set: filters: expected " in done.stderr


def test_where_every_point_has_been_tried_it_says_so(store: StateDirectory) -> None:
    space = Space((Categorical("activation", ("relu", "tanh")),))
    study = Study(fingerprint=replace(study_of().fingerprint, space=space, default={})).propose({"activation": "relu"})
    study = study.fail(1, "diverged", now=START).propose({"activation": "tanh"})

    found = answer(store, study)

    assert (found["next"], found["reason"]) == (None, "every point of the space has been tried")
    assert "next        none: every point of the space has been tried\n" in ask(store, study).stdout


def test_where_every_point_with_the_values_has_been_tried_it_says_that(store: StateDirectory) -> None:
    depth = Integer("depth", 1, 2, when={"activation": ["tanh"]})
    space = Space((Categorical("activation", ("relu", "tanh")), depth))
    study = Study(fingerprint=replace(study_of().fingerprint, space=space, default={}))
    for each in (1, 2):
        study = study.propose({"activation": "tanh", "depth": each}).fail(each, "diverged", now=START)

    found = answer(store, study, "--set=activation=tanh")

    assert (found["next"], found["reason"]) == (None, "every point with these values has been tried")
    assert answer(store, study)["next"]["params"] == {"activation": "relu"}


def test_a_search_that_has_not_begun_begins_with_the_point_that_is_given(store: StateDirectory) -> None:
    found = answer(store, study_of())
    assert (found["next"]["params"], found["next"]["made_for"]) == (dict(study_of().fingerprint.default), "given")
    assert (found["next"]["expected"], found["best"]) == (None, None)


def test_a_request_in_the_inbox_that_cannot_be_taken_in_is_left_out_with_a_warning(store: StateDirectory) -> None:
    store.inbox.write(Dropped(9))
    done = ask(store, study_of(0.9))
    assert done.returncode == 0
    assert "a request is left out: expected the number of a trial" in done.stderr


@pytest.mark.slow
def test_to_ask_imports_neither_keras_nor_tensorflow(store: StateDirectory) -> None:
    store.save(asking(study_of(*SCORES)))
    program = f"""
import sys
from job.cli.app import run
from job.run.stopping import StopFlag
sys.argv = ["hpo-job", "ask", "--state={store.root}"]
assert run(StopFlag()) == 0
assert not {{"keras", "tensorflow"}} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
