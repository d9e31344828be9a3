"""What matters, in terminals of any width."""

import pytest
from rich.console import Group

from job.plain_text import render_plain
from job.report.content import EffectSummary, ImportanceSummary, ShareSummary
from job.report.text.importance import draw_importance

ALONE: ShareSummary = {"share": 0.5, "low": 0.4, "high": 0.6}
TOGETHER: ShareSummary = {"share": 0.62, "low": 0.48, "high": 1.0}
EFFECT: EffectSummary = {
    "name": "num_dense_layers",
    "main": ALONE,
    "total": TOGETHER,
    "at_best": {"value": 2, "cost": 0.0},
    "at_worst": {"value": 5, "cost": 0.1},
    "sentence": "It explains 62 %.",
}
KNOWN: ImportanceSummary = {"reason": "", "skill": None, "dimensions": [EFFECT]}


def drawn(importance: ImportanceSummary, *, width: int) -> str:
    return render_plain(Group(*draw_importance(importance)), width=width)


def test_each_share_stands_with_its_interval_and_then_in_a_sentence() -> None:
    lines = drawn(KNOWN, width=120).splitlines()

    assert lines[2].split("  ")[0] == "num_dense_layers"
    assert " ".join(lines[2].split()[1:]) == "50 % 40 to 60 % 62 % 48 to 100 %"
    assert lines[-1] == "It explains 62 %."


@pytest.mark.parametrize("width", range(45, 100, 6))
def test_in_any_width_the_shares_are_whole_and_missing_intervals_are_named(width: int) -> None:
    text = drawn(KNOWN, width=width)

    assert "num_dense_layers" in text and "50 %" in text and "62 %" in text
    assert ("48 to 100 %" in text) != ("Not shown, for want of room: 95 % interval." in text)
    assert "…" not in text and max(map(len, text.splitlines())) <= width


def test_a_reason_stands_alone() -> None:
    nothing: ImportanceSummary = {"reason": "It takes 8 trials.", "skill": None, "dimensions": []}
    assert drawn(nothing, width=80) == "It takes 8 trials.\n"
