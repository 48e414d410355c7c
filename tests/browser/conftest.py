"""One headless Chromium for the tests of a module, and what a page did while it was open."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
WIDE = 1280
DRAWN = "html[data-charts=done]"


@dataclass
class Opened:
    """An open page and what it did."""

    page: Any
    screenshots: Path
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.console.append(f"error: {error}"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))

    def wait_until_drawn(self) -> None:
        """Wait for all charts; not by a function, which the page's policy would not let run twice."""
        self.page.wait_for_selector(DRAWN, state="attached", timeout=60_000)

    def leaving(self, home: str) -> list[str]:
        """Return the requests for anything but what lies under `home` and what the page itself holds."""
        return [url for url in self.requests if not url.startswith((home, "data:", "blob:"))]

    def too_wide(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return int(self.page.evaluate("Math.max(0, document.documentElement.scrollWidth - innerWidth)"))

    def screenshot(self, name: str, *, full_page: bool = True) -> None:
        """Keep a picture of the page under a stable name."""
        self.page.screenshot(path=self.screenshots / f"{name}.png", full_page=full_page)

    def violations(self, *rules: str) -> list[str]:
        """Return what axe-core finds against the page, by these rules or all: impact, rule, places."""
        axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if rules:
            options["runOnly"] = {"type": "rule", "values": list(rules)}
        found = axe.Axe().run(self.page, options=options).response["violations"]
        return [
            f"{one['impact']}: {one['id']} at {[node['target'] for node in one['nodes'][:3]]}"
            for one in found
        ]


class Viewer:
    """Opens pages in one browser."""

    def __init__(self, browser: Any, folder: Path, screenshots: Path) -> None:
        self.browser, self.folder, self.screenshots = browser, folder, screenshots
        self.opened: list[Opened] = []

    def open(self, html: bytes, width: int = WIDE, **context: Any) -> Opened:
        """Open a page from its bytes, and wait until its charts are drawn where it has scripts."""
        path = self.folder / "report.html"
        path.write_bytes(html)
        opened = self.visit(path.as_uri(), width, **context)
        if context.get("java_script_enabled", True):
            opened.wait_until_drawn()
        return opened

    def visit(self, url: str, width: int = WIDE, **context: Any) -> Opened:
        """Open an address."""
        page = self.browser.new_page(viewport={"width": width, "height": 900}, **context)
        opened = Opened(page, self.screenshots)
        self.opened.append(opened)
        opened.listen()
        page.goto(url)
        return opened


# Not for the whole session: while Playwright runs, asyncio.run() fails in the same thread, and other tests
# need it. To start the driver takes about a second.
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


def _viewer(browser: Any, folder: Path) -> Iterator[Viewer]:
    kept = Path(os.environ.get("TASKLAWS_SCREENSHOTS") or folder)
    kept.mkdir(parents=True, exist_ok=True)
    viewer = Viewer(browser, folder, kept)
    yield viewer
    for opened in viewer.opened:
        opened.page.close()


@pytest.fixture
def viewer(browser: Any, tmp_path: Path) -> Iterator[Viewer]:
    """Return a viewer; its pages are closed after the test, its screenshots kept where they are asked for."""
    yield from _viewer(browser, tmp_path)


@pytest.fixture(scope="module")
def shared_viewer(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """Return a viewer whose pages stay open for the tests of a module."""
    yield from _viewer(browser, tmp_path_factory.mktemp("shared"))
