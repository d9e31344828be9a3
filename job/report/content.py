"""The content of a report as plain data: report.json holds it, and every other form of the report is drawn from it."""

from typing import Literal, TypedDict

from job.core.objective import Direction
from job.core.space import DimensionSummary, Value
from job.report.confirmation.content import ConfirmationSummary
from job.report.evaluation import IntervalSummary
from job.report.tested import TestedSummary


class ObjectiveSummary(TypedDict):
    """What is optimized; `is_share` tells whether all that is known of it are shares, to be written in percent."""

    metric: str
    direction: Direction
    is_share: bool


class BestSummary(TypedDict):
    """The trial that a confirmation has found to be the best, or else the completed one with the best score.

    Those scored elsewhere do not count, as there is no model of them. `score` is that of the search: what is confirmed
    is in the confirmation.
    """

    number: int
    params: dict[str, Value]
    score: float | None
    interval: IntervalSummary | None  # of a score that is a share of the validation examples
    weights: int | None


class AttemptSummary(TypedDict):
    """A start of a trial by the run of this number, and how it ended: `how` is None where nothing was heard of that."""

    run: int
    started: str | None
    ended: str | None
    how: str | None
    reason: str


class PredictionSummary(TypedDict):
    """What the surrogate expects of a point, in the objective's units: its score, with a standard deviation."""

    score: float
    deviation: float


class ExpectationSummary(PredictionSummary):
    """What the surrogate expected of a trial when it was proposed, with the improvement on the best that it believed to
    have by then, in the objective's units, and the chance of any.
    """

    improvement: float
    chance: float


class RungScoreSummary(TypedDict):
    """What a trial had at a rung, after so many epochs."""

    epochs: float
    score: float | None


class TrialSummary(TypedDict):
    """One trial; `rank` is None without a score, and a value of `curve` where training gave no finite number.

    `origin` tells where its point comes from, `made_for` is a `MadeFor`, `expected` None where no surrogate chose the
    point or no expectation is recorded, and `attempts` how often it was started since it last got on, and `starts`
    all that ever happened to it.
    `log` is the file of what it printed, below the state directory; None for a trial that has not been started here.
    One that has stopped early did so at the last of its `rungs`.
    """

    rank: int | None
    number: int
    params: dict[str, Value]
    origin: str
    made_for: str
    expected: ExpectationSummary | None
    status: str
    score: float | None
    curve: list[float | None]
    rungs: list[RungScoreSummary]
    epochs: int
    seconds: float
    attempts: int
    starts: list[AttemptSummary]
    reason: str
    log_tail: str
    log: str | None
    started: str | None
    ended: str | None


class ExpectationsSummary(TypedDict):
    """Of how many `scores` something had been expected, and how many of them came within two deviations of that."""

    scores: int
    within_two_deviations: int


class ContenderSummary(TypedDict):
    """The completed trial that the surrogate trusts most, which may be the best one; what it expects of both now."""

    number: int
    expected: PredictionSummary
    expected_of_best: PredictionSummary


class OutlookSummary(TypedDict):
    """What as many more `trials` as were tried are expected to gain at most, in the objective's units.

    `most_gain` is by how much the confirmed trial is expected to be beaten by the best of all points, which no trials
    tell for certain. It is no more than `deviation`, by which scores differ over seeds: the standard deviation of the
    replicates of each candidate, pooled, with so many degrees of `freedom`.
    """

    trials: int
    most_gain: float
    deviation: float
    freedom: int


class SelectionSummary(TypedDict):
    """How the best trial stands among the `trials` that have completed, itself among them.

    `rivals` are the numbers of the others that are not told from it: where `paired`, by an exact test on the validation
    examples that each gets right, else by its interval. `corrected` is the share of other examples that its model may
    be expected to get right: its score without what being chosen by these has added; None where that is not known. How
    much training on another seed would change is in none of these. `gap` is by how much its validation accuracy exceeds
    its test accuracy, None before the test.
    """

    trials: int
    rivals: list[int]
    paired: bool
    corrected: IntervalSummary | None
    gap: float | None


