"""How many attempts there are under each harness and each elicitation, and what they used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.study.attempts import DEFAULT
from tasklaws.study.marks import ATTEMPT

if TYPE_CHECKING:
    import polars as pl

    from tasklaws.dossier.figures._seen import Seen


def attempts_by(seen: Seen, column: str) -> dict[str, dict[str, Any]]:
    """Return value of `column` -> n_attempts, and tokens (None where some attempt does not say), by name.

    An attempt counts once, whatever its metrics. Of imported cells the metric with most attempts counts.
    """
    import polars as pl

    both = pl.concat([_single(seen, column), _imported(seen, column)])
    made = both.group_by(column).agg(
        pl.col("n_attempts").sum(),
        pl.when(pl.col("tokens").is_null().any())
        .then(None)
        .otherwise(pl.col("tokens").sum())
        .alias("tokens"),
    )
    return {row[column]: row for row in made.sort(column).iter_rows(named=True)}


def _single(seen: Seen, column: str) -> pl.DataFrame:
    """Return the attempts of which each has a row of its own."""
    import polars as pl

    names = ("harness_id", "elicitation")
    once = seen.runs().group_by(ATTEMPT).agg(pl.col("tokens").max())
    said = once.with_columns(pl.col(*names).fill_null(DEFAULT))
    return said.select(column, pl.lit(1, pl.Int64).alias("n_attempts"), "tokens")


def _imported(seen: Seen, column: str) -> pl.DataFrame:
    """Return the attempts that were imported as cells."""
    import polars as pl

    place = ("model", "task_id", "harness_id", "elicitation")
    once = seen.imported_cells().group_by(place).agg(pl.col("n").max())
    return once.select(column, pl.col("n").alias("n_attempts"), pl.lit(None, pl.Int64).alias("tokens"))
