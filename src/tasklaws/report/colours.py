"""Colours in light and in dark: charts name them by variables, and the style sheet says what they are.

So a page that changes from light to dark, or goes to paper, needs no chart drawn anew.
"""

from __future__ import annotations

import colorsys
import re

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_VARIABLE = re.compile(r"var\(--c([0-9a-f]{6})\)")
_NAMES = frozenset({"domain", "values", "sort", "field", "title"})
"""Parts of a spec that hold names of users; a name is no colour, whatever it reads like."""

DARKEST, SPAN = 0.95, 0.83
"""Lightness in the dark of what is black in the light, and by how much white lies below it."""


def dark(colour: str) -> str:
    """Return the colour that takes the place of `colour` on a dark page: the same hue, light for dark."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    turned = colorsys.hls_to_rgb(hue, DARKEST - SPAN * lightness, saturation)
    return "#" + "".join(f"{round(255 * part):02x}" for part in turned)


def variable(colour: str) -> str:
    """Return the name of a colour in the style sheet; what is no colour of six digits stays itself."""
    return f"var(--c{colour[1:]})" if _COLOUR.fullmatch(colour) else colour


def themed(part: object) -> object:
    """Return a part of a spec with its colours as variables."""
    if isinstance(part, str):
        return variable(part)
    if isinstance(part, list):
        return [themed(one) for one in part]
    if isinstance(part, dict):
        return {key: value if key in _NAMES else themed(value) for key, value in part.items()}
    return part


def style_of(*texts: str) -> str:
    """Return the style sheet of every colour that `texts` name: in the light, in the dark, on paper."""
    colours = sorted({f"#{found}" for text in texts for found in _VARIABLE.findall(text)})
    light, night = (
        "".join(f"--c{colour[1:]}:{shown(colour)};" for colour in colours) for shown in (str, dark)
    )
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{night}}}}}"
