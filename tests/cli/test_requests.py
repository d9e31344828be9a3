"""`hpo-job enqueue`, `drop` and `retry`: what they leave, what they say, and what they refuse."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from job.core.journal import Dropped, Enqueued, Request, Retried
from job.core.space import Categorical, Real, Space
from job.core.study import Study
from job.errors import ExitCode
from job.state.directory import StateDirectory
from tests.cli.here import Done, hpo_job
from tests.fakes import study_of

NO_RUN = "no run is at work: the next hpo-job search takes it in"


@pytest.fixture
def store(tmp_path: Path) -> StateDirectory:
    """A search with a trial that has completed, one that has failed, and one in hand."""
    store = StateDirectory(tmp_path)
    store.save(study_of(0.9, None, running_epochs=1))
    return store


def ask(store: StateDirectory, *arguments: str) -> Done:
    return hpo_job(*arguments, f"--state={store.root}")


def waiting(store: StateDirectory) -> list[Request]:
    return [store.inbox.read(name) for name in store.inbox.names()]


def test_the_active_values_are_a_whole_point_of_a_conditional_space(tmp_path: Path) -> None:
    space = Space((Categorical("optimizer", ("adam", "sgd")), Real("momentum", 0.0, 1.0, when={"optimizer": ["sgd"]})))
    store, default = StateDirectory(tmp_path), {"optimizer": "adam"}
    store.save(Study(fingerprint=replace(study_of().fingerprint, space=space, default=default)))

    assert "proposals" not in ask(store, "enqueue", "--set=optimizer=adam").stdout
    assert "proposals" in ask(store, "enqueue", "--set=optimizer=sgd").stdout
    refused = ask(store, "enqueue", "--set=optimizer=adam", "--set=momentum=0.5")
    assert refused.returncode == ExitCode.USAGE
    assert "there is no point with optimizer=adam, momentum=0.5" in refused.stderr
    assert "momentum is searched only where optimizer is sgd" in refused.stderr


WHOLE = ("--set=learning_rate=1e-3", "--set=filters=8", "--set=dropout=0.25", "--set=activation=relu")


@pytest.mark.parametrize(
    ("arguments", "request_", "said"),
    [
        (
            ("enqueue", "--set", "learning_rate=1e-3"),
            Enqueued({"learning_rate": 1e-3}),
            "learning_rate=0.001 will be tried next, with proposals for the other values",
        ),
        (
            ("enqueue", *WHOLE),
            Enqueued({"learning_rate": 1e-3, "filters": 8, "dropout": 0.25, "activation": "relu"}),
            "learning_rate=0.001, filters=8, dropout=0.25, activation=relu will be tried next",
        ),
        (("drop", "1"), Dropped(1), "trial 1 will be set aside"),
        (("drop", "3"), Dropped(3), "trial 3 will be set aside, and its training ends"),
        (("retry", "2"), Retried(2), "trial 2 will be trained again from its start"),
    ],
)
def test_a_command_leaves_its_request_and_tells_what_will_come_of_it(
    store: StateDirectory, arguments: tuple[str, ...], request_: Request, said: str
) -> None:
    done = ask(store, *arguments)

    assert (done.returncode, done.stdout, done.stderr) == (0, f"{said}\n{NO_RUN}\n", "")
    assert waiting(store) == [request_]


def test_while_a_run_is_at_work_it_is_told_who_takes_the_request_in_and_needs_no_lock(store: StateDirectory) -> None:
    with store.lock():
        done = ask(store, "drop", "1")

    assert "the run at work takes it in within seconds: process " in done.stdout
    assert waiting(store) == [Dropped(1)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("enqueue", "--set=speed=1"), "--set: the search has no dimension 'speed'"),
        (("enqueue", "--set=filters=1"), "--set: filters: expected a whole number, 8 … 64, found '1'"),
        (("enqueue",), "--set: expected a value, found none"),
        (("drop", "4"), "expected the number of a trial, of which there are 3, found 4"),
        (("drop", "0"), "TRIAL: expected 1 or more, found '0'"),
        (("retry", "--", "-1"), "TRIAL: expected 1 or more, found '-1'"),
        (("drop",), "TRIAL: expected a value, found none"),
        (("retry", "1"), "expected a trial that has failed, found that trial 1 is completed"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_and_leaves_nothing(
    store: StateDirectory, arguments: tuple[str, ...], said: str
) -> None:
    done = ask(store, *arguments)

    assert (done.returncode, done.stdout) == (ExitCode.USAGE, "")
    assert done.stderr.splitlines()[0] == f"hpo-job: {said}"
    assert not (store.root / "inbox").exists()


def test_a_trial_that_is_dropped_is_not_dropped_again(store: StateDirectory) -> None:
    store.save(study_of(0.9).enter(Dropped(1), now=0.0))

    assert "trial 1 is set aside already" in ask(store, "drop", "1").stderr


@pytest.mark.parametrize("command", [("enqueue", "--set=filters=8"), ("drop", "1"), ("retry", "1")])
def test_where_there_is_no_search_nothing_can_be_asked_of_it(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = hpo_job(*command, f"--state={tmp_path / 'none'}")

    assert (done.returncode, done.stdout) == (ExitCode.USAGE, "")
    assert "there is no search in" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["enqueue", "retry"])
def test_the_help_tells_that_budgets_do_not_hold_for_what_is_asked_for(command: str) -> None:
    said = " ".join(hpo_job(command, "--help").stdout.replace("│", " ").split())

    assert "also where the budgets are spent" in said


def test_the_status_tells_how_many_requests_wait(store: StateDirectory) -> None:
    assert "waiting" not in ask(store, "status").stdout

    ask(store, "drop", "1")
    ask(store, "retry", "2")

    assert "waiting     2 requests in the inbox, for the next hpo-job search to take in" in ask(store, "status").stdout
    assert json.loads(ask(store, "status", "--json").stdout)["waiting"] == 2
