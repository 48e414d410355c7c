"""Who may ask, and what answers carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.viewer.conftest import PORT, TOKEN
from tests.unit.viewer.studies import attempts, study_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.viewer.conftest import Asking


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, asking: Callable[[Path], Asking]) -> Asking:
    return asking(study_of(tmp_path_factory.mktemp("guarded") / "s", attempts()))


@pytest.mark.parametrize(
    "path", ["/", "/runs", "/wrong/", f"/{TOKEN}x/", f"/{TOKEN[:-1]}/", f"//{TOKEN}/", "/%F0%9F%92%A9/"]
)
def test_a_wrong_token_is_told_nothing(one: Asking, path: str) -> None:
    answer = one.get(path)
    assert (answer.status_code, answer.text) == (404, "Not Found")


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", ""])
def test_another_host_is_told_nothing_though_it_has_the_token(one: Asking, host: str) -> None:
    answer = one.get(headers={"host": host})
    assert (answer.status_code, answer.text) == (404, "Not Found")


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"LOCALHOST:{PORT}"])
def test_this_machine_is_answered(one: Asking, host: str) -> None:
    assert one.get(headers={"host": host}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_but_reading_is_allowed(one: Asking, method: str) -> None:
    answer = one.client.request(method, f"/{TOKEN}/")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_head_has_no_body(one: Asking) -> None:
    answer = one.client.head(f"/{TOKEN}/runs")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("place", ["", "runs", "family/none", "assets/view.css", "nothing", "?csv=1"])
def test_every_answer_is_held_to_this_page(one: Asking, place: str) -> None:
    headers = one.get(place).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
