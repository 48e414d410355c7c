"""The declared schemas of every table that tasklaws reads, writes or hands out.

Data moves as long Polars tables. A schema names each column once, with type, range and unit;
`validate` holds a frame to it and names the file, row and column of the first breach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.errors import BadTable, UnknownName

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NAME = 256
"""Longest name of a model or task, in characters."""


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means, and the values it may take."""

    name: str
    dtype: pl.DataType | type[pl.DataType]
    meaning: str
    required: bool = False
    lower: float | None = None
    upper: float | None = None
    unless: str | None = None
    """Column that lifts the bounds from rows where it is not null."""


@dataclass(frozen=True)
class Schema:
    """A table: its columns and the key that no two rows share."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the declared column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Return the names of the columns that may be neither absent nor null."""
        return tuple(column.name for column in self.columns if column.required)

    def dtypes(self) -> Mapping[str, pl.DataType | type[pl.DataType]]:
        """Return name -> Polars type, as `pl.DataFrame(schema=...)` takes it."""
        return {column.name: column.dtype for column in self.columns}

    def empty(self) -> pl.DataFrame:
        """Return a table of this schema with no rows."""
        return pl.DataFrame(schema=dict(self.dtypes()))


def _c(
    name: str,
    dtype: pl.DataType | type[pl.DataType],
    meaning: str,
    *,
    required: bool = False,
    lower: float | None = None,
    upper: float | None = None,
    unless: str | None = None,
) -> Column:
    return Column(name, dtype, meaning, required, lower, upper, unless)


LADDER = Schema(
    "ladder",
    (
        _c("model", pl.String, "name of the model, as its source spells it", required=True),
        _c("lineage", pl.String, "models of one lineage form one ladder", required=True),
        _c("n_params", pl.Float64, "parameters (count)", lower=0),
        _c("n_tokens", pl.Float64, "training tokens (count)", lower=0),
        _c("flops", pl.Float64, "training compute (floating-point operations)", lower=0),
        _c("flops_source", pl.String, "`stated` or `6ND`"),
        _c("loss_nats", pl.Float64, "held-out loss (nats per token of loss_corpus)", lower=0),
        _c("bits_per_byte", pl.Float64, "held-out loss (bits per byte of loss_corpus)", lower=0),
        _c("loss_corpus", pl.String, "id of the corpus the loss was measured on"),
        _c("released", pl.Date, "release date"),
        _c("seed", pl.Int64, "training seed"),
        _c("step", pl.Int64, "training step, for checkpoints"),
        _c("replicate", pl.String, "tells apart runs of the same size, tokens and seed"),
        _c("params_kind", pl.String, "`total`, `active` or `non_embedding`"),
        _c("source", pl.String, "where these covariates stand"),
    ),
    key=("model",),
)

TASKS = Schema(
    "tasks",
    (
        _c("task_id", pl.String, "a family at one size, or one benchmark task", required=True),
        _c("task_family", pl.String, "the family the task belongs to", required=True),
        _c("metric", pl.String, "metric that floor and ceiling belong to", required=True),
        _c("direction", pl.String, "`higher` or `lower` is better"),
        _c("floor", pl.Float64, "documented chance rate, never estimated", lower=0, upper=1),
        _c("ceiling", pl.Float64, "highest rate the harness allows", lower=0, upper=1),
        _c("n_items", pl.Int64, "number of instances", lower=0),
        _c("identical_items", pl.Boolean, "every model answered the same instances"),
        _c("human_minutes", pl.Float64, "human time (minutes)", lower=0),
        _c("human_source", pl.String, "where the human time comes from"),
        _c("weight", pl.Float64, "weight in its source's headline", lower=0),
        _c("content_hash", pl.String, "sha256 of the task's text and scorer"),
        _c("version", pl.String, "version of the task"),
    ),
    key=("task_id", "metric"),
)

RUNS = Schema(
    "runs",
    (
        _c("model", pl.String, "model", required=True),
        _c("task_family", pl.String, "family", required=True),
        _c("task_id", pl.String, "task", required=True),
        _c("instance_id", pl.String, "one of the n instances of a cell"),
        _c("epoch", pl.Int64, "repeat of the instance, from 0"),
        _c("harness_id", pl.String, "limits and scaffold"),
        _c("elicitation", pl.String, "how the answer was drawn out"),
        _c("metric", pl.String, "what the score is", required=True),
        _c("score", pl.Float64, "score; null where there is none", lower=0, upper=1, unless="unit"),
        _c("unit", pl.String, "unit of a score that is not a share in [0, 1], such as `nats`"),
        _c("path", pl.String, "way that the attempt took, such as `loop` or `closed_form`"),
        _c("outcome", pl.String, "submitted, limit_time, limit_tokens, limit, error, invalid_success"),
        _c("run_id", pl.String, "identifier in the source"),
        _c("started_at", pl.Datetime("us", "UTC"), "start"),
        _c("completed_at", pl.Datetime("us", "UTC"), "end"),
        _c("tokens", pl.Int64, "tokens generated", lower=0),
    ),
    key=("model", "task_id", "instance_id", "epoch", "harness_id", "elicitation", "metric"),
)

