"""Every setting of a search once: its name, default, check, environment variable and help.

The fields of `Settings` are the options of `hpo-job search`, in the order and the groups of its help. The command line
wins over the environment, and that over the file given with `--config`.
"""

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from job.errors import SettingsError
from job.objective import parse_objective
from job.space import Categorical, Dimension, Integer, Real, Space

PREFIX = "HPO_JOB_"
DEFAULT_STATE = Path("state")

_SEARCH = "What to search"
_BUDGET = "How long"
_PROPOSALS = "Proposals"
_TRAINING = "Training"
_ROBUSTNESS = "Interruptions and failures"
_OUTPUT = "Output"


class Surrogate(StrEnum):
    """The model of the objective that proposals come from, as scikit-optimize names it."""

    GAUSSIAN_PROCESS = "GP"
    RANDOM_FOREST = "RF"
    EXTRA_TREES = "ET"


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


_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> float:
    """Return the seconds of a duration such as `90`, `50m` or `1h30m`; raise BadParameter for anything else."""
    number = r"\d+(?:\.\d+)?"
    if re.fullmatch(number, text):
        return float(text)
    if not re.fullmatch(f"(?:{number}[smhd])+", text):
        raise typer.BadParameter(f"expected a duration such as 90, 50m or 1h30m, found {text!r}")
    return sum(float(amount) * _UNIT_SECONDS[unit] for amount, unit in re.findall(f"({number})([smhd])", text))


def _option(name: str, panel: str, text: str, **extra: Any) -> object:
    variable = PREFIX + name.removeprefix("--").split("/")[0].replace("-", "_").upper()
    extra = {"show_envvar": False, "readable": False, **extra}  # what cannot be read is told by whoever reads it
    return typer.Option(name, envvar=variable, rich_help_panel=panel, help=text, **extra)


