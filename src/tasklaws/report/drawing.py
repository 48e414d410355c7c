"""The look that all charts share, and the pieces they are put together from.

Names of users reach a spec only as data, made visible; field names and expressions are ours, so
that nothing of a user is ever read as a field or an expression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.report.shapes import Row, Spec

INK, SOFT, LINE, PAPER = "#1f2933", "#52606d", "#d9dee4", "#ffffff"
LAW, LAW_LIGHT, OUTCOME, OTHER = "#2a5d8f", "#a9c4de", "#c2500a", "#c5ccd3"

LABEL_WIDTH = 280
"""Pixels for names beside a chart."""
LETTERS = {"name": "letters", "value": 42}
"""Letters of such a name, cut in the middle; the boot script lowers them on a narrow page."""
CANVAS_FROM = 5_000
"""Marks of a figure above which it is drawn on a canvas in place of SVG."""
JOINED = frozenset({"line", "area"})
"""Kinds of mark of which many rows make one."""

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_CONFIG: Spec = {
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "labelColor": SOFT,
        "titleColor": SOFT,
        "titleFontWeight": 500,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titlePadding": 10,
        "gridColor": "#eceff2",
        "domainColor": LINE,
        "tickColor": LINE,
        "labelLimit": LABEL_WIDTH,
        "labelOverlap": "parity",
        "labelSeparation": 6,
    },
    "axisBand": {"labelOverlap": False, "ticks": False, "domain": False, "labelPadding": 8},
    "point": {"opacity": 1},
}
_TEXT_FIELDS = frozenset({"name", "held", "lineage", "model", "bin", "role"})


def encoded(field: str, kind: str = "quantitative", **more: object) -> dict[str, Any]:
    """Return one channel of an encoding."""
    return {"field": field, "type": kind, **more}


def names() -> dict[str, Any]:
    """Return the vertical channel of charts with one line per `name`, in the order of the rows."""
    cut = "truncate(datum.label, letters, 'center', '…')"
    return encoded("name", "nominal", sort=None, title=None, axis={"labelExpr": cut})


def tooltip(*fields: tuple[str, str]) -> list[dict[str, Any]]:
    """Return the tooltip of (field, heading) pairs; scores are written as percentages."""
    return [
        {"field": field, "title": heading, "type": "nominal"}
        if field in _TEXT_FIELDS
        else {"field": field, "title": heading, "type": "quantitative", "format": ".1%"}
        for field, heading in fields
    ]


def layer(mark: str, style: Spec, encoding: Spec, **more: object) -> dict[str, Any]:
    """Return one layer: a kind of mark, its style, its encoding, and its own data, transform or name."""
    return {"mark": {"type": mark, **style}, "encoding": dict(encoding), **more}


def dot(shape: str, size: int, colour: str) -> dict[str, Any]:
    """Return the style of a filled point."""
    return {"shape": shape, "filled": True, "size": size, "color": colour}


def where(expression: str) -> list[dict[str, str]]:
    """Return a transform that keeps the rows for which our `expression` holds."""
    return [{"filter": expression}]


def chart(rows: Sequence[Row], layers: Sequence[Spec], description: str, height: int) -> dict[str, Any]:
    """Return a layered chart as wide as its place on the page, `height` pixels high."""
    return {
        "$schema": _SCHEMA,
        "description": visible(description),
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "params": [LETTERS],
        "data": {"values": values(rows)},
        "layer": list(layers),
        "config": _CONFIG,
    }


def values(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return rows as a chart gets them: names visible but whole, as they tell marks apart."""
    return [{key: _drawn(value) for key, value in row.items()} for row in rows]


def _drawn(value: object) -> object:
    if isinstance(value, str):
        return visible(value)
    return float(f"{value:.6g}") if isinstance(value, float) else value


def datasets(spec: Spec) -> list[Sequence[Row]]:
    """Return the rows of a chart and of those of its layers that have their own."""
    parts = (spec, *spec.get("layer", ()))
    return [part["data"]["values"] for part in parts if part.get("data")]


def marks(spec: Spec) -> int:
    """Return how many marks a chart draws, before transforms leave any out."""
    rows = spec["data"]["values"]
    apart = [one for one in spec["layer"] if one["mark"]["type"] not in JOINED]
    return sum(len(one["data"]["values"] if "data" in one else rows) for one in apart)
