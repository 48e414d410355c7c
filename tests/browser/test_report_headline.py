"""The headline page in headless Chromium: one sheet of paper, quiet, on a phone, in the dark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.unit.report.claimed import headline
from tests.unit.report.made_up import HOSTILE

from tasklaws.report.headline_page import headline_page

if TYPE_CHECKING:
    from tests.browser.conftest import Viewer

pytestmark = pytest.mark.browser

PHONE = 390
SHEET = re.compile(rb"/Type\s*/Page\b(?!s)")


def test_nine_claims_and_a_chart_print_on_one_sheet(viewer: Viewer) -> None:
    opened = viewer.open(headline_page(headline()))
    assert len(SHEET.findall(opened.page.pdf(prefer_css_page_size=True))) == 1
    assert opened.console == []
    opened.screenshot("headline")


def test_on_a_phone_hostile_names_stay_quiet_and_fit(viewer: Viewer) -> None:
    opened = viewer.open(headline_page(headline(about=HOSTILE[0])), PHONE, color_scheme="dark")
    assert opened.console == []
    assert opened.dialogs == []
    assert opened.too_wide() == 0
    opened.screenshot("headline-phone")
