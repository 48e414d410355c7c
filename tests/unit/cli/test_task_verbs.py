"""`tasklaws tasks` and its words hand over what was asked for, and word what was found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from tests.unit.cli.fakes import Fake
from tests.unit.run.test_task_changes import people, study

from tasklaws.cli.verbs.tasks import command
from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["study"]

STUDY = Path("study")
EVENT = {
    "at": "2026-01-02T03:04:05.678+00:00",
    "version_before": None,
    "version_after": "2",
    "field": "hint",
    "before": None,
    "after": "turn left",
    "reason": "stuck at the gate",
    "pilots": ["p1", "p2"],
    "baselines": ["b1"],
}
TASK = {
    "task_id": "maze/1",
    "version": "2",
    "state": "draft",
    "pilots": 0,
    "baselines": 0,
    "older_times": 3,
    "adjustments": [EVENT],
    "freezes": [{"at": "2026-01-01T00:00:00", "version": None, "content_hash": "ab" * 32}],
    "retirement": {"at": "2026-01-03T00:00:00", "version": "2", "reason": "published"},
    "flags": {"times-of-an-older-version": "3 human times are of an older version"},
}
HORIZON = {"model": "c", "factor": 2.5, "lower": None, "upper": None, "reason": "open"}
D10 = {"family": "maze", "ok": False, "applies": True, "text": "1 of 3 tasks", "horizon": HORIZON}
CHECKED = {
    "tasks": [TASK],
    "states": {"draft": 1, "frozen": 0},
    "adjustment": [D10, D10 | {"family": "sums", "ok": True}, D10 | {"ok": None, "applies": False}],
    "adjustment_reason": None,
    "pilots": {"factor": 1.5, "lower": 1.2, "upper": 2.0, "tasks": 40},
}

CASES: dict[str, tuple[str, dict[str, Any], tuple[str, ...], tuple[Any, ...], dict[str, Any]]] = {
    "tasks": ("run.task_changes:tasks_log", {"tasks": [TASK]}, ("study",), (STUDY,), {}),
    "tasks log": (
        "run.task_changes:tasks_log",
        {"tasks": [TASK]},
        ("log", "study", "maze/1", "maze/2"),
        (STUDY, ("maze/1", "maze/2")),
        {},
    ),
    "tasks adjust": (
        "run.task_changes:tasks_adjust",
        {"tasks": [TASK]},
        ("adjust", "study", "maze/1", "--reason", "r", "--field", "hint", "--value", "v", "--new-version"),
        (STUDY, "maze/1"),
        {"reason": "r", "field": "hint", "value": "v", "new_version": True},
    ),
    "tasks freeze": (
        "run.task_changes:tasks_freeze",
        {"tasks": [TASK]},
        ("freeze", "study", "--without-pilot"),
        (STUDY, ()),
        {"without_pilot": True},
    ),
    "tasks retire": (
        "run.task_changes:tasks_retire",
        {"tasks": [TASK]},
        ("retire", "study", "maze/1", "--reason", "r"),
        (STUDY, "maze/1"),
        {"reason": "r"},
    ),
    "tasks check": ("assess.task_check:tasks_check", CHECKED, ("check", "study"), (STUDY,), {}),
}


@pytest.mark.parametrize("name", CASES)
def test_each_word_calls_its_function(
    name: str, stand_in: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    place, document, typed, positional, keywords = CASES[name]
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def function(*args: Any, **options: Any) -> Fake:
        options.pop("progress", None)
        calls.append((args, options))
        return Fake(document, exit_code=4)

    stand_in(f"tasklaws.{place}", function)
    assert command.main([*typed, "--quiet"], standalone_mode=False) == 4
    assert calls == [(positional, keywords)]
    assert "maze/1" in capsys.readouterr().out
    assert command.main([*typed, "--json"], standalone_mode=False) == 4
    assert json.loads(capsys.readouterr().out) == {"schema_version": 1, "command": name, **document}


def test_one_task_is_told_with_its_events_in_their_order(
    stand_in: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in("tasklaws.run.task_changes:tasks_log", lambda *_: Fake({"tasks": [TASK]}))
    command.main(["log", "study", "-q"], standalone_mode=False)
    frozen, adjusted, retired = capsys.readouterr().out.splitlines()[-3:]
    assert frozen.endswith("frozen as version (none stated), content abababababab")
    assert (
        "version (none stated) to 2: hint from - to turn left (rests on 2 pilots, leaves 1 other" in adjusted
    )
    assert retired.endswith("retired: published")
    stand_in("tasklaws.run.task_changes:tasks_log", lambda *_: Fake({"tasks": [TASK, TASK]}))
    command.main(["log", "study", "-q"], standalone_mode=False)
    assert "frozen as" not in capsys.readouterr().out


def test_the_check_is_worded(stand_in: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    stand_in("tasklaws.assess.task_check:tasks_check", lambda *_, **__: Fake(CHECKED))
    command.main(["check", "study", "-q"], standalone_mode=False)
    told = capsys.readouterr().out
    assert "maze/1, version 2, draft: 3 human times are of an older version" in told
    assert "1 tasks: 1 draft; 1 with something stale" in told
    assert "FAILS   D10 maze: 1 of 3 tasks" in told
    assert "adjusted tasks over that without: 2.50 (interval open)" in told
    assert "D10 1 of 3 families" in told
    assert "fresh people need 1.50 times as long as accepted pilots (90 % interval 1.20 to 2.00" in told
    nothing = CHECKED | {"adjustment": [], "adjustment_reason": "no ladder", "pilots": {"factor": None}}
    stand_in("tasklaws.assess.task_check:tasks_check", lambda *_, **__: Fake(nothing))
    command.main(["check", "study", "-q"], standalone_mode=False)
    assert "D10: no ladder" in capsys.readouterr().out


def test_a_task_is_adjusted_and_refused_on_the_command_line(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["adjust", str(study), "maze/1", "--reason", "stuck", "--field", "hint", "--value", "x", "-q"]
    assert command.main(asked, standalone_mode=False) == 0
    assert "maze/1  2        draft" in capsys.readouterr().out
    assert command.main(["check", str(study), "-q"], standalone_mode=False) == 4
    people(study, ("maze/1", "b2", 9.0, "baseline"), name="fresh")
    assert command.main(["freeze", str(study), "maze/1", "-q"], standalone_mode=False) == 0
    with pytest.raises(BadInput, match="'maze/1' is baselined"):
        command.main([*asked[:-2], "y", "-q"], standalone_mode=False)


def test_help_tells_of_every_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--help"], prog_name="tasklaws tasks", standalone_mode=False) == 0
    told = capsys.readouterr().out
    assert all(f"tasklaws tasks {word} STUDY" in told for word in command.words)
    for word in command.words:
        command.main([word, "--help"], prog_name="tasklaws tasks", standalone_mode=False)
        told = capsys.readouterr().out
        assert f"Usage: tasklaws tasks {word}" in told
        assert f"  tasklaws tasks {word} study/" in told


@pytest.mark.parametrize(
    "typed", [("adjust", "study", "maze/1"), ("retire", "study"), ("log",), (), ("study", "maze/1")]
)
def test_what_is_missing_or_too_much_is_refused(typed: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError):
        command.main([*typed, "-q"], standalone_mode=False)
