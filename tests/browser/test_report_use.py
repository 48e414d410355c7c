"""What readers do with the report: filter, hide, press keys, save, print."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import pytest
from tests.unit.report.made_up import full, synthetic_cells, with_hostile_names

from tasklaws.report.page import render

if TYPE_CHECKING:
    from tests.browser.conftest import Opened, Viewer

pytestmark = pytest.mark.browser

CELLS = synthetic_cells(["add", "sort", "sum_range"], tasks_each=36, rungs=3, lineages=("alpha", "beta"))

# Tables go on on the next page; charts do not.
CUT = """() => [...document.querySelectorAll('.chart, table')].filter((one) => {
  const { right, height } = one.getBoundingClientRect();
  return right > innerWidth + 1 || (height > innerHeight && one.localName !== 'table');
}).length"""


@pytest.fixture(scope="module")
def page() -> bytes:
    """Return a report with more rows than stand in it as text."""
    return render(full(CELLS))


@pytest.fixture(scope="module")
def opened(shared_viewer: Viewer, page: bytes) -> Opened:
    """Return the report, open; a test leaves the filter and the keys as they were."""
    return shared_viewer.open(page)


def type_filter(opened: Opened, text: str) -> None:
    opened.page.get_by_label("Filter families and tasks").fill(text)
    opened.page.wait_for_selector("html[data-charts=waiting]", state="attached")
    opened.wait_until_drawn()


def shown_rows(opened: Opened, figure: str) -> int:
    return int(opened.page.locator(f"#{figure} tbody tr").count())


def marks(opened: Opened, figure: str, mark: str) -> int:
    return int(opened.page.locator(f"#{figure} .{mark} path").count())


def test_filter_narrows_panels_marks_and_rows_until_escape(opened: Opened) -> None:
    assert opened.page.locator("#curves .panel:visible").count() == 3
    before = marks(opened, "prediction-families", "mark-symbol")
    type_filter(opened, "SUM_range")  # whatever the case
    assert opened.page.locator("#curves .panel:visible").all_inner_texts()[0].startswith("sum_range")
    assert opened.page.locator("#curves .panel:visible").count() == 1
    assert marks(opened, "prediction-families", "mark-symbol") == before / 3
    assert shown_rows(opened, "prediction-tasks") == 36
    told = opened.page.get_by_role("status").inner_text()
    assert re.fullmatch(r"1 of 5 panels and \d+ of \d+ table rows match\.", told)
    opened.screenshot("report-filtered", full_page=False)
    type_filter(opened, "sum_range/35")
    assert shown_rows(opened, "prediction-tasks") == 1  # a row beyond those that stand in the page as text
    type_filter(opened, "no such task")
    assert opened.page.locator("#curves .none").is_visible()
    opened.page.get_by_label("Filter families and tasks").press("Escape")
    opened.wait_until_drawn()
    assert opened.page.get_by_label("Filter families and tasks").input_value() == ""
    assert opened.page.get_by_role("status").inner_text() == ""
    assert opened.page.locator("#curves .panel:visible").count() == 3
    assert marks(opened, "prediction-families", "mark-symbol") == before
    assert shown_rows(opened, "prediction-tasks") == 100
    assert opened.console == []


def test_keys_hide_and_show_what_they_stand_for(opened: Opened) -> None:
    diamonds, lines = (marks(opened, "curves", mark) for mark in ("mark-symbol", "mark-line"))
    beta = opened.page.locator("#curves").get_by_role("button", name="beta")
    assert beta.get_attribute("aria-pressed") == "true"
    beta.click()
    opened.wait_until_drawn()
    assert beta.get_attribute("aria-pressed") == "false"
    assert marks(opened, "curves", "mark-line") == lines - 3
    opened.screenshot("report-key", full_page=False)
    beta.click()
    law = opened.page.locator("#curves").get_by_role("button", name="the law")
    law.click()
    opened.wait_until_drawn()
    assert marks(opened, "curves", "mark-line") == 0
    assert marks(opened, "curves", "mark-symbol") == diamonds
    law.click()
    opened.wait_until_drawn()
    assert opened.console == []


def test_all_can_be_done_with_the_keyboard(opened: Opened) -> None:
    opened.page.reload()
    opened.wait_until_drawn()
    keyboard = opened.page.keyboard

    def focused(script: str) -> str:
        return str(opened.page.evaluate(f"(at => {script})(document.activeElement)"))

    keyboard.press("Tab")
    assert focused("at.textContent") == "Skip to the results"
    assert opened.page.locator(".skip").bounding_box()["y"] >= 0
    keyboard.press("Enter")
    assert focused("at.id") == "main"
    for _ in range(40):
        keyboard.press("Tab")
        if focused("at.className").startswith("chart"):
            break
    assert focused("at.ariaLabel")
    help_text = opened.page.locator(f"#{focused('at.getAttribute(`aria-describedby`)')}").text_content()
    assert help_text == "The numbers are in the table below the chart; Enter opens it."
    assert focused("getComputedStyle(at).outlineStyle") == "solid"
    keyboard.press("Enter")
    assert focused("at.localName + at.parentElement.open") == "summarytrue"
    opened.page.locator("#curves [data-switch]").first.focus()
    keyboard.press("Space")
    assert focused("at.ariaPressed") == "false"
    assert opened.console == []


def test_all_rows_can_be_shown_and_saved_with_formulas_disarmed(viewer: Viewer) -> None:
    opened = viewer.open(render(with_hostile_names(full(CELLS))))
    tasks = opened.page.locator("#prediction-tasks")
    tasks.locator("summary").click()
    assert shown_rows(opened, "prediction-tasks") == 100
    tasks.get_by_role("button", name="Show all rows").click()
    assert shown_rows(opened, "prediction-tasks") > 100
    with opened.page.expect_download() as download:
        tasks.get_by_role("button", name="Download as CSV").click()
    assert download.value.suggested_filename == "tasks.csv"
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8"), newline="")))
    assert len(rows) == shown_rows(opened, "prediction-tasks")
    assert not any(row["task_id"].startswith("=") for row in rows)
    assert any(row["task_id"].startswith("'=HYPERLINK") for row in rows)
    assert any("\u202e" in row["task_id"] for row in rows)  # as it is in the file, spelt out on the page
    assert "\u202e" not in tasks.inner_text()
    with opened.page.expect_download() as picture:
        tasks.get_by_role("button", name="Save the picture as SVG").click()
    drawing = picture.value.path().read_text("utf-8")
    assert drawing.startswith("<svg")
    assert "var(" not in drawing
    type_filter(opened, "<img src=x onerror")
    assert opened.page.locator("main img").count() == 0
    assert opened.dialogs == opened.console == []


def test_dark_page_is_light_on_paper_and_nothing_is_cut(viewer: Viewer, page: bytes) -> None:
    opened = viewer.open(page, color_scheme="dark")
    ink = "getComputedStyle(document.querySelector('#prediction-tasks .mark-symbol path')).fill"
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = [opened.page.evaluate(one) for one in (ink, paper)]
    opened.page.emulate_media(media="print", color_scheme="dark")
    light = [opened.page.evaluate(one) for one in (ink, paper)]
    assert dark[1] == "rgb(31, 31, 31)"
    assert light == ["rgb(42, 93, 143)", "rgb(255, 255, 255)"]
    opened.page.set_viewport_size({"width": 688, "height": 1000})  # an A4 page within its margins
    assert opened.page.evaluate(CUT) == 0
    assert not opened.page.locator("nav").is_visible()
    opened.screenshot("report-print")
    assert opened.page.pdf(format="A4").startswith(b"%PDF")
    assert opened.console == []
