"""The table of trials in terminals of any width."""

import re
from dataclasses import replace

import pytest

from job.core.space import Real, Space
from job.core.study import Study
from job.plain_text import natural_width, render_plain
from job.report.summary import summarize
from job.report.text.trials import TrialsTable
from tests.fakes import study_of

NAMES = ["rank", "trial", "learning_rate", "filters", "dropout", "activation"]
NAMES += ["val_accuracy", "curve", "epochs", "time", "status"]
STUDY = study_of(0.9876, None, 0.9, running_epochs=2)
NATURAL_WIDTH = natural_width(TrialsTable(summarize(STUDY)))


def drawn(study: Study, *, width: int) -> tuple[list[str], list[str], set[str]]:
    """Return the lines of the headings, those of the trials, and the names that the table says it does not show."""
    text = render_plain(TrialsTable(summarize(study)), width=width)
    table, _, note = text.partition("Not shown, ")
    headings, rows = re.split(r"─+\n", table)
    return headings.splitlines(), rows.splitlines(), _names(note)


def _names(note: str) -> set[str]:
    return set(" ".join(note.split()).removeprefix("for want of room: ").removesuffix(".").split(", ")) - {""}


@pytest.mark.parametrize("width", range(33, NATURAL_WIDTH + 1, 6))
def test_in_any_width_nothing_is_cut_off_and_what_is_not_shown_is_named(width: int) -> None:
    headings, rows, missing = drawn(STUDY, width=width)
    words = {word for line in headings for word in line.split()}
    whole = {"val_", "accuracy", "learning_", "rate", *NAMES}

    assert words <= whole
    shown = {name for name in NAMES if name in words or set(re.findall("[^_]+_?", name)) <= words}
    assert (shown | missing, shown & missing) == (set(NAMES), set())
    assert [row.split()[-1] for row in rows] == ["completed", "completed", "failed", "unfinished"]
    assert max(map(len, (*headings, *rows))) <= width


def test_a_table_that_fits_shows_all() -> None:
    assert drawn(STUDY, width=NATURAL_WIDTH)[2] == set()
    assert drawn(STUDY, width=NATURAL_WIDTH - 1)[2] == {"curve"}


@pytest.mark.parametrize(("width", "missing"), [(80, {"curve", "epochs", "time"}), (60, {"curve", *NAMES[2:6]})])
def test_the_parameters_outlast_times_and_when_they_have_to_go_times_come_back(width: int, missing: set[str]) -> None:
    assert drawn(STUDY, width=width)[2] == missing


def test_a_heading_takes_no_more_lines_than_it_has_to() -> None:
    study = replace(STUDY, trials=STUDY.trials[:1])
    space = Space((Real("a_rate_dropout", 0.0, 1.0), *(Real(f"x{index}", 0.0, 1.0) for index in range(6))))
    params = {dimension.name: 0.5 for dimension in space.dimensions}
    trial = replace(study.trial(1), params=params)
    study = replace(study, fingerprint=replace(study.fingerprint, space=space, default=params), trials=(trial,))
    headings, _, missing = drawn(study, width=95)

    assert "a_rate_dropout" not in missing
    assert [line.split() for line in headings if "_" in line or "dropout" in line] == [
        ["a_rate_", "val_"],
        ["rank", "trial", "dropout", *(f"x{index}" for index in range(6)), "accuracy", "time", "status"],
    ]


def test_a_parameter_may_have_the_name_of_another_column() -> None:
    space, params = Space((Real("epochs", 0.0, 1.0), Real("time", 0.0, 1.0))), {"epochs": 0.25, "time": 0.75}
    study = study_of(0.9)
    fingerprint = replace(study.fingerprint, space=space, default=params)
    study = replace(study, fingerprint=fingerprint, trials=(replace(study.trial(1), params=params),))

    assert drawn(study, width=120)[1][0].split() == (
        ["1", "1", "0.25", "0.75", "90.00", "%", "▁▄█", "3", "1", "min", "00", "s", "completed"]
    )
    assert "0.25" in drawn(study, width=60)[1][0]
