"""From attempts and cells to pairs: how two models did at each task that both tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.assess.comparison.attempts import Pairs, Side

if TYPE_CHECKING:
    from tasklaws.assess.comparison.choice import Chosen
    from tasklaws.infer.arrays import Floats

SEVERAL = 2
"""Instances from which on they are what is drawn anew; before, it is the attempts at the one there is."""
TASK = ("task_id", "task_family")
NUMBERS = ("n", "mean", "variance")
NOTHING = pl.DataFrame(schema=dict.fromkeys(("model", *TASK), pl.String) | dict.fromkeys(NUMBERS, pl.Float64))
UNSHARED = pl.DataFrame(schema={"task_id": pl.String, "shared": pl.Float64, "covariance": pl.Float64})


def paired(chosen: Chosen, runs: pl.DataFrame, *, identical: bool) -> pl.DataFrame:
    """Return one row per task: n, mean and variance of either side, how many were shared, the covariance.

    Args:
        chosen: the cells; tasks without attempts are taken from there.
        runs: the attempts behind them.
        identical: instances of one name are the same for both models.
    """
    units = _units(runs.filter(pl.col("score").is_not_null()))
    both = _of_units(units) if units.height else NOTHING
    cells = _of_cells(chosen.cells).join(both.select("model", "task_id"), on=["model", "task_id"], how="anti")
    told = pl.concat([both, cells], how="vertical_relaxed")
    a, b = (
        told.filter(pl.col("model") == model).select(*TASK, pl.col(*NUMBERS).name.suffix(f"_{side}"))
        for side, model in (("a", chosen.a), ("b", chosen.b))
    )
    joined = a.join(b.drop("task_family"), on="task_id")
    moved = _together(units, chosen) if identical and units.height else UNSHARED
    return (
        joined.join(moved, on="task_id", how="left")
        .with_columns(pl.col("shared").fill_null(0.0), pl.col("covariance").fill_null(0.0))
        .sort("task_family", "task_id")
    )


def _units(runs: pl.DataFrame) -> pl.DataFrame:
    """Return one row per instance, the mean of its attempts; where a task has one instance, per attempt."""
    own = pl.col("instance_id").is_null().any() | (pl.col("instance_id").n_unique() < SEVERAL)
    marked = runs.with_columns(own.over("task_id").alias("alone")).with_row_index("row")
    unit = pl.when("alone").then(pl.format("attempt {}", "row")).otherwise("instance_id").alias("unit")
    return marked.group_by("model", *TASK, unit, maintain_order=True).agg(
        pl.col("score").mean(), pl.col("alone").first()
    )


def _of_units(units: pl.DataFrame) -> pl.DataFrame:
    return units.group_by("model", *TASK, maintain_order=True).agg(
        pl.len().cast(pl.Float64).alias("n"),
        pl.col("score").mean().alias("mean"),
        pl.col("score").var().alias("variance"),
    )


def _of_cells(cells: pl.DataFrame) -> pl.DataFrame:
    n = pl.col("n").cast(pl.Float64)
    mean = pl.coalesce("k", "sum") / n
    squares = pl.coalesce("sum_sq", "k") / n
    spread = pl.when(n > 1).then(((squares - mean * mean) * n / (n - 1)).clip(lower_bound=0.0))
    return cells.select("model", *TASK, n.alias("n"), mean.alias("mean"), spread.alias("variance"))


def _together(units: pl.DataFrame, chosen: Chosen) -> pl.DataFrame:
    """Return how many instances both were asked, and the covariance of their scores there."""
    named = units.filter(~pl.col("alone"))
    one, other = (named.filter(pl.col("model") == model) for model in (chosen.a, chosen.b))
    return (
        one.join(other, on=["task_id", "unit"])
        .group_by("task_id")
        .agg(
            pl.len().cast(pl.Float64).alias("shared"),
            pl.cov("score", "score_right").fill_nan(None).fill_null(0.0).alias("covariance"),
        )
    )


def arrays(table: pl.DataFrame) -> Pairs:
    """Return the rows of `paired` as arrays."""

    def column(name: str) -> Floats:
        return table[name].cast(pl.Float64).fill_null(np.nan).to_numpy()

    a, b = (Side(column(f"n_{one}"), column(f"mean_{one}"), column(f"variance_{one}")) for one in "ab")
    family = np.unique(table["task_family"].to_numpy(), return_inverse=True)[1]
    return Pairs(family.astype(np.int64), a, b, column("shared"), column("covariance"))
