"""The plots of a report, in the order in which a reader wants them."""

from collections.abc import Callable, Iterator
from functools import partial

from job.report.content import Summary
from job.report.plot import Plot
from job.report.plots.answers import answer_plots
from job.report.plots.confirmation import draw_confirmation
from job.report.plots.convergence import draw_convergence
from job.report.plots.curves import draw_learning_curves
from job.report.plots.dependence import Surrogate
from job.report.plots.figure import Drawing, save, style
from job.report.plots.landscape import draw_landscape
from job.report.plots.lines import draw_dependence
from job.report.plots.parallel import draw_parallel
from job.report.plots.space import draw_histograms, draw_samples
from job.report.plots.times import draw_timeline, draw_times
from job.state.predictions import AnyPredictions


def draw_plots(summary: Summary, *, surrogate: Surrogate | None, predictions: AnyPredictions | None) -> Iterator[Plot]:
    """Yield every plot of such a search, or why it is not there; nothing of them stays behind in matplotlib."""
    draws: tuple[Callable[[], Drawing], ...] = (
        *(partial(draw_confirmation, summary, each) for each in (summary["confirmation"],) if each is not None),
        partial(draw_convergence, summary),
        partial(draw_learning_curves, summary),
        partial(draw_dependence, summary, surrogate),
        partial(draw_landscape, summary, surrogate),
        partial(draw_parallel, summary),
        partial(draw_samples, summary),
        partial(draw_histograms, summary),
        *answer_plots(summary, predictions),
        partial(draw_times, summary),
        partial(draw_timeline, summary),
    )
    for draw in draws:
        yield _plot(draw)


def _plot(draw: Callable[[], Drawing]) -> Plot:
    with style():
        return save(draw())
