"""What a page is made of, in plain values that the templates write; nothing here is HTML."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from tasklaws.core.display import shown
from tasklaws.report.tables import guarded
from tasklaws.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHADES = 10
"""Steps of colour of a table of scores."""
NAME = 120
"""Characters of a name that a table shows."""


@dataclass(frozen=True)
class Cell:
    """One cell of a table."""

    text: str
    href: str = ""
    small: str = ""
    """Written below, in small letters."""
    tone: str = ""
    """``number``, ``missing``, or ``h0`` to ``h10``, the colour of a score."""
    says: str = ""
    """What a screen reader says of its link, where the text alone does not tell."""


@dataclass(frozen=True)
class Grid:
    """A table; its first cell of each row names the row."""

    template: ClassVar[str] = "grid.html.j2"
    name: str
    caption: str
    headings: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """A drawing, whose title states the finding, with the table of its numbers."""

    template: ClassVar[str] = "chart.html.j2"
    name: str
    title: str
    caption: str
    description: str
    spec: Mapping[str, Any]
    style: str
    """What its colours are, in light and in dark; made of our own colours alone."""
    keys: tuple[tuple[str, str, str], ...]
    """Glyph, colour and meaning."""
    numbers: Grid


@dataclass(frozen=True)
class Choice:
    """One field of a form: a choice among values, or a line of text where there are none."""

    name: str
    label: str
    values: tuple[tuple[str, str], ...]
    value: str


@dataclass(frozen=True)
class Form:
    """Filters, sent as part of the address."""

    template: ClassVar[str] = "form.html.j2"
    action: str
    choices: tuple[Choice, ...]
    hidden: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Pager:
    """Where a reader stands in a long list."""

    template: ClassVar[str] = "pager.html.j2"
    told: str
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Words:
    """Texts of an attempt, as they were written."""

    template: ClassVar[str] = "words.html.j2"
    title: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Links:
    """Where to go from here."""

    template: ClassVar[str] = "links.html.j2"
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Page:
    """A page, and what its CSV file holds."""

    title: str
    crumbs: tuple[tuple[str, str], ...]
    blocks: tuple[Any, ...]
    records: Sequence[Mapping[str, Any]] = ()
    file: str = "tasklaws"
    status: int = 200
    charts: bool = field(default=False)

    def csv(self) -> bytes:
        """Return the rows of this page as CSV; text that a spreadsheet would run gets a quote."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        keys = list(self.records[0]) if self.records else []
        writer.writerow([guarded(key) for key in keys])
        writer.writerows([guarded(_plain(row.get(key))) for key in keys] for row in self.records)
        return out.getvalue().encode("utf-8", "backslashreplace")


def _plain(value: object) -> object:
    return value.isoformat(sep=" ") if hasattr(value, "isoformat") else value


def named(text: str, href: str = "") -> Cell:
    """Return the cell of a name."""
    return Cell(shown(text, NAME), href)


def number(text: str, href: str = "", says: str = "") -> Cell:
    """Return the cell of a number."""
    return Cell(text, href, tone="number", says=says)


MISSING = Cell("missing", tone="missing")
"""Where nothing was measured."""


def score_cell(row: Mapping[str, Any] | None, href: str = "", *, share: bool = True) -> Cell:
    """Return a score with its interval and its attempts; without a row it is missing, never 0."""
    if row is None or row["score"] is None:
        return MISSING
    n, low, high = row["n"], row["lower"], row["upper"]
    if share:
        text = f"{100 * row['score']:.0f} %"
        ends = "" if low is None else f"{100 * low:.0f}–{100 * high:.0f} %, "
    else:
        text, ends = f"{row['score']:.4g}", "" if low is None else f"{low:.4g}–{high:.4g}, "
    tone = f"h{round(SHADES * row['score'])}" if share else "number"
    return Cell(text, href, f"{ends}n {n:,}", tone, f"{text}, {ends}{n:,} attempts")


def facts(rows: Sequence[tuple[str, object, str]]) -> tuple[tuple[str, str, str], ...]:
    """Return terms and values that are known, for a list of facts."""
    return tuple(
        (visible(term), visible(str(value)), visible(note))
        for term, value, note in rows
        if value not in {None, ""}
    )
