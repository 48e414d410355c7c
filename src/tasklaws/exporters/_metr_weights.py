"""METR's two weights of a run: each task of an agent counts the same, or each family as its square root."""

from __future__ import annotations

import polars as pl

NAMES = ("equal_task_weight", "invsqrt_task_weight")
_ROUNDED = 1e-5
"""How far METR's published weights of an agent, rounded to ten decimals, may sum up beside 1."""


def with_weights(runs: pl.DataFrame) -> pl.DataFrame:
    """Return `runs` with both weights: those that came with them where they still sum to 1 per agent.

    Of n runs of a task each weighs 1/n, and in the second weight 1/sqrt(tasks of its family) of that; both
    sum to 1 over an agent.
    """
    task = ("alias", "task_id")
    tasks = pl.col("task_id").n_unique().over("alias", "task_family")
    equal = 1 / pl.len().over(task)
    made = runs.with_columns(equal.alias("_equal"), (equal / tasks.sqrt()).alias("_invsqrt"))
    shares = {
        "equal_task_weight": pl.col("_equal") / pl.col("_equal").sum().over("alias"),
        "invsqrt_task_weight": pl.col("_invsqrt") / pl.col("_invsqrt").sum().over("alias"),
    }
    return made.with_columns(_kept(runs, name, share) for name, share in shares.items()).drop(
        "_equal", "_invsqrt"
    )


def _kept(runs: pl.DataFrame, name: str, share: pl.Expr) -> pl.Expr:
    if name not in runs.columns:
        return share.alias(name)
    own = pl.col(name).cast(pl.Float64)
    whole = own.is_not_null().all().over("alias") & ((own.sum().over("alias") - 1).abs() < _ROUNDED)
    return pl.when(whole).then(own).otherwise(share).alias(name)
