"""Rungs as people write them: auto, none, or numbers of epochs such as 0.3,1,3."""

import sys

from job.core.rungs import default_rungs, parse_rungs
from job.settings.workers import AUTO


def rungs_of(text: str, epochs: int) -> tuple[float, ...]:
    """Return the rungs of trials of so many epochs; raise SettingsError for some that such trials do not reach."""
    return default_rungs(epochs) if _is_auto(text) else parse_rungs(text, epochs)


def check_rungs(text: str) -> None:
    """Raise SettingsError for what is no rungs of trials of any epochs."""
    if not _is_auto(text):
        parse_rungs(text, sys.maxsize)


def _is_auto(text: str) -> bool:
    return text.strip().lower() == AUTO
