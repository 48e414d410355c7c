"""Three ways to tell progress, and the silent one."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

from tasklaws.cli.progress import JsonLines, PlainLines, reporter
from tasklaws.core.progress import SILENT, Part


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def work(kind: str, stream: io.StringIO, total: int | None = 3) -> str:
    with reporter(kind, stream) as progress, progress.stage("fold", total) as advance:
        for _ in range(3):
            advance(1)
    return stream.getvalue()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_lines_tell_what_is_known_at_most_ten_times_a_second() -> None:
    stream, clock = io.StringIO(), Clock()
    with JsonLines(stream, clock=clock).stage("run", 1000) as advance:
        for step in range(1000):
            clock.now += 0.01
            advance(1, failed=step % 100 == 0, limited=step % 10 == 0, tokens=50, cost=0.001)
    first, *between, last = lines(stream)
    assert [one["event"] for one in (first, last)] == ["start", "end"]
    assert first["seconds_left"] is first["cost"] is None
    assert 90 <= len(between) <= 100
    assert {one["event"] for one in between} == {"advance"}
    assert all(one["seconds_left"] >= 0 for one in between[1:])
    seconds = [one["seconds"] for one in (first, *between, last)]
    assert seconds == sorted(seconds)
    assert {name: last[name] for name in ("done", "total", "failed", "limited", "tokens", "cost")} == {
        "done": 1000,
        "total": 1000,
        "failed": 10,
        "limited": 100,
        "tokens": 50_000,
        "cost": 1.0,
    }
    assert last["schema_version"] == 1
    assert last["seconds_left"] == 0


def test_json_lines_end_with_the_last_counts_whatever_happens() -> None:
    stream = io.StringIO()
    stage = JsonLines(stream).stage("fold", 5)
    stage.__enter__()(2, tokens=3)
    stage.__exit__(ValueError, ValueError("broken"), None)
    last = lines(stream)[-1]
    assert (last["event"], last["done"], last["tokens"]) == ("end", 2, 3)
    assert last["cost"] is None, "tokens whose price is not known cost an unknown sum, not nothing"


def test_a_whole_hears_what_its_parts_tell() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = JsonLines(stream, apart=0.0, clock=clock)
    with progress.stage("study", 2) as whole:
        for share in (0.75, 0.25):
            with Part(progress, whole, share, stages=2) as part, part.stage("ask", 4) as advance:
                clock.now += 60 * share
                advance(2, tokens=10, cost=0.5)
    told = lines(stream)
    assert {one["part_of"] for one in told if one["stage"] == "ask"} == {"study"}
    study = [one for one in told if one["stage"] == "study"]
    assert (study[-1]["done"], study[-1]["tokens"], study[-1]["cost"]) == (2, 20, 1.0)
    half_of_one_stage_of_two = study[1]
    assert half_of_one_stage_of_two["seconds_left"] == pytest.approx(45 / (0.75 / 4) * (1 - 0.75 / 4))


def test_plain_lines_tell_every_few_seconds_and_ever_less_often() -> None:
    stream, clock = io.StringIO(), Clock()
    with PlainLines(stream, clock=clock).stage("run\x1b[31m", 10_000) as advance:
        for _ in range(10_000):
            clock.now += 1.0
            advance(1, tokens=10_000, cost=0.1)
    told = stream.getvalue().splitlines()
    assert told[0] == "run\\x1b[31m: 2/10000 · 20.0k tokens · $0.20 · 0:02 so far"
    assert any(line.endswith(" · 2:46:00 left") for line in told)
    assert told[-1] == "run\\x1b[31m: 10000/10000 · 100.0M tokens · $1000.00 · done in 2:46:40"
    assert 100 < len(told) < 400


def test_time_left_follows_the_pace_of_late() -> None:
    stream, clock = io.StringIO(), Clock()
    with JsonLines(stream, clock=clock).stage("run", 200) as advance:
        for step in range(150):
            clock.now += 1.0 if step < 100 else 10.0
            advance(1)
        clock.now += 100.0
        advance(0)
    *_, ended, late, _ = lines(stream)
    assert ended["seconds_left"] == pytest.approx(500, rel=0.1), "not the 225 of the mean pace"
    assert late["seconds_left"] > ended["seconds_left"], "a step that does not come makes it longer"


def test_shares_weigh_steps_that_differ() -> None:
    stream, clock = io.StringIO(), Clock()
    with JsonLines(stream, apart=0.0, clock=clock).stage("run", 10) as advance:
        for _ in range(9):
            clock.now += 1.0
            advance(1, share=0.01)
    assert lines(stream)[-2]["seconds_left"] == pytest.approx(91)


def test_reporter_auto_is_plain_without_a_terminal() -> None:
    assert re.fullmatch(r"fold: 3/3 · done in \d+\.\d s\n", work("auto", io.StringIO()))


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


@pytest.mark.parametrize("columns", [24, 40, 80, 120])
def test_bars_keep_to_the_terminal_and_hold_hostile_names(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    with reporter("auto", stream) as progress, progress.stage("run", 960) as whole:
        with progress.stage("a\x1b[2J[bold]" + "x" * 99, 10):
            whole(312, failed=3, limited=14, tokens=1_200_000, cost=3.41)
        progress.bars.refresh()
    drawn = re.sub(r"\x1b\[(\?25[lh]|2K|1A|\d*m)", "", stream.getvalue())
    assert "\x1b" not in drawn
    told = re.split(r"[\r\n]+", drawn)
    assert max(map(len, told)) <= columns
    assert any("312/960" in line and "left" in line for line in told)
    assert ("1.2M tokens" in drawn) == (columns == 120)
    assert "xxx" not in told[-2], "a part that has ended gives its line back"


def test_reporter_none_is_silent() -> None:
    stream = io.StringIO()
    with reporter("none", stream) as progress:
        assert progress is SILENT
    assert work("none", stream) == ""


def test_stage_that_fails_is_not_said_to_be_done() -> None:
    stream = io.StringIO()
    with pytest.raises(ValueError, match="broken"), PlainLines(stream).stage("fold"):
        raise ValueError("broken")
    assert stream.getvalue() == ""


WATCHED = """
import sys
from tasklaws.cli.progress import reporter
with reporter(sys.argv[1]) as progress, progress.stage("run", 9) as advance:
    for _ in range(9):
        advance(1)
print("warned", file=sys.stderr)
print("done")
"""


def test_a_watcher_that_goes_away_ends_nothing() -> None:
    reads, writes = os.pipe()
    os.close(reads)
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    for kind in ("json", "plain"):
        ended = subprocess.run(
            [sys.executable, "-c", WATCHED, kind],
            env=os.environ | paths,
            stdout=subprocess.PIPE,
            stderr=writes,
            check=False,
        )
        assert (ended.returncode, ended.stdout) == (0, b"done\n")
    os.close(writes)
