"""Attempts that readers found to be no valid success: events of the log, shown by `Study.runs`.

A part of runs is never rewritten. The last mark of the log names all attempts that are held to be invalid; a
later one without an attempt gives it its outcome back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from tasklaws.study.log import Entry

MARK: Final = "mark"
ATTEMPT = ("model", "task_id", "instance_id", "epoch", "harness_id", "elicitation")
"""What tells attempts apart."""
INVALID = "invalid_success"


def as_marked(runs: pl.DataFrame, entries: Iterable[Entry]) -> pl.DataFrame:
    """Return `runs` with the outcome ``invalid_success`` where the last mark says so."""
    import polars as pl

    marks = [entry.payload for entry in entries if entry.kind == MARK]
    if not marks or not marks[-1]["attempts"]:
        return runs
    kinds = {name: runs.schema[name] for name in ATTEMPT}
    named = pl.DataFrame([one["attempt"] for one in marks[-1]["attempts"]], schema=kinds, orient="row")
    marked = named.with_columns(pl.lit(value=True).alias("_marked"))
    outcome = pl.when(pl.col("_marked")).then(pl.lit(INVALID)).otherwise("outcome").alias("outcome")
    joined = runs.join(marked, on=list(ATTEMPT), how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(outcome).drop("_marked")
