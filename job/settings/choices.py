"""Settings that are one of a few names, and how people write those: in any case, and in full too."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

import typer

from job.core.fingerprint import NO_SURROGATE

Choice = TypeVar("Choice", bound=StrEnum)


class Surrogate(StrEnum):
    """The model of the objective that proposals come from, as scikit-optimize names it, or none."""

    GAUSSIAN_PROCESS = "GP"
    RANDOM_FOREST = "RF"
    EXTRA_TREES = "ET"
    NONE = NO_SURROGATE


class Acquisition(StrEnum):
    """What a proposal maximizes on the surrogate, as scikit-optimize names it.

    Its `gp_hedge` is not among them: it keeps gains from one call to the next, and a proposal here depends on nothing
    but the trials.
    """

    EXPECTED_IMPROVEMENT = "EI"
    PROBABILITY_OF_IMPROVEMENT = "PI"
    LOWER_CONFIDENCE_BOUND = "LCB"


class Design(StrEnum):
    """How points are chosen that no surrogate is asked for: each by chance, or such that all fill the space evenly."""

    RANDOM = "random"
    SOBOL = "sobol"


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
