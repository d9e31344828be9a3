"""Studies and a surrogate that are made up for the tests of plots."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text
from numpy.typing import NDArray

from job.core.space import Categorical, Dimension, Integer, Params, Real, Space, Value
from job.core.study import Study
from job.report.content import Summary
from job.report.plots.figure import Drawing
from job.report.summary import summarize
from job.state.predictions import Predictions
from tests.fakes import study_of


@dataclass(frozen=True)
class FakeSurrogate:
    """Predicts a score of `level`, plus one hundredth for each unit of the dimensions with numbers.

    Its two refits differ from that by so much of it, to either side.
    """

    space: Space
    level: float = 0.5
    doubt: float = 0.01

    def predict(self, points: Sequence[Params]) -> NDArray[np.float64]:
        sums = [sum(value for value in point.values() if isinstance(value, int | float)) for point in points]
        return self.level + 0.01 * np.array(sums, np.float64)

    def predict_by_all(self, points: Sequence[Params]) -> NDArray[np.float64]:
        return self.predict(points) * (1 + self.doubt * np.array([[0.0], [1.0], [-1.0]]))


def study_in(dimensions: Sequence[Dimension], *scores: float | None, imported: Sequence[float] = ()) -> Study:
    """Return a study of another space whose trials, spread over it, got `scores`."""
    study, space = study_of(*scores, imported=imported), Space(tuple(dimensions))
    fingerprint = replace(study.fingerprint, space=space, default=_point(space, 1))
    trials = tuple(replace(trial, params=_point(space, trial.number)) for trial in study.trials)
    return replace(study, fingerprint=fingerprint, trials=trials)


def predictions_of(number: int, *, wrong: int = 1, images: int = 30, channels: int = 1) -> Predictions:
    """Return what the model of trial `number` says: it takes the first `wrong` images for the next class."""
    labels = np.arange(images) % 3
    top = np.where(np.arange(images) < wrong, (labels + 1) % 3, labels)
    pixels = np.arange(images * 16 * channels).reshape(images, 4, 4, channels).astype(np.uint8)
    return Predictions(
        number=number,
        class_names=("cat", "dog", "owl"),
        labels=labels,
        top_classes=np.stack([top, (top + 1) % 3], axis=1),
        top_probabilities=np.tile(np.array([0.75, 0.2], np.float32), (images, 1)),
        first_images=pixels[:9],
        wrong_indices=np.arange(min(wrong, 9)),
        wrong_images=pixels[: min(wrong, 9)],
    )


def summary_of(*scores: float | None, objective: str = "val_accuracy:max") -> Summary:
    return summarize(study_of(*scores, objective=objective))


def texts(drawing: Drawing) -> list[str]:
    """Return every text in a figure that is laid out."""
    assert drawing.figure is not None, drawing.absent
    drawing.figure.draw_without_rendering()
    return [found.get_text() for found in drawing.figure.findobj(Text) if isinstance(found, Text) and found.get_text()]


def axes_of(drawing: Drawing) -> list[Axes]:
    """Return the panels of a drawing that is there."""
    assert drawing.figure is not None, drawing.absent
    return drawing.figure.axes


def dots(axes: Axes, label: str) -> list[tuple[float, float]]:
    """Return where the dots are that the legend calls `label`."""
    (found,) = [each for each in axes.collections if each.get_label() == label]
    return [(float(x), round(float(y), 6)) for x, y in np.asarray(found.get_offsets())]


def _point(space: Space, number: int) -> dict[str, Value]:
    return {each.name: _value(each, (number * 0.37 + 0.05 * place) % 1) for place, each in enumerate(space.dimensions)}


def _value(dimension: Dimension, share: float) -> Value:
    match dimension:
        case Categorical():
            return dimension.categories[int(share * len(dimension.categories))]
        case Integer():
            return dimension.low + int(share * (dimension.high - dimension.low + 1))
        case Real():
            low, high = dimension.low, dimension.high
            return low * (high / low) ** share if dimension.prior == "log-uniform" else low + share * (high - low)
