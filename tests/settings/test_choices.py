"""Choices as people type them."""

from enum import StrEnum

import pytest
import typer

from job.settings.choices import choice


class Tree(StrEnum):
    PLAIN_OAK = "PO"
    ELM = "E"


READ = choice(Tree, also={"oak": Tree.PLAIN_OAK})["parser"]


@pytest.mark.parametrize("text", ["PO", "po", "plain_oak", "Plain-Oak", "plain oak", "OAK", " po "])
def test_a_choice_is_found_by_its_value_and_its_names_whatever_the_case(text: str) -> None:
    assert READ(text) is Tree.PLAIN_OAK


@pytest.mark.parametrize("text", ["", "p", "plain", "oak elm"])
def test_anything_else_is_refused_with_the_choices(text: str) -> None:
    with pytest.raises(typer.BadParameter) as refusal:
        READ(text)

    assert refusal.value.message == f"expected one of PO, E, found {text!r}"


def test_the_help_shows_the_values() -> None:
    assert choice(Tree)["metavar"] == "[PO|E]"
