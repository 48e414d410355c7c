"""Small multiples of scaling curves: one panel per family, all with the same axis and marks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.report.drawing import INK, LAW, OUTCOME, PAPER, chart, dot, encoded, layer, tooltip, values
from tasklaws.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.report.blocks import Row

GLYPHS = (
    ("circle", "●"),
    ("square", "■"),
    ("triangle-up", "▲"),
    ("triangle-down", "▼"),
    ("cross", "✚"),
)
LINEAGE_COLOURS = (LAW, "#6b7c93", "#3f8f6b", "#8a5a9e", "#a0742c")
"""Shape and colour of a lineage, in order of its name; further lineages reuse them."""

AXES = {
    "flops": ("training compute", "FLOP"),
    "n_params": ("parameters", ""),
    "n_tokens": ("training tokens", ""),
    "loss_nats": ("held-out loss", "nats per token"),
    "bits_per_byte": ("held-out loss", "bits per byte"),
}
"""Column of the ladder -> its name, and its unit."""
_COUNT = "replace(format(datum.value, '~s'), 'G', 'B')"
AXIS_LABELS = {"flops": "format(datum.value, '.0e')", "n_params": _COUNT, "n_tokens": _COUNT}
"""Axes drawn by their logarithm -> expression, ours, that writes a tick."""

_OPEN_DIAMOND = {"shape": "diamond", "fill": PAPER, "stroke": INK, "strokeWidth": 1.8, "size": 90}


@dataclass(frozen=True)
class Axis:
    """The horizontal axis that all panels share."""

    title: str
    labels: str
    """Expression, ours, that writes a tick."""
    ticks: tuple[float, ...] = ()
    """Places of the ticks; none leaves them to the drawing library."""
    log: bool = False
    reverse: bool = False

    def channel(self) -> dict[str, Any]:
        """Return the encoding of x."""
        ticks = {"values": list(self.ticks)} if self.ticks else {"tickCount": 3}
        axis = {"title": self.title, "titleLimit": 220, "labelExpr": self.labels, "grid": False, **ticks}
        kind = {"type": "log"} if self.log else {"type": "linear", "zero": False}
        return encoded("x", axis=axis, scale={**kind, "reverse": self.reverse, "nice": False, "padding": 10})


def parameters_axis(sizes: Sequence[float], most: int = 4) -> Axis:
    """Return the logarithmic axis of models' numbers of parameters, with up to `most` ticks."""
    return Axis("parameters", "format(datum.value, '~s')", log_ticks(min(sizes), max(sizes), most), log=True)


@dataclass(frozen=True)
class Lineages:
    """The lineages of a figure in order, so that all panels mark them alike."""

    names: tuple[str, ...]
    focus: frozenset[str]
    """Those whose band is drawn; overlapping bands of all would hide each other."""

    def channel(self, marks: Sequence[str]) -> dict[str, Any]:
        """Return the encoding of a lineage by `marks`, colours or shapes, which repeat."""
        repeated = [marks[i % len(marks)] for i in range(len(self.names))]
        scale = {"domain": [visible(name) for name in self.names], "range": repeated}
        return encoded("lineage", "nominal", legend=None, scale=scale)


@dataclass(frozen=True)
class PanelRows:
    """What one panel shows; scores in [0, 1]."""

    observed: Sequence[Row]
    """Rows of x, rate, lower, upper, lineage, model."""
    band: Sequence[Row]
    """Rows of x, q050, q500, q950, lineage."""
    target: Sequence[Row]
    """Rows of x, q050, q500, q950, observed, model."""


def _y(field: str) -> dict[str, Any]:
    axis = {"format": ".0%", "title": None, "tickCount": 4}
    return encoded(field, axis=axis, scale={"zero": False, "nice": True})


def _span(lower: str, upper: str) -> dict[str, Any]:
    return {"y": _y(lower), "y2": {"field": upper}}


def curve_panel(rows: PanelRows, lineages: Lineages, axis: Axis, description: str) -> dict[str, Any]:
    """Return one panel: observed points, the law's band, forecast and outcome of the next model."""
    layers = [*_law(rows, lineages), *_points(rows, lineages), *_next_model(rows)]
    x = axis.channel()
    placed = [{**entry, "encoding": {"x": x, **entry["encoding"]}} for entry in layers]
    return chart([], [entry for entry in placed if entry["data"]["values"]], description, 150)


def _law(rows: PanelRows, lineages: Lineages) -> list[dict[str, Any]]:
    colour = lineages.channel(LINEAGE_COLOURS)
    focused = values([row for row in rows.band if row["lineage"] in lineages.focus])
    return [
        layer(
            "area",
            {"opacity": 0.16},
            {**_span("q050", "q950"), "color": colour},
            data={"values": focused},
            name="law_band",
        ),
        layer(
            "line",
            {"strokeWidth": 1.5},
            {"y": _y("q500"), "color": colour},
            data={"values": values(rows.band)},
            name="law_median",
        ),
    ]


def _points(rows: PanelRows, lineages: Lineages) -> list[dict[str, Any]]:
    colour = lineages.channel(LINEAGE_COLOURS)
    shape = lineages.channel([name for name, _ in GLYPHS])
    data = {"values": values(rows.observed)}
    hint = tooltip(
        ("model", "model"), ("lineage", "lineage"), ("rate", "observed"), ("lower", "from"), ("upper", "to")
    )
    return [
        layer("rule", {"strokeWidth": 1}, {**_span("lower", "upper"), "color": colour}, data=data),
        layer(
            "point",
            {"filled": True, "size": 40},
            {"y": _y("rate"), "color": colour, "shape": shape, "tooltip": hint},
            data=data,
        ),
    ]


def _next_model(rows: PanelRows) -> list[dict[str, Any]]:
    data = {"values": values(rows.target)}
    happened = {"values": values([row for row in rows.target if row["observed"] is not None])}
    ahead = tooltip(
        ("model", "model"), ("q500", "predicted median"), ("q050", "5 % quantile"), ("q950", "95 % quantile")
    )
    seen = tooltip(("model", "model"), ("observed", "outcome"))
    return [
        layer("rule", {"color": INK, "strokeWidth": 1.5}, _span("q050", "q950"), data=data, name="next_span"),
        layer("point", _OPEN_DIAMOND, {"y": _y("q500"), "tooltip": ahead}, data=data, name="next_median"),
        layer(
            "point",
            dot("diamond", 80, OUTCOME),
            {"y": _y("observed"), "tooltip": seen},
            data=happened,
            name="outcome",
        ),
    ]


def log_ticks(low: float, high: float, most: int = 4) -> tuple[float, ...]:
    """Return up to `most` round values between two positive ends, for a logarithmic axis."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1,), (1, 3), (1, 2, 5)):
        inside = [m * 10.0**e for e in exponents for m in steps if low <= m * 10.0**e <= high]
        if len(inside) > 1:
            return tuple(inside[:: math.ceil(len(inside) / most)])
    return (low, high) if low < high else (low,)
