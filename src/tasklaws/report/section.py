"""What a section is, and the catalogue of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.report.blocks import Block
    from tasklaws.report.content import ReportInput


@dataclass(frozen=True)
class Section:
    """One part of the page."""

    name: str
    title: str
    order: int
    summary: str
    """What the section answers, in one line."""
    needs: str
    """What is missing when the section is left out, and how to get it."""
    build: Callable[[ReportInput], tuple[Block, ...]]
    """Return the blocks; none where the input does not hold what the section shows."""
    status: str = "published"
    source: str = "seed"


SECTIONS: Catalogue[Section] = Catalogue("section", "tasklaws.report.sections", "SECTION")


def in_order() -> list[Section]:
    """Return all sections in the order of the page."""
    return sorted(SECTIONS.values(), key=lambda section: (section.order, section.name))
