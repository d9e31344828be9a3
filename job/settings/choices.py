"""Settings that are one of a few names, and how people write those: in any case, and in full too."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

import typer

from job.core.fingerprint import ADDITIVE_GP, NO_SURROGATE

Choice = TypeVar("Choice", bound=StrEnum)
# The settings that have a default for each surrogate, under the names of its properties.
GOING_WITH_SURROGATE = ("initial_points", "design")


class Design(StrEnum):
    """How points are chosen that no surrogate is asked for: each by chance, or such that all fill the space evenly."""

    RANDOM = "random"
    SOBOL = "sobol"


class Surrogate(StrEnum):
    """The model of the objective that proposals come from: ours, one of scikit-optimize's as it names it, or none."""

    ADDITIVE_GAUSSIAN_PROCESS = ADDITIVE_GP
    GAUSSIAN_PROCESS = "GP"
    RANDOM_FOREST = "RF"
    EXTRA_TREES = "ET"
    NONE = NO_SURROGATE

    @property
    def initial_points(self) -> int:
        """How many points of the design come before it, where a search begins and is not told."""
        return 5 if self is Surrogate.ADDITIVE_GAUSSIAN_PROCESS else 10

    @property
    def design(self) -> Design:
        """Which design these are of, where a search begins and is not told."""
        return Design.SOBOL if self is Surrogate.ADDITIVE_GAUSSIAN_PROCESS else Design.RANDOM


class Acquisition(StrEnum):
    """What a proposal maximizes on the surrogate, as scikit-optimize names it.

    Its `gp_hedge` is not among them: it keeps gains from one call to the next, and a proposal here depends on nothing
    but the trials.
    """

    EXPECTED_IMPROVEMENT = "EI"
    PROBABILITY_OF_IMPROVEMENT = "PI"
    LOWER_CONFIDENCE_BOUND = "LCB"


class LogFormat(StrEnum):
    """How a run shows what it does. `auto` is `live` in a terminal, and `lines` elsewhere."""

    AUTO = "auto"
    LIVE = "live"
    LINES = "lines"
    JSON = "json"


class IfLocked(StrEnum):
    """What a run does while another one holds the state directory: wait for it, exit 73, or exit 0."""

    WAIT = "wait"
    FAIL = "fail"
    SKIP = "skip"


class ProblemKind(StrEnum):
    """What a problem to begin from is about, as `hpo-job init` writes one."""

    TABLE = "table"
    REGRESSION = "regression"
    IMAGES = "images"
    TEXT = "text"


def choice(kind: type[Choice], *, also: Mapping[str, Choice] | None = None) -> dict[str, Any]:
    """Return what an option of `kind` is made with, such that it takes the values and the names of its members.

    `also` has names besides these. Case does not matter, and nor does which of `-`, `_` and a space parts words.
    """
    return {"parser": _reader(kind, also or {}), "metavar": f"[{'|'.join(kind)}]"}


def _reader(kind: type[Choice], also: Mapping[str, Choice]) -> Callable[[str], Choice]:
    names = {_plain(name): each for each in kind for name in (each.name, each.value)} | dict(also)

    def read(text: str) -> Choice:
        if (found := names.get(_plain(text))) is None:
            raise typer.BadParameter(f"expected one of {', '.join(kind)}, found {str(text)!r}")
        return found

    read.__name__ = kind.__name__.lower()
    return read


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(" ", "-")
