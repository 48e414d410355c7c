"""The block `results`: the score of every model on every family, over the tasks that are forecast.

Attempts at a family are taken together. The interval is that of one share, which is wide enough for tasks of
unlike difficulty: at given tasks their mean varies less.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final

from tasklaws.core.proportions import jeffreys
from tasklaws.dossier.figures._block import SCORES, Block

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.dossier.figures._seen import Seen

LEVEL: Final = 0.9
NO_SPREAD = "the spread of the scores is not known"
NO_SHARE = "the scores are not shares in [0, 1]"


def results(seen: Seen) -> list[dict[str, Any]]:
    """Return one row per model and family with results, by their names."""
    import polars as pl

    cells, _ = seen.target_cells()
    known = pl.col("k").is_not_null()
    sums = cells.group_by("model", "task_family").agg(
        pl.col("task_id").n_unique().alias("n_tasks"),
        pl.col("k").sum().alias("k"),
        pl.col("n").sum(),
        known.all().alias("counted"),
        pl.coalesce("k", "sum").sum().alias("total"),
        pl.coalesce("k", "sum_sq").sum().alias("squares"),
        pl.coalesce("k", "sum_sq").is_null().any().alias("no_squares"),
    )
    return [_row(row) for row in sums.sort("model", "task_family").iter_rows(named=True)]


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    score: float | None = row["total"] / row["n"]
    k = row["k"] if row["counted"] else None
    lower, upper, reason = _interval(row)
    if not 0 <= row["total"] <= row["n"]:
        score, lower, upper, reason = None, None, None, NO_SHARE
    return {
        "model": row["model"],
        "family": row["task_family"],
        "n_tasks": row["n_tasks"],
        "k": int(k) if k is not None and k.is_integer() else k,
        "n": row["n"],
        "score": score,
        "lower": lower,
        "upper": upper,
        "reason": reason,
    }


def _interval(row: Mapping[str, Any]) -> tuple[float | None, float | None, str | None]:
    """Return the interval of 90 %: of a share, or of a mean by its standard error."""
    n, total = row["n"], row["total"]
    if row["counted"]:
        return (*jeffreys(total, n, LEVEL), None)
    if row["no_squares"] or n == 1:
        return None, None, NO_SPREAD
    mean = total / n
    error = math.sqrt(max(0.0, row["squares"] / n - mean**2) / (n - 1))
    away = NormalDist().inv_cdf((1 + LEVEL) / 2) * error
    return max(0.0, mean - away), min(1.0, mean + away), None


BLOCK = Block(results, SCORES)
