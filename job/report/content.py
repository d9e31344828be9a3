"""The content of a report as plain data: report.json holds it, and every other form of the report is drawn from it."""

from typing import TYPE_CHECKING, TypedDict

from job.objective import Direction
from job.report.evaluation import ClassSummary, IntervalSummary, SelectionSummary
from job.space import Prior, Value

if TYPE_CHECKING:
    from job.report.importance import ImportanceSummary


class ObjectiveSummary(TypedDict):
    metric: str
    direction: Direction


class BestSummary(TypedDict):
    """The completed trial with the best score; imported ones do not count, because there is no model of them."""

    number: int
    params: dict[str, Value]
    score: float | None
    interval: IntervalSummary | None  # of a score that is a share of the validation images
    weights: int | None


class TestedSummary(TypedDict):
    """What the best trial's model gave on the test set; None where the model does not report a metric."""

    number: int
    accuracy: float | None
    loss: float | None
    metrics: dict[str, float | None]
    interval: IntervalSummary | None  # of the accuracy
    classes: list[ClassSummary]  # empty where it is not known what the model takes for which
    confusion: list[list[int]] | None


class TrialSummary(TypedDict):
    """One trial; `rank` is None without a score, and a value of `curve` where training gave no finite number."""

    rank: int | None
    number: int
    params: dict[str, Value]
    status: str
    score: float | None
    curve: list[float | None]
    epochs: int
    seconds: float
    attempts: int
    reason: str
    log_tail: str
    started: str | None
    ended: str | None


class DimensionSummary(TypedDict):
    """One dimension, of the kind real, integer or categorical; that has `categories`, the others bounds and a prior."""

    name: str
    kind: str
    low: float | None
    high: float | None
    prior: Prior | None
    categories: list[Value] | None
    description: str


class SettingsSummary(TypedDict):
    """What decides the trials, besides the problem, the space and the objective."""

    default: dict[str, Value]
    epochs: int
    batch_size: int
    seed: int
    surrogate: str
    acquisition: str
    initial_points: int
    deterministic: bool
    data: str


class TotalsSummary(TypedDict):
    """How many trials ended in which way, and what they cost."""

    trials: int
    completed: int
    failed: int
    imported: int
    running: int
    epochs: int
    training_seconds: float


class SessionSummary(TypedDict):
    """One run; `ended` is "finished", "interrupted", or empty while it runs or when it was killed."""

    started: str | None
    last_saved: str | None
    ended: str
    device: str


class DataSummary(TypedDict):
    """How many images there are for what, their shape (height, width, channels), and the names of their classes."""

    train: int
    validation: int
    test: int
    image_shape: list[int]
    class_names: list[str]


class TimeSummary(TypedDict):
    """Seconds of all runs by what they were spent on, and epochs trained, some of them again after interruptions."""

    seconds: dict[str, float]
    epochs: int
    epochs_again: int


class EnvironmentSummary(TypedDict):
    """With what the last run was made; `devices` are those of all runs, without repetition."""

    versions: dict[str, str]
    devices: list[str]


class Summary(TypedDict):
    """Everything that a report tells; times are ISO 8601 in UTC, and no number is NaN or infinite."""

    problem: str
    objective: ObjectiveSummary
    best: BestSummary | None
    test: TestedSummary | None
    trials: list[TrialSummary]
    space: list[DimensionSummary]
    settings: SettingsSummary
    budgets: dict[str, float | None]
    totals: TotalsSummary
    interruptions: int
    sessions: list[SessionSummary]
    data: DataSummary | None
    selection: SelectionSummary | None
    time: TimeSummary
    environment: EnvironmentSummary
    command: str  # that searches the same again
    importance: "ImportanceSummary | None"  # None where it has not been found out
