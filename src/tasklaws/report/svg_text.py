"""Text and signs of a picture: what the page writes around a chart, as parts of an SVG."""

from __future__ import annotations

import re
import unicodedata
from textwrap import wrap
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tasklaws.report.drawing import INK, SOFT

if TYPE_CHECKING:
    from tasklaws.report.blocks import Key

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first ships with the library that draws; the second has letters of the same width."""
SIGN = 12
"""Pixels of one sign."""
SVG = "http://www.w3.org/2000/svg"

_SHARES = dict.fromkeys("fijlrtI.,:;'|!()[]/ -\N{NO-BREAK SPACE}", 0.32) | dict.fromkeys("mwMW%@", 0.88)
_CIRCLE = "M-4,0a4,4,0,1,1,8,0a4,4,0,1,1,-8,0Z"
_DIAMOND = "M0,-5L4.4,0L0,5L-4.4,0Z"
_OUTLINES = {
    "●": _CIRCLE,
    "■": "M-4,-4h8v8h-8Z",
    "▒": "M-5,-5h10v10h-10Z",
    "▲": "M0,-4.6L4.6,3.6H-4.6Z",
    "▼": "M0,4.6L4.6,-3.6H-4.6Z",
    "◆": _DIAMOND,
    "✚": "M-1.5,-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3Z",
    "▬": "M-6,-2.5h12v5h-12Z",
}
_LINES = {"○": _CIRCLE, "◇": _DIAMOND, "─": "M-6,0h12", "╌": "M-6,0h5M1,0h5", "┃": "M0,-6v12"}
_BAND = "▒"
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def xml(text: str) -> str:
    """Return `text` without the characters that no XML file may hold."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def length(text: str, size: float) -> float:
    """Return about how many pixels `text` takes in letters of `size` pixels; no font is asked."""
    return size * sum(map(_share, text))


def _share(char: str) -> float:
    """Return the width of a letter as a share of its size, rather too wide than too narrow."""
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    return _SHARES.get(char, 0.7 if char.isupper() else 0.57)


def fitted(text: str, width: float, size: float) -> str:
    """Return `text`, cut in the middle where it is wider than `width` pixels."""
    if length(text, size) <= width:
        return text
    kept = max(1, int(width / length(text, size) * len(text)) - 1)
    return f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"


def lines(text: str, width: float, size: float) -> list[str]:
    """Return `text` as lines of about `width` pixels."""
    return wrap(text, max(10, int(width / length(text, size) * len(text)))) if text else []


def write(parent: ET.Element, at: tuple[float, float], text: str, size: float, **style: str) -> None:
    """Add a line of text whose baseline starts at `at`."""
    place = {"x": f"{at[0]:g}", "y": f"{at[1]:g}", "font-size": f"{size:g}px", "fill": INK}
    ET.SubElement(parent, "text", place | style).text = xml(text)


def signs(parent: ET.Element, at: tuple[float, float], key: Key) -> None:
    """Add the signs of a key, of `SIGN` pixels each; `at` is the middle of their start."""
    for i, char in enumerate(key.glyph):
        _mark(parent, (at[0] + SIGN * (i + 0.5), at[1]), char, key.colour)


def _mark(parent: ET.Element, at: tuple[float, float], char: str, colour: str) -> None:
    """Draw a sign about `at`: an outline, as few fonts hold all signs."""
    place = {"transform": f"translate({at[0]:g},{at[1]:g})"}
    if char in _OUTLINES:
        faint = {"fill-opacity": "0.3"} if char == _BAND else {}
        ET.SubElement(parent, "path", place | faint, d=_OUTLINES[char], fill=colour)
    elif char in _LINES:
        line = {"stroke": colour, "stroke-width": "1.8", "fill": "none"}
        ET.SubElement(parent, "path", place | line, d=_LINES[char])
    else:
        middle = {"fill": colour, "text-anchor": "middle", "font-weight": "700"}
        write(parent, (at[0], at[1] + 4.5), char, 13, **middle)


def caption(parent: ET.Element, at: tuple[float, float], text: str, size: float) -> None:
    """Add the text beside signs; `at` is the middle of its start."""
    write(parent, (at[0], at[1] + 0.35 * size), text, size, fill=SOFT)
