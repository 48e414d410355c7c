"""A result in a notebook, in a browser that runs no script: charts are there, hostile names do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.report.made_up import HOSTILE, forecasts_of, synthetic_cells

from tasklaws.assess.prediction import Prediction
from tasklaws.report.notebook import html

if TYPE_CHECKING:
    from tests.browser.conftest import Viewer

pytestmark = pytest.mark.browser

PICTURES = """() => [...document.querySelectorAll('img')].map(image => [image.naturalWidth, image.alt])"""


@pytest.mark.parametrize("scripts", [False, True])
def test_a_result_shows_its_charts_without_a_script_or_a_request(viewer: Viewer, scripts: bool) -> None:
    pytest.importorskip("vl_convert", reason="the extra png is not installed")
    families = [f"{name} {i}" for i, name in enumerate(HOSTILE[:5])]
    made = Prediction("m", "forecast", forecasts_of("m", synthetic_cells(families, 1, 1)), ())
    path = viewer.folder / "result.html"
    path.write_text(f"<!doctype html><meta charset='utf-8'><title>result</title>{html(made)}", "utf-8")
    opened = viewer.visit(path.as_uri(), java_script_enabled=scripts)
    pictures: list[Any] = opened.page.evaluate(PICTURES)
    assert [width for width, _ in pictures] == [720]
    assert "Forecast scores" in pictures[0][1]
    opened.screenshot(f"notebook-{'with' if scripts else 'without'}-scripts")
    assert not opened.dialogs
    assert not opened.leaving(path.as_uri())
