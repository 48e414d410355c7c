"""Scores of groups of tasks with their intervals, under one choice of metric, elicitation and harness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import betaincinv

from tasklaws.core.errors import UnknownName
from tasklaws.core.tables import CELLS
from tasklaws.study.attempts import one_per_task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasklaws.viewer.asked import Asked
    from tasklaws.viewer.results import Results

    Floats = NDArray[np.float64]

LEVEL = 0.9
Z = 1.644854
"""Quantile of the normal distribution of such an interval."""
COUNTS = ("n_limit", "n_error", "n_invalid")


@dataclass(frozen=True)
class Chosen:
    """Cells of one metric and elicitation, one per model and task."""

    metric: str | None
    elicitation: str | None
    harness: str | None
    lineage: str | None
    cells: pl.DataFrame
    known: dict[str, tuple[str, ...]]
    """Filter -> what it may be."""
    models: tuple[str, ...]
    """In the order of the ladder; models without a rung stand last."""

    def filters(self) -> dict[str, str]:
        """Return the filters by which the attempts behind these cells are found."""
        told = {"metric": self.metric, "elicitation": self.elicitation, "harness_id": self.harness}
        return {name: value for name, value in told.items() if value is not None}


def chosen(results: Results, asked: Asked) -> Chosen:
    """Return the cells that are asked for; what is not asked for is as the study forecasts it.

    Raises:
        UnknownName: there is no such metric, elicitation, harness or lineage.
    """
    cells, said = results.cells, results.settings
    known = {name: _values(cells, name) for name in ("metric", "elicitation", "harness_id")}
    known["lineage"] = results.ladder.lineages()
    for name, values in known.items():
        value = asked.get(name)
        if value is not None and value not in values:
            raise UnknownName(name.removesuffix("_id"), value, values)
    harness = asked.get("harness_id") or (said.harness if said.harness in known["harness_id"] else None)
    metric = asked.get("metric") or (said.metric if said.metric in known["metric"] else None)
    elicitation = asked.get("elicitation")
    kept = cells if harness is None else cells.filter(pl.col("harness_id") == harness)
    if metric is not None:
        kept = kept.filter(pl.col("metric") == metric)
    if elicitation is None and said.elicitation in kept["elicitation"]:
        elicitation = said.elicitation
    if elicitation is not None:
        kept = kept.filter(pl.col("elicitation") == elicitation)
    one, _ = one_per_task(kept)
    models = _models(results, asked.get("lineage"))
    first = one.row(0, named=True) if one.height else {"metric": metric, "elicitation": elicitation}
    return Chosen(
        first["metric"],
        first["elicitation"],
        harness,
        asked.get("lineage"),
        one.filter(pl.col("model").is_in(models)),
        known,
        models,
    )


def _values(cells: pl.DataFrame, name: str) -> tuple[str, ...]:
    return tuple(cells[name].unique().sort())


def _models(results: Results, lineage: str | None) -> tuple[str, ...]:
    there = set(results.cells["model"]) | set(results.index["model"].unique().cast(pl.String))
    on = [rung.model for rung in (results.ladder if lineage is None else results.ladder.of(lineage))]
    beside = sorted(there - set(on)) if lineage is None else []
    return (*(model for model in on if model in there), *beside)


def summarised(cells: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return one row per group: mean over its tasks, each counted alike, with a 90 % interval, and counts.

    The interval is of the noise of attempts: these tasks, other attempts. Of successes it is Jeffreys' for as
    many attempts as give such a mean its variance; of graded scores the normal one, which needs two attempts.
    """
    n, binary = pl.col("n"), pl.col("k").is_not_null()
    rate = pl.coalesce("k", "sum") / n
    smooth = pl.when(binary).then((pl.col("k") + 0.5) / (n + 1)).otherwise(rate)
    graded = pl.when(n > 1).then((pl.col("sum_sq") / n - rate**2).clip(0) / (n - 1))
    variance = pl.when(binary).then(smooth * (1 - smooth) / n).otherwise(graded)
    made = (
        cells.select(*CELLS.names, rate.alias("_rate"), smooth.alias("_smooth"), variance.alias("_variance"))
        .sort(CELLS.key)  # sums depend on their order in the last digit
        .group_by(by, maintain_order=True)
        .agg(
            pl.col("_rate").mean().alias("score"),
            pl.col("_smooth").mean(),
            pl.when(pl.col("_variance").null_count() == 0)
            .then(pl.col("_variance").sum() / pl.len() ** 2)
            .alias("_variance"),
            pl.col("k").is_not_null().all().alias("_binary"),
            pl.col("n").sum(),
            pl.len().alias("tasks"),
            pl.col(COUNTS).sum(),
        )
    )
    lower, upper = _ends(made)
    found = made.with_columns(pl.Series("lower", lower), pl.Series("upper", upper))
    ends = [pl.col(name).fill_nan(None) for name in ("lower", "upper")]
    return found.with_columns(ends).select(*by, "score", "lower", "upper", "n", "tasks", *COUNTS)


def _ends(made: pl.DataFrame) -> tuple[Floats, Floats]:
    rate, smooth = made["score"].to_numpy(), made["_smooth"].to_numpy()
    variance = made["_variance"].cast(pl.Float64).to_numpy()
    binary, tail = made["_binary"].to_numpy(), (1 - LEVEL) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.where(binary, smooth * (1 - smooth) / variance, 1.0)
    hits = np.clip(rate, 0, 1) * worth
    a, b = hits + 0.5, worth - hits + 0.5
    half = Z * np.sqrt(variance)
    lower = np.where(binary, np.where(rate <= 0, 0.0, betaincinv(a, b, tail)), rate - half)
    upper = np.where(binary, np.where(rate >= 1, 1.0, betaincinv(a, b, 1 - tail)), rate + half)
    share = not binary.all() and bool(np.all((rate >= 0) & (rate <= 1)))
    return (np.clip(lower, 0, 1), np.clip(upper, 0, 1)) if share else (lower, upper)


def is_share(scores: pl.Series) -> bool:
    """Return whether scores are shares, to be written in percent."""
    return not scores.len() or bool((scores.is_between(0, 1)).all())