CELLS = Schema(
    "cells",
    (
        _c("model", pl.String, "model", required=True),
        _c("task_family", pl.String, "family", required=True),
        _c("task_id", pl.String, "task", required=True),
        _c("metric", pl.String, "metric", required=True),
        _c("harness_id", pl.String, "limits and scaffold", required=True),
        _c("elicitation", pl.String, "how the answers were drawn out", required=True),
        _c("n", pl.Int64, "attempts with a score (count)", required=True, lower=1),
        _c(
            "k",
            pl.Float64,
            "successes; null for graded scores; a fraction where the source averages",
            lower=0,
        ),
        _c("sum", pl.Float64, "sum of graded scores; null for binary ones"),
        _c("sum_sq", pl.Float64, "sum of squares of graded scores", lower=0),
        _c("n_limit", pl.Int64, "attempts ended by a limit", lower=0),
        _c("n_error", pl.Int64, "attempts ended by an error", lower=0),
        _c("n_invalid", pl.Int64, "successes by tampering or cheating", lower=0),
    ),
    key=("model", "task_id", "metric", "harness_id", "elicitation"),
)

QUANTILE_LEVELS = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
"""The nine levels at which every forecast is stated."""

QUANTILE_COLUMNS = ("q025", "q050", "q100", "q250", "q500", "q750", "q900", "q950", "q975")
"""The columns that hold them; scores in [0, 1]."""

FORECASTS = Schema(
    "forecasts",
    (
        _c("target", pl.String, "model forecast", required=True),
        _c("label", pl.String, "`forecast`, `conditional` or `retrodiction`", required=True),
        _c("cutoff", pl.String, "last rung seen"),
        _c("horizon", pl.Int64, "sizes ahead", lower=0),
        _c("level", pl.String, "`task`, `family` or `aggregate`", required=True),
        _c("task_family", pl.String, "family; null for the aggregate"),
        _c("task_id", pl.String, "task; null above the task level"),
        _c("metric", pl.String, "metric"),
        _c("n", pl.Int64, "instances of the observed count", lower=0),
        _c("mean", pl.Float64, "predictive mean of the observed score", lower=0, upper=1),
        *(_c(q, pl.Float64, "quantile of the observed score", lower=0, upper=1) for q in QUANTILE_COLUMNS),
        _c("p_all", pl.Float64, "P(every instance succeeds)", lower=0, upper=1),
        _c("p_none", pl.Float64, "P(no instance succeeds)", lower=0, upper=1),
        _c("status", pl.String, "`ok`, or why there is no forecast", required=True),
        _c("flags", pl.List(pl.String), "long_range, at_floor, not_lawful, wide"),
    ),
    key=("target", "level", "task_family", "task_id", "metric"),
)

OBSERVATIONS = Schema(
    "observations",
    (
        _c("target", pl.String, "model forecast", required=True),
        _c("task_family", pl.String, "family"),
        _c("task_id", pl.String, "task", required=True),
        _c("metric", pl.String, "metric"),
        _c("n", pl.Int64, "attempts", lower=1),
        _c("observed", pl.Float64, "score in [0, 1]", required=True, lower=0, upper=1),
        _c("log_score", pl.Float64, "log probability of the observed count (nats, higher is better)"),
        _c("crps", pl.Float64, "continuous ranked probability score (points, lower is better)", lower=0),
        _c("pit", pl.Float64, "randomised probability integral transform", lower=0, upper=1),
    ),
    key=("target", "task_id", "metric"),
)

FINDINGS = Schema(
    "findings",
    (
        _c("subject", pl.String, "family, task, model or ladder the finding is about", required=True),
        _c("check", pl.String, "name of the check", required=True),
        _c("ok", pl.Boolean, "null where the check is undefined"),
        _c("statistic", pl.Float64, "value"),
        _c("lower", pl.Float64, "lower interval end"),
        _c("upper", pl.Float64, "upper interval end"),
        _c("p", pl.Float64, "p value", lower=0, upper=1),
        _c("text", pl.String, "one sentence", required=True),
    ),
    key=("subject", "check"),
)

HUMAN_TIMES = Schema(
    "human_times",
    (
        _c("task_family", pl.String, "family", required=True),
        _c("task_id", pl.String, "task", required=True),
        _c("run_id", pl.String, "identifier in the source", required=True),
        _c("minutes", pl.Float64, "time worked (minutes)", lower=0),
        _c("score", pl.Float64, "score of the attempt", lower=0, upper=1),
        _c("outcome", pl.String, "submitted, or how the attempt ended"),
        _c("source", pl.String, "baseline, estimate or QA"),
    ),
    key=("run_id",),
)

