"""What a section is made of: values that the page's templates turn into escaped HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from tasklaws.report.colours import variable
from tasklaws.report.drawing import CANVAS_FROM, datasets, marks
from tasklaws.report.shapes import Row, Spec
from tasklaws.report.tables import DOWNLOAD_CAP, TABLE_CAP, Field, Link, Table
from tasklaws.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "DOWNLOAD_CAP",
    "TABLE_CAP",
    "Block",
    "Bullets",
    "Card",
    "Cards",
    "Facts",
    "Field",
    "Figure",
    "Key",
    "Link",
    "Panel",
    "Paragraph",
    "Row",
    "Spec",
    "Table",
]


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
    layers: str = ""
    """Beginning of the names of the layers that it stands for; a reader can hide these."""

    @property
    def shade(self) -> str:
        """Return the colour as the style sheet knows it, in light and in dark."""
        return variable(self.colour)


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
    headline: bool = False
    """Shown as a picture where scripts are off; each adds up to some 140 kB to the page."""

    @property
    def renderer(self) -> str:
        """Return what panels are drawn on: SVG, which tools can read out, or a canvas for many marks."""
        return "canvas" if sum(marks(panel.spec) for panel in self.panels) > CANVAS_FROM else "svg"

    @property
    def switches(self) -> tuple[str, ...]:
        """Return for each key what it hides: layers, rows with its text under some field, or nothing."""
        fields = _text_fields(self.panels)
        found = [f"layers:{key.layers}" if key.layers else _rows_of(key.text, fields) for key in self.keys]
        return tuple(found) if sum(map(bool, found)) > 1 else ("",) * len(found)

    @property
    def named_panels(self) -> bool:
        """Return whether each panel is about a family or task of the table, so that a filter narrows them."""
        known = {visible(str(row.get(key))) for key in self.table.naming for row in self.table.rows}
        return len(self.panels) > 1 and all(panel.title in known for panel in self.panels)


def _text_fields(panels: Sequence[Panel]) -> dict[str, set[str]]:
    """Return the fields of the drawn rows that hold text, with their texts."""
    found: dict[str, set[str]] = {}
    for panel in panels:
        for rows in datasets(panel.spec):
            for row in rows:
                for key, value in row.items():
                    if isinstance(value, str):
                        found.setdefault(key, set()).add(value)
    return found


def _rows_of(text: str, fields: Mapping[str, set[str]]) -> str:
    """Return the field of which `text` is one of several values, in the words of the page's script."""
    return next(
        (f"rows:{key}" for key, texts in sorted(fields.items()) if text in texts and len(texts) > 1), ""
    )


Block = Paragraph | Bullets | Facts | Cards | Table | Figure
