"""What matters, in terminals of any width."""

import pytest
from rich.console import Group

from job.plain_text import render_plain
from job.report.content import CautionSummary, EffectSummary, ImportanceSummary, ShareSummary
from job.report.text.importance import draw_importance

SHARE: ShareSummary = {"share": 0.62, "low": 0.48, "high": 1.0}
CAUTION: CautionSummary = {"kind": "bound", "dimension": "layers", "flag": None, "sentence": "layers lies at a bound."}


def effect(name: str, sentence: str) -> EffectSummary:
    return {
        "name": name,
        "main": SHARE,
        "interaction": {"share": 0.12, "low": 0.1, "high": 0.2},
        "total": SHARE,
        "at_best": {"value": 2, "cost": 0.0, "low": 0.0, "high": 0.0},
        "at_worst": {"value": 5, "cost": 0.1, "low": 0.08, "high": 0.12},
        "told": True,
        "tells_interaction": True,
        "sentence": sentence,
    }


DIMENSIONS = [
    effect("num_dense_layers", "62 % (48 to 100 %), 50 % alone; 5 costs about 74 points"),
    effect("activation", "cannot be told yet"),
]
KNOWN: ImportanceSummary = {"reason": "", "skill": None, "dimensions": DIMENSIONS, "irrelevant": None, "untold": ""}


def drawn(importance: ImportanceSummary | None, *cautions: CautionSummary, width: int) -> str:
    return render_plain(Group(*draw_importance(importance, cautions)), width=width)


def test_each_parameter_has_a_line() -> None:
    key, *lines = drawn(KNOWN, width=80).splitlines()

    assert key.startswith("What each explains")
    assert lines[-2:] == [
        "num_dense_layers  62 % (48 to 100 %), 50 % alone; 5 costs about 74 points",
        "activation        cannot be told yet",
    ]


@pytest.mark.parametrize("width", [30, 45, 60])
def test_in_a_narrow_terminal_lines_are_folded_and_nothing_is_lost(width: int) -> None:
    text = drawn(KNOWN, CAUTION, width=width)

    assert max(map(len, text.splitlines())) <= width
    words = ["62", "%", "(48", "to", "100", "%),", "50", "%", "alone;", "5", "costs", "about", "74", "points"]
    assert [word for word in words if word not in text] == []
    assert "…" not in text


def test_cautions_stand_first_and_alone_where_the_rest_is_not_known() -> None:
    assert drawn(KNOWN, CAUTION, width=80).splitlines()[:2] == ["layers lies at a bound.", ""]
    assert drawn(None, CAUTION, width=80) == "layers lies at a bound.\n"


def test_a_reason_stands_alone() -> None:
    nothing: ImportanceSummary = {
        "reason": "It takes 8 trials.",
        "skill": None,
        "dimensions": [],
        "irrelevant": None,
        "untold": "",
    }
    assert drawn(nothing, width=80) == "It takes 8 trials.\n"


def test_what_would_tell_the_rest_is_said_once() -> None:
    assert drawn({**KNOWN, "untold": "More trials would tell."}, width=80).splitlines()[-1] == "More trials would tell."


def test_what_hardly_matters_stands_below_with_the_options_that_leave_it_out() -> None:
    sentence = "units hardly matters: a new search with --fix units=32 has fewer dimensions to search."
    less: ImportanceSummary = {
        **KNOWN,
        "irrelevant": {"names": ["units"], "flags": "--fix units=32", "sentence": sentence},
    }
    assert drawn(less, width=100).splitlines()[-1] == sentence
