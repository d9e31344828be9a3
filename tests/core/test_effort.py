"""How many trials a confirmation trains again, and on how many seeds."""

import pytest

from job.core.effort import Effort, effort_of, parse_confirm
from job.errors import SettingsError


@pytest.mark.parametrize(
    ("effort", "rounds"),
    [
        (Effort(5, 5), [(5, 1), (3, 2), (2, 4)]),
        (Effort(4, 4), [(4, 2), (2, 4)]),
        (Effort(2, 3), [(2, 3)]),
        (Effort(9, 1), [(9, 1), (5, 1), (3, 1), (2, 1)]),
        (Effort(1, 4), []),
    ],
)
def test_each_round_takes_the_same_trainings_of_fewer_candidates_until_one_is_left(
    effort: Effort, rounds: list[tuple[int, int]]
) -> None:
    assert list(effort.rounds) == rounds
    assert effort.trainings == sum(left * seeds for left, seeds in rounds) + effort.seeds


@pytest.mark.parametrize(
    ("trainings", "effort"),
    [
        (3.9, None),
        (4, Effort(1, 2)),
        (17.9, Effort(1, 5)),
        (18, Effort(2, 3)),
        (24, Effort(2, 4)),
        (32, Effort(3, 4)),
        (40, Effort(4, 4)),
        (60, Effort(5, 5)),
        (1000, Effort(5, 5)),
    ],
)
def test_by_itself_it_takes_at_most_half_of_what_the_search_has_trained(
    trainings: float, effort: Effort | None
) -> None:
    found = effort_of("auto", completed=40, trainings=trainings)
    assert found == effort
    assert found is None or found.trainings <= trainings / 2


def test_there_are_no_more_candidates_than_trials_that_have_completed() -> None:
    assert effort_of("5x4", completed=3, trainings=1) == Effort(3, 4)
    assert effort_of("auto", completed=3, trainings=100) == Effort(3, 5)
    assert effort_of("auto", completed=1, trainings=100) == Effort(1, 5)
    assert effort_of("5x5", completed=0, trainings=100) is None
    assert effort_of("none", completed=9, trainings=100) is None


@pytest.mark.parametrize(
    ("text", "read"), [("none", "none"), (" AUTO ", "auto"), ("5x5", "5x5"), ("10 X 3", "10x3"), ("2×4", "2x4")]
)
def test_an_effort_is_read_as_people_write_it(text: str, read: str) -> None:
    assert parse_confirm(text) == read


@pytest.mark.parametrize("text", ["", "5", "0x5", "5x0", "5x5x5", "-1x2", "all", "1000x5"])
def test_what_is_no_effort_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--confirm: expected none, auto, or numbers of candidates and of seeds"):
        parse_confirm(text)
