"""From attempts to cells: what n attempts of one model at one task add up to."""

from __future__ import annotations

import polars as pl

from tasklaws.core.errors import BadTable, UnknownName
from tasklaws.core.tables import CELLS, validate

DEFAULT = "default"
"""Harness and elicitation of attempts whose source names none."""

_COUNTS = ("k", "n", "sum", "sum_sq", "n_limit", "n_error", "n_invalid")


def cells_of(runs: pl.DataFrame) -> pl.DataFrame:
    """Return one row of the schema ``cells`` per key, from rows of the schema ``runs``.

    A metric whose every score is 0 or 1 gives successes `k`; any other gives `sum` and `sum_sq`
    with `k` null. Attempts without a score are counted by outcome and enter neither n nor any
    mean; a cell without a single score is left out. `k` counts a score as it was recorded,
    whatever the outcome: `n_limit` and `n_invalid` let a reader take the other choices.
    """
    if not runs.height:
        return CELLS.empty()
    score = pl.col("score")
    outcome = pl.col("outcome").fill_null("submitted")
    binary = score.is_null() | score.is_in([0.0, 1.0])
    cells = (
        runs.with_columns(
            pl.col("harness_id").fill_null(DEFAULT),
            pl.col("elicitation").fill_null(DEFAULT),
            binary.all().over("metric").alias("_binary"),
        )
        .group_by(*CELLS.key, "task_family", "_binary", maintain_order=True)
        .agg(
            score.count().cast(pl.Int64).alias("n"),
            score.sum().alias("sum"),
            (score * score).sum().alias("sum_sq"),
            outcome.str.starts_with("limit").sum().cast(pl.Int64).alias("n_limit"),
            (outcome == "error").sum().cast(pl.Int64).alias("n_error"),
            (outcome == "invalid_success").sum().cast(pl.Int64).alias("n_invalid"),
        )
        .filter(pl.col("n") > 0)
        .with_columns(
            pl.when("_binary").then("sum").alias("k"),
            pl.when(~pl.col("_binary")).then("sum").alias("sum"),
            pl.when(~pl.col("_binary")).then("sum_sq").alias("sum_sq"),
        )
        .drop("_binary")
    )
    return validate(cells, CELLS, "cells scored from runs").select(CELLS.names)


def together(imported: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    """Return imported cells and cells scored from runs in one table, sorted by key.

    Raises:
        BadTable: a cell was imported and scored, with different counts.
    """
    both = pl.concat([imported.select(CELLS.names), scored.select(CELLS.names)])
    counts = ["k", "n", "sum", "sum_sq"]
    unlike = both.filter(pl.struct(*counts).n_unique().over(CELLS.key) > 1) if both.height else both
    if unlike.height:
        row = unlike.row(0, named=True)
        raise BadTable(
            f"the cell of model {row['model']!r}, task {row['task_id']!r}, metric {row['metric']!r} was "
            "imported and also scored from runs, with different counts.",
            "A cell has one origin.",
            "Remove one of the two imports.",
        )
    return both.unique(CELLS.key, keep="first", maintain_order=True).sort(CELLS.key)


def pooled(cells: pl.DataFrame) -> pl.DataFrame:
    """Return cells with those that differ only by harness added together, `harness_id` ``pooled``.

    Weights are the attempts: k, n, sums and outcome counts add up. A cell of one harness keeps its
    `harness_id`.
    """
    key = [name for name in CELLS.key if name != "harness_id"]
    total = [
        pl.when(pl.col(name).null_count() == pl.len()).then(None).otherwise(pl.col(name).sum()).alias(name)
        for name in _COUNTS
    ]
    harness = (
        pl.when(pl.len() == 1)
        .then(pl.col("harness_id").first())
        .otherwise(pl.lit("pooled"))
        .alias("harness_id")
    )
    added = cells.group_by(key, maintain_order=True).agg(pl.col("task_family").first(), harness, *total)
    return added.select(CELLS.names)


def one_per_task(
    cells: pl.DataFrame, metric: str | None = None, elicitation: str | None = None
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return cells of one metric and one elicitation with harnesses pooled, and notes of what was chosen.

    Args:
        cells: schema ``cells``.
        metric: the metric; None takes the one with most cells, of equal ones the binary.
        elicitation: the elicitation; None takes the one with most cells.

    Raises:
        UnknownName: no cell has that metric, or none of that metric that elicitation.
    """
    notes = []
    if not cells.height:
        return cells.select(CELLS.names), ()
    for column, wanted in (("metric", metric), ("elicitation", elicitation)):
        value = wanted or _most_frequent(cells, column)
        if wanted is None and cells[column].n_unique() > 1:
            notes.append(
                f"{column} {value} of {', '.join(cells[column].unique().sort())}; name another in study.toml"
            )
        known = cells[column].unique().to_list()
        if value not in known:
            raise UnknownName(column, value, known)
        cells = cells.filter(pl.col(column) == value)
    made = pooled(cells)
    n_pooled = made.filter(pl.col("harness_id") == "pooled").height
    notes += [f"{n_pooled} cells add up attempts under different harnesses"] if n_pooled else []
    return made, tuple(notes)


def _most_frequent(cells: pl.DataFrame, column: str) -> str:
    counted = cells.group_by(column).agg(pl.len().alias("cells"), pl.col("k").count().alias("binary"))
    ranked = counted.sort("cells", "binary", column, descending=[True, True, False])
    return str(ranked[column][0])
