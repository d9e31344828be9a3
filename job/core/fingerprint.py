"""What a search is about: all that decides its trials."""

from dataclasses import dataclass, field, fields

from job.core.objective import Objective
from job.core.problem import OwnProblem
from job.core.space import Params, Space
from job.core.trial import Keep, Trial

ADDITIVE_GP = "additive-gp"  # of this program; every other surrogate is one of scikit-optimize's
NO_SURROGATE = "none"
# As how many batches, and as which share of those of a whole trial, the start of a step counts in searches that begin
# now. A process with TensorFlow's first batches in it takes as long to start as 1 to 1,000 batches, by the model and
# the device; with these, workers wait little whatever they are.
START_BATCHES, START_SHARE = 50, 0.1
OF_SURROGATE = {"acquisition", "initial_points"}  # what decides nothing where there is none


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """What decides the trials of a search, and so may not change while it lasts.

    Two are equal where they decide the same: problems of the user's own where their sources do, whatever their names.
    """

    problem: str  # the name of a built-in one, or of the user's file
    space: Space
    default: Params  # the point that is tried first; empty where there is none
    data: str  # SHA-256 of the arrays
    seed: int
    epochs: int
    batch_size: int
    objective: Objective
    surrogate: str
    acquisition: str
    initial_points: int  # after the points that are given, before the surrogate is asked, if there is one
    deterministic: bool
    also: tuple[Params, ...] = ()  # points that are tried after the default one
    keep: Keep = Keep.LAST
    threads: int | None = None  # None: as many as TensorFlow takes by itself, as in earlier releases
    design: str = "random"  # how points are chosen that the surrogate is not asked for
    lookahead: int = 1  # virtual workers: as many trials are planned without knowing of each other
    rungs: tuple[float, ...] = ()  # in epochs, ascending and below those of a trial; empty: each is trained to its end
    gpu_memory: int | None = None  # MiB of a GPU that a trial may take; None: as much as it needs
    image_size: int | None = None  # pixels of each side, as given; None: as the problem decides, or has no say in it
    label_column: str | None = None  # of a table
    as_trial: int | None = None  # of a retraining: the trial elsewhere whose random numbers it has
    start_batches: int = field(default=1, compare=False)  # as which the start of a step counts in virtual time
    start_share: float = field(default=0.0, compare=False)  # of a whole trial's batches, as which it counts besides
    own: OwnProblem | None = field(default=None, compare=False)  # None: the problem is a built-in one
    # What the user has given of the space, as it was given: it is in the space already.
    space_name: str = field(default="", compare=False)  # that of one of the problem's; empty for its first one
    bounds: tuple[str, ...] = field(default=(), compare=False)  # NAME=LOW:HIGH
    choices: tuple[str, ...] = field(default=(), compare=False)  # NAME=VALUE,VALUE
    fix: tuple[str, ...] = field(default=(), compare=False)  # NAME=VALUE

    def differing(self, other: "Fingerprint") -> tuple[str, ...]:
        """Return the names of the fields in which two fingerprints decide something else; `own` is of `problem`."""
        names = (each.name for each in fields(self) if each.compare and each.name != "problem")
        idle = set() if self.has_surrogate or other.has_surrogate else OF_SURROGATE
        found = tuple(name for name in names if name not in idle and getattr(self, name) != getattr(other, name))
        return found if self.is_of_same_problem(other) else ("problem", *found)

    def is_of_same_problem(self, other: "Fingerprint") -> bool:
        if self.own is None or other.own is None:
            return self.own is other.own and self.problem == other.problem
        return self.own.sources == other.own.sources

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fingerprint) and not self.differing(other)

    __hash__ = None  # type: ignore[assignment]

    @property
    def given(self) -> tuple[Params, ...]:
        """The points that are tried first, in this order."""
        return (self.default, *self.also) if self.default else self.also

    @property
    def has_surrogate(self) -> bool:
        """Whether proposals come from one at all."""
        return self.surrogate != NO_SURROGATE

    def virtual_time(self, batches: int, trial: Trial) -> float:
        """Return how long a step takes that trains so many batches of a trial."""
        start = self.start_batches + round(self.start_share * self.epochs * (trial.batches or 0))
        return (batches + start) * trial.cost

    def asks_surrogate(self, number: int) -> bool:
        """Tell whether trial `number` comes after those of the points that are given and of the design."""
        return self.has_surrogate and number > len(self.given) + self.initial_points


DO_NOT_REPEAT = (
    "the data are not the same when they are read again: a trial goes on from its last whole epoch, and does not end "
    "with the same bits as without an interruption"
)


@dataclass(frozen=True, kw_only=True)
class ArrayDescription:
    """One of the arrays that an example is in: its name, such as `x['age']`, and the example's shape and type in it."""

    name: str
    shape: tuple[int, ...]
    dtype: str  # such as float32, or text


@dataclass(frozen=True, kw_only=True)
class DataDescription:
    """What the data of a search are: numbers of examples, and what one of them is."""

    train: int
    validation: int
    test: int  # 0: there is no test set
    image_shape: tuple[int, ...]  # height, width, channels; empty where examples are no images
    class_names: tuple[str, ...]  # empty where none are known
    inputs: tuple[ArrayDescription, ...] = ()  # empty in states of earlier releases, as the next one
    targets: tuple[ArrayDescription, ...] = ()
    batches: int | None = None  # of an epoch of training; None: by the batch size
    repeats: bool = True  # whether the same come when they are read again, so that a trial can go on within an epoch
