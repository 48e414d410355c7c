"""The report in headless Chromium: drawn, quiet, offline, and deaf to hostile names."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.unit.report.made_up import (
    HOSTILE,
    backtest_document,
    forecasts_of,
    full,
    past_of,
    pythia_cells,
    synthetic_cells,
    with_hostile_names,
)

from tasklaws.report.content import Backtest, Prediction, ReportInput
from tasklaws.report.page import render
from tasklaws.report.preview import preview

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
WIDE, NARROW = 1280, 420

CLIPPED = """() => [...document.querySelectorAll('.chart svg text')].filter(text => {
  const box = text.getBoundingClientRect(), frame = text.closest('.chart').getBoundingClientRect();
  return box.width > 0 && (box.left < frame.left - 1 || box.right > frame.right + 1);
}).map(text => text.textContent)"""
OVERLAPS = """() => [...document.querySelectorAll('.chart svg .role-axis-label')].flatMap(axis => {
  // Labels that the drawing library left out for want of room are still there, with no opacity.
  const labels = [...axis.querySelectorAll('text')].filter(text => text.getAttribute('opacity') !== '0');
  const boxes = labels.map(text => text.getBoundingClientRect()).filter(box => box.width > 0);
  return labels.slice(1).filter((_, i) => {
    const [one, two] = [boxes[i], boxes[i + 1]];
    return two.left < one.right && one.left < two.right && two.top < one.bottom && one.top < two.bottom;
  });
}).map(label => label.textContent)"""
EMPTY = """() => [...document.querySelectorAll('.chart')].filter(chart =>
  chart.dataset.state !== 'drawn' ||
  !(chart.querySelector('canvas') || chart.querySelector('svg [role=graphics-symbol], svg .mark-symbol path'))
).map(chart => chart.dataset.spec)"""

LINES = """() => Object.fromEntries([...document.querySelectorAll('.chart')].map(chart =>
  [chart.dataset.spec, chart.querySelectorAll('svg .mark-line path').length]))"""


@dataclass
class Opened:
    """An open page and what it did."""

    page: Any
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.console.append(f"error: {error}"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))


class Viewer:
    """Opens pages in one browser."""

    def __init__(self, browser: Any, folder: Path) -> None:
        self.browser, self.folder = browser, folder

    def open(self, html: bytes, width: int = WIDE, **context: Any) -> Opened:
        path = self.folder / "report.html"
        path.write_bytes(html)
        opened = Opened(self.browser.new_page(viewport={"width": width, "height": 900}, **context))
        opened.listen()
        opened.page.goto(path.as_uri())
        if context.get("java_script_enabled", True):
            opened.page.wait_for_function(
                "document.documentElement.dataset.charts === 'done'", timeout=60_000
            )
        return opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no chromium on this machine")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def viewer(browser: Any, tmp_path: Path) -> Iterator[Viewer]:
    viewer = Viewer(browser, tmp_path)
    yield viewer
    for context in browser.contexts:
        context.close()


def assert_clean(opened: Opened) -> None:
    assert opened.console == []
    assert opened.dialogs == []
    assert [url for url in opened.requests if not url.startswith(("file://", "data:"))] == []
    assert [url for url in opened.requests if url.startswith("file://")] == [opened.page.url]
    assert opened.page.evaluate(EMPTY) == []
    assert opened.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


CELLS = synthetic_cells(["add", "sort", "sum_range"], lineages=("alpha", "beta"))


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_full_report_is_drawn_quiet_and_offline(viewer: Viewer, width: int) -> None:
    opened = viewer.open(render(full(CELLS)), width)
    assert_clean(opened)
    assert opened.page.locator(".chart").count() == 15
    assert opened.page.evaluate(CLIPPED) == []
    assert opened.page.evaluate(OVERLAPS) == []
    assert opened.page.screenshot(path=viewer.folder / "report.png", full_page=True).startswith(b"\x89PNG")


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_report_on_a_real_ladder_is_drawn(viewer: Viewer, shared_data: Path, width: int) -> None:
    opened = viewer.open(render(full(pythia_cells(shared_data))), width)
    assert_clean(opened)
    assert opened.page.evaluate(CLIPPED) == []
    assert opened.page.evaluate(OVERLAPS) == []


@pytest.mark.parametrize(
    "content",
    [
        ReportInput("Nothing yet"),
        ReportInput("Only a prediction", prediction=Prediction(forecasts_of("next", CELLS[:1]))),
        ReportInput("Only a backtest", backtest=Backtest(backtest_document(3))),
        ReportInput("Scores only", ladder=full(CELLS).ladder, cells=full(CELLS).cells),
        full(synthetic_cells(["add"], tasks_each=1), title="One task"),
        full(synthetic_cells([f"family{i}" for i in range(50)], tasks_each=10), title="500 tasks"),
    ],
    ids=lambda content: content.title,
)
def test_small_and_large_inputs_are_drawn(viewer: Viewer, content: ReportInput) -> None:
    assert_clean(viewer.open(render(content)))


def test_many_past_forecasts_go_on_a_canvas(viewer: Viewer) -> None:
    past = past_of(synthetic_cells([f"family{i}" for i in range(50)], tasks_each=10))
    opened = viewer.open(render(ReportInput("many", backtest=Backtest(backtest_document(), past))))
    assert_clean(opened)
    assert opened.page.locator("#past-outcomes canvas").count() == 1


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_hostile_names_are_inert_and_shown(viewer: Viewer, width: int) -> None:
    opened = viewer.open(render(with_hostile_names(full(CELLS))), width)
    assert_clean(opened)
    assert opened.page.locator("img").count() == 0
    assert opened.page.locator("script").count() == 2 + opened.page.locator(".chart").count()
    assert opened.page.title() == HOSTILE[0]
    assert HOSTILE[1] in opened.page.locator("main").inner_text()


def test_hostile_name_in_a_tooltip_is_text(viewer: Viewer) -> None:
    tasks = forecasts_of("next", CELLS[:1]).filter(pl.col("level") == "task")
    hostile = tasks.with_columns(pl.lit(HOSTILE[1]).alias("task_id"))
    opened = viewer.open(render(ReportInput("t", prediction=Prediction(hostile))))
    opened.page.locator("#prediction-tasks .mark-symbol path").first.hover(force=True)
    tooltip = opened.page.locator("#vg-tooltip-element.visible")
    tooltip.wait_for()
    assert HOSTILE[1] in tooltip.inner_text()
    assert tooltip.locator("img").count() == 0
    assert opened.dialogs == []


def test_policy_stops_what_escaping_would_have_missed(viewer: Viewer) -> None:
    image = b'<img src="https://example.org/x.png" onerror="globalThis.ran = 1">'
    planted = b"<script>globalThis.ran = 1</script>" + image
    opened = viewer.open(render(full(CELLS)).replace(b"</main>", planted + b"</main>"))
    assert opened.page.evaluate("globalThis.ran") is None
    assert any("Content Security Policy" in line for line in opened.console)


def test_table_and_pictures_can_be_saved(viewer: Viewer) -> None:
    opened = viewer.open(render(full(CELLS)))
    opened.page.locator("#prediction-tasks summary").click()
    with opened.page.expect_download() as table:
        opened.page.locator("#prediction-tasks a[download$='.csv']").click()
    assert table.value.suggested_filename == "tasks.csv"
    assert table.value.path().read_text().startswith("task_id,task_family,metric,n,mean,")
    with opened.page.expect_download() as picture:
        opened.page.locator("#prediction-tasks a[data-picture]").click()
    assert picture.value.path().read_text().startswith("<svg")
    assert opened.console == []


def test_page_is_readable_without_scripts(viewer: Viewer) -> None:
    opened = viewer.open(render(full(CELLS)), java_script_enabled=False)
    text = opened.page.locator("main").inner_text()
    assert "Charts need JavaScript, which is off." in text
    assert "Past forecasts of the next model were off by" in text
    assert "The chart is not drawn because JavaScript is off." in text


def test_page_prints(viewer: Viewer) -> None:
    opened = viewer.open(render(full(CELLS)))
    assert opened.page.pdf(path=viewer.folder / "report.pdf", format="A4").startswith(b"%PDF")
    assert opened.console == []


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_preview_of_a_family_draws_every_chart_offline(
    viewer: Viewer, tmp_path: Path, width: int
) -> None:
    preview("sum_range", tmp_path / "preview.html", call_limit=1.0)
    opened = viewer.open((tmp_path / "preview.html").read_bytes(), width)
    drawn = opened.page.evaluate(LINES)
    assert set(drawn) == {"score-exact-1", "score-edit_similarity-1", "score-token_accuracy-1",
                          "score-reference_nll-1", "time-1"}  # fmt: skip
    assert set(drawn.values()) == {8}
    assert opened.console == []
    assert [url for url in opened.requests if not url.startswith("file:")] == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    opened.page.close()
