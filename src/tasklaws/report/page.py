"""Turn what a report holds into the bytes of one HTML file, and write it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tasklaws.report.blocks import Figure
from tasklaws.report.bundle import content_security_policy, inline, page_script, read_asset, read_bundle
from tasklaws.report.colours import style_of
from tasklaws.report.content import ReportInput, checked
from tasklaws.report.packing import Shelf
from tasklaws.report.pictures import still
from tasklaws.report.section import Section, in_order
from tasklaws.report.templating import templates
from tasklaws.report.text import visible
from tasklaws.study.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tasklaws.report.blocks import Block

GROUPS = (
    (0, "In short"),
    (20, "Forecasts"),
    (40, "Scaling"),
    (50, "Diagnostics"),
    (64, "Red lines"),
    (70, "Sources"),
)
"""Order of a section from which it stands under this heading in the list of sections."""


NO_STILLS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Heading:
    """The name and title of a section that is in no catalogue."""

    name: str
    title: str
    needs: str = ""


@dataclass(frozen=True)
class FilledSection:
    """A section with the blocks it made of the input."""

    section: Section | Heading
    blocks: tuple[Block, ...]


def render(content: ReportInput, *, stills: bool = False) -> bytes:
    """Return the page: self-contained, the same bytes for the same input.

    Args:
        content: what the page shows.
        stills: draw the headline charts as pictures too, for where scripts are off; they are left out
            where the library that draws is not installed.

    Raises:
        BadTable: a table of the input breaks its schema.
        VerificationFailed: the drawing library in the package was altered.
    """
    content = checked(content)
    filled = [FilledSection(s, s.build(content)) for s in in_order()]
    return page_of(content.title, filled, stills=_stills(filled) if stills else {})


def _stills(filled: Sequence[FilledSection]) -> dict[str, str]:
    """Return headline chart -> the address of its picture."""
    blocks = (block for entry in filled for block in entry.blocks)
    headlines = (block for block in blocks if isinstance(block, Figure) and block.headline)
    return {figure.name: address for figure in headlines if (address := still(figure))}


def page_of(
    title: str,
    filled: Sequence[FilledSection],
    kind: str = "report",
    *,
    stills: Mapping[str, str] = NO_STILLS,
    styles: Sequence[str] = ("report.css",),
) -> bytes:
    """Return the page of these sections; those without blocks are listed as missing.

    Args:
        title: of the page.
        filled: the sections.
        kind: what the page is, in the line above the title.
        stills: figure -> the address of its picture, shown where scripts are off.
        styles: assets of the page, in order.

    Raises:
        VerificationFailed: the drawing library in the package was altered.
    """
    bundle, script = read_bundle(), page_script()
    shown = [entry for entry in filled if entry.blocks]
    shelf = Shelf()
    figures = [block for entry in shown for block in entry.blocks if isinstance(block, Figure)]
    panels = {figure.name: [shelf.put(panel.spec) for panel in figure.panels] for figure in figures}
    page = templates("tasklaws.report").get_template("page.html.j2")
    html = page.render(
        title=visible(title),
        kind=kind,
        policy=content_security_policy(bundle, script),
        style=inline(b"".join(map(read_asset, styles)) + _colours(shelf, figures).encode()),
        bundle=inline(bundle),
        script=inline(script),
        groups=_grouped(shown),
        sections=shown,
        panels=panels,
        stills=stills,
        specs=shelf.specs,
        filtered=any(figure.table.naming for figure in figures),
        absent=[entry.section for entry in filled if not entry.blocks],
    )
    return html.encode("utf-8")


def _colours(shelf: Shelf, figures: Sequence[Figure]) -> str:
    """Return the style of all colours of the page's charts and of their keys."""
    return style_of(json.dumps(shelf.specs), *(key.shade for figure in figures for key in figure.keys))


def _grouped(filled: Sequence[FilledSection]) -> list[tuple[str, list[Any]]]:
    """Return the sections under the headings of `GROUPS`; those in no catalogue under none."""

    def group(entry: FilledSection) -> str:
        order = getattr(entry.section, "order", None)
        return "" if order is None else [name for start, name in GROUPS if start <= order][-1]

    return [(name, [entry.section for entry in own]) for name, own in groupby(filled, group)]


def write_report(content: ReportInput, path: Path, *, stills: bool = False) -> int:
    """Write the page to `path` and return its size in bytes; the file is whole or not there.

    Raises:
        BadInput: the file cannot be written.
    """
    page = render(content, stills=stills)
    write_whole(path, page)
    return len(page)
