"""Runs made by hand, and studies with a planted law of tokens to success."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from tests.unit.assess.studies import ladder_text, sized

from tasklaws.core.tables import RUNS, validate
from tasklaws.run.imports import import_runs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LIMIT = 4000


def run(score: float | None, tokens: int | None, outcome: str = "submitted", **more: Any) -> dict[str, Any]:
    """Return one row of the schema ``runs``."""
    return {
        "model": "m", "task_family": "f", "task_id": "f/1", "instance_id": None, "epoch": 0,
        "metric": "exact", "score": score, "tokens": tokens, "outcome": outcome, **more,
    }  # fmt: skip


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return rows as runs, each an instance of its own where none is named."""
    named = [{**row, "instance_id": row["instance_id"] or f"i{place}"} for place, row in enumerate(rows)]
    return validate(pl.DataFrame(named, infer_schema_length=None), RUNS, "runs")


def lines(models: Sequence[str], rng: np.random.Generator, tasks: int = 4, n: int = 40) -> list[str]:
    """Return lines of a table of attempts: models grow better and quicker, all have one limit."""
    out = []
    for place, model in enumerate(models):
        for task in range(tasks):
            wins = rng.random(n) < 1 / (1 + np.exp(2 - 0.7 * place + 0.4 * task))
            spent = np.exp(rng.normal(7 - 0.1 * place, 0.8, n)).astype(int) + 1
            for i, (won, used) in enumerate(zip(wins, spent, strict=True)):
                cut = used > LIMIT
                outcome = "limit_tokens" if cut else "submitted"
                out.append(f"{model},f,f/{task},{i},{int(won and not cut)},{min(used, LIMIT)},{outcome}")
    return out


def study(folder: Path, evaluated: int = 5, seed: int = 0) -> Path:
    """Return a study of six rungs, the first `evaluated` with results."""
    models = sized(6)
    (folder / "ladder.toml").write_text(ladder_text(models), encoding="utf-8")
    take_in(folder, [f"m{i}" for i in range(evaluated)], seed, ladder=folder / "ladder.toml")
    return folder / "study"


def take_in(folder: Path, models: Sequence[str], seed: int, ladder: Path | None = None) -> None:
    """Import results of models into the study in `folder`."""
    head = "model,task_family,task_id,instance_id,score,tokens,outcome"
    file = folder / f"runs{seed}.csv"
    file.write_text("\n".join([head, *lines(models, np.random.default_rng(seed))]) + "\n", encoding="utf-8")
    import_runs("table", file, folder / "study", ladder=ladder)
