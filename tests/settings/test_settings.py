"""The check of the settings as a whole."""

from dataclasses import replace
from pathlib import Path

import pytest

from job.errors import SettingsError
from job.settings import Settings, option_names
from job.settings.choices import Acquisition, Surrogate


def test_the_defaults_pass_the_check() -> None:
    Settings().check()


@pytest.mark.parametrize(
    ("settings", "option"),
    [
        (Settings(objective="score"), "--objective"),
        (Settings(bounds=["filters=8:16", "filters"]), "--bounds"),
        (Settings(choices=["filters=8,,16"]), "--choices"),
        (Settings(fix=["filters"]), "--fix"),
        (Settings(rungs="0,1"), "--rungs"),
        (Settings(in_process=True, workers=2), "--in-process"),
        (Settings(in_process=True, workers=None), "--in-process"),
    ],
)
def test_the_check_names_the_option_that_is_wrong(settings: Settings, option: str) -> None:
    with pytest.raises(SettingsError, match=f"^{option}: "):
        settings.check()


def test_one_worker_may_be_in_this_process_whatever_the_lookahead() -> None:
    Settings(in_process=True, lookahead=4).check()


def test_settings_that_are_not_given_have_defaults() -> None:
    assert Settings(trials=3) == replace(Settings(), trials=3)
    assert Settings().state == Path("state")


def test_in_a_call_what_is_not_the_default_is_given() -> None:
    settings = Settings(trials=3, seed=0)
    assert [name for name in option_names() if settings.is_given(name)] == ["trials"]


def test_what_is_given_is_what_the_command_line_says() -> None:
    settings = Settings(trials=3, seed=0, given=frozenset({"seed"}))
    assert [name for name in option_names() if settings.is_given(name)] == ["seed"]


def test_surrogates_and_acquisitions_of_scikit_optimize_are_named_as_it_does() -> None:
    first, *others, last = Surrogate
    assert [each.value for each in others] == ["GP", "RF", "ET"]
    assert (first, last) == (Surrogate.ADDITIVE_GAUSSIAN_PROCESS, Surrogate.NONE)
    assert [each.value for each in Acquisition] == ["EI", "PI", "LCB"]
