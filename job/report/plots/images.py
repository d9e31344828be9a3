"""What the best model takes test examples for: some images, some of its mistakes, and all in a table."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

from job.report.content import Summary
from job.report.plots.axes import set_names, shorten
from job.report.plots.figure import BLUE, VERMILLION, WIDTH, Drawing, new_figure
from job.report.sentences import example_noun, has_no_test_set
from job.state.predictions import Predictions
from job.words import count, format_share

_IMAGES = 9
_COLUMNS = 3
_NO_PREDICTIONS = "What the best model makes of the test images has not been kept yet."
_STRONG = 0.05  # of a class taken for another one: a full colour, or what is the largest share
_MOST_NUMBERS = 20  # of a matrix with more classes the numbers would run into each other


def draw_predictions(summary: Summary, predictions: Predictions | None) -> Drawing:
    """Return the first test images, each with its class and the predicted one."""
    drawing = Drawing(name="predictions", title="Test images with their true and predicted classes")
    known = _of_the_best(summary, predictions)
    if known is None:
        return drawing.without_figure(_why_none(summary))
    images = known.first_images[:_IMAGES]
    if not len(images):
        return drawing.without_figure("There are no test images.")
    return _draw_images(drawing, known, images, np.arange(len(images)))


def draw_mistakes(summary: Summary, predictions: Predictions | None) -> Drawing:
    """Return the mis-classified test images of which the model was surest."""
    drawing = Drawing(name="mistakes", title="Mistakes of which the model was surest")
    known = _of_the_best(summary, predictions)
    if known is None:
        return drawing.without_figure(_why_none(summary))
    if not len(known.wrong_indices):
        return drawing.without_figure("The model makes no mistake on the test images.")
    return _draw_images(drawing, known, known.wrong_images[:_IMAGES], known.wrong_indices[:_IMAGES])


def draw_confusion(summary: Summary, predictions: Predictions | None) -> Drawing:
    """Return how many test images of each class are taken for which."""
    drawing = Drawing(name="confusion", title=f"What the model takes for what, of the test {_noun(summary)}s")
    known, names = _confusion(summary, predictions)
    if known is None:
        return drawing.without_figure(_why_none(summary))
    side = min(max(0.45 * len(names) + 1.8, 3.6), WIDTH)
    figure = new_figure(drawing.title, width=max(side, 5), height=side)
    axes = figure.add_subplot()
    axes.imshow(_cell_colors(known), interpolation="nearest", aspect="auto")
    set_names(axes, "x", names)
    set_names(axes, "y", names)
    axes.invert_yaxis()
    axes.set(xlabel="predicted class", ylabel="true class")
    axes.grid(visible=False)
    if len(names) <= _MOST_NUMBERS:
        _write_numbers(axes, known)
    return replace(drawing, figure=figure, alt=_alt(known, names, noun=_noun(summary)))


def _of_the_best(summary: Summary, predictions: Predictions | None) -> Predictions | None:
    """Return the predictions unless they are those of a model that has been beaten since."""
    best = summary["best"]
    if predictions is None or best is None or predictions.number != best["number"]:
        return None
    return predictions


def _draw_images(
    drawing: Drawing, predictions: Predictions, images: NDArray[np.uint8], indices: NDArray[np.int64]
) -> Drawing:
    rows = -(-len(images) // _COLUMNS)
    figure = new_figure(drawing.title, width=5.4, height=0.5 + 1.95 * rows)
    words = []
    for place, (image, index) in enumerate(zip(images, indices, strict=True), start=1):
        axes = figure.add_subplot(rows, _COLUMNS, place)
        axes.set_axis_off()
        grey: dict[str, Any] = {"cmap": "gray", "vmin": 0, "vmax": 255} if image.shape[-1] not in (3, 4) else {}
        axes.imshow(image[..., 0] if grey else image, interpolation="nearest", **grey)
        true, predicted, probability = _answer(predictions, int(index))
        right = true == predicted
        answer = f"{shorten(predicted, 12)} ({100 * probability:.1f} %)"
        # A cross and not a colour, which not everybody can tell from the other.
        axes.set_title(f"true: {shorten(true)}\n{'' if right else '✗ '}predicted: {answer}", size=8)
        words.append(f"{true} taken for {predicted}" if not right else f"{true} recognized")
    return replace(drawing, figure=figure, alt=f"{count(len(images), 'test image')}: {', '.join(words)}.")


def _answer(predictions: Predictions, index: int) -> tuple[str, str, float]:
    """Return the true class of a test image, the predicted one, and its probability."""
    names, top = predictions.class_names, int(predictions.top_classes[index, 0])
    return names[int(predictions.labels[index])], names[top], float(predictions.top_probabilities[index, 0])


def _why_none(summary: Summary) -> str:
    """Return why nothing is known of what the best model makes of the test images."""
    return "There is no test set." if has_no_test_set(summary) else _NO_PREDICTIONS


def _confusion(summary: Summary, predictions: Predictions | None) -> tuple[NDArray[np.int64] | None, Sequence[str]]:
    """Return the confusion matrix with the names of its classes; None where it is not known."""
    known, test = _of_the_best(summary, predictions), summary["test"]
    if known is not None:
        return known.confusion, known.class_names
    if test is None or test["confusion"] is None or not test["class_names"]:
        return None, ()
    return np.array(test["confusion"], np.int64), test["class_names"]


def _cell_colors(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return an image of the matrix: what is right in blue, mistakes the stronger the more there are, nothing clear."""
    mistakes = np.where(np.eye(len(confusion), dtype=bool), 0, confusion)
    shares = mistakes / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    strengths = np.sqrt(shares / max(shares.max(), _STRONG))
    colors = np.empty((*confusion.shape, 4))
    colors[...] = to_rgba(VERMILLION)
    colors[..., 3] = np.where(mistakes > 0, 0.15 + 0.75 * strengths, 0.0)
    diagonal = np.arange(len(confusion))
    colors[diagonal, diagonal] = to_rgba(BLUE, 0.3)
    return colors


def _write_numbers(axes: Axes, confusion: NDArray[np.int64]) -> None:
    for (row, column), examples in np.ndenumerate(confusion):
        if examples:
            weight = "bold" if row == column else "normal"
            axes.text(column, row, str(examples), ha="center", va="center", size=8, weight=weight)
    totals = confusion.sum(axis=1)
    for row in map(int, np.flatnonzero(totals)):
        share = format_share(confusion[row, row] / totals[row])
        axes.text(len(confusion) - 0.4, row, share, ha="left", va="center", size=8)
    axes.text(len(confusion) - 0.4, -0.7, "right", ha="left", va="center", size=8)


def _noun(summary: Summary) -> str:
    return example_noun(summary["data"])


def _alt(confusion: NDArray[np.int64], names: Sequence[str], *, noun: str) -> str:
    total, right = int(confusion.sum()), int(np.trace(confusion))
    sentence = f"Confusion matrix of {len(names)} classes: {right:,} of {total:,} test {noun}s are right."
    mistakes = np.where(np.eye(len(names), dtype=bool), 0, confusion)
    if not mistakes.any():
        return sentence
    row, column = divmod(int(mistakes.argmax()), len(names))
    return f"{sentence} The most frequent mistake is {names[row]} taken for {names[column]}, {mistakes.max():,} times."