class EvidenceSummary(TypedDict):
    """Trials that were scored elsewhere, the best first, neither ranked nor counted among those of the search.

    `source` is the path that they come from, None where an earlier release has not kept it; `numbers` are theirs there,
    in the order of `trials`. How many others there are is told by the reason why they do not fit. What is not known of
    the search there is None.
    """

    source: str | None
    problem: str | None
    is_of_same_data: bool | None
    epochs: int | None
    numbers: list[int | None]
    left_out: dict[str, int]
    trials: list[TrialSummary]


class SettingsSummary(TypedDict):
    """What decides the trials, besides the problem, the space and the objective."""

    default: dict[str, Value]  # empty where there is none
    given_points: int  # the default one and others that the problem has tried first
    epochs: int
    batch_size: int
    seed: int
    surrogate: str
    acquisition: str
    initial_points: int
    design: str
    lookahead: int
    rungs: list[float]  # in epochs; empty where every trial is trained to its end
    deterministic: bool
    keep: str
    data: str


class TotalsSummary(TypedDict):
    """How many trials ended in which way, and what they cost; those `imported` as evidence are not in `trials`.

    `at_once` is how many were in training at the same time, at most. Epochs are whole ones, those of replicates too.
    """

    trials: int
    completed: int
    failed: int
    imported: int
    dropped: int
    running: int
    stopped: int
    at_once: int
    steps: int
    pending_steps: int
    epochs: int
    training_seconds: float


class RungSummary(TypedDict):
    """How many trials have `reached` a rung, of so many epochs, and what became of them there.

    Those are `stopped` that stand there now, and `gone_on` all others; `taken_up` is how many of these had stopped
    there before they did.
    """

    epochs: float
    reached: int
    stopped: int
    gone_on: int
    taken_up: int


class PruningSummary(TypedDict):
    """What rungs have saved: the epochs of all trials that were tried, and those that they would have taken without."""

    rungs: list[RungSummary]
    epochs: float
    epochs_without: float


class ProspectsSummary(TypedDict):
    """The chance, estimated, that a stopped trial would have beaten the best one: any of them, and the likeliest."""

    chance: float
    number: int
    chance_of_trial: float


class RunSummary(TypedDict):
    """One run; `ended` is a `RunEnd`, which is empty while it runs or when it was killed."""

    started: str | None
    last_saved: str | None
    ended: str
    device: str


class ArraySummary(TypedDict):
    """One of the arrays that an example is in: its name, and the example's shape and type in it."""

    name: str
    shape: list[int]
    dtype: str


class DataSummary(TypedDict):
    """How many examples there are for what, the shape of images (height, width, channels), and the names of classes.

    `test` is 0 where there is no test set; `image_shape` is empty where examples are no images, `class_names` where
    none are known, and `inputs` and `targets` in a search of an earlier release. Where data do not repeat when they are
    read again, a trial goes on from its last whole epoch.
    """

    train: int
    validation: int
    test: int
    image_shape: list[int]
    class_names: list[str]
    inputs: list[ArraySummary]
    targets: list[ArraySummary]
    repeats: bool


class TimeSummary(TypedDict):
    """Seconds of all runs by what they were spent on, and epochs trained, some of them again after interruptions."""

    seconds: dict[str, float]
    epochs: int
    epochs_again: int


class EnvironmentSummary(TypedDict):
    """With what all runs were made, without repetition: of several versions or settings all, such as `2.21.0, 2.22.0`.

    `arithmetic` are settings that decide the last bits.
    """

    versions: dict[str, str]
    arithmetic: dict[str, str]
    devices: list[str]


class ShareSummary(TypedDict):
    """A share of the variance of the surrogate over the space, with its 95 % interval, all from 0 to 1.

    The interval tells how the share moves with the trials: by how much it changes when the surrogate is fitted without
    some of them. Upwards it reaches further by an even part of what the surrogate does not predict of trials that it
    has not seen. The error of the Monte Carlo is not in it; that is about 0.01.
    """

    share: float
    low: float
    high: float


