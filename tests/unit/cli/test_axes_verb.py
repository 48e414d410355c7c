"""`tasklaws axes` hands over what was asked for and words what was found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.unit.cli.fakes import Fake

from tasklaws.cli.verbs.axes import command

if TYPE_CHECKING:
    import pytest

ROW = {
    "lineage": "demo",
    "axis": "human_time",
    "task": "new_models",
    "unit": "log minutes",
    "log_score": -0.5,
    "crps": 12.0,
    "skill": 0.125,
    "lower": -0.25,
    "upper": 0.5,
    "p": None,
    "n": 640,
    "blocks": 4,
    "status": "few_blocks",
    "reason": "fewer-than-5-blocks",
    "verdict": "not told",
    "other_limits": {"limits": "drop", "skill": 0.75, "lower": 0.625, "upper": 0.875, "verdict": "better"},
}
NONE = ROW | {
    "other_limits": None,
    "axis": "none",
    "skill": 0.0,
    "lower": None,
    "upper": None,
    "reason": None,
    "status": "reference",
}
NULL = dict.fromkeys(ROW) | {
    "lineage": "demo",
    "axis": "empirical_difficulty",
    "task": "new_tasks",
    "n": 0,
    "blocks": 0,
    "status": "undefined",
    "reason": "it is learnt from answers",
}
PAIR = {
    "lineage": "demo",
    "task": "new_models",
    "a": "human_time",
    "b": "empirical_difficulty",
    "crps_difference": 9.25,
    "lower": 5.5,
    "upper": 12.5,
    "p": 0.00025,
    "reason": None,
}
OTHER = PAIR | {"b": "level_only", "p": None, "reason": "fewer-than-5-blocks"}
UNSHOWN = PAIR | {"a": "work", "crps_difference": 77.0}
GAPS = {
    "lineage": "demo",
    "unit": "log10 flops",
    "rung_step": 0.5,
    "text": "Normalising makes no steps consistent.",
    "rows": [
        {
            "family": "sums",
            "tasks": 20,
            "raw": 9.9697,
            "z_scored": 9.9697,
            "rank_normalised": 14.2891,
            "rank_normalised_even": 14.2891,
            "widest_gap": 1.25,
            "widest_gap_steps": 2.5,
            "reason": None,
        },
        {"family": "one", "tasks": 1, "raw": None, "reason": "fewer than 3 tasks on the ladder"},
    ],
}
DOCUMENT = {
    "rows": [NONE, ROW, NULL],
    "pairs": [PAIR, OTHER, UNSHOWN],
    "agreement": [
        {"lineage": "demo", "a": "human_time", "b": "work", "tau_b": 0.375, "tasks": 8, "reason": None},
        {"lineage": "demo", "a": "human_time", "b": "span", "tau_b": None, "tasks": 1, "reason": "few"},
    ],
    "normalisation": None,
    "conditions": {
        "new_models": "conditional",
        "new_tasks": "left out",
        "scores": "in nats",
        "limits": "kept",
    },
}


def run(stand_in: Any, document: dict[str, Any], *arguments: str) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []

    def function(study: Path, *, normalise: bool, progress: Any) -> Fake:
        del progress
        calls.append((study, normalise))
        return Fake(document)

    stand_in("tasklaws.assess.axes:axes", function)
    command.main([*arguments, "--quiet"], standalone_mode=False)
    return calls


def test_verb_passes_its_options(stand_in: Any) -> None:
    assert run(stand_in, DOCUMENT, "study") == [(Path("study"), False)]
    assert run(stand_in, DOCUMENT, "study", "--normalise") == [(Path("study"), True)]


def test_verb_words_rows_reasons_and_pairs(stand_in: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(stand_in, DOCUMENT, "study")
    told = capsys.readouterr().out
    assert "new models (conditional):" in told
    assert "-0.250 to 0.500" in told
    assert "human_time: fewer-than-5-blocks" in told
    assert "empirical_difficulty: it is learnt from answers" in told
    assert "9.25 points (5.50 to 12.50), p = 0.00025" in told
    assert "level_only: 9.25 points (5.50 to 12.50), p is not told: fewer-than-5-blocks" in told
    assert "77.00" not in told
    assert "0.38" in told
    assert "gap index" not in told
    assert "a limit ended are left out: skill 0.750 (0.625 to 0.875), better" in told
    assert "in nats" in told


def test_verb_words_what_normalising_does(stand_in: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(stand_in, DOCUMENT | {"normalisation": [GAPS]}, "study", "--normalise")
    told = capsys.readouterr().out
    assert told.count("9.970") == 2
    assert told.count("14.289") == 2
    assert "Normalising makes no steps consistent." in told
    assert "1 families have too few tasks" in told


def test_verb_prints_the_document(stand_in: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run(stand_in, DOCUMENT, "study", "--json")
    assert json.loads(capsys.readouterr().out) == {"schema_version": 1, "command": "axes", **DOCUMENT}


def test_two_ladders_are_told_apart(stand_in: Any, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [*DOCUMENT["rows"], *({**one, "lineage": "second"} for one in DOCUMENT["rows"])]
    run(stand_in, DOCUMENT | {"rows": rows}, "study")
    told = capsys.readouterr().out
    assert "ladder demo" in told
    assert "ladder second" in told
