"""Every setting of a search once: its name, default, check, environment variable and help, and what it decides.

The fields of `Settings`, but for `given`, are the options of `hpo-job search`, in the order and the groups of its help.
The command line wins over the environment, and that over the file given with `--config`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, get_args, get_type_hints
from urllib.parse import urlsplit

from job.address import StatePlace
from job.core.effort import BY_EPOCHS, parse_confirm
from job.core.given_space import SPACE_OPTIONS, name_in
from job.core.objective import parse_objective
from job.core.problem import SMALLEST_IMAGE_SIZE
from job.core.trial import Keep
from job.errors import SettingsError
from job.paths import parse_search, parse_source, parse_state
from job.settings.addresses import parse_scheduler
from job.settings.choices import Acquisition, Design, IfLocked, LogFormat, Surrogate, choice
from job.settings.durations import parse_duration
from job.settings.memory import parse_mebibytes
from job.settings.option import Decides, option
from job.settings.rungs import check_rungs
from job.settings.scores import parse_score
from job.settings.workers import AUTO, parse_workers
from job.words import is_share

DEFAULT_STATE: StatePlace = Path("state")
SEARCH_PANEL = "The search"
# Whole numbers are passed on as 64-bit ones; no clock can wait for more seconds than these, which are 31 years.
_MOST_THREADS = 4096  # more than any machine has cores, and few enough to start
_MOST_VIRTUAL_WORKERS = 1024  # twice the real ones, at most
_LARGEST: Mapping[type, float] = {bool: 1, int: 2**63 - 1, float: 1e9}

_BUDGET = "How long"
_PROPOSALS = "Proposals"
_TRAINING = "Training"
_WORKERS = "Trials at a time"
_ROBUSTNESS = "Interruptions and failures"
_OUTPUT = "Output"

# Those that other commands take too.
StateOption = Annotated[
    StatePlace,
    option(
        "--state",
        SEARCH_PANEL,
        "Directory that the search lives in, or its address in an object store, such as s3://BUCKET/PREFIX (gs://…, "
        "az://…).",
        metavar="PLACE",
        parser=parse_state,
    ),
    Decides.NOTHING,
]
DownloadOption = Annotated[
    bool,
    option("--download/--no-download", SEARCH_PANEL, "Whether a data set that is not there may be downloaded."),
    Decides.NOTHING,
]
StrictOption = Annotated[
    bool,
    option("--strict", SEARCH_PANEL, "Refuse data that cannot all be read, rather than leave the rest out."),
    Decides.OUTCOME,
]
RequireGpuOption = Annotated[
    bool, option("--require-gpu", _TRAINING, "Exit 78 where TensorFlow finds no GPU."), Decides.NOTHING
]

GraceOption = Annotated[
    float,
    option("--grace-seconds", _ROBUSTNESS, "Time to be gone in, after SIGTERM or SIGINT.", min=1, metavar="SECONDS"),
    Decides.NOTHING,
]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What one run of `hpo-job search` was told, and defaults for the rest.

    What is given may not differ from the state in what decides the trials. What is not given takes the state's value
    there, and so do limits.
    """

    problem: Annotated[
        str,
        option(
            "--problem",
            SEARCH_PANEL,
            "mnist, digits, fashion-mnist, images or table; or your own: a file such as churn.py, or a module.",
            metavar="NAME",
        ),
        Decides.TRIALS,
    ] = "mnist"
    state: StateOption = DEFAULT_STATE
    data: Annotated[
        Path | None,
        option(
            "--data",
            SEARCH_PANEL,
            "File or folder with the data, as the problem reads them; without it, wherever the problem looks: "
            "Keras's cache or a download for a built-in one.",
            metavar="PATH",
            parser=parse_source,
        ),
        Decides.OUTCOME,
    ] = None
    download: DownloadOption = True
    image_size: Annotated[
        int | None,
        option(
            "--image-size",
            SEARCH_PANEL,
            "Pixels of each side of a folder's pictures; without it, of the median one's shorter side, at most 64.",
            min=SMALLEST_IMAGE_SIZE,
            metavar="N",
        ),
        Decides.TRIALS,
    ] = None
    label_column: Annotated[
        str | None,
        option("--label-column", SEARCH_PANEL, "Column of a table that is to be told by the others.", metavar="NAME"),
        Decides.TRIALS,
    ] = None
    strict: StrictOption = False
    objective: Annotated[
        str,
        option(
            "--objective", SEARCH_PANEL, "Metric to optimize, as METRIC, METRIC:max or METRIC:min.", metavar="METRIC"
        ),
        Decides.TRIALS,
    ] = "val_accuracy"
    space: Annotated[
        str | None,
        option(
            "--space",
            SEARCH_PANEL,
            "Search another of the problem's spaces, such as wide, by its name.",
            metavar="NAME",
        ),
        Decides.TRIALS,
    ] = None
    bounds: Annotated[
        list[str] | None,
        option(
            "--bounds",
            SEARCH_PANEL,
            "Search this dimension within other bounds, on a logarithmic or a linear scale; may be repeated.",
            metavar="NAME=LOW:HIGH[:log|:linear]",
        ),
        Decides.TRIALS,
    ] = None
    choices: Annotated[
        list[str] | None,
        option(
            "--choices",
            SEARCH_PANEL,
            "Search these values of a dimension alone, of a number in their order; may be repeated.",
            metavar="NAME=VALUE,VALUE",
        ),
        Decides.TRIALS,
    ] = None
    fix: Annotated[
        list[str] | None,
        option("--fix", SEARCH_PANEL, "Give this dimension one value; may be repeated.", metavar="NAME=VALUE"),
        Decides.TRIALS,
    ] = None
    seed: Annotated[
        int, option("--seed", SEARCH_PANEL, "Every random choice comes from it.", min=0, metavar="N"), Decides.TRIALS
    ] = 0
    begin_from: Annotated[
        StatePlace | None,
        option(
            "--begin-from",
            SEARCH_PANEL,
            "Begin with what another search has scored, where it fits: its state directory or its address in an object "
            "store, the trials.csv of its report, or a result.joblib. Reading the last can run code: name one only if "
            "you trust its author.",
            metavar="PLACE",
            parser=parse_search,
        ),
        Decides.OUTCOME,
    ] = None
    begin_again: Annotated[
        bool,
        option(
            "--begin-again",
            SEARCH_PANEL,
            "Where the state is of a search with other settings or another problem: move it to before-1/ there, and "
            "begin with the scores of its trials.",
        ),
        Decides.NOTHING,
    ] = False

    trials: Annotated[
        int, option("--trials", _BUDGET, "Trials to complete, over all runs.", min=1, metavar="N"), Decides.OUTCOME
    ] = 40
    confirm: Annotated[
        str,
        option(
            "--confirm",
            _BUDGET,
            "How many of the best trials are trained again after the search, and on how many seeds, such as 5x5, so "
            "that what the report states is no lucky draw; auto, at most half of the epochs of the search; or none.",
            metavar="[auto|none|NxN]",
        ),
        Decides.OUTCOME,
    ] = BY_EPOCHS
    max_hours: Annotated[
        float | None,
        option("--max-hours", _BUDGET, "Hours of training, over all runs.", min=0, metavar="HOURS"),
        Decides.OUTCOME,
    ] = None
    patience: Annotated[
        int | None,
        option("--patience", _BUDGET, "End the search after so many trials without gain.", min=1, metavar="N"),
        Decides.OUTCOME,
    ] = None
    target: Annotated[
        float | None,
        option(
            "--target",
            _BUDGET,
            "End the search with a score that reaches this, such as 99.2%; of the objective, in its natural units.",
            parser=parse_score,
            metavar="SCORE",
        ),
        Decides.OUTCOME,
    ] = None
    run_for: Annotated[
        float | None,
        option(
            "--run-for",
            _BUDGET,
            "Stop this run after a time such as 50m or 1h30m, and exit 75; the next one goes on.",
            parser=parse_duration,
            metavar="DURATION",
        ),
        Decides.NOTHING,
    ] = None

    initial_points: Annotated[
        int | None,
        option(
            "--initial-points",
            _PROPOSALS,
            "Trials of the design before the surrogate is asked; without it, 5 with additive-gp and 10 with another.",
            min=1,
            metavar="N",
        ),
        Decides.TRIALS,
    ] = None
    design: Annotated[
        Design | None,
        option(
            "--design",
            _PROPOSALS,
            "What is tried without a surrogate: random points, or those of a scrambled Sobol sequence; without it, "
            "sobol with additive-gp and random with another.",
            **choice(Design),
        ),
        Decides.TRIALS,
    ] = None
    surrogate: Annotated[
        Surrogate,
        option(
            "--surrogate",
            _PROPOSALS,
            "additive-gp: a Gaussian process with an effect of each dimension and one of all together; GP, RF, ET: "
            "scikit-optimize's Gaussian process, random forest and extra trees; none: all points are of the design, "
            "whatever the acquisition and the initial points.",
            **choice(Surrogate, also={"forest": Surrogate.RANDOM_FOREST}),
        ),
        Decides.TRIALS,
    ] = Surrogate.ADDITIVE_GAUSSIAN_PROCESS
    acquisition: Annotated[
        Acquisition,
        option(
            "--acquisition",
            _PROPOSALS,
            "Expected improvement, probability of improvement or lower confidence bound.",
            **choice(Acquisition),
        ),
        Decides.TRIALS,
    ] = Acquisition.EXPECTED_IMPROVEMENT

    epochs: Annotated[
        int | None,
        option("--epochs", _TRAINING, "Epochs of each trial; without it, the problem's.", min=1, metavar="N"),
        Decides.TRIALS,
    ] = None
    batch_size: Annotated[
        int | None,
        option("--batch-size", _TRAINING, "Examples in a batch; without it, the problem's.", min=1, metavar="N"),
        Decides.TRIALS,
    ] = None
    rungs: Annotated[
        str,
        option(
            "--rungs",
            _TRAINING,
            "Epochs after which a trial stops that is not worth going on with, such as 0.3,1,3; auto, each a third of "
            "the one above; or none, where all trials are trained to their ends.",
            metavar="[auto|none|N,N]",
        ),
        Decides.TRIALS,
    ] = AUTO
    deterministic: Annotated[
        bool,
        option(
            "--deterministic/--no-deterministic",
            _TRAINING,
            "Deterministic operations: an interrupted trial ends in the very weights of an unbroken one.",
        ),
        Decides.TRIALS,
    ] = True
    threads: Annotated[
        int | None,
        option(
            "--threads",
            _TRAINING,
            "Threads of TensorFlow, which decide the last bits; without it, one for each core that a search begins on, "
            "shared out among its workers.",
            min=1,
            max=_MOST_THREADS,
            metavar="N",
        ),
        Decides.TRIALS,
    ] = None
    keep: Annotated[
        Keep,
        option(
            "--keep",
            _TRAINING,
            "Weights and score of a trial: those at the end of its training, or of its best epoch.",
            **choice(Keep),
        ),
        Decides.TRIALS,
    ] = Keep.LAST
    require_gpu: RequireGpuOption = False
    in_process: Annotated[
        bool,
        option("--in-process", _TRAINING, "Train in this process instead of one for each trial; for debuggers."),
        Decides.NOTHING,
    ] = False

    workers: Annotated[
        int | None,
        option(
            "--workers",
            _WORKERS,
            "Trials that train at a time, each in a process of its own; auto: as many as the machine has room for. "
            "They decide nothing, and a later run may have others.",
            parser=parse_workers,
            metavar="[N|auto]",
        ),
        Decides.NOTHING,
    ] = 1  # None: auto
    listen: Annotated[
        str | None,
        option(
            "--listen",
            _WORKERS,
            "Train on the machines whose hpo-job worker comes to this address, such as tcp://0.0.0.0:8786, and not on "
            "this one. Whoever reaches it can run code here and there.",
            parser=parse_scheduler,
            metavar="ADDRESS",
        ),
        Decides.NOTHING,
    ] = None
    cluster: Annotated[
        str | None,
        option(
            "--cluster",
            _WORKERS,
            "Train on the workers of a Dask cluster, whose scheduler is at this address, such as tcp://HOST:8786.",
            parser=parse_scheduler,
            metavar="ADDRESS",
        ),
        Decides.NOTHING,
    ] = None
    lookahead: Annotated[
        int | None,
        option(
            "--lookahead",
            _WORKERS,
            "Trials that are planned without knowing of each other, and so may train at a time; without it, where a "
            "search begins, 1 with one worker, twice the workers with several, and 8 on a cluster.",
            min=1,
            max=_MOST_VIRTUAL_WORKERS,
            metavar="N",
        ),
        Decides.TRIALS,
    ] = None
    trials_per_gpu: Annotated[
        int,
        option(
            "--trials-per-gpu",
            _WORKERS,
            "Trials that share a GPU; with more than one, --gpu-memory says what each may take.",
            min=1,
            metavar="N",
        ),
        Decides.NOTHING,
    ] = 1
    gpu_memory: Annotated[
        int | None,
        option(
            "--gpu-memory",
            _WORKERS,
            "Memory that a trial takes of its GPU, in MiB or as 8g, which may decide the last bits; without it, as "
            "much as it needs.",
            parser=parse_mebibytes,
            metavar="MEMORY",
        ),
        Decides.TRIALS,
    ] = None

    checkpoint_seconds: Annotated[
        float,
        option(
            "--checkpoint-seconds",
            _ROBUSTNESS,
            "Training that a kill may undo, within an epoch.",
            min=0,
            metavar="SECONDS",
        ),
        Decides.NOTHING,
    ] = 60.0
    grace_seconds: GraceOption = 10.0
    keep_paused: Annotated[
        int,
        option(
            "--keep-paused",
            _ROBUSTNESS,
            "Checkpoints of stopped trials that are kept, the most promising ones; others are trained again if need "
            "be, to the same bits.",
            min=0,
            metavar="N",
        ),
        Decides.NOTHING,
    ] = 10
    if_locked: Annotated[
        IfLocked,
        option(
            "--if-locked",
            _ROBUSTNESS,
            "While another run holds the state: wait, exit 73, or exit 0 and skip.",
            **choice(IfLocked),
        ),
        Decides.NOTHING,
    ] = IfLocked.FAIL
    trial_timeout: Annotated[
        float | None,
        option(
            "--trial-timeout",
            _ROBUSTNESS,
            "Give a trial up after a time such as 20m, over all its attempts.",
            parser=parse_duration,
            metavar="DURATION",
        ),
        Decides.OUTCOME,
    ] = None
    max_attempts: Annotated[
        int,
        option(
            "--max-attempts", _ROBUSTNESS, "Give a trial up after so many starts that got nowhere.", min=1, metavar="N"
        ),
        Decides.OUTCOME,
    ] = 5
    max_failures: Annotated[
        int,
        option("--max-failures", _ROBUSTNESS, "Exit 70 after so many failed trials in a row.", min=1, metavar="N"),
        Decides.OUTCOME,
    ] = 5

    log_format: Annotated[
        LogFormat,
        option(
            "--log-format",
            _OUTPUT,
            "Live display, a line an event, or JSON lines; these go to standard output.",
            **choice(LogFormat),
        ),
        Decides.NOTHING,
    ] = LogFormat.AUTO
    tensorboard: Annotated[
        bool,
        option("--tensorboard/--no-tensorboard", _OUTPUT, "Whether each trial leaves logs for TensorBoard."),
        Decides.NOTHING,
    ] = True
    quiet: Annotated[
        bool,
        option("--quiet", _OUTPUT, "Print nothing but one line when the run fails, as cron likes it."),
        Decides.NOTHING,
    ] = False
    ping_url: Annotated[
        str | None,
        option(
            "--ping-url",
            _OUTPUT,
            "Dead man's switch: URL/start is asked for at the start, and URL/EXIT_CODE at the end.",
            metavar="URL",
        ),
        Decides.NOTHING,
    ] = None

    # The names of the options that the command line, the environment or a settings file has a value for. None, as in a
    # call from Python: those whose values are not the defaults.
    given: frozenset[str] | None = field(default=None, compare=False)

    def is_given(self, name: str) -> bool:
        """Tell whether the user gave this option, rather than its default."""
        if self.given is not None:
            return name in self.given
        return bool(getattr(self, name) != getattr(Settings, name))

    @property
    def is_on_cluster(self) -> bool:
        """Whether trials train on other machines."""
        return self.listen is not None or self.cluster is not None

    def check(self) -> None:
        """Raise SettingsError for what the type of an option does not show to be wrong."""
        parse_objective(self.objective)
        check_rungs(self.rungs)
        parse_confirm(self.confirm)
        for name in SPACE_OPTIONS:
            for text in getattr(self, name) or ():
                name_in(name, text)
        for name, value in vars(self).items():
            if isinstance(value, float) and not math.isfinite(value):
                raise SettingsError(f"{_flag(name)}: expected a finite number, found {value}")
            if isinstance(value, float | int) and value > (limit := _LARGEST[type(value)]):
                raise SettingsError(f"{_flag(name)}: expected at most {int(limit):,}, found {value}")
            if isinstance(value, str) and not value.isprintable():
                raise SettingsError(f"{_flag(name)}: expected text that can be printed, found {value!a}")
        self._check_workers()
        if self.begin_again and self.begin_from is not None:
            raise SettingsError(
                "--begin-again: expected one of --begin-again and --begin-from, found both",
                hint="with --begin-again a search begins from the one in its own state directory",
            )
        if self.ping_url is not None:
            _check_url(self.ping_url)

    def _check_workers(self) -> None:
        """Raise SettingsError for places to train at that exclude each other."""
        if self.in_process and self.workers != 1:
            raise SettingsError(
                f"--in-process: expected one worker, found --workers {self.workers or AUTO}",
                hint="leave one of them out: in this process trials train one at a time",
            )
        if self.listen is not None and self.cluster is not None:
            raise SettingsError(
                "--listen: expected one of --listen and --cluster, found both",
                hint="with --listen the workers come to this run, with --cluster they are a scheduler's elsewhere",
            )
        if self.in_process and self.is_on_cluster:
            raise SettingsError(
                f"--in-process: expected neither --listen nor --cluster, found {self.listen or self.cluster}",
                hint="leave one of them out: on a cluster trials train on other machines",
            )

    def check_target(self) -> None:
        """Raise SettingsError for a target that the objective in force cannot have: a share above 1."""
        metric = parse_objective(self.objective).metric
        if self.target is not None and self.target > 1 and is_share(metric):
            raise SettingsError(
                f"--target: expected a share from 0 to 1 for {metric}, found {self.target:g}",
                hint=f"write {self.target:g}% for a percentage",
            )


def option_names() -> tuple[str, ...]:
    """Return the names of all settings that are options, in their order."""
    return settings_deciding(*Decides)


def settings_deciding(*what: Decides) -> tuple[str, ...]:
    """Return the names of the settings that decide this, in their order."""
    hints = get_type_hints(Settings, include_extras=True)
    return tuple(each.name for each in fields(Settings) if any(kind in what for kind in get_args(hints[each.name])))


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _check_url(text: str) -> None:
    try:
        url = urlsplit(text)
        if url.scheme in ("http", "https") and url.hostname:
            return
    except ValueError:
        pass
    raise SettingsError(f"--ping-url: expected an address such as https://example.org/ping/3f2a, found {text!r}")
