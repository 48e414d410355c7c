"""Tables: rows with declared columns, of which the page holds text, data for its script, and CSV."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tasklaws.report.packing import packed
from tasklaws.report.text import magnitude, percent, plain, undefined, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tasklaws.report.shapes import Row

TABLE_CAP = 100
"""Rows of a table that stand in the page as text; the page's script writes further ones when asked."""

DOWNLOAD_CAP = 5_000
"""Rows of a table that the page holds at all."""

NAMING = ("task_family", "family", "task_id", "task")
"""Columns of families and tasks: by these a reader filters."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Link:
    """A cell that leads to a file beside the page."""

    text: str
    address: str
    """Relative, without a scheme: what lies elsewhere is not linked to."""

    def __post_init__(self) -> None:
        """Refuse an address that leads elsewhere, or runs something."""
        if re.match(r"[\w.-]+/", self.address) is None or ":" in self.address or "//" in self.address:
            raise ValueError(f"{self.address!r} is no address below the folder of the page")


@dataclass(frozen=True)
class Field:
    """One column of a table: its key in the rows, its heading, how numbers are written."""

    key: str
    heading: str
    write: Callable[[float], str] = plain

    def cell(self, row: Row) -> str | Link:
        """Return one cell: its text, or a link; null reads as undefined with its reason."""
        if self.key not in row:
            return "–"
        value = row[self.key]
        if value is None:
            reason = row.get("reason")
            return undefined(str(reason)) if reason else "–"
        if isinstance(value, Link):
            return Link(visible(value.text), value.address)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, (int, float)):
            return self.write(value)
        return visible(str(value))

    def numeric(self, rows: Sequence[Row]) -> bool:
        """Return whether the column holds numbers, which are set flush right."""
        values = [row.get(self.key) for row in rows]
        return any(isinstance(v, (int, float)) for v in values) and not any(
            isinstance(v, str | Link) for v in values
        )


def guarded(value: object) -> object:
    """Return a cell for export: text that a spreadsheet would run as a formula gets a quote."""
    if isinstance(value, Link):
        return value.address
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value


@dataclass(frozen=True)
class Table:
    """Rows with declared columns, shown up to a cap and offered as CSV."""

    template: ClassVar[str] = "table.html.j2"
    fields: tuple[Field, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    file_name: str = "table"
    folded: bool = False
    """Show only the caption until a reader opens the table."""

    @property
    def shown(self) -> list[list[str | Link]]:
        """Return the cells of the rows that stand in the page as text."""
        return [[column.cell(row) for column in self.fields] for row in self.rows[:TABLE_CAP]]

    @property
    def numeric(self) -> list[bool]:
        """Return for each column whether it holds numbers."""
        return [column.numeric(self.rows[:TABLE_CAP]) for column in self.fields]

    @property
    def naming(self) -> tuple[str, ...]:
        """Return the columns that name families and tasks; a table without any is never filtered."""
        return tuple(column.key for column in self.fields if column.key in NAMING)

    @property
    def capped(self) -> str:
        """Return a sentence where the page has no room for all rows, else an empty string."""
        if len(self.rows) <= DOWNLOAD_CAP:
            return ""
        return f"The page holds the first {DOWNLOAD_CAP:,} of {len(self.rows):,} rows."

    @property
    def data(self) -> dict[str, Any]:
        """Return what the page holds of the rows for its script: numbers as they are, links as addresses."""
        rows = [
            {c.key: v.address if isinstance(v := row.get(c.key), Link) else v for c in self.fields}
            for row in self.rows[:DOWNLOAD_CAP]
        ]
        keys = [column.key for column in self.fields]
        return {
            "keys": keys,
            "naming": self.naming,
            "written": [self._written(column) for column in self.fields],
            "rows": packed(rows, keys),
        }

    def _written(self, column: Field) -> str:
        """Return how the page's script writes the cells of a column."""
        linked = any(isinstance(row.get(column.key), Link) for row in self.rows)
        return "link" if linked else _WRITTEN.get(column.write, "plain")

    @property
    def csv(self) -> bytes:
        """Return the rows as CSV: numbers as they are, formulas disarmed."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([column.key for column in self.fields])
        writer.writerows([guarded(row.get(c.key)) for c in self.fields] for row in self.rows)
        return out.getvalue().encode()


_WRITTEN: Mapping[Callable[[float], str], str] = {percent: "percent", magnitude: "magnitude"}
"""Names of the ways of writing numbers that the page's script knows; other columns get four digits."""
