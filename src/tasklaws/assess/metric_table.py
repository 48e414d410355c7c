"""What a family scored by each metric: mean and variance of every task on every model.

Metrics with scores of many kinds are compared on one scale, the share: 0 at worst, 1 at best. That of a loss
is exp(-loss), the probability of the whole reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from tasklaws.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasklaws.assess.evidence import Evidence
    from tasklaws.infer.arrays import Floats
    from tasklaws.spec.metric import Metric

Kind = Literal["output", "process"]

PREFERRED = (
    "reference_nll", "unit_tests", "milestones", "solution_similarity", "token_accuracy", "edit_similarity",
    "brier",
)  # fmt: skip
"""The order in which metrics are tried in place of the target; all others come after."""
COLUMNS = ("reference_nll", "solution_similarity")
"""Of the table ``runs``: measured beside the score of each attempt, whatever the metric."""
ARRAYS = ("n", "mean", "var", "average", "spread")
PROCESS_NAMES = re.compile(r"nll|unit_test|milestone|solution|loss|progress")
"""Of metrics that are in no catalogue: what they look at is the work and not the answer."""

LEAST_SHARE = 1e-300
MOST_PARTS = 100.0
"""Attempts at one token that an attempt at many can be worth."""


@dataclass(frozen=True, eq=False)
class Measured:
    """One metric on one family; arrays are of shape (tasks, models)."""

    name: str
    kind: Kind
    unbounded: bool
    """A loss: it has a best value and no worst."""
    tasks: tuple[str, ...]
    n: Floats
    """Attempts with a score."""
    mean: Floats
    """Of the scores as they are; 0 where there are none."""
    var: Floats
    """Variance of the scores between attempts at one task; 0 where there are fewer than two."""
    share: Floats
    """Mean of the shares."""
    share_var: Floats
    """Likewise, of the shares."""
    graded: bool
    """Some score is neither worst nor best."""
    attempts: pl.DataFrame | None
    """task, model (their places) and share of each attempt; None where only cells are known."""


@lru_cache(maxsize=4)
def measured(evidence: Evidence) -> Mapping[str, Measured]:
    """Return the metrics that say something of single attempts, by name, in the order of `PREFERRED`."""
    suite = evidence.suite
    if evidence.runs.height:
        elicited = pl.col("elicitation").fill_null("default") == suite.elicitation
        rows = evidence.runs.filter(elicited & pl.col("score").is_not_null())
        tables = {str(name): table for (name,), table in rows.group_by("metric", maintain_order=True)}
        tables = _columns(tables, suite.metric) | tables
        found = [_from_attempts(evidence, name, table) for name, table in tables.items()]
    else:
        cells = evidence.cells.filter(pl.col("elicitation") == suite.elicitation)
        groups = cells.group_by("metric", maintain_order=True)
        found = [_from_cells(evidence, str(name), table) for (name,), table in groups]
    named = {one.name: one for one in found if one is not None}
    return {name: named[name] for name in sorted(named, key=_order)}


def _order(name: str) -> tuple[int, str]:
    return (PREFERRED.index(name) if name in PREFERRED else len(PREFERRED), name)


def _columns(tables: Mapping[str, pl.DataFrame], target: str) -> dict[str, pl.DataFrame]:
    """Return what stands in columns beside the target's scores, as if it were metrics."""
    rows = tables.get(target)
    if rows is None:
        return {}
    there = [name for name in COLUMNS if name in rows.columns and rows[name].null_count() < rows.height]
    return {
        name: rows.filter(pl.col(name).is_not_null()).with_columns(pl.col(name).alias("score"))
        for name in there
    }


def _known(name: str) -> Metric | None:
    return METRICS[name] if name in METRICS else None  # noqa: SIM401  a catalogue's `get` raises


def _kind(name: str) -> Kind | None:
    """Return what a metric looks at; None of one that looks at several attempts together."""
    metric = _known(name)
    if metric is None:
        return "process" if PROCESS_NAMES.search(name) else "output"
    return None if metric.kind == "aggregate" else metric.kind


def _scale(name: str, lowest: float, highest: float) -> tuple[float, float] | None:
    """Return the worst and the best score; the worst of a loss is infinite. None where it is not known."""
    metric = _known(name)
    if metric is None:
        if lowest >= 0 and highest <= 1:
            return 0.0, 1.0
        return (np.inf, 0.0) if name.endswith("nll") and lowest >= 0 else None
    ends = (np.inf if metric.upper is None else metric.upper, metric.lower)
    if ends[1] is None:
        return None
    return (ends[0], ends[1]) if metric.direction == "lower" else (ends[1], ends[0])


