"""Rows that are cells: k of n, or a value with n or a standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.display import shown
from tasklaws.core.errors import BadTable
from tasklaws.core.tables import CELLS
from tasklaws.importers._numbers import ROW, numbers, set_aside, within_unit
from tasklaws.importers._shape import check_directions, need_values, refuse_missing, with_defaults

if TYPE_CHECKING:
    from tasklaws.importers._column_map import ColumnMap

_COUNTS = ("n", "stderr", "n_limit", "n_error", "n_invalid", "sum", "sum_sq")


def as_cells(
    frame: pl.DataFrame, said: ColumnMap, source: str
) -> tuple[pl.DataFrame, list[tuple[int, str]], list[str]]:
    """Return rows of the schema ``cells`` with `ROW`, rows set aside as (row, reason), and warnings.

    Raises:
        BadTable: a value is missing, no number, out of range, or has no n.
    """
    if "k" not in frame.columns and "value" not in frame.columns:
        refuse_missing("score", frame.columns, source)
    need_values(frame, ("model", "task_family", "task_id"), source)
    frame = with_defaults(frame)
    measure = "k" if "k" in frame.columns else "value"
    counts = [name for name in _COUNTS if name in frame.columns]
    frame = numbers(frame, measure, source, said.scores)
    for name in counts:
        frame = numbers(frame, name, source)
    frame, aside = set_aside(frame, [measure, *counts])
    if measure == "value":
        frame = frame.with_columns(pl.col("value") * said.scale)
        within_unit(frame, "value", source)
    check_directions(frame, said, source)
    frame = _with_n(frame, said, source)
    if measure == "value":
        frame = frame.with_columns((pl.col("value") * pl.col("n")).alias("k")).drop("value")
    frame = frame.drop("stderr", strict=False)
    return (_pooled(frame) if said.pool else frame), aside, []


def _with_n(frame: pl.DataFrame, said: ColumnMap, source: str) -> pl.DataFrame:
    """Return `frame` with `n`: stated, told by the map, or found from the standard error or the values."""
    if "n" in frame.columns:
        found = frame
    elif said.n:
        found = frame.with_columns(
            pl.col("task_id").replace_strict(said.n, default=None, return_dtype=pl.Int64).alias("n")
        )
    elif said.infer_n:
        found = _inferred(frame, list(said.infer_n.by) or ["model"], said.infer_n.up_to)
    elif "stderr" in frame.columns:
        value, stderr = pl.col("value"), pl.col("stderr")
        own = pl.when(stderr > 0).then(value * (1 - value) / stderr**2 + 1)
        found = frame.with_columns(own.fill_null(own.median().over("task_id")).round().alias("n"))
    else:
        refuse_missing("n", frame.columns, source)
    missing = found["n"].is_null()
    if missing.any():
        row, task = found.filter(missing).select(ROW, "task_id").row(0)
        raise BadTable(
            f"{source}, row {row}: n of task {shown(task)!r} is not known.",
            "A cell needs its attempts.",
            "Add n.",
        )
    return found.with_columns(pl.col("n").cast(pl.Int64))


def _inferred(frame: pl.DataFrame, by: list[str], up_to: int) -> pl.DataFrame:
    """Return `frame` with the least n up to `up_to` that makes every value of its group whole, else null."""
    value = pl.col("value")
    fits = [
        pl.when(((value * n - (value * n).round()).abs() < 1e-6 * n).all().over(by)).then(pl.lit(n))
        for n in range(1, up_to + 1)
    ]
    return frame.with_columns(pl.coalesce(fits).alias("n"))


def _pooled(frame: pl.DataFrame) -> pl.DataFrame:
    added = [
        pl.col(name).sum()
        for name in ("k", "n", "sum", "sum_sq", "n_limit", "n_error", "n_invalid")
        if name in frame.columns
    ]
    return frame.group_by(*CELLS.key, maintain_order=True).agg(
        pl.col("task_family").first(), pl.col(ROW).first(), *added
    )
