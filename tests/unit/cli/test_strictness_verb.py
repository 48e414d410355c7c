"""`tasklaws strictness` hands over what was asked for and words what was measured."""

from __future__ import annotations

import json
from typing import Any

import click
import pytest
from tests.unit.cli.fakes import Fake

from tasklaws.cli.verbs.strictness import command

ROW = {
    "mutations": 2,
    "sigma": 0.75,
    "lower": 0.5,
    "upper": 0.875,
    "n": 40,
    "geometric": 0.7,
    "unsupported": 3,
}
DOCUMENT = {
    "name": "sqlite",
    "kind": "tool",
    "sigma": 0.5,
    "lower": 0.25,
    "upper": 0.75,
    "n": 40,
    "geometric_p": 0.034,
    "by_mutations": [ROW],
    "unsupported": 3,
    "near_misses": None,
    "near_misses_reason": "no attempts of models were given",
}
NEAR = DOCUMENT | {
    "geometric_p": None,
    "near_misses": {"sigma": 0.4, "lower": 0.1, "upper": 0.7, "n": 10},
    "near_misses_reason": None,
}


def run(stand_in: Any, document: dict[str, Any], *arguments: str) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []

    def function(*args: Any, progress: Any) -> Fake:
        calls.append(args)
        return Fake(document)

    stand_in("tasklaws.assess.strictness:strictness", function)
    command.main([*arguments, "--quiet"], standalone_mode=False)
    return calls


def test_verb_passes_its_options(stand_in: Any) -> None:
    assert run(stand_in, DOCUMENT, "sqlite") == [("sqlite", (1, 2, 4), 400, 0)]
    asked = ("sum_range", "--n", "60", "--seed", "5", "--mutations", "1, 3")
    assert run(stand_in, DOCUMENT, *asked) == [("sum_range", (1, 3), 60, 5)]


def test_verb_words_the_result(stand_in: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(stand_in, DOCUMENT, "sqlite")
    told = capsys.readouterr().out
    assert "tool sqlite: a single wrong token is fatal in 0.50 (0.25 to 0.75)" in told
    assert "0.50 to 0.88" in told
    assert "p = 0.034" in told
    assert "near misses of models: no attempts of models were given" in told


def test_verb_words_near_misses_and_leaves_out_what_there_is_not(
    stand_in: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run(stand_in, NEAR, "sqlite")
    told = capsys.readouterr().out
    assert "near misses of models: 0.40 (0.10 to 0.70) of 10 fatal" in told
    assert "p =" not in told


def test_verb_prints_the_document(stand_in: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(stand_in, DOCUMENT, "sqlite", "--json")
    assert json.loads(capsys.readouterr().out) == {"schema_version": 1, "command": "strictness", **DOCUMENT}


@pytest.mark.parametrize("mutations", ["", "1,two", "1;2"])
def test_verb_refuses_what_is_no_list_of_numbers(stand_in: Any, mutations: str) -> None:
    with pytest.raises(click.BadParameter, match=r"not a list of whole numbers such as 1,2,4"):
        run(stand_in, DOCUMENT, "sqlite", "--mutations", mutations)
