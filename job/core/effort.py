"""Effort: how many trials a confirmation trains again, and on how many seeds."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from job.errors import SettingsError

NO_CONFIRMATION = "none"
BY_EPOCHS = "auto"
_GIVEN = re.compile(r"([1-9]\d{0,2})\s*[x×]\s*([1-9]\d{0,2})", re.IGNORECASE)
_SHARE_OF_EPOCHS = 0.5  # of those that the search has trained
_MOST = 5  # candidates, and seeds, where none are given: more gain little
_FEWEST = 2  # trainings of which anything can be told
_FEWEST_SEEDS = 3  # worth choosing on: an interval over two is 18 deviations wide


@dataclass(frozen=True)
class Effort:
    """How many candidates are trained again, and on how many seeds: so many on average choose, and so many measure."""

    candidates: int
    seeds: int

    @property
    def rounds(self) -> Iterator[tuple[int, int]]:
        """Yield of each round how many candidates are left, and on how many more seeds each of them is trained."""
        n_rounds, left = math.ceil(math.log2(self.candidates)), self.candidates
        while left > 1:
            yield left, max(self.candidates * self.seeds // (left * n_rounds), 1)
            left = math.ceil(left / 2)

    @property
    def trainings(self) -> int:
        """How many trainings it takes, with those that measure."""
        return sum(left * seeds for left, seeds in self.rounds) + self.seeds


def parse_confirm(text: str) -> str:
    """Read `none`, `auto`, or candidates and seeds such as `5x5`, and return it as the others are written."""
    plain = text.strip().lower()
    if plain in (NO_CONFIRMATION, BY_EPOCHS):
        return plain
    if (given := _GIVEN.fullmatch(plain)) is None:
        raise SettingsError(
            f"--confirm: expected none, auto, or numbers of candidates and of seeds such as 5x5, found {text!r}"
        )
    return f"{given[1]}x{given[2]}"


def effort_of(confirm: str, *, completed: int, trainings: float) -> Effort | None:
    """Return the effort that `confirm` means after so many trials have completed; None for no confirmation.

    `trainings` are those that the search amounts to, to their full epochs.
    """
    if not completed or confirm == NO_CONFIRMATION:
        return None
    if given := _GIVEN.fullmatch(confirm):
        return Effort(min(int(given[1]), completed), int(given[2]))
    most = int(trainings * _SHARE_OF_EPOCHS)
    if most < _FEWEST:
        return None
    seeds = range(_FEWEST_SEEDS, _MOST + 1)
    efforts = (Effort(*each) for each in product(range(2, min(_MOST, completed) + 1), seeds))
    enough = (each for each in efforts if each.trainings <= most)
    # Of simulated confirmations those with the most trainings chose best, of equal ones those with more seeds.
    return max(enough, key=lambda each: (each.trainings, each.seeds), default=Effort(1, min(most, _MOST)))
