"""A listener that fails, and the others."""

from collections.abc import Callable

import pytest

from job.core.events import Event, Level, Notice, TrialEnded
from job.core.study import Study
from job.display.audience import Audience
from job.errors import InterruptedRunError, StateUnwritableError
from tests.fakes import study_of

FULL = StateUnwritableError("cannot use events: No space left on device", hint="free some space")


def failing(error: Exception, heard: list[Event]) -> Callable[[Event, Study | None], None]:
    def listen(event: Event, study: Study | None) -> None:
        heard.append(event)
        raise error

    return listen


@pytest.mark.parametrize(
    ("error", "said"),
    [(FULL, "No space left on device; free some space"), (KeyError("odd metric"), "KeyError('odd metric')")],
)
def test_a_listener_that_fails_is_left_out_and_the_others_hear_of_it_once(error: Exception, said: str) -> None:
    broken: list[Event] = []
    heard: list[Event] = []
    audience = Audience([failing(error, broken), lambda event, _: heard.append(event)])
    for number in (1, 2):
        audience(TrialEnded(number), study_of(0.9, 0.8))
    assert broken == [TrialEnded(1)]
    warning, *events = heard
    assert isinstance(warning, Notice) and warning.level is Level.WARNING and warning.message.endswith(said)
    assert events == [TrialEnded(1), TrialEnded(2)]


def test_where_nobody_is_left_standard_error_hears_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    audience = Audience([failing(FULL, [])])
    audience(TrialEnded(1), study_of(0.9))
    audience(TrialEnded(1), study_of(0.9))
    assert capsys.readouterr().err.count("No space left on device; free some space\n") == 1


def test_a_signal_that_comes_while_a_listener_hears_is_none_of_its_failures() -> None:
    heard: list[Event] = []
    audience = Audience([failing(InterruptedRunError("stopped"), heard)])
    for _ in range(2):
        with pytest.raises(InterruptedRunError):
            audience(TrialEnded(1), study_of(0.9))
    assert len(heard) == 2
