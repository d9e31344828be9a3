"""A comparison of searches as plain data: its JSON, and what its text, plot and page are drawn from."""

from typing import Literal, TypedDict

from job.report.content import ObjectiveSummary

# Along what searches are compared: trials that have completed or stopped early, epochs trained, or seconds of training.
Axis = Literal["trials", "epochs", "seconds"]
AXES: tuple[Axis, ...] = ("trials", "epochs", "seconds")


class SpreadSummary(TypedDict):
    """A number over the states of a group: the median, the least and the largest."""

    median: float
    low: float
    high: float


class PointSummary(SpreadSummary):
    """The best score so far at one place of an axis; it holds up to the next one."""

    at: float


class StateSummary(TypedDict):
    """One search.

    `trials` have completed or stopped early, of a budget of so many that may be None; `epochs` and `seconds` are of all
    trials that have ended. `best` and `test` are None before there is one. Where it is `confirmed`, `best` is the mean
    on the fresh seeds that measured it, and `test` that of the models trained on them; or else they are the best score
    of the search, and the test of its model.
    """

    name: str
    seed: int
    trials: int
    budget: int | None
    failed: int
    epochs: int
    seconds: float
    best: float | None
    confirmed: bool
    test: float | None
    finished: bool


class GroupSummary(TypedDict):
    """Searches that differ in their seed alone. `label` says in what they differ from other groups.

    Spreads are over the states that have such a score. A course has the best score so far, from where all states that
    have one have it, up to where the first of them ends.
    """

    label: str
    states: list[StateSummary]
    best: SpreadSummary | None
    test: SpreadSummary | None
    course: dict[Axis, list[PointSummary]]


class MarkSummary(TypedDict):
    """The best score of each group, in their order, after the same trials, epochs or seconds; None: it has none."""

    axis: Axis
    at: float
    scores: list[SpreadSummary | None]


class Comparison(TypedDict):
    """`test_metric` is what is told of the test set; None where no model has been tested. `notes` are sentences."""

    objective: ObjectiveSummary
    test_metric: str | None
    groups: list[GroupSummary]
    marks: list[MarkSummary]
    notes: list[str]
