"""What a search is about: all that decides its trials."""

from dataclasses import dataclass, field

from job.core.objective import Objective
from job.core.space import Params, Space
from job.core.trial import Keep


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """What decides the trials of a search, and so may not change while it lasts."""

    problem: str
    space: Space
    default: Params
    data: str  # SHA-256 of the arrays
    seed: int
    epochs: int
    batch_size: int
    objective: Objective
    surrogate: str
    acquisition: str
    initial_points: int  # after the default point, before the surrogate is asked
    deterministic: bool
    keep: Keep = Keep.LAST
    threads: int | None = None  # None: as many as TensorFlow takes by itself, as in earlier releases
    lookahead: int = 1  # virtual workers: as many trials are planned without knowing of each other
    # What the user has given of the space, as it was given: it is in the space already.
    bounds: tuple[str, ...] = field(default=(), compare=False)  # NAME=LOW:HIGH
    choices: tuple[str, ...] = field(default=(), compare=False)  # NAME=VALUE,VALUE
    fix: tuple[str, ...] = field(default=(), compare=False)  # NAME=VALUE


@dataclass(frozen=True, kw_only=True)
class DataDescription:
    """What the data of a search are: numbers of images, their shape (height, width, channels), and the classes."""

    train: int
    validation: int
    test: int
    image_shape: tuple[int, ...]
    class_names: tuple[str, ...]
