"""Lengths of time: in words, and as the logarithmic axis of a chart."""

from __future__ import annotations

from typing import Any

from tasklaws.report.text import NBSP

LONG = 100
TICKS = (1 / 60, 0.1, 0.5, 1.0, 4.0, 15.0, 60.0, 240.0, 960.0, 2880.0, 10080.0)
"""Minutes that an axis may be marked at."""
MARGIN = 0.07
"""Share of the axis before its end in which a mark's words would be cut on a narrow page."""
WORDS = (
    "datum.value < .99 ? format(datum.value * 60, '.2~r') + ' s' : datum.value < 60 ? "
    "format(datum.value, '.2~r') + ' min' : format(datum.value / 60, '.3~r') + ' h'"
)


def minutes(value: float) -> str:
    """Return a length of time as people say it."""
    for size, unit in ((1440.0, "days"), (60.0, "h"), (1.0, "min")):
        if value >= size * (2 if unit != "min" else 1):
            return f"{value / size:.3g}{NBSP}{unit}"
    return f"{60 * value:.3g}{NBSP}s" if value * LONG >= 1 else f"{value:.1e}{NBSP}min"


def time_scale(low: float, high: float, title: str = "human time of tasks") -> dict[str, Any]:
    """Return axis and scale of a channel of minutes from `low` to `high`."""
    last = high * (low / high) ** MARGIN
    ticks = [place for place in TICKS if low <= place <= last]
    return {
        "axis": {"title": title, "values": ticks, "labelExpr": WORDS},
        "scale": {"type": "log", "domain": [low, high], "nice": False},
    }
