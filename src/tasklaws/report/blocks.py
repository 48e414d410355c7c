"""What a section is made of: values that the page's templates turn into escaped HTML."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from tasklaws.report.text import plain, undefined, visible

Row = Mapping[str, Any]
Spec = Mapping[str, Any]

TABLE_CAP = 1_000
"""Rows of a table shown in the page."""

DOWNLOAD_CAP = 10_000
"""Rows of a table in its download; browsers refuse long data addresses."""

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
        """Return the cells of the rows that the page shows."""
        return [[column.cell(row) for column in self.fields] for row in self.rows[:TABLE_CAP]]

    @property
    def numeric(self) -> list[bool]:
        """Return for each column whether it holds numbers."""
        return [column.numeric(self.rows[:TABLE_CAP]) for column in self.fields]

    @property
    def capped(self) -> str:
        """Return a sentence where the table is cut, else an empty string."""
        if len(self.rows) <= TABLE_CAP:
            return ""
        held = "all of them" if len(self.rows) <= DOWNLOAD_CAP else f"the first {DOWNLOAD_CAP:,}"
        return f"Showing {TABLE_CAP:,} of {len(self.rows):,} rows; the CSV file holds {held}."

    @property
    def download(self) -> str:
        """Return the rows as CSV in a data address; numbers as they are, formulas disarmed."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([column.key for column in self.fields])
        writer.writerows([guarded(row.get(c.key)) for c in self.fields] for row in self.rows[:DOWNLOAD_CAP])
        return "data:text/csv;charset=utf-8;base64," + base64.b64encode(out.getvalue().encode()).decode()


@dataclass(frozen=True)
class Paragraph:
    """Plain text; `lead` is the sentence to remember, `note` a caveat."""

    template: ClassVar[str] = "paragraph.html.j2"
    text: str
    tone: Literal["plain", "lead", "note"] = "plain"


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    template: ClassVar[str] = "bullets.html.j2"
    items: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Terms with their values; a value may have a note that explains it."""

    template: ClassVar[str] = "facts.html.j2"
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Card:
    """One number to see at a glance."""

    value: str
    label: str


@dataclass(frozen=True)
class Cards:
    """A row of cards."""

    template: ClassVar[str] = "cards.html.j2"
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Panel:
    """One drawing of a figure."""

    spec: Spec
    title: str = ""


@dataclass(frozen=True)
class Key:
    """One entry of a figure's key: a glyph, its colour and its meaning."""

    glyph: str
    colour: str
    text: str


@dataclass(frozen=True)
class Figure:
    """A chart whose title states the finding, with the table of its data."""

    template: ClassVar[str] = "figure.html.j2"
    name: str
    title: str
    caption: str
    description: str
    panels: tuple[Panel, ...]
    table: Table
    keys: tuple[Key, ...] = field(default=())
    canvas: bool = False
    """Draw on a canvas: for thousands of marks."""


Block = Paragraph | Bullets | Facts | Cards | Table | Figure
