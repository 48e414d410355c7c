"""A client that asks the application as a browser does, without a socket."""

from __future__ import annotations

import html
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("starlette", reason="the extra `view` is not installed")

with warnings.catch_warnings():
    # Starlette would rather have httpx2, of which nothing else here has need.
    warnings.filterwarnings("ignore", "Using `httpx` with `starlette.testclient` is deprecated")
    from starlette.testclient import TestClient

from tasklaws.study.folder import Study
from tasklaws.viewer.app import Pages
from tasklaws.viewer.desk import Store
from tasklaws.viewer.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOKEN, PORT = "secret-token", 7001


@dataclass
class Asking:
    """Asks for pages of one study."""

    client: TestClient

    def get(self, place: str = "", **more: Any) -> Any:
        """Return the answer to a question for a page, below the token."""
        address = place if place.startswith("/") else f"/{TOKEN}/{place}"
        return self.client.get(address, follow_redirects=False, **more)

    def text(self, place: str = "") -> str:
        """Return a page, which must be there."""
        answer = self.get(place)
        assert answer.status_code == 200, (place, answer.text)
        return str(answer.text)

    def links(self, place: str = "", holding: str = "") -> list[str]:
        """Return the addresses in a page, as a browser reads them."""
        found = [html.unescape(one) for one in re.findall(r'href="([^"]*)"', self.text(place))]
        return [one for one in found if holding in one]


@pytest.fixture(scope="session")
def asking() -> Callable[[Path], Asking]:
    def served(root: Path) -> Asking:
        app = Guard(Pages(Store(Study(root)), TOKEN).app(), TOKEN, PORT)
        return Asking(TestClient(app, base_url=f"http://127.0.0.1:{PORT}"))

    return served