SCHEMAS = {s.name: s for s in (LADDER, TASKS, RUNS, CELLS, FORECASTS, OBSERVATIONS, FINDINGS, HUMAN_TIMES)}


def schema(name: str) -> Schema:
    """Return the schema called `name`.

    Raises:
        UnknownName: there is no such table.
    """
    try:
        return SCHEMAS[name]
    except KeyError:
        raise UnknownName("table", name, SCHEMAS) from None


def validate(
    frame: pl.DataFrame, declared: Schema, source: str = "table", first_row: int = 1, *, unique: bool = True
) -> pl.DataFrame:
    """Return `frame` in the declared column order and types, extra columns kept behind.

    Args:
        frame: rows to hold to the schema.
        declared: the schema.
        source: file name for messages.
        first_row: row number of the first row in the file, for messages.
        unique: refuse rows that share a key.

    Raises:
        BadTable: a column is missing, of another type, null where it may not be, out of
            range, or two rows share a key.
    """
    missing = [name for name in declared.required if name not in frame.columns]
    if missing:
        import difflib

        close = difflib.get_close_matches(missing[0], frame.columns, n=1)
        raise BadTable(
            f"{source}: column {missing[0]!r} of table {declared.name!r} is missing.",
            f"There are the columns {', '.join(frame.columns)}.",
            f"Did you mean {close[0]!r}? Rename it, or map it with --map."
            if close
            else "Add it, or map it with --map.",
        )
    present = [column for column in declared.columns if column.name in frame.columns]
    try:
        frame = frame.with_columns(pl.col(c.name).cast(c.dtype) for c in present)
    except pl.exceptions.PolarsError as error:
        raise BadTable(
            f"{source}: {error}", f"Table {declared.name!r} has declared types.", "Correct the column."
        ) from None
    for column in present:
        _check_column(frame, declared, column, source, first_row)
    frame = frame.with_columns(
        pl.lit(None, dtype=c.dtype).alias(c.name) for c in declared.columns if c.name not in frame.columns
    )
    if unique:
        _check_key(frame, declared, source, first_row)
    extra = [name for name in frame.columns if name not in declared.names]
    return frame.select(*declared.names, *extra)


PERCENT = 100
"""Largest score of a metric that was written in percent."""


def _check_column(frame: pl.DataFrame, declared: Schema, column: Column, source: str, first_row: int) -> None:
    values = frame[column.name]
    bad = pl.Series([False]).new_from_index(0, len(values))
    held = frame[column.unless].is_null() if column.unless in frame.columns else ~bad
    need = ""
    if column.required and values.null_count():
        bad, need = values.is_null(), "A value is needed."
    elif (
        values.dtype == pl.String
        and (values.str.len_chars() > MAX_NAME).any()
        and column.name in declared.key
    ):
        bad, need = values.str.len_chars() > MAX_NAME, f"Names have at most {MAX_NAME} characters."
    elif column.lower is not None and (held & (values < column.lower)).any():
        bad, need = held & (values < column.lower), f"It must be at least {column.lower:g}."
    elif column.upper is not None and (held & (values > column.upper)).any():
        bad, need = held & (values > column.upper), f"It must be at most {column.upper:g}."
    elif values.dtype == pl.Float64 and (values.is_nan() | values.is_infinite()).any():
        bad, need = values.is_nan() | values.is_infinite(), "It must be a finite number or null."
    if not need:
        return
    row = int(bad.fill_null(value=False).arg_true()[0])
    shown = str(values[row])[:60]
    hint = ""
    if column.upper == 1 and values.dtype == pl.Float64 and 1 < float(values.max() or 0) <= PERCENT:  # type: ignore[arg-type]
        hint = "Are these percentages? Divide them by 100."
    raise BadTable(
        f"{source}, row {row + first_row}, column {column.name!r}: {shown}.",
        f"{need} ({column.meaning})",
        hint or "Correct the row, or leave it out.",
    )


def _check_key(frame: pl.DataFrame, declared: Schema, source: str, first_row: int) -> None:
    if not declared.key:
        return
    twice = frame.select(declared.key).is_duplicated()
    if twice.any():
        row = int(twice.arg_true()[0])
        named = ", ".join(
            f"{name}={frame[name][row]!r}" for name in declared.key if frame[name][row] is not None
        )
        raise BadTable(
            f"{source}, row {row + first_row}: more than one row of table {declared.name!r} has {named}.",
            "Each row needs a key of its own.",
            "Remove the double, or tell the rows apart by a key column.",
        )
