"""Bytes of a report's page and time until it is drawn: ``python benchmarks/report_page.py [PAGE ...]``.

Without arguments the page is that of 120 made-up tasks on 10 models with every section filled, and two with
one chart of just below and just above as many marks as go on a canvas. Times are milliseconds from
navigation, best and median of five, in Debian's Chromium: until what stands in the window is drawn, and until
every chart is. Pages given as files may be of earlier versions, or of real studies.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.unit.report.made_up import backtest_document, full, past_of, synthetic_cells
from tests.unit.report.test_ladder_sections import ladder_parts

from tasklaws.report.content import Backtest, ReportInput
from tasklaws.report.page import render

RUNS = 5
WATCH = """const seen = globalThis.seen = {};
new MutationObserver(() => ['window', 'charts'].forEach((name) => {
  const value = document.documentElement?.dataset[name];
  if (value === 'drawn' || value === 'done') seen[name] ??= performance.now();
})).observe(document, { subtree: true, childList: true, attributes: true });"""


def large() -> bytes:
    """Return the page of 24 families of 5 tasks on 10 models."""
    cells = synthetic_cells([f"family_{i:02d}" for i in range(24)], tasks_each=5, rungs=10)
    return render(replace(full(cells), **ladder_parts()))


def many_marks(marks: int) -> bytes:
    """Return a page whose scatter of past forecasts has about this many marks, two per forecast."""
    past = past_of(synthetic_cells([f"family_{i}" for i in range(50)], tasks_each=10, rungs=6))
    content = Backtest(backtest_document(), past[: marks // 2])
    return render(ReportInput(f"{marks} marks", backtest=content))


def timed(browser: Browser, path: Path) -> dict[str, list[float]]:
    """Return the times of five visits; pages of earlier versions do not tell when the window was drawn."""
    found: dict[str, list[float]] = {"window": [], "charts": []}
    for _ in range(RUNS):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(WATCH)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-charts=done]", state="attached", timeout=120_000)
        for name, at in page.evaluate("globalThis.seen").items():
            found[name].append(at)
        page.close()
    return found


def main(paths: list[Path]) -> None:
    """Print one JSON line per page."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        if not paths:
            pages = {"large": large(), "4900 marks": many_marks(4_900), "5100 marks": many_marks(5_100)}
            for name, page in pages.items():
                (path := Path(folder) / f"{name}.html").write_bytes(page)
                paths.append(path)
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        for path in paths:
            times = timed(browser, path.resolve())
            told = {
                f"{name}_{what}": round(of(ms))
                for name, ms in times.items()
                if ms
                for what, of in (("best", min), ("median", statistics.median))
            }
            print(json.dumps({"page": path.name, "bytes": path.stat().st_size, **told}))
        browser.close()


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
