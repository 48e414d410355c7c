"""A figure as one SVG that runs no script: title, key and panels on a white ground."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tasklaws.report.svg_panels import drawn
from tasklaws.report.svg_text import FONT, SIGN, SVG, caption, fitted, length, lines, signs, write, xml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.report.blocks import Figure, Key, Panel

WIDTH = 720
"""Pixels of a picture."""
COLUMNS = 3
"""Panels side by side."""
GAP = 16
"""Pixels between panels, and between the parts of a picture."""
MARGIN = 8
"""Pixels around all."""
TITLE, PANEL_TITLE, KEY = 16.0, 13.0, 12.0
"""Sizes of letters, in pixels."""

_LINE = 1.35
"""Height of a line as a share of the size of its letters."""
_HEAD = 22
"""Pixels of the title of a panel."""


def draw(figure: Figure, *, width: int = WIDTH, titled: bool = True) -> str:
    """Return the picture of a figure as the text of an SVG file.

    Args:
        figure: what is drawn.
        width: pixels of the picture.
        titled: write title and key above the panels, so that the picture can be read alone.

    Raises:
        BadInput: the library that draws is not installed.
    """
    sheet = _Sheet(width - 2 * MARGIN)
    if titled:
        sheet.title(figure.title)
        sheet.key(figure.keys)
    sheet.panels(figure.panels)
    return sheet.finished(figure)


@dataclass
class _Sheet:
    """A picture that grows downwards."""

    width: int
    y: float = 0.0
    body: ET.Element = field(default_factory=lambda: ET.Element("g"))

    def title(self, text: str) -> None:
        for line in lines(text, self.width, TITLE):
            self.y += TITLE * _LINE
            write(self.body, (0, self.y - 0.3 * TITLE), line, TITLE, **{"font-weight": "700"})
        self.y += GAP / 2

    def key(self, keys: Sequence[Key]) -> None:
        """Write the entries one after the other, in as many lines as they take."""
        x, line = 0.0, KEY * 1.6
        for entry in keys:
            text = fitted(entry.text, self.width - 4 * GAP, KEY)
            before = SIGN * len(entry.glyph) + 6
            taken = before + length(text, KEY)
            if x and x + taken > self.width:
                x, self.y = 0.0, self.y + line
            signs(self.body, (x, self.y + line / 2), entry)
            caption(self.body, (x + before, self.y + line / 2), text, KEY)
            x += taken + GAP
        self.y += (line + GAP / 2) * bool(keys)

    def panels(self, panels: Sequence[Panel]) -> None:
        columns = min(len(panels), COLUMNS)
        width = (self.width - GAP * (columns - 1)) // columns
        for start in range(0, len(panels), columns):
            row = panels[start : start + columns]
            self.y += max(
                self._panel(p, i * (width + GAP), width, f"p{start + i}-") for i, p in enumerate(row)
            )
            self.y += GAP
        self.y -= GAP

    def _panel(self, panel: Panel, x: float, width: int, prefix: str) -> float:
        """Place one panel at the height reached and return how high it is."""
        head = _HEAD if panel.title else 0
        if panel.title:
            text = fitted(panel.title, width, PANEL_TITLE)
            write(self.body, (x, self.y + PANEL_TITLE), text, PANEL_TITLE, **{"font-weight": "700"})
        part = drawn(panel.spec, width, prefix)
        held = ET.SubElement(self.body, "g", transform=f"translate({x:g},{self.y + head:g})")
        held.extend(part.content)
        return part.height + head

    def finished(self, figure: Figure) -> str:
        size = {"width": f"{self.width + 2 * MARGIN}", "height": f"{self.y + 2 * MARGIN:.0f}"}
        frame = {"viewBox": f"0 0 {size['width']} {size['height']}", "role": "img", "font-family": FONT}
        root = ET.Element("svg", {"xmlns": SVG} | size | frame)
        ET.SubElement(root, "title").text = xml(figure.title)
        ET.SubElement(root, "desc").text = xml(figure.description)
        ET.SubElement(root, "rect", size, fill="#ffffff")
        self.body.set("transform", f"translate({MARGIN},{MARGIN})")
        root.append(self.body)
        return ET.tostring(root, encoding="unicode")
