"""Inference budget: what share of attempts had succeeded by so many tokens, and under which harnesses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.report.blocks import Block, Bullets, Field, Figure, Key, Panel, Paragraph, Table
from tasklaws.report.drawing import chart, encoded, layer
from tasklaws.report.multiples import Axis, log_ticks
from tasklaws.report.section import Section
from tasklaws.report.shades import shades, sizes
from tasklaws.report.text import count, magnitude, percent, plain, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.report.blocks import Row, Spec
    from tasklaws.report.content import Document, ReportInput

HALF = 0.5
"""Share of what the full budget reaches at which a curve is read for the title."""

DRAWN = 10
"""Budgets of a curve that are drawn and stand in the table; the verb's JSON has all."""

_ROWS = (
    Field("model", "model"),
    Field("family", "family"),
    Field("budget", "budget", magnitude),
    Field("success", "success by then", percent),
    Field("lower", "from", percent),
    Field("upper", "to", percent),
    Field("at_risk", "still trying", plain),
    Field("reason", "remark"),
)


def _panel(family: str, rows: Sequence[Row], colours: dict[str, str], unit: str, top: float) -> Panel:
    own = [row for row in rows if row["family"] == family]
    ends = [row["budget"] for row in own]
    x = Axis(unit, "format(datum.value, '~s')", log_ticks(min(ends), max(ends), 4), log=True).channel()
    x = {**x, "field": "budget"}
    place = {"x": x, "y": _share("success", top), "color": _colour(colours)}
    band = {"x": x, "y": _share("lower", top), "y2": {"field": "upper"}, "color": _colour(colours)}
    hint = [
        {"field": "model", "title": "model", "type": "nominal"},
        {"field": "budget", "title": unit, "type": "quantitative", "format": ",.6~g"},
        {"field": "success", "title": "success by then", "type": "quantitative", "format": ".1%"},
        {"field": "at_risk", "title": "still trying", "type": "quantitative"},
    ]
    step = {"interpolate": "step-after"}
    layers = [
        layer("area", {"opacity": 0.12, **step}, band),
        layer("line", {"strokeWidth": 1.5, **step}, place),
        layer("point", {"filled": True, "size": 14}, {**place, "tooltip": hint}),
    ]
    text = f"Share of attempts at {family} that had succeeded by so many {unit}, one line per model."
    return Panel(chart(own, layers, text, 150), visible(family))


def _share(field: str, top: float) -> Spec:
    axis = {"format": ".0%", "title": None, "tickCount": 4}
    return encoded(field, axis=axis, scale={"domain": [0, top], "clamp": True}, stack=None)


def _colour(colours: dict[str, str]) -> Spec:
    names = [visible(name) for name in colours]
    return encoded("model", "nominal", legend=None, scale={"domain": names, "range": list(colours.values())})


def _title(rows: Sequence[Row], model: str, unit: str) -> str:
    """Return by what budget the largest model has half of its successes, over its families."""
    spent = [_half_way([row for row in rows if (row["model"], row["family"]) == (model, family)])
             for family in sorted({row["family"] for row in rows})]  # fmt: skip
    known = sorted(one for one in spent if one is not None)
    if not known:
        return f"{visible(model)} succeeded at no family within any budget"
    low, high = magnitude(known[0]), magnitude(known[-1])
    reach = low if low == high else f"{low} to {high}"
    return f"Half of what {visible(model)} solves is solved by {reach} {unit}, from family to family"


def _half_way(rows: Sequence[Row]) -> float | None:
    """Return the budget by which half of the successes of a curve had come."""
    told = [row for row in rows if row["success"] is not None]
    full = max((row["success"] for row in told), default=0.0)
    return min(row["budget"] for row in told if row["success"] >= HALF * full) if full else None


def _figure(rows: Sequence[Row], colours: dict[str, str], unit: str) -> Figure:
    drawn = [row for row in rows if row["budget"] > 0 and row["success"] is not None]
    families = sorted({row["family"] for row in drawn})
    top = max((row["upper"] or row["success"] for row in drawn), default=1.0) or 1.0
    return Figure(
        name="budget-curves",
        title=_title(drawn, list(colours)[-1], unit),
        caption="One panel per family, one line per model, with 90 % bands: the share of attempts that had "
        "succeeded within a budget (Kaplan-Meier; attempts that a limit ended count as undecided from "
        "there on, those that submitted a wrong answer as never succeeding). All panels share the "
        "vertical scale.",
        description=f"Success against {unit} for {count(len(families), 'family', 'families')}.",
        panels=tuple(_panel(family, drawn, colours, unit, top) for family in families),
        table=Table(_ROWS, tuple(rows), f"Success by {unit}", "budget"),
        keys=tuple(Key("●", shade, visible(name)) for name, shade in colours.items()),
    )


def _thinned(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of each curve at `DRAWN` budgets, the first and the last among them."""
    curves: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        curves.setdefault((row["model"], row["family"]), []).append(row)
    kept = []
    for own in curves.values():
        step = max(1, (len(own) - 1) / (DRAWN - 1))
        places = sorted({round(i * step) for i in range(DRAWN) if round(i * step) < len(own)})
        kept += [own[place] for place in places]
    return kept


def _notes(document: Document) -> tuple[Block, ...]:
    said = tuple(visible(note) for note in document.get("warnings", ()))
    return (Paragraph("What these curves hang on:"), Bullets(said)) if said else ()


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return success against tokens, per model and family."""
    document = content.budget
    if document is None or not document["rows"]:
        return ()
    unit = document["rows"][0]["unit"]
    rows = _thinned([row for row in document["rows"] if row["unit"] == unit])
    models = list(sizes(content, rows))
    colours = dict(zip(models, shades(len(models)), strict=True))
    return (_figure(rows, colours, unit), *_notes(document))


SECTION = Section(
    name="budget",
    title="Inference budget",
    order=51,
    summary="What share of attempts had succeeded by so many tokens.",
    needs="attempts with their tokens, as logs of Inspect and the embedded ladder have them",
    build=build,
)
