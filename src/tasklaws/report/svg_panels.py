"""The panels of a figure, drawn without a browser by the library that draws them in the page."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from tasklaws.core.errors import BadInput
from tasklaws.report.svg_text import FONT, SVG, xml

if TYPE_CHECKING:
    from types import ModuleType

    from tasklaws.report.blocks import Spec

_KEPT = frozenset(
    {
        *("d", "transform", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "width", "height", "dy"),
        *("fill", "fill-opacity", "stroke", "stroke-opacity", "opacity", "stroke-width", "stroke-dasharray"),
        *("stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit"),
        *("font-family", "font-size", "font-weight", "font-style", "text-anchor"),
        *("id", "clip-path", "offset", "stop-color"),
    }
)
"""Attributes that stay: those that show. The labels of marks would fill most of the file."""
_MEASURES = frozenset({"d", "transform", "x", "y", "x1", "y1", "x2", "y2", "width", "height"})
_DEFAULTS = {"opacity": "1", "font-family": FONT}
_ENDS = frozenset({"x1", "x2", "y1", "y2"})
"""Of a line, where they are 0 unless something else is said."""
_INHERITED = ("fill", "stroke", "stroke-width", "font-size", "font-weight", "text-anchor")
_NUMBER = re.compile(r"\d*\.\d+(?:e-?\d+)?")


@dataclass(frozen=True)
class Drawn:
    """A panel that was drawn."""

    content: tuple[ET.Element, ...]
    height: float


def library() -> ModuleType:
    """Return the library that draws without a browser.

    Raises:
        BadInput: it is not installed.
    """
    try:
        import vl_convert
    except ModuleNotFoundError:
        raise BadInput(
            "the package vl-convert-python is not installed.",
            "It draws pictures where there is no browser.",
            "Install it with: pip install 'tasklaws[png]'; the charts of the page can be saved one by one.",
        ) from None
    return vl_convert


def drawn(spec: Spec, width: int, prefix: str) -> Drawn:
    """Return the panel of a spec, `width` pixels wide.

    Args:
        spec: made for the page, where charts are as wide as their place.
        width: of the place.
        prefix: of the names of its parts, which must differ between the panels of a picture.

    Raises:
        BadInput: the library is not installed.
    """
    text = library().vegalite_to_svg(_placed(spec, width), allowed_base_urls=[])
    root = ET.fromstring(xml(text))  # noqa: S314 - from the library, which writes no entities
    _bare(root)
    _renamed(root, prefix)
    return Drawn(tuple(root), float(root.get("height", "0")))


def _placed(spec: Spec, width: int) -> dict[str, Any]:
    """Return the spec for a place of known width: names get a third of it, as in the page."""
    fixed = copy.deepcopy(dict(spec))
    axis = fixed["config"]["axis"]
    room = min(axis["labelLimit"], max(120, width / 3))
    fixed["config"] |= {"font": FONT, "axis": axis | {"labelLimit": room}}
    for param in fixed["params"]:
        if param["name"] == "letters":
            param["value"] = min(param["value"], int(room / 7))
    return fixed | {"width": width}


def _bare(element: ET.Element) -> None:
    """Take away what does not show: hidden parts, labels for screen readers, digits below a hundredth."""
    element.tag = element.tag.removeprefix(f"{{{SVG}}}")
    for child in list(element):
        _bare(child)
        if _hidden(child):
            element.remove(child)
    for name, value in list(element.attrib.items()):
        at_zero = element.tag == "line" and name in _ENDS and value == "0"
        if name not in _KEPT or _DEFAULTS.get(name) == value or at_zero:
            del element.attrib[name]
        elif name in _MEASURES:
            element.set(name, _NUMBER.sub(_rounded, value))
    _share(element)


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _share(group: ET.Element) -> None:
    """Write once, at the group, what all its marks have in common."""
    for name in _INHERITED:
        values = {mark.get(name) for mark in group}
        if len(group) > 1 and len(values) == 1 and (value := values.pop()) and not group.get(name):
            group.set(name, value)
            for mark in group:
                del mark.attrib[name]


def _hidden(element: ET.Element) -> bool:
    outline = element.tag == "path" and "fill" not in element.attrib and "stroke" not in element.attrib
    empty = element.tag == "g" and not len(element)
    return outline or empty or element.get("display") == "none" or element.get("opacity") == "0"


def _renamed(root: ET.Element, prefix: str) -> None:
    """Number the parts that others refer to; the library goes on counting from picture to picture."""
    named = [element for element in root.iter() if "id" in element.attrib]
    names = {element.attrib["id"]: f"{prefix}{i}" for i, element in enumerate(named)}
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id":
                element.set(name, names[value])
            elif value.startswith("url(#"):
                element.set(name, f"url(#{names[value[5:-1]]})")
