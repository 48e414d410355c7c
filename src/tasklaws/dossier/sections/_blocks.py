"""Blocks that only a dossier has, in plain values; its templates write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from tasklaws.report.blocks import Link

WIDTH, MARGIN = 200, 6
"""Units of a bar, and what stays free at its ends."""


@dataclass(frozen=True)
class Grade:
    """The grade on its scale, with the question that it answers."""

    template: ClassVar[str] = "grade.html.j2"
    question: str
    grade: str
    scale: tuple[str, ...]
    indicated: str
    sentence: str
    void: str = ""
    """Why the rating no longer holds."""


@dataclass(frozen=True)
class Bar:
    """A value with its interval, on the scale of its `Bars`."""

    name: str
    text: str
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    goal: float | None = None
    """What the value is held against."""
    note: str = ""


@dataclass(frozen=True)
class Bars:
    """Values with intervals, drawn beside their numbers."""

    template: ClassVar[str] = "bars.html.j2"
    caption: str
    headings: tuple[str, str]
    rows: tuple[Bar, ...]
    low: float
    high: float
    zero: float | None = None
    """Where a line stands that all rows share."""

    def x(self, value: float) -> str:
        """Return where a value lies, in units of the drawing; what lies outside is at the end."""
        share = (min(max(value, self.low), self.high) - self.low) / ((self.high - self.low) or 1)
        return f"{MARGIN + share * (WIDTH - 2 * MARGIN):.1f}"


@dataclass(frozen=True)
class Step:
    """Something that reached one of a few steps."""

    name: str
    level: str
    filled: tuple[bool, ...]
    """Which steps are drawn full."""
    text: str
    note: str = ""
    evidence: tuple[Link | str, ...] = ()


@dataclass(frozen=True)
class Steps:
    """What reached which step, by name."""

    template: ClassVar[str] = "steps.html.j2"
    headings: tuple[str, str, str]
    rows: tuple[Step, ...]
    caption: str = ""


@dataclass(frozen=True)
class Commands:
    """Commands to type, each with what it does."""

    template: ClassVar[str] = "commands.html.j2"
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Part:
    """A heading inside a section."""

    template: ClassVar[str] = "part.html.j2"
    title: str
    blocks: tuple[Any, ...]
