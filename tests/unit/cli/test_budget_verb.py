"""`tasklaws budget` hands over what was asked for, and shows curves, surface and harness cards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.fakes import Fake

from tasklaws.assess.budget import verb
from tasklaws.cli.verbs.budget import command


def row(budget: float, success: float, **more: Any) -> dict[str, Any]:
    return {
        "model": "m", "family": "f", "unit": "tokens", "budget": budget, "success": success,
        "lower": success / 2, "upper": (1 + success) / 2, "at_risk": 9, "n": 20, "reason": None, **more,
    }  # fmt: skip


SHARE = {"count": 1, "of": 20, "share": 0.05, "lower": 0.009, "upper": 0.17}
DOCUMENT = {
    "unit": "tokens", "metric": "exact", "elicitation": "greedy", "success_at": 1.0,
    "rows": [row(100.0 * i, i / 20) for i in range(1, 12)]
    + [row(123456.0, 1.0, model="lone", lower=None, upper=None, reason="one attempt shows no spread")],
    "surface": [{"model": "m", "family": "f", "seconds": None, "tokens": 300.0, "attempts": 2,
                 "success": 0.25, "n": 8}],
    "harnesses": [
        {"harness_id": "short", "attempts": 20, "limits": {"token_limit": 900.0}, "tools": None,
         "scaffold": "react", "sandbox": "docker", "elicitations": ["greedy"],
         "versions": {"inspect_ai": "0.3"},
         "models": [{"model": "m", "attempts": 20, "ended": {"limit_tokens": SHARE}, "unsupported": SHARE,
                     "tokens": {"0.1": 10.0, "0.5": 50.0, "0.9": 900.0}, "seconds": None}]},
    ],
    "warnings": [],
}  # fmt: skip


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, dict[str, Any]]]:
    asked: list[tuple[Any, dict[str, Any]]] = []

    def function(source: Any, **options: Any) -> Fake:
        asked.append((source, options))
        return Fake(DOCUMENT)

    monkeypatch.setattr(verb, "budget", function)
    return asked


def test_hands_over_what_was_asked_for(calls: list[tuple[Any, dict[str, Any]]]) -> None:
    arguments = ["a", "b", "--unit", "seconds", "--success", "0.8", "--metric", "score", "--surface"]
    command.main([*arguments, "--quiet"], standalone_mode=False)
    assert calls == [
        ((Path("a"), Path("b")), {"unit": "seconds", "success": 0.8, "metric": "score", "surface": True,
                                  "elicitation": None, "harness": None, "prices": None}),
    ]  # fmt: skip


def test_shows_the_ends_of_a_curve_and_what_is_behind_it(
    calls: list[tuple[Any, dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    command.main(["a"], standalone_mode=False)
    shown = capsys.readouterr().out
    assert calls[0][1]["unit"] == "tokens"
    rows = [line.split() for line in shown.splitlines() if line.startswith("m ")]
    assert [cells[2] for cells in rows[:5]] == ["100", "300", "600", "900", "1,100"]
    assert rows[0][3:7] == ["0.050", "0.025", "to", "0.525"]
    assert "123,456" in shown
    assert "one attempt shows no spread" in shown
    assert "harness short: 20 attempts, token_limit 900, scaffold react, sandbox docker, greedy" in shown
    assert "limit_tokens 5.0 % (0.9 to 17.0)" in shown
    assert "50 (10 to 900)" in shown
    assert "if the limits had been lower" in shown
