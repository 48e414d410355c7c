"""The drawings, functions from rows to Vega-Lite specs. Rows hold scores in [0, 1]."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.report.drawing import (
    INK,
    LAW,
    LAW_LIGHT,
    OTHER,
    OUTCOME,
    PAPER,
    SOFT,
    chart,
    dot,
    encoded,
    layer,
    names,
    tooltip,
    where,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.report.blocks import Row

CROWDED_FROM = 300
"""Forecasts in a scatter from which marks are small, and only intervals that missed are drawn."""

_DASHED = {"strokeDash": [5, 4]}
_THIN = {"color": LAW, "strokeWidth": 1.5}
_BROAD = {"color": LAW_LIGHT, "strokeWidth": 6}


def intervals(rows: Sequence[Row], description: str, *, outcomes: bool) -> dict[str, Any]:
    """Return dots with their 50 % and 90 % intervals, one line per `name`, in the order of the rows."""
    x_axis = {"format": ".0%", "title": "score", "orient": "top", "tickCount": 6}
    x = encoded("q050", axis=x_axis, scale={"zero": False, "nice": True})
    hints = [("name", "name"), ("q500", "median"), ("q050", "5 % quantile"), ("q950", "95 % quantile")]
    shared = {"y": names(), "tooltip": tooltip(*hints, *([("observed", "outcome")] if outcomes else []))}
    layers = [
        layer("rule", _THIN, {**shared, "x": x, "x2": {"field": "q950"}}, name="wide"),
        layer("rule", _BROAD, {**shared, "x": encoded("q250"), "x2": {"field": "q750"}}, name="narrow"),
        layer("point", dot("circle", 60, LAW), {**shared, "x": encoded("q500")}, name="median"),
    ]
    if outcomes:
        happened = {**shared, "x": encoded("observed")}
        known = where("isValid(datum.observed)")
        layers.append(layer("point", dot("diamond", 85, OUTCOME), happened, transform=known, name="outcome"))
    return chart(rows, layers, description, 24 * len(rows))


def scatter(rows: Sequence[Row], description: str) -> dict[str, Any]:
    """Return predicted against observed scores; `held` says inside or outside of the 90 % interval."""
    crowded = len(rows) > CROWDED_FROM
    ends = _ends(rows)
    scale = {"domain": ends, "nice": True, "zero": False}
    y = encoded("observed", axis={"format": ".0%", "title": "what happened", "tickCount": 6}, scale=scale)
    x = encoded("q050", axis={"format": ".0%", "title": "what was predicted", "tickCount": 6}, scale=scale)
    colour, shape = _held(LAW, OUTCOME), _held("circle", "triangle-up")
    hint = tooltip(
        ("name", "task"),
        ("model", "model"),
        ("mean", "predicted"),
        ("q050", "5 % quantile"),
        ("q950", "95 % quantile"),
        ("observed", "observed"),
        ("held", "90 % interval"),
    )
    points = {"filled": True, "size": 30 if crowded else 55, "opacity": 0.7 if crowded else 0.9}
    layers = [
        layer(
            "rule",
            {"strokeWidth": 1, "opacity": 0.5 if crowded else 0.45},
            {"y": y, "x": x, "x2": {"field": "q950"}, "color": colour},
            **({"transform": where("datum.held == 'outside'")} if crowded else {}),
        ),
        layer(
            "line",
            {"color": SOFT, "strokeWidth": 1, **_DASHED},
            {"x": encoded("at"), "y": encoded("at")},
            data={"values": [{"at": end} for end in ends]},
        ),
        layer(
            "point",
            points,
            {"y": y, "x": encoded("mean"), "color": colour, "shape": shape, "tooltip": hint},
        ),
    ]
    return chart(rows, layers, description, 420)


def _held(inside: str, outside: str) -> dict[str, Any]:
    scale = {"domain": ["inside", "outside"], "range": [inside, outside]}
    return encoded("held", "nominal", scale=scale, legend=None)


def _ends(rows: Sequence[Row]) -> list[float]:
    """Return the least and greatest score that is drawn; both axes share them."""
    drawn = [row[key] for row in rows for key in ("q050", "q950", "observed")]
    return [min(drawn), max(drawn)]


def bars(rows: Sequence[Row], description: str, title: str) -> dict[str, Any]:
    """Return one bar per `name` of length `value`, its `label` written at its end."""
    x = encoded("value", axis={"title": title, "tickCount": 5}, scale={"zero": True, "nice": False})
    place = {"y": names(), "x": x}
    roles = {"domain": ["this method", "best baseline", "baseline"], "range": [LAW, SOFT, OTHER]}
    colour = encoded("role", "nominal", legend=None, scale=roles)
    text = {"align": "left", "baseline": "middle", "dx": 6, "fontSize": 12, "color": INK}
    layers = [
        layer("bar", {"height": {"band": 0.62}}, {**place, "color": colour}),
        layer("text", text, {**place, "text": encoded("label", "nominal")}),
    ]
    room_for_labels = {"left": 5, "top": 5, "bottom": 5, "right": 110}
    return {**chart(rows, layers, description, 30 * len(rows)), "padding": room_for_labels}


def histogram(rows: Sequence[Row], expected: float, description: str) -> dict[str, Any]:
    """Return bars of `count` from `start` to `end` over the band that chance allows."""
    axis = {"title": "where the outcome fell in its forecast", "format": ".0%", "tickCount": 10}
    x = encoded("start", scale={"domain": [0, 1], "nice": False}, axis={**axis, "grid": False})
    bin_ = {"x": x, "x2": {"field": "end"}}
    y = encoded("count", axis={"title": "outcomes", "tickCount": 5, "grid": True}, scale={"zero": True})
    roles = {"domain": ["within chance", "beyond chance"], "range": [LAW_LIGHT, LAW]}
    hint = [
        *tooltip(("bin", "part of the forecast"), ("role", "compared with chance")),
        {"field": "count", "title": "outcomes", "type": "quantitative"},
    ]
    bar = {**bin_, "y": y, "y2": {"datum": 0}, "color": encoded("role", "nominal", legend=None, scale=roles)}
    beyond = [
        *where("datum.role == 'beyond chance'"),
        {"calculate": "(datum.start + datum.end) / 2", "as": "middle"},
    ]
    star = {"text": "✱", "dy": -8, "color": LAW, "fontSize": 13}
    layers = [
        layer("rect", {"color": "#e4e8ec"}, {**bin_, "y": encoded("lower"), "y2": {"field": "upper"}}),
        layer("bar", {"opacity": 0.85, "stroke": PAPER, "strokeWidth": 2}, {**bar, "tooltip": hint}),
        layer("rule", {"color": INK, **_DASHED}, {"y": {"datum": expected}}),
    ]
    if any(row["role"] == "beyond chance" for row in rows):
        # a layer without a row has no extent, and the library complains of it in the console
        layers.append(layer("text", star, {"x": encoded("middle"), "y": y}, transform=beyond))
    return chart(rows, layers, description, 240)


def coverage(rows: Sequence[Row], description: str) -> dict[str, Any]:
    """Return observed coverage with its interval beside a tick at the nominal level."""
    axis = {"format": ".0%", "title": "outcomes inside the interval", "tickCount": 6}

    def x(field: str) -> dict[str, Any]:
        return encoded(field, axis=axis, scale={"domain": [0, 1]})

    y = names()
    hint = tooltip(("name", "interval"), ("observed", "held"), ("lower", "from"), ("upper", "to"))
    layers = [
        layer("tick", {"color": INK, "thickness": 3, "size": 26}, {"y": y, "x": x("nominal")}),
        layer(
            "rule",
            {"color": LAW, "strokeWidth": 2},
            {"y": y, "x": x("lower"), "x2": {"field": "upper"}},
            transform=where("isValid(datum.lower) && isValid(datum.upper)"),
        ),
        layer(
            "point",
            dot("circle", 80, LAW),
            {"y": y, "x": x("observed"), "tooltip": hint},
            transform=where("isValid(datum.observed)"),
        ),
    ]
    return chart(rows, layers, description, 44 * len(rows))
