"""The viewer in headless Chromium: from families down to a transcript, by mouse and by keyboard alone."""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.viewer.studies import HOSTILE, attempts, study_of

pytest.importorskip("uvicorn", reason="the extra `view` is not installed")

from tasklaws.viewer.verb import view

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.browser.conftest import Opened, Viewer

    from tasklaws.viewer.verb import View

pytestmark = pytest.mark.browser

PHONE = 390
LOG = "one.eval"
LADDER = """
[[rung]]
model = "small"
n_params = 1e6

[[rung]]
model = "large"
n_params = 1e7
"""


def a_log(path: Path) -> None:
    """Write a log of Inspect AI with one sample."""
    said = [{"role": "user", "content": "What is 2 + 3?"}, {"role": "assistant", "content": "It is five."}]
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    about = {"eval_id": "e", "run_id": "r", "task": "addition", "task_id": "t", "task_version": 1}
    about |= {
        "created": "2026-01-01T00:00:00+00:00",
        "model": "large",
        "dataset": {"samples": 1},
        "config": {},
    }
    stats = {"started_at": "2026-01-01T00:00:00+00:00", "completed_at": "2026-01-01T00:00:01+00:00"}
    head = {"version": 2, "status": "success", "eval": about, "plan": {"steps": []}, "stats": stats}
    score = {"exact": {"value": 1.0}}
    one = {"id": "a/1", "epoch": 1, "input": "What is 2 + 3?", "target": "5", "scores": score}
    answer = {"message": said[1], "stop_reason": "stop"}
    whole = one | {"messages": said, "output": {"model": "large", "choices": [answer], "usage": usage}}
    whole |= {"metadata": {}, "store": {}, "events": [], "model_usage": {}, "attachments": {}}
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as log:
        log.writestr("header.json", json.dumps(head))
        log.writestr("summaries.json", json.dumps([one]))
        log.writestr("samples/a/1_epoch_1.json", json.dumps(whole))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    root = tmp_path_factory.mktemp("viewer") / "s"
    logged = {"log_file": [f"logs/{LOG}"] * 4, "sample_id": ["a/1"] * 4, "text": ["It is five."] * 4}
    study_of(
        root,
        *(attempts(model, "addition", task=f"addition/{i}") for model in ("small", "large") for i in (1, 2)),
        attempts("large", "addition", task="addition/3", **logged),
        attempts(HOSTILE[0], HOSTILE[1], n=130, text=[HOSTILE[0]] * 130),
    )
    (root / "ladder.toml").write_text(LADDER)
    a_log(root / "logs" / LOG)
    with view(root) as viewed:
        yield viewed


def quiet(opened: Opened, served: View) -> bool:
    """Return whether nothing was asked of another machine, and nothing went wrong."""
    wrong = [line for line in opened.console if line.startswith(("error", "warning"))]
    assert (opened.leaving(served.url), wrong, opened.dialogs) == ([], [], [])
    return True


def grave(opened: Opened) -> list[str]:
    return [line for line in opened.violations() if line.startswith(("serious", "critical"))]


def in_transcript(page: Any) -> None:
    page.wait_for_url("**/transcripts/index.html#/logs/one.eval/samples/sample/a%2F1/1")
    page.get_by_text("It is five.").first.wait_for()


def test_from_family_to_transcript_by_mouse(viewer: Viewer, served: View) -> None:
    opened = viewer.visit(served.url)
    page = opened.page
    assert grave(opened) == []
    opened.screenshot("viewer-families")
    page.get_by_role("rowheader", name="addition").get_by_role("link").click()
    page.locator('.chart[data-state="drawn"]').wait_for()
    assert page.locator(".chart svg .mark-symbol path").count() == 2
    assert grave(opened) == []
    opened.screenshot("viewer-family")
    page.get_by_role("link", name="addition/3").click()
    assert page.get_by_role("row", name=re.compile("small")).get_by_text("missing").is_visible()
    opened.screenshot("viewer-task")
    page.get_by_role("rowheader", name="large").get_by_role("link").click()
    assert page.get_by_role("heading", name="How attempts ended").is_visible()
    opened.screenshot("viewer-model")
    page.get_by_role("link", name="Attempts of this model").click()
    page.get_by_label("Task").select_option("addition/3")
    page.get_by_label("Score").select_option("1")
    page.get_by_label("Text holds").fill("FIVE")
    page.get_by_role("button", name="Show").click()
    assert page.get_by_text("Showing attempts 1 to 2 of 2").is_visible()
    assert "text=FIVE" in page.url
    assert grave(opened) == []
    opened.screenshot("viewer-runs")
    page.get_by_role("link", name="i1", exact=True).click()
    assert page.get_by_role("region", name="text").inner_text() == "It is five."
    assert grave(opened) == []
    opened.screenshot("viewer-run")
    assert quiet(opened, served)
    page.get_by_role("link", name="Open the transcript").click()
    in_transcript(page)
    assert opened.leaving(served.url) == []
    opened.screenshot("viewer-transcript")


def test_from_family_to_transcript_by_keyboard_alone(viewer: Viewer, served: View) -> None:
    opened = viewer.visit(served.url)
    page = opened.page

    def go(text: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.innerText") == text:
                with page.expect_navigation():
                    page.keyboard.press("Enter")
                return
        raise AssertionError(f"no Tab leads to {text!r}")

    def reach(name: str) -> None:
        while page.evaluate("document.activeElement.name") != name:
            page.keyboard.press("Tab")

    for text in ("addition", "addition/3", "large", "Attempts of this model"):
        go(text)
    reach("task_id")
    page.keyboard.type("addition/3")
    for text in ("Show", "i3", "Open the transcript"):
        go(text)
    page.wait_for_url("**/transcripts/index.html#/logs/**")


def test_a_phone_shows_every_page_without_a_script(viewer: Viewer, served: View) -> None:
    opened = viewer.visit(served.url, PHONE, java_script_enabled=False)
    for name, place in (
        ("families", ""),
        ("family", "family/addition"),
        ("runs", "runs?page=2"),
        ("run", "run?run=p5-0"),
    ):
        opened.page.goto(served.url + place)
        assert opened.page.locator("h1").is_visible()
        opened.screenshot(f"viewer-phone-{name}")
    assert quiet(opened, served)


def test_hostile_names_stay_names_on_a_phone(viewer: Viewer, served: View) -> None:
    opened = viewer.visit(served.url, PHONE)
    page = opened.page
    page.get_by_role("rowheader", name=re.compile("onmouseover")).get_by_role("link").click()
    page.get_by_role("link", name=re.compile("^50 %")).first.click()
    assert page.get_by_text("Showing attempts 1 to 100 of 130").is_visible()
    assert opened.too_wide() == 0
    page.get_by_role("link", name="Next", exact=True).click()
    page.locator("tbody a").first.click()
    assert page.get_by_role("region", name="text").inner_text() == HOSTILE[0]
    assert opened.too_wide() == 0
    assert quiet(opened, served)
