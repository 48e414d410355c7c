"""The page of a dossier in headless Chromium: without barriers, without a script, on a phone, on paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.dossier.answered import answered, at, leaves, put
from tests.unit.dossier.made_up import made_up
from tests.unit.report.made_up import HOSTILE

from tasklaws.dossier.coverage.coverage import coverage_of
from tasklaws.dossier.page import page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import Opened, Viewer

pytestmark = pytest.mark.browser

PHONE = 390
SHEET = re.compile(rb"/Type\s*/Page\b(?!s)")
NAMES = ("model", "name", "family", "title", "reason", "text", "note", "definition", "path", "line")


def visit(viewer: Viewer, tmp_path: Path, document: dict[str, Any], **context: Any) -> Opened:
    """Open the page of a document, with the maps that it answers."""
    path = tmp_path / "dossier.html"
    path.write_bytes(page(document | {"coverage": coverage_of(document)}))
    return viewer.visit(path.as_uri(), **context)


def test_the_page_has_no_barriers_and_prints_whole(viewer: Viewer, tmp_path: Path) -> None:
    opened = visit(viewer, tmp_path, answered())
    assert opened.violations() == []
    opened.screenshot("dossier", full_page=False)
    opened.page.emulate_media(media="print")
    assert opened.page.get_by_text("One task as the model saw it, with what it answered").is_visible()
    assert len(SHEET.findall(opened.page.pdf(prefer_css_page_size=True))) > 3
    assert opened.console == []
    assert opened.leaving(opened.page.url) == []


def test_hostile_names_stay_names_on_a_dark_phone(viewer: Viewer, tmp_path: Path) -> None:
    document = made_up()
    for number, place in enumerate(leaves(document)):
        if place[-1] in NAMES and isinstance(at(document, place), str):
            put(document, place, HOSTILE[number % len(HOSTILE)])
    opened = visit(viewer, tmp_path, document, width=PHONE, color_scheme="dark")
    assert opened.too_wide() == 0
    assert opened.page.locator("img, script").count() == 0
    assert opened.violations("color-contrast", "link-in-text-block", "scrollable-region-focusable") == []
    assert opened.dialogs == []
    assert opened.console == []
    opened.screenshot("dossier-phone", full_page=False)
