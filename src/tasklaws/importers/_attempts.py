"""Rows that are attempts: one score of one model on one instance."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.display import shown
from tasklaws.core.errors import BadTable
from tasklaws.importers._numbers import ROW, numbers, set_aside, within_unit
from tasklaws.importers._shape import DEFAULTS, check_directions, need_values, with_defaults

if TYPE_CHECKING:
    from tasklaws.importers._column_map import ColumnMap

OUTCOMES = ("submitted", "limit", "limit_time", "limit_tokens", "error", "invalid_success")
"""How an attempt may have ended."""


def as_attempts(
    frame: pl.DataFrame, said: ColumnMap, source: str
) -> tuple[pl.DataFrame, list[tuple[int, str]], list[str]]:
    """Return rows of the schema ``runs`` with `ROW`, rows set aside as (row, reason), and warnings.

    Raises:
        BadTable: a value is missing, no number or out of range.
    """
    need_values(frame, ("model", "task_family", "task_id"), source)
    frame, notes = with_times(with_defaults(frame), source)
    frame = numbers(frame, "score", source, said.scores)
    for name in ("epoch", "tokens"):
        frame = numbers(frame, name, source) if name in frame.columns else frame
    frame, aside = set_aside(frame, ["score"])
    frame = frame.with_columns(pl.col("score") * said.scale)
    shares = frame.filter(pl.col("unit").is_null()) if "unit" in frame.columns else frame
    within_unit(shares, "score", source)
    check_directions(frame, said, source)
    _check_outcomes(frame, source)
    return _with_epochs(frame), aside, notes


def _with_epochs(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with its attempts told apart: by epoch, by instance, or else in their order."""
    if "epoch" in frame.columns:
        return frame
    if "instance_id" in frame.columns:
        return frame.with_columns(pl.lit(0).alias("epoch"))
    order = pl.int_range(pl.len()).over("model", "task_id", *DEFAULTS)
    return frame.with_columns(order.alias("epoch"))


def _check_outcomes(frame: pl.DataFrame, source: str) -> None:
    if "outcome" not in frame.columns:
        return
    odd = frame.filter(~pl.col("outcome").is_in(OUTCOMES) & pl.col("outcome").is_not_null())
    if odd.height:
        row, value = odd.select(ROW, "outcome").row(0)
        near = difflib.get_close_matches(value, OUTCOMES, n=1)
        raise BadTable(
            f"{source}, row {row}, column 'outcome': {shown(value)!r}.",
            f"Outcomes are {', '.join(OUTCOMES)}.",
            f"Did you mean {near[0]!r}?" if near else "Correct the row.",
        )


def with_times(frame: pl.DataFrame, source: str) -> tuple[pl.DataFrame, list[str]]:
    """Return `frame` with its times in UTC, and warnings of times without a zone or in the future.

    Raises:
        BadTable: a text is not a time.
    """
    notes: list[str] = []
    for name in ("started_at", "completed_at"):
        if name in frame.columns:
            times = [
                moment(text, f"{source}, row {row}, column {name!r}")
                for row, text in frame.select(ROW, name).iter_rows()
            ]
            naive = sum(time is not None and time.tzinfo is None for time in times)
            aware = [time and (time if time.tzinfo else time.replace(tzinfo=UTC)) for time in times]
            late = sum(time is not None and time > datetime.now(UTC) for time in aware)
            notes += [f"{source}: {naive} times in {name} have no zone and are taken as UTC"] if naive else []
            notes += [f"{source}: {late} times in {name} lie in the future"] if late else []
            frame = frame.with_columns(pl.Series(name, aware, dtype=pl.Datetime("us", "UTC")))
    return frame, notes


def moment(text: str | None, place: str) -> datetime | None:
    """Return the time that `text` states in ISO 8601, None where it is empty.

    Raises:
        BadTable: it is not a time; the message starts with `place`.
    """
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise BadTable(
            f"{place}: {shown(text)!r} is not a time.", "Times are ISO 8601.", "Write 2024-05-13T10:00:00Z."
        ) from None
