"""`tasklaws plan` and `tasklaws plan baselines` hand over what was asked for and word what was found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from tests.unit.cli.fakes import Fake

from tasklaws.cli.verbs.plan import command

ROW = {"quantity": "attempts in all", "value": 4800, "lower": None, "upper": None, "note": "all of them"}
INTERVAL = {"quantity": "power", "value": 0.8, "lower": 0.71, "upper": 0.875, "note": ""}
NONE = {"quantity": "price in all", "value": None, "lower": None, "upper": None, "note": "not known"}
DOCUMENT = {"rows": [ROW, INTERVAL, NONE]}
OPTIONS = """
    rungs seeds families tasks samples repeats floor spacing slope easiest hardest shock error tokens price
    baselines log_spread
"""
NOT_ASKED = dict.fromkeys(OPTIONS.split())


def run(stand_in: Any, name: str, *arguments: str) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def function(*args: Any, progress: Any, **options: Any) -> Fake:
        del progress
        calls.append((args, options))
        return Fake(DOCUMENT)

    stand_in(f"tasklaws.assess.planner:{name}", function)
    command.main([*arguments, "--quiet"], standalone_mode=False)
    return calls


def test_verb_passes_only_what_was_asked_for(stand_in: Any) -> None:
    ((args, options),) = run(stand_in, "plan")
    assert args == (None,)
    assert options == NOT_ASKED | {"simulate": 0, "seed": 0}
    ((args, options),) = run(
        stand_in, "plan", "study", "--rungs", "7", "--price", "0.1,0.5", "--tokens", "200", "--simulate", "9"
    )
    assert args == (Path("study"),)
    asked = {"rungs": 7, "price": (0.1, 0.5), "tokens": (0.0, 200.0), "simulate": 9, "seed": 0}
    assert options == NOT_ASKED | asked


def test_the_word_baselines_asks_for_baselines(stand_in: Any, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("baselines", "--spread", "0.5", "--modes", "0.1,4")
    ((args, options),) = run(stand_in, "plan_baselines", *asked)
    assert args == ()
    assert options == {"spread": 0.5, "factor": 1.25, "modes": (0.1, 4.0), "seed": 0}
    capsys.readouterr()
    run(stand_in, "plan_baselines", *asked, "--json")
    expected = {"schema_version": 1, "command": "plan baselines", **DOCUMENT}
    assert json.loads(capsys.readouterr().out) == expected


def test_verb_words_the_rows(stand_in: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(stand_in, "plan")
    told = capsys.readouterr().out
    assert "4,800" in told
    assert "0.71 to 0.875" in told
    assert "none" in told


def test_help_tells_of_both(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, words in ((["--help"], "plan baselines"), (["baselines", "--help"], "geometric mean")):
        assert command.main(arguments, prog_name="tasklaws plan", standalone_mode=False) == 0
        assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [("--price", "a"), ("--tokens", "1,2,3"), ("baselines", "--modes", "3"), ("--modes", "1,2")]
)
def test_verb_refuses_what_it_cannot_read(arguments: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError):
        command.main([*arguments, "--quiet"], standalone_mode=False)
