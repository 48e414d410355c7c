"""Tables as bytes of CSV, Parquet or JSON lines."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl
import polars.selectors as cs

from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

FORMULA = r"^('*[=+\-@\t\r])"
"""Beginnings of texts that a spreadsheet would run, and of texts that look as if they had been disarmed."""


def disarmed(table: pl.DataFrame) -> pl.DataFrame:
    """Return `table` with ``'`` before every text and column name that a spreadsheet would run."""
    texts = table.with_columns(cs.string().str.replace(FORMULA, "'${1}"))
    names = pl.Series(table.columns, dtype=pl.String).str.replace(FORMULA, "'${1}")
    return texts.rename(dict(zip(table.columns, names, strict=True)))


def _csv(table: pl.DataFrame) -> bytes:
    nested = table.select(cs.nested()).columns
    if nested:
        raise BadInput(
            f"column {nested[0]!r} holds lists.",
            "A field of a CSV is one value.",
            "Write .parquet or .jsonl.",
        )
    return disarmed(table).write_csv().encode()


def _parquet(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()


def _jsonl(table: pl.DataFrame) -> bytes:
    return table.write_ndjson().encode()


WRITERS: dict[str, Callable[[pl.DataFrame], bytes]] = {".csv": _csv, ".parquet": _parquet, ".jsonl": _jsonl}
"""Ending of a file -> the table as its bytes; numbers are exact in each of them."""
