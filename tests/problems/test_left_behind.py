"""What a user's code leaves behind is found out, whatever it may be; what most problems say leaves nothing."""

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from job.problems import kept_code, own
from job.problems.left_behind import surroundings

MODULE = """
import enum
import functools
import logging
import math
import re
from collections import namedtuple
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

import numpy as np
from numpy.random import default_rng

import other
from elsewhere import remember
from job import Data, Integer, Real

SPACE = [Real("rate", 1e-3, 1e-1, "log-uniform"), Integer("width", 2, 32)]
HERE, WORD, LOG = Path("x"), re.compile("[a-z]+"), logging.getLogger("x")
TABLE = np.arange(6.0).reshape(2, 3)
NAMES, COUNTS, Pair = ["a"], {"a": 1}, namedtuple("Pair", "one two")
GENERATOR = np.random.default_rng(0)
Texts = dict[str, list[str]] | None
scale = 1.0


class Kind(enum.Enum):
    ONE = 1


@dataclass
class Settings:
    words: list = field(default_factory=list)


class Normalizer:
    mean = None

    def __init__(self):
        self.fitted = Optional[int]

    @property
    def other(self):
        return self.fitted

    @staticmethod
    def helper(cache={}):
        return cache


class Secretive:
    def __getstate__(self):
        return {}


NORMALIZER, SETTINGS, BOUND = Normalizer(), Settings(), COUNTS.get


@functools.cache
def vocabulary():
    return ("a", "b")


def counted():
    seen = []

    def count():
        seen.append(1)

    return count


count = counted()
"""
LEFT = {
    "nothing": "",
    "random numbers alone": "np.random.rand(3); default_rng(0).random()",
    "a global name": "global scale; scale = 2.0",
    "a new global name": "global mean; mean = 3.0",
    "another function": "global vocabulary; vocabulary = lambda: ()",
    "a list": "NAMES.append('b')",
    "a dictionary": "COUNTS['b'] = 2",
    "an array": "TABLE[0, 0] = 7",
    "a generator": "GENERATOR.random()",
    "a class": "Normalizer.mean = 3",
    "an object": "NORMALIZER.fitted = 3",
    "what an object holds": "SETTINGS.words.append('a')",
    "a member of an enumeration": "Kind.ONE.note = 1",
    "an attribute of a function": "load_data.words = 3",
    "a default of a function": "Normalizer.helper().update(a=1)",
    "what a function is closed over": "count()",
    "a cache": "vocabulary()",
    "another module of the problem": "other.words.append('a')",
    "a module that lies elsewhere": "remember('a')",
    "a module that is imported now": "import later",
    "what does not tell what it holds": "global hider; hider = Secretive()",
    "what cannot be looked at": "global stream; stream = (each for each in NAMES)",
    "the environment": "import os; os.environ['HPO_LEFT'] = '1'",
    "the directory": "import os; os.chdir('/')",
    "a temporary file": "import tempfile; open(tempfile.gettempdir() + '/words.txt', 'w').close()",
}


@pytest.fixture(autouse=True)
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put back what the code under test changes."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    finders, modules = [*sys.meta_path], set(sys.modules)
    yield
    os.environ.pop("HPO_LEFT", None)
    sys.meta_path[:] = finders
    for name in {*sys.modules} - modules:
        if name == "elsewhere" or kept_code.is_kept(sys.modules[name]):
            del sys.modules[name]


@pytest.mark.parametrize("left", LEFT)
def test_what_is_left_behind_is_found_out(left: str, tmp_path: Path) -> None:
    file = tmp_path / "churn.py"
    file.write_text(f"{MODULE}\n\ndef load_data():\n    {LEFT[left] or 'pass'}\n")
    (tmp_path / "other.py").write_text("words = []\n")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "elsewhere.py").write_text("words = []\n\n\ndef remember(word):\n    words.append(word)\n")
    sys.path.append(str(tmp_path / "lib"))
    (tmp_path / "later.py").write_text("words = []\n")
    module = kept_code.run(own.read_sources(file))
    importlib.invalidate_caches()
    before = surroundings()
    assert surroundings().are_as(before)
    module.load_data()
    assert surroundings().are_as(before) is (left in ("nothing", "random numbers alone"))


def test_what_cannot_be_looked_at_may_have_changed(tmp_path: Path) -> None:
    file = tmp_path / "churn.py"
    file.write_text("stream = (each for each in 'ab')\n")
    kept_code.run(own.read_sources(file))
    before = surroundings()
    assert not surroundings().are_as(before)


def test_a_directory_that_is_gone_is_nothing_to_stumble_over(tmp_path: Path) -> None:
    before = surroundings()
    (tmp_path / "temporary").rmdir()
    assert not surroundings().are_as(before)
