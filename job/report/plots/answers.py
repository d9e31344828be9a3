"""Which plots there are of what the best model makes of the test set: those of the kind of its answers."""

from collections.abc import Callable, Sequence
from functools import partial

from job.report.content import Summary
from job.report.plots.figure import Drawing
from job.report.plots.images import draw_confusion, draw_mistakes, draw_predictions
from job.report.plots.numbers import draw_residuals, draw_true_and_predicted
from job.state.predictions import AnyPredictions, NumberPredictions

ANSWER_PLOTS = ("predictions", "mistakes", "confusion", "true_and_predicted", "residuals")


def answer_plots(summary: Summary, predictions: AnyPredictions | None) -> Sequence[Callable[[], Drawing]]:
    """Return what draws them; before the test they are those of classes, if the data have any."""
    test, data = summary["test"], summary["data"]
    if test is not None and test["numbers"]:
        numbers = predictions if isinstance(predictions, NumberPredictions) else None
        return (partial(draw_true_and_predicted, summary, numbers), partial(draw_residuals, summary, numbers))
    classes = None if isinstance(predictions, NumberPredictions) else predictions
    confusion = partial(draw_confusion, summary, classes)
    if data is None or data["image_shape"]:
        return (partial(draw_predictions, summary, classes), partial(draw_mistakes, summary, classes), confusion)
    names_classes = data["class_names"] if test is None else classes is not None or test["confusion"]
    return (confusion,) if names_classes else ()
