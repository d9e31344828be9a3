"""Plots inside a page, and small curves."""

from xml.etree import ElementTree as ET

import pytest

from job.report.page.svg import inline, sparkline
from job.report.plot import Plot
from tests.report.page.markup import plot


def _drawn(body: str) -> ET.Element:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="10pt" height="20pt" viewBox="0 0 10 20">{body}</svg>'.encode()
    )
    return ET.fromstring(inline(Plot(name="test", title="Test", alt="ten by twenty", svg=svg)).markup)


def test_ids_that_are_referred_to_begin_with_the_name_of_the_plot_and_others_are_gone() -> None:
    root = ET.fromstring(inline(plot("convergence")).markup)

    assert [each.get("id") for each in root.iter() if each.get("id")] == ["convergence-p1", "convergence-m1"]
    assert [each.get("clip-path") for each in root.iter("g")] == ["url(#convergence-p1)"]
    assert [each.get("href") for each in root.iter("use")] == ["#convergence-m1"]


def test_styles_become_attributes_and_win_over_those_that_are_there() -> None:
    (path,) = _drawn('<path fill="red" style="fill: none; stroke:#123456" d="M0 0"/>')

    assert path.attrib == {"fill": "none", "stroke": "#123456", "d": "M0 0"}


@pytest.mark.parametrize("tag", ["script", "style", "metadata", "foreignObject"])
def test_what_runs_or_looks_elsewhere_is_left_out_at_any_depth(tag: str) -> None:
    root = _drawn(f"<g><{tag}>a</{tag}><{tag}>b</{tag}><g><{tag}>c</{tag}><path/></g></g>")

    assert [each.tag for each in root.iter()] == ["svg", "g", "g", "path"]


def test_a_drawing_scales_and_has_its_text_for_whoever_cannot_see_it() -> None:
    root = _drawn("")

    assert root.attrib == {
        "viewBox": "0 0 10 20",
        "width": "15",
        "height": "30",
        "role": "img",
        "aria-label": "ten by twenty",
    }


def test_texts_keep_their_spaces_and_their_escapes() -> None:
    (text,) = _drawn("<text>a &lt; b <tspan>c</tspan> d</text>")

    assert "".join(text.itertext()) == "a < b c d"


def test_a_curve_goes_from_the_lower_left_to_the_upper_right_as_its_score_rises() -> None:
    assert sparkline([0.0, 0.5, 1.0]) == "M2 18 36 10 70 2"


def test_a_curve_has_a_gap_where_there_is_no_number_and_a_dot_for_one_by_itself() -> None:
    assert sparkline([0.0, None, 1.0, 1.0]) == "M2 18 h0M47.33 2 70 2"
    assert sparkline([None]) == ""
    assert sparkline([]) == ""


def test_a_long_curve_is_thinned_and_keeps_its_last_value() -> None:
    path = sparkline([0.0] * 999 + [1.0])

    assert path.endswith(" 70 2")
    assert len(path.split()) < 2 * 65
