"""What users may ask of a search: how it is read, and what is refused."""

import pytest

from job.core.journal import Dropped, Enqueued, Request, Retried
from job.core.requests import check_request, describe_request, parse_values
from job.core.space import Categorical, Space
from job.errors import SettingsError
from tests.fakes import SPACE, START, study_of

STUDY = study_of(0.9, None, imported=[0.8], running_epochs=1)  # trials 1 to 4
MIXED = Space((Categorical("units", (16, 0.5, True, "a=b")),))


def test_values_become_those_of_their_dimensions_in_the_order_of_the_space() -> None:
    texts = ("activation=tanh", " dropout = .25", "filters=3e1", "learning_rate=1e-3")

    values = parse_values(SPACE, texts)

    assert list(values.items()) == [
        ("learning_rate", 1e-3),
        ("filters", 30),
        ("dropout", 0.25),
        ("activation", "tanh"),
    ]
    assert isinstance(values["filters"], int)


@pytest.mark.parametrize(("text", "value"), [("16", 16), ("0.5", 0.5), ("True", True), ("a=b", "a=b")])
def test_a_category_is_named_by_its_text(text: str, value: object) -> None:
    (found,) = parse_values(MIXED, [f"units={text}"]).values()

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["dropout"], "--set: expected NAME=VALUE such as learning_rate=1e-3, found 'dropout'"),
        (["dropout="], "--set: expected NAME=VALUE such as learning_rate=1e-3, found 'dropout='"),
        (["speed=1"], "--set: the search has no dimension 'speed'"),
        (["dropout=0.1", "dropout=0.2"], "--set: expected each dimension once, found dropout, dropout"),
        (["learning_rate=1"], "--set: learning_rate: expected 1e-06 … 0.01 (log-uniform), found '1'"),
        (["learning_rate=fast"], "--set: learning_rate: expected 1e-06 … 0.01 (log-uniform), found 'fast'"),
        (["learning_rate=nan"], "--set: learning_rate: expected 1e-06 … 0.01 (log-uniform), found 'nan'"),
        (["filters=8.5"], "--set: filters: expected a whole number, 8 … 64, found '8.5'"),
        (["filters=inf"], "--set: filters: expected a whole number, 8 … 64, found 'inf'"),
        (["filters=65"], "--set: filters: expected a whole number, 8 … 64, found '65'"),
        (["activation=gelu"], "--set: activation: expected relu | tanh, found 'gelu'"),
    ],
)
def test_what_is_no_value_of_the_space_is_told_with_what_is(texts: list[str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_values(SPACE, texts)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    "request_", [Enqueued({"filters": 8}), Dropped(1), Dropped(2), Dropped(3), Dropped(4), Retried(3)]
)
def test_what_fits_the_study_can_be_taken_in(request_: Request) -> None:
    check_request(STUDY, request_)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (Enqueued({"speed": 1}), "the search has no dimension 'speed'"),
        (Enqueued({"filters": 8.0}), "filters: expected a whole number, 8 … 64, found 8.0"),
        (Dropped(5), "expected the number of a trial, of which there are 4, found 5"),
        (Dropped(0), "expected the number of a trial, of which there are 4, found 0"),
        (Dropped(-1), "expected the number of a trial, of which there are 4, found -1"),
        (Retried(-1), "expected the number of a trial, of which there are 4, found -1"),
        (Retried(5), "expected the number of a trial, of which there are 4, found 5"),
        (Retried(1), "expected a trial that has failed, found that trial 1 is imported"),
        (Retried(4), "expected a trial that has failed, found that trial 4 is running"),
    ],
)
def test_what_does_not_fit_the_study_is_refused(request_: Request, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_request(STUDY, request_)

    assert str(caught.value) == message


def test_a_trial_is_dropped_once_and_not_trained_again_after_that() -> None:
    study = STUDY.enter(Dropped(3), now=START)

    with pytest.raises(SettingsError, match="trial 3 is set aside already"):
        check_request(study, Dropped(3))
    with pytest.raises(SettingsError, match="found that trial 3 is dropped") as caught:
        check_request(study, Retried(3))
    assert caught.value.hint == "no trial has failed"


def test_a_request_is_told_as_its_command_is_written() -> None:
    requests = (Enqueued({"learning_rate": 1e-3, "activation": "relu"}), Dropped(12), Retried(7))

    assert [describe_request(each) for each in requests] == [
        "enqueue learning_rate=0.001, activation=relu",
        "drop 12",
        "retry 7",
    ]
