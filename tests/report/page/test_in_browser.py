"""The page in a headless Chromium: what a reader can ask it, and what it looks like."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Locator, Page, sync_playwright

from job.core.space import Integer, Space
from job.report.comparison.page import render_comparison_page
from job.report.comparison.plot import plot_comparison
from job.report.comparison.summary import compare
from job.report.plots import draw_plots
from job.report.summary import summarize
from tests.fakes import study_of
from tests.report.comparison.searches import named
from tests.report.page.markup import finished, mixed_study, page_of, plot

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
no_chromium = not Path(CHROMIUM).exists() and "HPO_JOB_TEST_STRICT" not in os.environ
pytestmark = [pytest.mark.slow, pytest.mark.skipif(no_chromium, reason="there is no Chromium")]

PLOTS = [plot(name) for name in ("convergence", "parallel", "landscape")]
# Of mixed_study, by number: 1 is evidence and stands apart, 3 failed, 7 is running; 4 is the best.
BEST_FIRST = [4, 5, 2, 6, 3, 7]

# How far each text stands out from what it stands on, for those that can be seen.
CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (colour) => {
    const parts = rgba(colour).slice(0, 3).map((part) => part / 255);
    const [red, green, blue] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const paper = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (rgba(colour)[3] === 255) return colour;
    }
    return "white";
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const contrasts = [];
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility() || element.matches("button:disabled")) continue;
    const style = getComputedStyle(element);
    const colour = element.ownerSVGElement && style.fill !== "none" ? style.fill : style.color;
    const [dark, light] = [luminance(colour), luminance(paper(element))].sort((a, b) => a - b);
    contrasts.push([(light + 0.05) / (dark + 0.05), texts.currentNode.data.trim()]);
  }
  return contrasts;
}"""


