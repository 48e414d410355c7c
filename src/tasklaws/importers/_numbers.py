"""Foreign text to numbers, row by row accountable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.display import shown
from tasklaws.core.errors import BadTable
from tasklaws.spec.source import LARGEST_INTEGER

if TYPE_CHECKING:
    from collections.abc import Mapping

ROW = "_row"
"""Column with the row number in the file."""

PERCENT = 100
"""Largest score of a metric that was written in percent."""

_TRUTH = {"true": "1", "false": "0"}
_NOT_FINITE = r"(?i)^[+-]?(nan|inf|infinity)$"
_COMMA = re.compile(r"[+-]?\d+,\d+")


def numbers(
    frame: pl.DataFrame, column: str, source: str, words: Mapping[str, float] | None = None
) -> pl.DataFrame:
    """Return `frame` with its text column `column` as numbers; true and false become 1 and 0.

    NaN and infinities that the source wrote as such stay, for `set_aside` to find.

    Args:
        frame: text columns and `ROW`.
        column: which.
        source: file name, for messages.
        words: declared meaning of text scores.

    Raises:
        BadTable: a value is text, has a decimal comma, or would be rounded; the message has its row.
    """
    text = frame[column].cast(pl.String).str.strip_chars()
    meant = text.replace({word: repr(float(score)) for word, score in (words or {}).items()})
    plain = meant.str.to_lowercase().replace(_TRUTH)
    value = plain.replace("", None).cast(pl.Float64, strict=False)
    unread = value.is_null() & plain.is_not_null() & (plain != "")
    if unread.any():
        _refuse(frame, column, source, text, unread)
    hidden = value.is_infinite() & ~plain.str.contains(_NOT_FINITE)
    rounded = (value.abs() >= LARGEST_INTEGER) & plain.str.contains(r"^[+-]?\d+$")
    lost = (hidden | rounded).fill_null(value=False)
    if lost.any():
        place = _place(frame, column, source, lost)
        raise BadTable(f"{place} would be rounded.", "Numbers must fit a double.", "Correct the row.")
    return frame.with_columns(value.alias(column))


def _place(frame: pl.DataFrame, column: str, source: str, bad: pl.Series) -> str:
    at = int(bad.arg_true()[0])
    return f"{source}, row {frame[ROW][at]}, column {column!r}: {shown(frame[column][at], 40)}"


def _refuse(frame: pl.DataFrame, column: str, source: str, text: pl.Series, bad: pl.Series) -> None:
    value = text[int(bad.arg_true()[0])]
    place = _place(frame, column, source, bad)
    if _COMMA.fullmatch(value):
        raise BadTable(
            f"{place} has a decimal comma.",
            "Numbers have a decimal point.",
            "Export it with the locale en_US.",
        )
    raise BadTable(
        f"{place} is not a number.",
        "Text counts as a score only by declaration.",
        f"Declare it with --map: [scores] {shown(value, 20)} = 1.",
    )


def set_aside(frame: pl.DataFrame, columns: list[str]) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """Return `frame` without rows that hold NaN or an infinity in `columns`, and (row, reason) of those."""
    aside: list[tuple[int, str]] = []
    for column in columns:
        bad = (frame[column].is_nan() | frame[column].is_infinite()).fill_null(value=False)
        aside += [
            (row, f"{column} is {value}") for row, value in frame.filter(bad).select(ROW, column).iter_rows()
        ]
        frame = frame.filter(~bad)
    return frame, aside


def within_unit(frame: pl.DataFrame, column: str, source: str) -> None:
    """Raise unless every value of `column` lies in [0, 1].

    Raises:
        BadTable: one does not; percentages are recognised and said so.
    """
    outside = ((frame[column] < 0) | (frame[column] > 1)).fill_null(value=False)
    if not outside.any():
        return
    largest = float(frame[column].max() or 0)  # type: ignore[arg-type]  # maximum of a float column
    percent = 1 < largest <= PERCENT and not (frame[column] < 0).any()
    hint = (
        "Are these percentages? Set scale = 0.01 in --map."
        if percent
        else "Correct the row, or rescale the metric."
    )
    raise BadTable(
        f"{_place(frame, column, source, outside)} is out of range.", "Scores lie between 0 and 1.", hint
    )