StateOption = Annotated[Path, _option("--state", _SEARCH, "Directory that the search lives in.", metavar="DIR")]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What one run of `hpo-job search` was told."""

    problem: Annotated[str, _option("--problem", _SEARCH, "mnist, digits or fashion-mnist.", metavar="NAME")] = "mnist"
    state: StateOption = DEFAULT_STATE
    data_dir: Annotated[
        Path | None,
        _option(
            "--data-dir",
            _SEARCH,
            "Directory with the data set; without it, Keras's cache or a download.",
            metavar="DIR",
        ),
    ] = None
    objective: Annotated[
        str,
        _option("--objective", _SEARCH, "Metric to optimize, as METRIC, METRIC:max or METRIC:min.", metavar="METRIC"),
    ] = "val_accuracy"
    bounds: Annotated[
        list[str] | None,
        _option(
            "--bounds", _SEARCH, "Search this dimension within other bounds; may be repeated.", metavar="NAME=LOW:HIGH"
        ),
    ] = None
    seed: Annotated[int, _option("--seed", _SEARCH, "Every random choice comes from it.", min=0, metavar="N")] = 0
    warm_start: Annotated[
        bool,
        _option(
            "--warm-start",
            _SEARCH,
            "Go on from the result.joblib in an otherwise empty state directory. Reading one can run code: "
            "give this only if you trust its author.",
        ),
    ] = False

    trials: Annotated[int, _option("--trials", _BUDGET, "Trials to complete, over all runs.", min=1, metavar="N")] = 40
    max_hours: Annotated[
        float | None, _option("--max-hours", _BUDGET, "Hours of training, over all runs.", min=0, metavar="HOURS")
    ] = None
    patience: Annotated[
        int | None,
        _option("--patience", _BUDGET, "End the search after so many trials without gain.", min=1, metavar="N"),
    ] = None
    run_for: Annotated[
        float | None,
        _option(
            "--run-for",
            _BUDGET,
            "Stop this run after a time such as 50m or 1h30m, and exit 75; the next one goes on.",
            parser=parse_duration,
            metavar="DURATION",
        ),
    ] = None

    initial_points: Annotated[
        int, _option("--initial-points", _PROPOSALS, "Random trials before the surrogate is asked.", min=1, metavar="N")
    ] = 10
    surrogate: Annotated[
        Surrogate, _option("--surrogate", _PROPOSALS, "Gaussian process, random forest or extra trees.")
    ] = Surrogate.GAUSSIAN_PROCESS
    acquisition: Annotated[
        Acquisition,
        _option("--acquisition", _PROPOSALS, "Expected improvement, probability of improvement or confidence bound."),
    ] = Acquisition.EXPECTED_IMPROVEMENT

    epochs: Annotated[
        int | None,
        _option("--epochs", _TRAINING, "Epochs of each trial; without it, the problem's.", min=1, metavar="N"),
    ] = None
    batch_size: Annotated[
        int | None,
        _option("--batch-size", _TRAINING, "Images in a batch; without it, the problem's.", min=1, metavar="N"),
    ] = None
    deterministic: Annotated[
        bool,
        _option(
            "--deterministic/--no-deterministic",
            _TRAINING,
            "Deterministic operations: an interrupted trial ends in the very weights of an unbroken one.",
        ),
    ] = True
    in_process: Annotated[
        bool, _option("--in-process", _TRAINING, "Train in this process instead of one for each trial; for debuggers.")
    ] = False

    checkpoint_seconds: Annotated[
        float,
        _option(
            "--checkpoint-seconds",
            _ROBUSTNESS,
            "Training that a kill may undo, within an epoch.",
            min=0,
            metavar="SECONDS",
        ),
    ] = 60.0
    grace_seconds: Annotated[
        float,
        _option(
            "--grace-seconds", _ROBUSTNESS, "Time to be gone in, after SIGTERM or SIGINT.", min=1, metavar="SECONDS"
        ),
    ] = 10.0
    trial_timeout: Annotated[
        float | None,
        _option(
            "--trial-timeout",
            _ROBUSTNESS,
            "Give a trial up after a time such as 20m, over all its attempts.",
            parser=parse_duration,
            metavar="DURATION",
        ),
    ] = None
    max_attempts: Annotated[
        int,
        _option(
            "--max-attempts", _ROBUSTNESS, "Give a trial up after so many starts that got nowhere.", min=1, metavar="N"
        ),
    ] = 5
    max_failures: Annotated[
        int, _option("--max-failures", _ROBUSTNESS, "Exit 70 after so many failed trials in a row.", min=1, metavar="N")
    ] = 5

    log_format: Annotated[
        LogFormat, _option("--log-format", _OUTPUT, "Live display, a line an event, or JSON lines.")
    ] = LogFormat.AUTO

    def check(self) -> None:
        """Raise SettingsError for what the type of an option does not show to be wrong."""
        parse_objective(self.objective)
        for text in self.bounds or ():
            parse_bounds(text)
        for name, value in vars(self).items():
            if isinstance(value, float) and not math.isfinite(value):
                raise SettingsError(f"--{name.replace('_', '-')}: expected a finite number, found {value}")


def parse_bounds(text: str) -> tuple[str, float, float]:
    """Read `NAME=LOW:HIGH`."""
    match = re.fullmatch(r"\s*(\w+)\s*=\s*([^:]+):([^:]+)", text)
    try:
        if match:
            return match[1], float(match[2]), float(match[3])
    except ValueError:
        pass
    raise SettingsError(f"--bounds: expected NAME=LOW:HIGH such as learning_rate=1e-5:1e-3, found {text!r}")


def with_bounds(space: Space, bounds: list[str] | None) -> Space:
    """Return `space` with some dimensions' bounds replaced, each given as `NAME=LOW:HIGH`."""
    parsed = [parse_bounds(text) for text in bounds or ()]
    given = {name: (low, high) for name, low, high in parsed}
    if len(given) < len(parsed):
        raise SettingsError(f"--bounds: expected each dimension once, found {', '.join(name for name, *_ in parsed)}")
    if unknown := set(given) - set(space.names):
        raise SettingsError(
            f"--bounds: the problem has no dimension {', '.join(sorted(unknown))}",
            hint=f"its dimensions are {', '.join(space.names)}",
        )
    return Space(tuple(_bounded(each, *given[each.name]) if each.name in given else each for each in space.dimensions))


def _bounded(dimension: Dimension, low: float, high: float) -> Dimension:
    match dimension:
        case Categorical():
            raise SettingsError(f"--bounds: {dimension.name} has categories and no bounds")
        case Integer():
            if not (low.is_integer() and high.is_integer()):
                raise SettingsError(f"--bounds: {dimension.name} takes whole numbers, found {low} and {high}")
            return Integer(dimension.name, int(low), int(high), dimension.prior)
        case Real():
            return Real(dimension.name, low, high, dimension.prior)
