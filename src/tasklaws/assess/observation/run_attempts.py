"""Attempts from tables of runs, of which no transcript is kept: what their columns tell."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.assess.observation.transcripts import Called, Transcript, Turn
from tasklaws.study.marks import ATTEMPT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FACTS = tuple(one.name for one in fields(Transcript))


def of_runs(runs: pl.DataFrame, metric: str | None = None) -> Iterator[Transcript]:
    """Yield the attempts of a table of runs, each once, with the score of `metric` where it has one.

    A text is the one turn that is known; where a tool was used, that text is what was passed to it.
    """
    first = runs.with_columns(pl.col("metric").eq_missing(pl.lit(metric, pl.String)).alias("_wanted"))
    attempts = first.sort("_wanted", descending=True, maintain_order=True).unique(
        ATTEMPT, maintain_order=True
    )
    shared = [name for name in FACTS if name in attempts.columns and name != "score"]
    for row in attempts.iter_rows(named=True):
        told = {name: row[name] for name in shared if row[name] is not None}
        score = row["score"] if row["unit"] is None else None
        yield Transcript(**told, score=score, turns=_one_turn(row))


def _one_turn(row: Mapping[str, Any]) -> tuple[Turn, ...]:
    said, ended = row.get("text"), row.get("tool_outcome")
    if said is None:
        return ()
    if ended is None:
        return (Turn("assistant", said),)
    call = Called("program", said, failed=None if ended == "ok" else ended)
    return (Turn("assistant", said, (call,)),)
