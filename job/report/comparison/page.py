"""A comparison as one self-contained page, in the look of the report's."""

from job.report.comparison import sentences
from job.report.comparison.content import Comparison
from job.report.comparison.tables import tables_of
from job.report.page.document import render_document
from job.report.page.svg import inline
from job.report.plot import Plot


def render_comparison_page(comparison: Comparison, plot: Plot) -> str:
    """Return the page of a comparison with its plot."""
    return render_document(
        "comparison.html.j2",
        scripts=("page.js",),
        heading=sentences.title(comparison),
        notes=comparison["notes"],
        drawing=inline(plot) if plot.svg else None,
        absent=plot.absent,
        tables=tables_of(comparison),
    )
