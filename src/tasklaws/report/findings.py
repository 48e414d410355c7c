"""From the chart of a finding, which draws nothing, to a figure of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.report.blocks import Field, Figure, Panel, Table
from tasklaws.report.drawing import INK, LAW, LAW_LIGHT, OUTCOME, chart, encoded, layer
from tasklaws.report.text import percent, plain, visible

if TYPE_CHECKING:
    from tasklaws.assess.check import Chart, Column

COLOURS = (LAW, OUTCOME, "#3f8f6b", "#8a5a9e", "#a0742c", "#6b7c93")
"""Of the values of a nominal column, in their order; further ones repeat them."""
TALL = 240
"""Pixels of a chart."""
_DASHED = {"strokeDash": [5, 4]}


def figure(name: str, drawn: Chart, family: str) -> Figure:
    """Return the figure of a finding's chart.

    Args:
        name: of its files; letters, digits and hyphens.
        drawn: rows and what they are drawn as.
        family: what the finding is about; it stands in the title.
    """
    title = drawn.title if family in drawn.title else f"{family}: {drawn.title}"
    return Figure(
        name=name,
        title=visible(title),
        caption=visible(drawn.description),
        description=visible(drawn.description),
        panels=(Panel(_spec(drawn)),),
        table=Table(_fields(drawn), tuple(drawn.rows), "The figures of the chart", name, folded=True),
    )


def _columns(drawn: Chart) -> list[Column]:
    return [drawn.x, drawn.y, *([drawn.colour] if drawn.colour else [])]


def _fields(drawn: Chart) -> tuple[Field, ...]:
    named = {column.key: (column.title, percent if column.share else plain) for column in _columns(drawn)}
    if drawn.interval:
        write = percent if drawn.y.share else plain
        named |= {drawn.interval[0]: ("from", write), drawn.interval[1]: ("to", write)}
    others = {key: (key.replace("_", " "), plain) for row in drawn.rows for key in row if key not in named}
    return tuple(Field(key, title, write) for key, (title, write) in (named | others).items())


def _spec(drawn: Chart) -> dict[str, Any]:
    texts = any(isinstance(row.get(drawn.x.key), str) for row in drawn.rows)
    place = {"x": _nominal(drawn.x) if texts else _scaled(drawn, drawn.x), "y": _scaled(drawn, drawn.y)}
    layers = [*_interval(drawn, place), *_marks(drawn, place), *_reference(drawn)]
    return chart(drawn.rows, layers, drawn.description, TALL)


def _scaled(drawn: Chart, column: Column) -> dict[str, Any]:
    known = [value for row in drawn.rows if (value := row.get(column.key)) is not None]
    whole = bool(known) and all(float(value).is_integer() for value in known)
    written = {"format": ".0%"} if column.share else {} if column.log else {"format": "~r"}
    steps = {"tickMinStep": 1} if whole and not column.log and not column.share else {}
    axis = {"title": visible(column.title), "tickCount": 6, **written, **steps}
    kind = {"type": "log"} if column.log else {"zero": False, "nice": True}
    return encoded(column.key, axis=axis, scale=kind)


def _nominal(column: Column) -> dict[str, Any]:
    return encoded(column.key, "nominal", sort=None, axis={"title": visible(column.title), "labelAngle": -35})


def _hue(drawn: Chart) -> dict[str, Any]:
    if drawn.colour is None:
        return {"color": {"value": LAW}}
    names = list(dict.fromkeys(visible(str(row.get(drawn.colour.key))) for row in drawn.rows))
    shades = [COLOURS[i % len(COLOURS)] for i in range(len(names))]
    legend = {"title": visible(drawn.colour.title), "orient": "bottom", "columns": 4}
    scale = {"domain": names, "range": shades}
    return {"color": encoded(drawn.colour.key, "nominal", legend=legend, scale=scale)}


def _interval(drawn: Chart, place: dict[str, Any]) -> list[dict[str, Any]]:
    if not drawn.interval:
        return []
    lower, upper = drawn.interval
    if all(row.get(lower) is None or row.get(upper) is None for row in drawn.rows):
        return []
    ends = {**place, "y": {**place["y"], "field": lower}, "y2": {"field": upper}}
    shown = [{"filter": f"isValid(datum['{lower}']) && isValid(datum['{upper}'])"}]
    return [layer("rule", {"strokeWidth": 1.5}, {**ends, **_hue(drawn)}, transform=shown)]


def _marks(drawn: Chart, place: dict[str, Any]) -> list[dict[str, Any]]:
    hint = [{"field": field.key, "title": field.heading} for field in _fields(drawn)]
    encoding = {**place, **_hue(drawn), "tooltip": hint}
    dots = layer("point", {"filled": True, "size": 50, "opacity": 0.9}, encoding)
    if drawn.mark == "bars":
        bar = {**encoding, "y": {**place["y"], "scale": {**place["y"]["scale"], "zero": True}}}
        return [layer("bar", {"color": LAW_LIGHT, "opacity": 0.85}, bar)]
    if drawn.mark == "lines":
        return [layer("line", {"strokeWidth": 1.5}, {**place, **_hue(drawn)}), dots]
    return [dots]


def _reference(drawn: Chart) -> list[dict[str, Any]]:
    if drawn.reference is None:
        return []
    return [layer("rule", {"color": INK, **_DASHED}, {"y": {"datum": drawn.reference}})]
