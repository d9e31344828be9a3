"""How the numbers that the best model gives for test examples lie to the true ones."""

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from job.report.content import Summary
from job.report.plots.axes import LARGEST, set_linear, shorten
from job.report.plots.figure import BLUE, INK, Drawing, new_figure, panels
from job.report.tested import NumberSummary
from job.state.predictions import NumberPredictions

_MOST_PANELS = 4
_MOST_DOTS = 1000  # in all panels together, since each takes its place in the page
_HEIGHT, _ROW_HEIGHT = 3.6, 2.6  # inches

Floats = NDArray[np.float64]


def draw_true_and_predicted(summary: Summary, predictions: NumberPredictions | None) -> Drawing:
    """Return each predicted number over the true one."""
    drawing = Drawing(name="true_and_predicted", title="Predicted numbers over the true ones")
    return _draw(drawing, summary, predictions, _draw_beside_truth)


def draw_residuals(summary: Summary, predictions: NumberPredictions | None) -> Drawing:
    """Return by how much each true number exceeds the predicted one, over that one."""
    drawing = Drawing(name="residuals", title="Residuals over the predicted numbers")
    return _draw(drawing, summary, predictions, _draw_errors)


def _draw(
    drawing: Drawing,
    summary: Summary,
    predictions: NumberPredictions | None,
    draw: Callable[[Axes, Floats, Floats], None],
) -> Drawing:
    """Return a figure with a panel for each of the first numbers, which `draw` fills."""
    test = summary["test"]
    if predictions is None or test is None or predictions.number != test["number"]:
        return drawing.without_figure("What the best model makes of the test examples has not been kept yet.")
    n_panels = min(len(predictions.names), _MOST_PANELS)
    if n_panels == 1:
        figure = new_figure(drawing.title, height=_HEIGHT)
        all_axes = [figure.add_subplot()]
    else:
        figure, all_axes = panels(drawing.title, n_panels, row_height=_ROW_HEIGHT)
    shown = _shown(len(predictions.true), _MOST_DOTS // n_panels)
    for axes, name, true, predicted in zip(
        all_axes, predictions.names, predictions.true.T[:, shown], predictions.predicted.T[:, shown], strict=False
    ):
        draw(axes, np.clip(true, -LARGEST, LARGEST, dtype=float), predicted.astype(float))
        if n_panels > 1:
            axes.set_title(f"number {shorten(name)}")
    examples = f"{len(shown):,} of {predictions.examples:,} test examples"
    skills = "; ".join(map(_skill, islice(test["numbers"], n_panels)))
    return replace(drawing, figure=figure, alt=f"{drawing.title}, of {examples}: {skills}.")


def _draw_beside_truth(axes: Axes, true: Floats, predicted: Floats) -> None:
    ends = np.array([true, predicted])
    low, high = float(ends.min()), float(ends.max())
    axes.plot((low, high), (low, high), color=INK, linewidth=1)
    _draw_dots(axes, true, predicted)
    set_linear(axes, "x", low, high)
    set_linear(axes, "y", low, high)
    axes.set(xlabel="true", ylabel="predicted")


def _draw_errors(axes: Axes, true: Floats, predicted: Floats) -> None:
    errors = true - predicted
    axes.axhline(0, color=INK, linewidth=1)
    _draw_dots(axes, predicted, errors)
    set_linear(axes, "x", float(predicted.min()), float(predicted.max()))
    set_linear(axes, "y", float(min(errors.min(), 0)), float(max(errors.max(), 0)))
    axes.set(xlabel="predicted", ylabel="true minus predicted")


def _draw_dots(axes: Axes, xs: Floats, ys: Floats) -> None:
    axes.scatter(xs, ys, s=12, color=BLUE, alpha=0.5, linewidths=0, zorder=3)


def _shown(n_examples: int, most: int) -> NDArray[np.int64]:
    """Return the places of so many examples at most, evenly chosen."""
    return np.linspace(0, n_examples - 1, min(n_examples, most)).round().astype(np.int64)


def _skill(number: NumberSummary) -> str:
    explained = "" if number["r2"] is None else f", R² {number['r2']['value']:.3g}"
    return f"number {number['name']}, mean absolute error {number['mae']['value']:.3g}{explained}"
