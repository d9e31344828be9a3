"""What a search optimizes: a metric of the model and its direction. The one place where the sign is turned."""

from dataclasses import dataclass
from typing import Literal

from job.errors import SettingsError

Direction = Literal["max", "min"]

# Words in Keras's metric names that tell which way is better.
_BETTER_HIGH = {"acc", "accuracy", "auc", "f1", "iou", "precision", "recall"}
_BETTER_LOW = {"crossentropy", "error", "loss", "mae", "mse"}
# What Keras calls the share of the examples whose class is recognized.
ACCURACIES = ("accuracy", "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy")


@dataclass(frozen=True)
class Objective:
    """A metric as Keras names it in its logs, such as `val_accuracy`, and whether more or less of it is better."""

    metric: str
    direction: Direction

    @property
    def sign(self) -> int:
        """-1 where more of the metric is better, else 1: what turns its values into losses, and these back."""
        return -1 if self.direction == "max" else 1

    @property
    def is_accuracy(self) -> bool:
        """Whether it is by its name an accuracy on the validation examples, of which more is better."""
        return self.direction == "max" and self.metric in {f"val_{name}" for name in ACCURACIES}

    def loss(self, value: float) -> float:
        """Return `value`, in the metric's natural units, as a number of which less is better."""
        return self.sign * value

    def value(self, loss: float) -> float:
        """Return the metric's natural value of a loss; the inverse of `loss`."""
        return self.loss(loss)

    def __str__(self) -> str:
        return f"{self.metric}:{self.direction}"


def parse_objective(text: str) -> Objective:
    """Read `METRIC`, `METRIC:max` or `METRIC:min`; without a direction, the metric's name must tell it."""
    metric, _, direction = text.partition(":")
    direction = direction.lower()
    if not metric or direction not in ("", "max", "min"):
        raise SettingsError(f"--objective: expected METRIC, METRIC:max or METRIC:min, found {text!r}")
    if direction:
        return Objective(metric, "max" if direction == "max" else "min")
    words = set(metric.split("_"))
    match bool(words & _BETTER_HIGH), bool(words & _BETTER_LOW):
        case True, False:
            return Objective(metric, "max")
        case False, True:
            return Objective(metric, "min")
    raise SettingsError(
        f"--objective: cannot tell whether more or less of {metric!r} is better",
        hint=f"write {metric}:max or {metric}:min",
    )
