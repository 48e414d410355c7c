"""Mean scores over tasks, each task counted alike, with what chance in the attempts does to them.

Tasks are taken as they are: the interval is that of fresh attempts at the same tasks, not of other tasks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

LEVEL_Z = 1.6448536269514722
"""A normal variable lies within so many standard deviations with a probability of 90 %."""


@dataclass(frozen=True)
class Mean:
    """A mean with its 90 % interval."""

    value: float
    lower: float
    upper: float
    tasks: int
    attempts: int


def with_variance(cells: pl.DataFrame) -> pl.DataFrame:
    """Return task, family, score and its variance given the task.

    A share of successes has the variance of (k + 1/2) / (n + 1), so that none or all is not taken for
    certain; a graded score that of its attempts, and where that is unknown the largest that it may have.
    """
    n, total = pl.col("n").cast(pl.Float64), pl.coalesce("k", "sum")
    score = total / n
    softened = (total + 0.5) / (n + 1)
    seen = (pl.col("sum_sq") - n * score**2) / (n - 1)
    graded = pl.when((n > 1) & pl.col("sum_sq").is_not_null()).then(seen).otherwise(softened * (1 - softened))
    each = pl.when(pl.col("k").is_not_null()).then(softened * (1 - softened)).otherwise(graded)
    return cells.select(
        "model", "task_family", "task_id", "n",
        score.alias("score"),
        (each.clip(0.0) / n).alias("variance"),
    ).sort("task_id")  # fmt: skip


def mean_of(cells: pl.DataFrame) -> Mean:
    """Return the mean score of one model's cells."""
    known = with_variance(cells)
    value = float(known["score"].sum()) / known.height
    half = LEVEL_Z * math.sqrt(float(known["variance"].sum())) / known.height
    return Mean(value, max(0.0, value - half), min(1.0, value + half), known.height, int(known["n"].sum()))


def paired(cells: pl.DataFrame, model: str, other: str) -> pl.DataFrame:
    """Return the tasks that both models tried: family, difference, its variance, attempts."""
    both = with_variance(cells)
    first, second = (both.filter(pl.col("model") == name).drop("model") for name in (model, other))
    return first.join(second, on="task_id", suffix="_other").select(
        "task_id", "task_family",
        (pl.col("score") - pl.col("score_other")).alias("difference"),
        (pl.col("variance") + pl.col("variance_other")).alias("variance"),
        (pl.col("n") + pl.col("n_other")).alias("n"),
    )  # fmt: skip


def difference_of(pairs: pl.DataFrame) -> Mean:
    """Return the mean difference over tasks, the attempts of both models taken as independent."""
    value = float(pairs["difference"].sum()) / pairs.height
    half = LEVEL_Z * math.sqrt(float(pairs["variance"].sum())) / pairs.height
    return Mean(value, value - half, value + half, pairs.height, int(pairs["n"].sum()))
