"""What a confirmation says as plain data, as report.json has it."""

from typing import Literal, TypedDict

from job.report.evaluation import IntervalSummary


class ReplicateSummary(TypedDict):
    """A training of a candidate on a seed, which `chooses` among the candidates or else measures the winner.

    `test` is what its model gave on the test set, and empty where that was not asked. `log` is the file of what it
    printed, below the state directory.
    """

    number: int  # negative
    seed: int
    chooses: bool
    status: str
    score: float | None
    test: dict[str, float | None]
    epochs: int
    seconds: float
    reason: str
    log: str


class StandingSummary(TypedDict):
    """By how much a candidate is worse than the best of all, in the objective's units, on the seeds that choose.

    It is worse by `at_least` and `at_most` so much with 95 % for all candidates at once. None is what is not known, or
    infinite, as where it failed.
    """

    behind: float | None
    at_least: float | None
    at_most: float | None
    may_be_best: bool


class CandidateSummary(TypedDict):
    """A trial that was trained again: its score in the search, and the mean of those on the seeds that choose.

    `standing` is None while there is nothing to compare, and `left_after` the round, from 1, after which it was given
    up; None for one that was not.
    """

    number: int
    score_in_search: float | None
    replicates: list[ReplicateSummary]  # in the order of their seeds
    mean: float | None
    standing: StandingSummary | None
    left_after: int | None


class SeedsSummary(TypedDict):
    """What `seeds` scores on as many seeds say, of which others have `failed`.

    `low` and `high` are the 95 % interval of the mean over all seeds that there could be (Student 1908), for a share
    between 0 and 1; None where one seed alone, or scores that are all alike, do not tell it. Of these `deviation` is 0
    and `deviation_bound` what it is at most with 95 %, where that can be told. `examples` is apart from that: the 95 %
    interval over the examples on which they were all scored; None for what is no share of them.
    """

    seeds: int
    failed: int
    mean: float
    deviation: float | None
    deviation_bound: float | None
    low: float | None
    high: float | None
    examples: IntervalSummary | None


class DrawSummary(TypedDict):
    """The replicate whose model best.keras is: that in the middle of those that measured, by their scores."""

    number: int
    seed: int
    score: float | None


class RoundSummary(TypedDict):
    """How many candidates have been left in a round, and on how many more seeds each of them is trained."""

    candidates: int
    seeds: int


class ConfirmationSummary(TypedDict):
    """The best trials of a search, trained again on fresh seeds, as far as that has come.

    Seeds go by their numbers; those that `choose` decide which candidate wins, those that `measure` tell what is to be
    expected of the winner and decide nothing. `candidates` are the best first, those that have left later before those
    that left earlier.
    """

    state: Literal["running", "over"]  # running too while it is to be gone on with
    effort: str  # candidates and seeds, such as `5x5`
    rounds: list[RoundSummary]  # none for a candidate alone
    choosing: list[int]
    measuring: list[int]
    candidates: list[CandidateSummary]
    winner: int | None  # None while that is open, and where all candidates have failed
    alike: list[int]  # the other candidates that cannot be told from the best
    measured: SeedsSummary | None  # the winner; None before it is over, and where all trainings for it have failed
    tests: dict[str, SeedsSummary]  # by metric, of the models that measured, each of which is tested once
    model: DrawSummary | None
    least_difference: float | None  # that so many seeds tell between two, in deviations; None for one seed or none
    trainings: int  # so far
    trainings_planned: int
    failed: int
    epochs: int
    seconds: float
    confirmations: int  # so far, this one and those before it, which used the same test set