# Whether a cell of a table that scrolls is seen whole: within its box, and under nothing at its corners.
IN_SIGHT = """(cell) => {
  const inner = cell.getBoundingClientRect();
  const outer = cell.closest(".box").getBoundingClientRect();
  const corners = [[inner.left + 2, inner.top + 2], [inner.right - 2, inner.bottom - 2]];
  return inner.left >= outer.left && inner.right <= outer.right + 0.5
    && corners.every(([x, y]) => cell.contains(document.elementFromPoint(x, y)));
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield browser
        browser.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Visit]:
    """Open a page from its file, in a context with the given options; it must neither complain nor ask for anything."""
    complaints: list[str] = []
    contexts = []

    def opened(markup: str, **options: Any) -> Page:
        path = tmp_path / "report.html"
        path.write_text(markup, encoding="utf-8")
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: complaints.append(asked.url) if asked.url != path.as_uri() else None)
        page.goto(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [each for each in complaints if not each.startswith("data:")] == []


@pytest.fixture
def page(visit: Visit) -> Page:
    """The page of a search with trials of each status."""
    return visit(page_of(finished(mixed_study()), plots=PLOTS))


def shown(page: Page) -> list[int]:
    """Return the numbers of the trials in the table, from its top."""
    return [int(text) for text in page.locator("#trials tbody:not([hidden]) tr:first-child th").all_inner_texts()]


def followed(page: Page) -> int:
    """Return how many lines of the chart have not faded."""
    return page.locator("#chart .line:not(.out)").count()


def handle(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=name, exact=True)


def drag(page: Page, axis: int, start: float, end: float) -> None:
    """Drag along an axis of numbers, between two heights from 0 at its top to 1 at its foot."""
    area = page.locator("#chart .area").nth(axis)
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + start * box["height"])
    page.mouse.down()
    page.mouse.move(x, box["y"] + end * box["height"], steps=4)
    page.mouse.up()


def test_the_page_opens_from_a_file_without_a_complaint_or_a_request(page: Page) -> None:
    assert page.title() == "mnist, val_accuracy 98.80 % – hpo-job"
    assert shown(page) == BEST_FIRST
    assert followed(page) == len(BEST_FIRST)
    assert page.get_by_role("status").inner_text() == "6 trials"


@pytest.mark.parametrize(
    ("heading", "direction", "order"),
    [
        ("rank", "descending", [6, 2, 5, 4, 3, 7]),
        ("trial", "ascending", [2, 3, 4, 5, 6, 7]),
        ("learning_rate", "ascending", [3, 6, 4, 7, 2, 5]),
        ("filters", "ascending", [6, 7, 2, 3, 4, 5]),
        ("activation", "ascending", [4, 5, 2, 7, 6, 3]),
        ("val_accuracy", "descending", [4, 5, 2, 6, 3, 7]),
        ("curve", "descending", [4, 5, 2, 7, 6, 3]),
        ("epochs", "ascending", [7, 4, 5, 2, 6, 3]),
        ("time", "ascending", [7, 4, 5, 2, 6, 3]),
        ("status", "ascending", [7, 4, 5, 2, 6, 3]),
    ],
)
def test_a_click_on_a_heading_sorts_by_its_column(page: Page, heading: str, direction: str, order: list[int]) -> None:
    cell = page.locator("#trials thead th", has=page.get_by_role("button", name=heading, exact=True))
    cell.get_by_role("button").click()

    assert shown(page) == order
    assert cell.get_attribute("aria-sort") == direction
    assert page.locator("#trials th[aria-sort]").count() == 1


def test_the_keyboard_sorts_and_a_second_time_turns_the_order_with_the_empty_ones_still_last(page: Page) -> None:
    page.get_by_role("button", name="val_accuracy", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")

    assert shown(page) == [6, 2, 5, 4, 3, 7]


def test_words_filter_by_everything_that_a_row_says(page: Page) -> None:
    page.get_by_label("Text").fill("NaN fail")

    assert shown(page) == [3]
    assert followed(page) == 1
    assert page.get_by_role("status").inner_text() == "1 of 6 trials: “nan”, “fail”"


def test_a_status_filters_and_a_second_one_adds_its_trials(page: Page) -> None:
    page.get_by_label("failed", exact=True).check()
    assert shown(page) == [3]
    page.get_by_label("unfinished", exact=True).check()
    assert shown(page) == [3, 7]
    page.get_by_role("button", name="Show all").click()
    assert shown(page) == BEST_FIRST
    assert not page.get_by_label("failed", exact=True).is_checked()


def test_a_reader_can_ask_which_trials_had_tanh_and_a_high_rate(page: Page) -> None:
    page.get_by_text("Filter by value").click()
    page.get_by_role("group", name="activation").get_by_label("tanh").check()
    page.get_by_role("group", name="learning_rate").get_by_label("from").fill("5e-6")

    # Trials 3 and 6 had tanh, at 2.8e-6 and 7.2e-6.
    assert shown(page) == [6]
    assert page.get_by_role("status").inner_text() == "1 of 6 trials: learning_rate from 5e-6, activation tanh"
    assert (
        page.locator('#chart [role="checkbox"][aria-checked="true"]').get_attribute("aria-label") == "activation tanh"
    )
    assert handle(page, "learning_rate, from").get_attribute("aria-valuetext") == "5e-6"


def test_a_range_leaves_out_the_trials_without_a_number(page: Page) -> None:
    page.get_by_text("Filter by value").click()
    page.get_by_role("group", name="val_accuracy, %").get_by_label("to", exact=True).fill("95")

    assert shown(page) == [2, 6]


def test_dragging_along_an_axis_filters_the_table_and_a_click_on_it_lifts_that(page: Page) -> None:
    page.get_by_text("Filter by value").click()
    drag(page, 1, 0.5, -0.05)  # filters: from the middle beyond its upper end

    low = page.get_by_role("group", name="filters").get_by_label("from")
    assert low.input_value() == "36"
    assert page.get_by_role("group", name="filters").get_by_label("to", exact=True).input_value() == ""
    assert shown(page) == [4, 5, 3]
    assert followed(page) == 3

    drag(page, 1, 0.25, 0.25)
    assert shown(page) == BEST_FIRST
    assert low.input_value() == ""


def test_handles_move_by_the_keyboard_and_stop_at_each_other(page: Page) -> None:
    low, high = handle(page, "filters, from"), handle(page, "filters, to")
    low.focus()
    page.keyboard.press("ArrowUp")
    assert low.get_attribute("aria-valuenow") == "9"
    for _ in range(5):
        page.keyboard.press("PageUp")
    assert low.get_attribute("aria-valuenow") == "39"
    assert shown(page) == [4, 5, 3]

    high.focus()
    page.keyboard.press("Home")
    assert high.get_attribute("aria-valuenow") == "39"
    page.keyboard.press("End")
    assert high.get_attribute("aria-valuenow") == "64"


def test_an_arrow_key_goes_from_one_whole_number_to_the_next_where_there_are_few(visit: Visit) -> None:
    study = study_of()
    space = Space((Integer("layers", 1, 5), Integer("wide", 1, 1000, "log-uniform")))
    fingerprint = replace(study.fingerprint, space=space, default={"layers": 1, "wide": 1})
    page = visit(page_of(replace(study, fingerprint=fingerprint).propose({"layers": 2, "wide": 3})))

    for name in ("layers, from", "wide, from"):
        handle(page, name).focus()
        page.keyboard.press("ArrowUp")
        assert handle(page, name).get_attribute("aria-valuenow") == "2"
        page.keyboard.press("ArrowDown")
        assert handle(page, name).get_attribute("aria-valuenow") == "1"


def test_the_keyboard_chooses_a_value_in_the_chart(page: Page) -> None:
    page.get_by_role("checkbox", name="activation tanh").focus()
    page.keyboard.press("Space")

    assert shown(page) == [6, 3]


def test_a_finger_moves_a_handle(visit: Visit) -> None:
    page = visit(page_of(mixed_study()), has_touch=True, viewport={"width": 390, "height": 800})
    page.locator("#chart").scroll_into_view_if_needed()
    box = handle(page, "filters, from").bounding_box()
    area = page.locator("#chart .area").nth(1).bounding_box()
    assert box is not None
    assert area is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 6

    touch(page.context.new_cdp_session(page), x, y, y - area["height"] / 2)
    assert shown(page) == [4, 5, 3]


def touch(session: CDPSession, x: float, start: float, end: float) -> None:
    """Put a finger down, move it up or down, and lift it."""
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": start}]})
    for step in range(1, 5):
        point = {"x": x, "y": start + (end - start) * step / 4}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_row_points_at_its_line_and_says_what_it_shows(page: Page) -> None:
    page.locator("#trials tbody.best").hover()

    assert page.locator("#chart .line.pointed").get_attribute("class") == "line shade-7 best pointed"
    assert page.locator("#pointed").inner_text().startswith("Trial 4: learning_rate 8.318e-5, filters 52")


def test_a_failed_trial_unfolds_what_it_printed_last(page: Page) -> None:
    log = page.get_by_text("loss: nan", exact=True)
    assert not log.is_visible()
    page.get_by_text("the loss became NaN in epoch 1").click()
    assert log.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_in_both_colour_schemes(visit: Visit, scheme: str) -> None:
    page = visit(page_of(mixed_study(), plots=PLOTS, holder="somebody"), color_scheme=scheme)
    page.get_by_text("Filter by value").click()
    contrasts = page.evaluate(CONTRASTS)

    assert len(contrasts) > 100
    assert [text for contrast, text in contrasts if contrast < 4.5] == []


def test_the_switch_turns_the_colours_and_says_so(visit: Visit) -> None:
    page = visit(page_of(mixed_study()), color_scheme="dark")
    switch = page.get_by_role("button", name="Dark colours")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    assert switch.get_attribute("aria-pressed") == "true"

    switch.click()
    assert switch.get_attribute("aria-pressed") == "false"
    assert (dark, page.evaluate(paper)) == ("rgb(21, 25, 29)", "rgb(255, 255, 255)")


@pytest.mark.parametrize("width", [320, 360, 390, 768, 1280])
def test_nothing_makes_the_page_itself_scroll_sideways(visit: Visit, width: int) -> None:
    page = visit(page_of(mixed_study(), plots=PLOTS, holder="x" * 80), viewport={"width": width, "height": 800})
    page.get_by_text("Filter by value").click()

    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.body.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_number_score_and_reason_of_a_trial_stay_in_sight_when_the_table_is_scrolled(visit: Visit, width: int) -> None:
    page = visit(page_of(mixed_study()), viewport={"width": width, "height": 800})
    box = page.locator(".box:has(#trials)")
    box.scroll_into_view_if_needed()
    end = box.evaluate("(box) => box.scrollWidth - box.clientWidth")
    assert end > 0 or width > 390

    for offset in (0, end // 2, end):
        box.evaluate("(box, offset) => { box.scrollLeft = offset; }", offset)
        for row in ("thead tr", "tbody.best tr"):
            for cell in ("th:is(tbody *, :nth-child(2))", ".score"):
                assert page.locator(f"#trials {row} {cell}").evaluate(IN_SIGHT), (offset, row, cell)
        assert page.locator("#trials tbody.failed .reason-text a").evaluate(IN_SIGHT), offset
    assert page.locator("#trials tbody.best .score").inner_text() == "98.80 %"


def test_nothing_moves_while_the_page_opens(visit: Visit) -> None:
    page = visit(page_of(mixed_study(), plots=PLOTS, holder="somebody"))
    shifts = page.evaluate("""() => new Promise((tell) => {
        new PerformanceObserver((list) => tell(list.getEntries().map((entry) => entry.value)))
            .observe({ type: "layout-shift", buffered: true });
        setTimeout(() => tell([]), 300);
    })""")

    assert sum(shifts) < 0.02


def test_without_scripts_everything_is_there_but_what_needs_them(visit: Visit) -> None:
    page = visit(page_of(mixed_study(), plots=PLOTS), java_script_enabled=False)

    assert page.locator("#trials tbody tr:first-child th").all_inner_texts() == [str(number) for number in BEST_FIRST]
    assert page.get_by_role("img", name="what parallel shows").is_visible()
    assert page.get_by_role("img", name="what convergence shows").is_visible()
    page.get_by_text("the loss became NaN in epoch 1").click()
    assert page.get_by_text("loss: nan", exact=True).is_visible()
    for name in ("Dark colours", "Show all", "Enlarge: Plot of convergence"):
        assert not page.get_by_role("button", name=name).is_visible()
    assert not page.locator("#filters").is_visible()


def test_with_scripts_the_static_parallel_coordinates_make_room_for_those_that_answer(page: Page) -> None:
    assert not page.get_by_role("img", name="what parallel shows").is_visible()
    assert page.locator("#chart .axis").count() == 5


def test_a_plot_can_be_enlarged_and_goes_back_to_its_place(visit: Visit) -> None:
    page = visit(page_of(mixed_study(), plots=PLOTS), viewport={"width": 360, "height": 700})
    button = page.get_by_role("button", name="Enlarge: Plot of convergence")
    drawing = page.get_by_role("img", name="what convergence shows")
    small = drawing.bounding_box()
    button.click()
    large = drawing.bounding_box()
    assert small is not None
    assert large is not None
    assert (small["width"] < 360, large["width"]) == (True, 810)

    page.keyboard.press("Escape")
    again = drawing.bounding_box()
    assert again is not None
    assert (again["x"], again["width"], again["height"]) == (small["x"], small["width"], small["height"])
    assert button.evaluate("(button) => button === document.activeElement")


def test_a_running_page_loads_itself_anew_until_its_reader_asks_something(visit: Visit) -> None:
    loads: list[str] = []
    markup = page_of(mixed_study(), holder="somebody").replace('content="30"', 'content="1"')
    page = visit(markup)
    page.on("load", lambda loaded: loads.append(loaded.url))
    page.wait_for_event("load", timeout=5000)
    page.get_by_label("Text").fill("relu")
    n_loads = len(loads)
    page.wait_for_timeout(2500)

    assert n_loads >= 1
    assert len(loads) == n_loads
    assert page.get_by_label("Text").input_value() == "relu"
    assert "no longer loads itself anew" in page.locator("#reload").inner_text()


def test_a_page_that_was_left_behind_tells_its_age(visit: Visit) -> None:
    page = visit(page_of(mixed_study(), holder="somebody"))

    assert page.locator("#age").inner_text().endswith("days before this page was opened")


@pytest.mark.parametrize("scores", [(), (None,), (0.9,), (0.9, 0.9), (1.0, 0.0)])
def test_a_search_of_few_or_equal_trials_draws_without_a_complaint(visit: Visit, scores: tuple[float | None]) -> None:
    page = visit(page_of(study_of(*scores)))

    assert page.locator("#chart .line").count() == len(scores)
    paths = page.locator("#chart .stroke").evaluate_all("(paths) => paths.map((path) => path.getAttribute('d'))")
    assert "NaN" not in "".join(paths)


def test_the_plots_of_200_trials_stand_in_a_page_of_less_than_3_megabytes(visit: Visit) -> None:
    study = study_of(*(0.5 + index / 500 for index in range(200)), None, epochs=20)
    plots = list(draw_plots(summarize(study), surrogate=None, predictions=None))
    markup = page_of(study, plots=plots)
    page = visit(markup)

    assert len(markup.encode()) < 3_000_000
    drawn = [plot for plot in plots if plot.svg and plot.name != "parallel"]
    assert len(drawn) > 3
    for each in drawn:
        heading = page.get_by_role("heading", name=each.title, exact=True)
        box = page.locator("figure.plot", has=heading).get_by_role("img").bounding_box()
        assert box is not None
        assert box["width"] > 300
    ids = page.locator("[id]").evaluate_all("(elements) => elements.map((element) => element.id)")
    assert len(ids) == len(set(ids))


def test_200_trials_are_drawn_and_sorted_at_once(visit: Visit) -> None:
    page = visit(page_of(study_of(*(0.5 + index / 500 for index in range(200)))))
    page.get_by_role("button", name="trial", exact=True).click()

    assert shown(page) == list(range(1, 201))
    assert followed(page) == 200


def test_a_comparison_fits_into_a_phone_in_either_scheme_without_a_complaint_or_a_request(visit: Visit) -> None:
    comparison = compare([named("a", 0.5, 0.99), named("b", 0.6, 0.7, surrogate="none")])
    markup = render_comparison_page(comparison, plot_comparison(comparison))
    page = visit(markup, viewport={"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("button", name="Dark colours").click()
    assert min(contrast for contrast, _ in page.evaluate(CONTRASTS)) >= 4.5
    page.get_by_role("button", name="Enlarge").click()
    assert page.locator("dialog svg").is_visible()