def _share(score: pl.Expr, scale: tuple[float, float]) -> pl.Expr:
    worst, best = scale
    return (-(score - best)).exp() if np.isinf(worst) else (score - worst) / (best - worst)


def _places(names: Sequence[str], column: str) -> pl.Expr:
    at = {name: i for i, name in enumerate(names)}
    return pl.col(column).replace_strict(at, default=None, return_dtype=pl.Int64)


def _from_attempts(evidence: Evidence, name: str, rows: pl.DataFrame) -> Measured | None:
    kind, models = _kind(name), evidence.suite.models
    scale = _scale(name, rows["score"].min(), rows["score"].max())  # type: ignore[arg-type]
    if kind is None or scale is None:
        return None
    tasks = tuple(sorted(rows["task_id"].unique()))
    attempts = rows.select(
        _places(tasks, "task_id").alias("task"),
        _places(models, "model").alias("model"),
        "score",
        _share(pl.col("score"), scale).alias("share"),
    ).sort("task", "model", maintain_order=True)
    means = attempts.group_by("task", "model").agg(
        pl.len().alias("n"),
        pl.col("score").mean().alias("mean"),
        pl.col("score").var().fill_null(0.0).alias("var"),
        pl.col("share").mean().alias("average"),
        pl.col("share").var().fill_null(0.0).alias("spread"),
    )
    graded = attempts.select((~pl.col("share").is_in([0.0, 1.0])).any()).item()
    values = _arrays(means, (len(tasks), len(models)))
    return Measured(name, kind, bool(np.isinf(scale[0])), tasks, *values, graded, attempts)


def _from_cells(evidence: Evidence, name: str, cells: pl.DataFrame) -> Measured | None:
    """Return a metric of which only sums are known: the share of a loss is that of its mean."""
    mean = pl.col("sum") / pl.col("n")
    known = cells.filter((pl.col("n") > 0) & pl.col("sum").is_not_null())
    if not known.height:
        return None
    held = known.select(mean.alias("mean"))["mean"]
    kind, models = _kind(name), evidence.suite.models
    scale = _scale(name, held.min(), held.max())  # type: ignore[arg-type]
    if kind is None or scale is None:
        return None
    tasks = tuple(sorted(known["task_id"].unique()))
    beyond = (pl.col("sum_sq") - pl.col("n") * mean**2) / (pl.col("n") - 1)
    table = known.select(
        _places(tasks, "task_id").alias("task"),
        _places(models, "model").alias("model"),
        "n",
        mean.alias("mean"),
        pl.when(pl.col("n") > 1).then(beyond.clip(lower_bound=0)).fill_null(0.0).alias("var"),
        _share(mean, scale).alias("average"),
    )
    lost = np.isinf(scale[0])
    slope = pl.col("average") ** 2 if lost else pl.lit((scale[1] - scale[0]) ** -2.0)
    table = table.with_columns((pl.col("var") * slope).alias("spread"))
    values = _arrays(table, (len(tasks), len(models)))
    graded = known["k"].null_count() > 0
    return Measured(name, kind, bool(lost), tasks, *values, graded, None)


def _arrays(table: pl.DataFrame, shape: tuple[int, int]) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return the columns `ARRAYS` of a table of cells, each of shape (tasks, models)."""
    at = table["task"].to_numpy(), table["model"].to_numpy()
    made = np.zeros((len(ARRAYS), *shape))
    for array, name in zip(made, ARRAYS, strict=True):
        array[at] = table[name].to_numpy()
    n, mean, var, share, share_var = made
    return n, mean, var, share, share_var


def log_hazard(one: Measured) -> Floats:
    """Return log(-log share) of each cell, kept finite; NaN where there are no attempts.

    An attempt at many tokens says as much of a share as many attempts at one, which its variance tells.
    """
    share, spread = one.share, float((one.n * one.share_var).sum())
    most = float((one.n * one.share * (1 - one.share)).sum())
    n = one.n * np.clip(most / spread if spread > 0 else 1.0, 1.0, MOST_PARTS)
    kept = share if one.unbounded else (share * n + 0.5) / (n + 1)
    away = np.clip(-np.log(np.maximum(kept, LEAST_SHARE)), 1e-4, None)
    return np.asarray(np.where(one.n > 0, np.log(away), np.nan))
