"""Commands that are copied from a text."""

import shlex
import subprocess

import pytest

from job.plain_text import natural_width, render_plain
from job.report.text.command import CommandLines

WORDS = ["hpo-job", "search", "--problem", "two words " * 3, "--config", "it's.toml", *("--bounds", "x=1e-4:1e-2") * 5]
COMMAND = CommandLines(shlex.join(WORDS))


def understood(text: str) -> list[str]:
    """Return the words that a shell takes a command for."""
    program = f"set -- {text.strip()}\nprintf '%s\\n' \"$@\""
    return subprocess.run(["sh", "-c", program], check=True, capture_output=True, text=True).stdout.splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_shell_takes_the_lines_for_the_command(width: int) -> None:
    text = render_plain(COMMAND, width=width)

    assert understood(text) == WORDS
    assert len(text.splitlines()) > 1
    assert max(map(len, text.splitlines())) <= min(width, 100)


def test_a_short_command_has_one_line() -> None:
    assert render_plain(CommandLines("hpo-job search --seed 1"), width=40) == "hpo-job search --seed 1\n"


def test_its_natural_width_has_room_for_its_longest_word() -> None:
    words = ["hpo-job", "search", "--data", "/data" * 40]
    command = CommandLines(shlex.join(words))

    assert understood(render_plain(command, width=natural_width(command))) == words
