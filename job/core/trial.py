"""Trial: one point of the space, and what training there has given so far."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from job.core.expectation import Expectation
from job.core.objective import Objective
from job.core.space import Params

EpochLogs = Mapping[str, float]


class Status(StrEnum):
    """How far a trial has come."""

    RUNNING = "running"  # proposed, and in training or to be gone on with
    COMPLETED = "completed"
    STOPPED = "stopped"  # early, at a rung, since it was not promising: it may be gone on with
    FAILED = "failed"  # for good: it is told to the optimizer as the worst score, and not proposed again
    IMPORTED = "imported"  # a point and its score that another search has scored; there is no model of it
    DROPPED = "dropped"  # set aside by a user: kept and shown, and told to nobody


class Origin(StrEnum):
    """Where the point of a trial comes from."""

    PROPOSED = "proposed"
    GIVEN = "given"  # by the problem, as its default
    ENQUEUED = "enqueued"  # by a user, some or all of its values
    EVIDENCE = "evidence"  # scored elsewhere
    REPLICATE = "replicate"  # of a trial, on another seed


class Keep(StrEnum):
    """Which weights of a trial are its model, and so what its score is."""

    LAST = "last"  # those that training ends with
    BEST = "best"  # those of the epoch with the best objective, the earliest among equals


def trial_name(number: int) -> str:
    """Return what trial `number` is called where names are sorted: its directory, and its run in TensorBoard."""
    return f"{abs(number):04d}"


def trial_title(number: int, *, of: int | None = None, replicate: int = 0) -> str:
    """Return what a trial is called in sentences, such as `trial 7`, or one of trial 7 `trial 7 again on seed 2`."""
    return f"trial {number}" if of is None else f"trial {of} again on seed {replicate}"


def trial_directory(number: int) -> str:
    """Return where a trial has its files below the state directory; replicates have theirs beside the trials."""
    return f"{'replicates' if number < 0 else 'trials'}/{trial_name(number)}"


def trial_log(number: int) -> str:
    """Return where a trial's log stands below the state directory."""
    return f"{trial_directory(number)}/log.txt"


def best_epoch(history: Sequence[EpochLogs], objective: Objective) -> int:
    """Return the index of the epoch with the best objective, of the earliest among equals; one of them has it."""
    metric = objective.metric
    losses = [objective.loss(logs[metric]) if metric in logs else math.inf for logs in history]
    return losses.index(min(losses))


@dataclass(frozen=True, kw_only=True)
class RungScore:
    """What a trial had at a rung."""

    epochs: float  # the rung
    batches: int  # of the trial, after which the rung was
    score: float  # the objective of the weights as they were then, in natural units


@dataclass(frozen=True, kw_only=True)
class Hits:
    """Which validation examples the weights that are kept get right, in the order of the examples."""

    examples: int
    packed: bytes = field(repr=False)  # a bit for each, as `numpy.packbits` has them: the first is a byte's highest


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One point of the space and what training there has given so far."""

    number: int  # from 1, in the order of the proposals; of replicates from -1 downwards, in the order of their steps
    params: Params
    origin: Origin = Origin.PROPOSED
    expected: Expectation | None = None  # of its point when that was proposed; None where no surrogate chose it
    replicate: int = 0  # of its point: those above 0 have random numbers that all points share
    of: int | None = None  # of a replicate: the number of the trial whose point it has
    cost: float = 1.0  # of a batch in virtual time
    status: Status = Status.RUNNING
    history: tuple[EpochLogs, ...] = ()  # Keras's logs after each epoch: loss, accuracy, val_loss, val_accuracy, …
    rungs: tuple[RungScore, ...] = ()  # that it has reached, ascending
    imported_value: float | None = None  # of an imported trial: its score in natural units
    seconds: float = 0.0  # of training, over all attempts; what a kill undid is not counted
    attempts: int = 0  # starts since the trial last got on
    deaths: int = 0  # of these attempts, those that were seen to end without a word
    started_at: float | None = None  # Unix time of the first start
    ended_at: float | None = None
    reason: str = ""  # why it failed
    log_tail: str = ""  # the last lines it printed before it failed
    model_sha256: str = ""  # of the model file that training left, which differs from one writing to the next
    weights_sha256: str = ""  # of the weights in it, which do not; empty where that is not known
    n_weights: int | None = None  # of the model; None where it is not known
    batch: int = 0  # how many batches of the next epoch are through and saved, of a trial in hand
    kept: EpochLogs | None = None  # what the weights that are kept give; None: what the last epoch gave
    hits: Hits | None = None  # what the score counts; None where that is not known, or no such count
    batches: int | None = None  # of each epoch; None where that is not known

    @property
    def title(self) -> str:
        """What it is called in sentences, such as `trial 7`, or `trial 7 again on seed 2`."""
        return trial_title(self.number, of=self.of, replicate=self.replicate)

    @property
    def seed(self) -> int | None:
        """The number of the seed on which a trial was trained again; None for a trial of the search itself."""
        return None if self.of is None else self.replicate

    @property
    def epochs(self) -> int:
        """How many epochs have been trained."""
        return len(self.history)

    @property
    def batches_trained(self) -> int:
        """How many batches it has behind it, as far as is known."""
        return self.epochs * (self.batches or 0) + self.batch

    @property
    def epochs_trained(self) -> float:
        """How many epochs it has behind it, with the part of one in which it stands, as far as that is known."""
        return self.epochs + (self.batch / self.batches if self.batches else 0.0)

    @property
    def rungs_behind(self) -> tuple[RungScore, ...]:
        """The rungs that it has behind it, ascending: one that was begun again from its start came further before."""
        trained = self.batches_trained
        return tuple(each for each in self.rungs if each.batches <= trained)

    def curve(self, objective: Objective) -> tuple[float, ...]:
        """Return the objective after each epoch that was validated, in natural units."""
        return tuple(logs[objective.metric] for logs in self.history if objective.metric in logs)

    def score(self, objective: Objective) -> float | None:
        """Return what the weights that are kept give, in natural units; None unless it counts."""
        if self.status is Status.IMPORTED:
            return self.imported_value
        return (self.kept or self.history[-1])[objective.metric] if self.status is Status.COMPLETED else None

    def loss(self, objective: Objective) -> float | None:
        """Return the score as a number of which less is better; None unless it counts."""
        score = self.score(objective)
        return None if score is None else objective.loss(score)
