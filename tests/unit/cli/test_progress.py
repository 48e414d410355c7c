"""Three ways to tell progress, and the silent one."""

from __future__ import annotations

import io
import json
import re

import pytest

from tasklaws.cli.progress import PlainLines, reporter
from tasklaws.core.progress import SILENT


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def work(kind: str, stream: io.StringIO, total: int | None = 3) -> str:
    with reporter(kind, stream) as progress, progress.stage("fold", total) as advance:
        for _ in range(3):
            advance(1)
    return stream.getvalue()


def test_reporter_json_tells_every_step() -> None:
    events = [json.loads(line) for line in work("json", io.StringIO()).splitlines()]
    assert [event["event"] for event in events] == ["start", "advance", "advance", "advance", "end"]
    assert [event["done"] for event in events] == [0, 1, 2, 3, 3]
    assert {event["total"] for event in events} == {3}


def test_reporter_auto_is_plain_without_a_terminal() -> None:
    assert re.fullmatch(r"fold: done in \d+\.\d s\n", work("auto", io.StringIO()))


def test_plain_lines_count_while_a_stage_runs() -> None:
    stream = io.StringIO()
    with PlainLines(stream, pause=0).stage("fold", 2) as advance:
        advance(1)
        advance(1)
    assert stream.getvalue().splitlines()[:2] == ["fold: 1 of 2", "fold: 2 of 2"]


@pytest.mark.parametrize("total", [3, None])
def test_reporter_auto_draws_bars_on_a_terminal(total: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    drawn = work("auto", Terminal(), total)
    assert "fold" in drawn
    assert "━" in drawn


def test_reporter_bars_without_colour_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m|\x1b\[38", work("auto", Terminal()))


def test_reporter_none_is_silent() -> None:
    stream = io.StringIO()
    with reporter("none", stream) as progress:
        assert progress is SILENT
    assert work("none", stream) == ""


def test_stages_may_stand_inside_each_other() -> None:
    stream = Terminal()
    with (
        reporter("auto", stream) as progress,
        progress.stage("outer", 1),
        progress.stage("inner", 1) as advance,
    ):
        advance(1)
    assert "inner" in stream.getvalue()


def test_stage_that_fails_is_not_said_to_be_done() -> None:
    stream = io.StringIO()
    with pytest.raises(ValueError, match="broken"), PlainLines(stream).stage("fold"):
        raise ValueError("broken")
    assert stream.getvalue() == ""
