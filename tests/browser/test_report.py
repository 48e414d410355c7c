"""The report in headless Chromium: drawn, quiet, offline, and deaf to hostile names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.report.made_up import (
    HOSTILE,
    backtest_document,
    forecasts_of,
    full,
    pythia_cells,
    synthetic_cells,
    with_hostile_names,
)
from tests.unit.report.test_ladder_sections import ladder_parts

from tasklaws.report.content import Backtest, Prediction, ReportInput
from tasklaws.report.page import render
from tasklaws.report.preview import preview

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import Opened, Viewer

pytestmark = pytest.mark.browser

WIDE, PHONE = 1280, 390

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


def assert_clean(opened: Opened) -> None:
    assert opened.console == []
    assert opened.dialogs == []
    assert opened.leaving(opened.page.url) == []
    assert opened.page.evaluate(EMPTY) == []
    assert opened.too_wide() == 0


CELLS = synthetic_cells(["add", "sort", "sum_range"], lineages=("alpha", "beta"))
FEW = synthetic_cells(["add", "sort", "sum_range"], tasks_each=2, rungs=3, lineages=("alpha", "beta"))


# What axe-core tries again on a dark phone: the rules that hang on colours and on width.
SEEN = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")


@pytest.mark.parametrize(("width", "scheme", "rules"), [(WIDE, "light", ()), (PHONE, "dark", SEEN)])
def test_full_report_is_drawn_quiet_offline_and_without_barriers(
    viewer: Viewer, width: int, scheme: str, rules: tuple[str, ...]
) -> None:
    content = replace(full(FEW), **ladder_parts())
    opened = viewer.open(render(content), width, color_scheme=scheme)
    assert_clean(opened)
    assert opened.page.locator(".chart").count() > 20
    assert opened.page.evaluate(CLIPPED) == []
    assert opened.page.evaluate(OVERLAPS) == []
    opened.screenshot(f"report-{scheme}-{width}")
    assert opened.violations(*rules) == []


def test_report_on_a_real_ladder_is_drawn(viewer: Viewer, shared_data: Path) -> None:
    opened = viewer.open(render(full(pythia_cells(shared_data))), PHONE)
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
    ],
    ids=lambda content: content.title,
)
def test_small_inputs_are_drawn(viewer: Viewer, content: ReportInput) -> None:
    assert_clean(viewer.open(render(content)))


def test_five_hundred_tasks_are_drawn_with_their_past_on_a_canvas(viewer: Viewer) -> None:
    cells = synthetic_cells([f"family{i}" for i in range(50)], tasks_each=10, rungs=7)
    opened = viewer.open(render(full(cells)))
    assert_clean(opened)
    assert opened.page.locator("#past-outcomes canvas").count() == 1
    assert opened.page.locator("main canvas").count() == 1


def test_hostile_names_are_inert_and_shown(viewer: Viewer) -> None:
    content = with_hostile_names(full(CELLS))
    opened = viewer.open(render(content), PHONE)
    assert_clean(opened)
    assert opened.page.locator("img").count() == 0
    assert opened.page.title() == HOSTILE[0]
    assert HOSTILE[1] in opened.page.locator("main").inner_text()
    image = opened.page.locator("#prediction-tasks .mark-symbol path[aria-label*='<img']").first
    image.hover(force=True)
    tooltip = opened.page.locator("#vg-tooltip-element.visible")
    tooltip.wait_for()
    assert HOSTILE[1] in tooltip.inner_text()
    assert opened.page.locator("img").count() == 0
    assert opened.dialogs == []


def test_policy_stops_what_escaping_would_have_missed(viewer: Viewer) -> None:
    image = b'<img src="https://example.org/x.png" onerror="globalThis.ran = 1">'
    planted = b"<script>globalThis.ran = 1</script>" + image
    opened = viewer.open(render(full(CELLS)).replace(b"</main>", planted + b"</main>"))
    assert opened.page.evaluate("globalThis.ran") is None
    assert any("Content Security Policy" in line for line in opened.console)


def test_page_is_readable_without_scripts(viewer: Viewer) -> None:
    opened = viewer.open(render(full(CELLS)), java_script_enabled=False)
    text = opened.page.locator("main").inner_text()
    assert "Charts, filters and downloads need JavaScript, which is off." in text
    assert "Past forecasts of the next model were off by" in text
    assert "The chart is not drawn because JavaScript is off." in text


def test_the_preview_of_a_family_draws_every_chart_offline(viewer: Viewer, tmp_path: Path) -> None:
    preview("sum_range", tmp_path / "preview.html", call_limit=1.0)
    opened = viewer.open((tmp_path / "preview.html").read_bytes(), PHONE)
    drawn = opened.page.evaluate(LINES)
    assert set(drawn) == {"score-exact-1", "score-edit_similarity-1", "score-token_accuracy-1",
                          "score-reference_nll-1", "time-1"}  # fmt: skip
    assert set(drawn.values()) == {8}
    assert opened.console == []
    assert opened.leaving(opened.page.url) == []
    assert opened.too_wide() == 0
