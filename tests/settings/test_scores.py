"""Scores as people write them."""

import pytest
import typer

from job.errors import SettingsError
from job.settings import Settings
from job.settings.scores import parse_score


@pytest.mark.parametrize(
    ("text", "score"), [("99.2%", 0.992), ("0.992", 0.992), ("100%", 1.0), ("1e-3", 0.001), ("-2", -2.0), ("0", 0.0)]
)
def test_a_score_is_a_number_or_a_percentage(text: str, score: float) -> None:
    assert parse_score(text) == pytest.approx(score, rel=1e-15)


@pytest.mark.parametrize("text", ["", "%", "99.2%%", "99.2 percent", "nan", "inf", "-inf%", "0,992", "high"])
def test_what_is_no_score_is_refused_with_what_was_found(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"expected a score such as 99\.2%"):
        parse_score(text)


def test_a_share_above_one_is_taken_for_a_forgotten_percent_sign() -> None:
    with pytest.raises(SettingsError, match=r"expected a share from 0 to 1 for val_accuracy, found 99\.2") as one:
        Settings(target=99.2).check_target()
    assert one.value.hint == "write 99.2% for a percentage"
    Settings(target=0.992).check_target()
    Settings(objective="val_loss", target=2.5).check_target()
