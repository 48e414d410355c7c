"""A made-up document of the verb `flags`, and a made-up table of transcripts."""

from __future__ import annotations

from typing import Any

import polars as pl

from tasklaws.report.content import TRANSCRIPTS


def flag(model: str, name: str, flagged: int, quote: str = "again and again") -> dict[str, Any]:
    examples = [{"quote": quote, "place": "turn 3"}] if flagged else []
    return {
        "model": model, "flag": name, "attempts": 40, "flagged": flagged, "share": flagged / 40, "lower": 0.0,
        "upper": 0.5, "suggests": None, "examples": examples,
    }  # fmt: skip


def flags(quote: str = "again and again", **more: Any) -> dict[str, Any]:
    drawn = {
        "model": "model-a", "task_id": "maze/1", "sample_id": "maze/1/0/3", "outcome": "submitted",
        "flags": ["looping"], "stratum": "s", "probability": 0.25,
    }  # fmt: skip
    rows = [
        flag("model-a", "looping", 8, quote),
        flag("model-a", "refused", 0),
        flag("model-b", "looping", 2),
    ]
    return {"rows": rows, "plan": [drawn], "notes": ["a flag asks a reader to look"], **more}


def transcripts(model: str = "model-a", task: str = "maze/1") -> pl.DataFrame:
    address = "inspect-bundle/index.html#/logs/one.eval/samples/sample/maze%2F1%2F0%2F3/1"
    row = {
        "model": model, "task_family": "maze", "task_id": task, "attempts": 4, "success": None,
        "failure": address,
    }  # fmt: skip
    return pl.DataFrame([row], schema=dict(TRANSCRIPTS.dtypes()))