class FixingSummary(TypedDict):
    """By how much the best prediction gets worse with a dimension fixed at `value`, in the objective's units.

    The other dimensions are as in whichever trial is best then, since far from all trials the surrogate does not know.
    The 95 % interval has by how much the cost changes when the surrogate is fitted without some trials, and by how much
    it is off for trials that it has not seen; one from below zero leaves open whether it costs anything.
    """

    value: Value
    cost: float
    low: float
    high: float


class Effect(TypedDict):
    """What one dimension explains by itself (`main`), by its interactions, and by both (`total`)."""

    name: str
    main: ShareSummary
    interaction: ShareSummary
    total: ShareSummary
    at_best: FixingSummary | None  # at the value of the best trial; None where it is inactive there
    at_worst: FixingSummary  # at the value that costs most


class EffectSummary(Effect):
    """`told` is whether the trials tell how much it matters: where they do not, no number is to be made of its shares.

    `tells_interaction` is whether they tell what it explains by itself from what it does with others; `sentence` goes
    on from the name of the dimension.
    """

    told: bool
    tells_interaction: bool
    sentence: str


class Skill(TypedDict):
    """How well the surrogate predicts the scores of `trials` when it is fitted without them, one of `folds` at a time.

    `r2` is 1 at best, and 0 where the mean of the scores predicts as well. Errors, and `spread`, which is the error of
    that mean, are in the objective's units.
    """

    trials: int
    folds: int
    r2: float
    rank_correlation: float  # Spearman's; 0 where all predictions are equal
    mean_absolute_error: float
    median_absolute_error: float
    spread: float


class SkillSummary(Skill):
    sentence: str


class IrrelevantSummary(TypedDict):
    """The dimensions that hardly matter; `flags` are the options that fix them in a new search."""

    names: list[str]
    flags: str
    sentence: str


class ImportanceSummary(TypedDict):
    """What each dimension explains, the most important first; there are none where `reason` tells why.

    `irrelevant` is None where all may matter, and `untold` a sentence on what it takes to tell more, which is empty
    where all of them are told.
    """

    reason: str
    skill: SkillSummary | None
    dimensions: list[EffectSummary]
    irrelevant: IrrelevantSummary | None
    untold: str


class CautionSummary(TypedDict):
    """A doubt about the best trial: its value of `dimension` lies at a bound, or guessing gets as good a score.

    `flag` is the option that widens the bound in a new search; None where widening may make no sense.
    """

    kind: Literal["bound", "guessing"]
    dimension: str | None
    flag: str | None
    sentence: str


class BudgetsSummary(TypedDict):
    """What the search may spend over all its runs, and the score to reach; None is no limit."""

    trials: int | None
    max_hours: float | None
    patience: int | None
    target: float | None


class Summary(TypedDict):
    """Everything that a report tells; times are ISO 8601 in UTC, and no number is NaN or infinite."""

    problem: str
    objective: ObjectiveSummary
    best: BestSummary | None
    confirmation: ConfirmationSummary | None  # None before one has begun
    cautions: list[CautionSummary]
    test: TestedSummary | None
    trials: list[TrialSummary]
    expectations: ExpectationsSummary | None  # None where nothing was expected of any that has a score
    evidence: EvidenceSummary | None
    space: list[DimensionSummary]
    settings: SettingsSummary
    budgets: BudgetsSummary
    totals: TotalsSummary
    pruning: PruningSummary | None  # None where every trial is trained to its end
    interruptions: int
    runs: list[RunSummary]
    data: DataSummary | None
    selection: SelectionSummary | None  # None where it has not been found out, or the score is no share of examples
    time: TimeSummary
    environment: EnvironmentSummary
    command: str  # that searches the same again
    importance: ImportanceSummary | None  # None where it has not been found out
    contender: ContenderSummary | None  # None where it has not been found out, or there is no surrogate
    outlook: OutlookSummary | None  # None where more trials may help, and where that has not been found out
    prospects: ProspectsSummary | None  # None where they have not been found out, or no trial stands stopped
