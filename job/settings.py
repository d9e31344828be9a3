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
from urllib.parse import urlsplit

import typer

from job.bounds import parse_bounds
from job.errors import SettingsError
from job.objective import parse_objective

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


class IfLocked(StrEnum):
    """What a run does while another one holds the state directory: wait for it, exit 73, or exit 0."""

    WAIT = "wait"
    FAIL = "fail"
    SKIP = "skip"


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
    download: Annotated[
        bool,
        _option("--download/--no-download", _SEARCH, "Whether a data set that is not there may be downloaded."),
    ] = True
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
    require_gpu: Annotated[
        bool, _option("--require-gpu", _TRAINING, "Exit 78 where TensorFlow finds no GPU, rather than train without.")
    ] = False
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
    if_locked: Annotated[
        IfLocked,
        _option("--if-locked", _ROBUSTNESS, "While another run holds the state: wait, exit 73, or exit 0 and skip."),
    ] = IfLocked.FAIL
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
    tensorboard: Annotated[
        bool, _option("--tensorboard/--no-tensorboard", _OUTPUT, "Whether each trial leaves logs for TensorBoard.")
    ] = True
    quiet: Annotated[
        bool, _option("--quiet", _OUTPUT, "Print nothing but one line when the run fails, as cron likes it.")
    ] = False
    ping_url: Annotated[
        str | None,
        _option(
            "--ping-url",
            _OUTPUT,
            "Dead man's switch: URL/start is asked for at the start, and URL/EXIT_CODE at the end.",
            metavar="URL",
        ),
    ] = None

    def check(self) -> None:
        """Raise SettingsError for what the type of an option does not show to be wrong."""
        parse_objective(self.objective)
        for text in self.bounds or ():
            parse_bounds(text)
        for name, value in vars(self).items():
            if isinstance(value, float) and not math.isfinite(value):
                raise SettingsError(f"--{name.replace('_', '-')}: expected a finite number, found {value}")
        if self.ping_url is not None:
            _check_url(self.ping_url)


def _check_url(text: str) -> None:
    try:
        url = urlsplit(text)
        if url.scheme in ("http", "https") and url.hostname:
            return
    except ValueError:
        pass
    raise SettingsError(f"--ping-url: expected an address such as https://example.org/ping/3f2a, found {text!r}")
