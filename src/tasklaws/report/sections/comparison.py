"""Comparison: by how much the last model is ahead of the one before it, family by family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.report.blocks import Block, Bullets, Field, Figure, Key, Panel, Paragraph, Table
from tasklaws.report.drawing import INK, LAW, OUTCOME, chart, encoded, layer, names
from tasklaws.report.section import Section
from tasklaws.report.text import chance, count, magnitude, percent, plain, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.report.blocks import Row, Spec
    from tasklaws.report.content import Document, ReportInput

HIGH = 26
"""Pixels of a row."""
ALL = {"families": "all, like these", "tasks": "all, like these", "attempts": "all, these tasks"}
"""Names of the rows of the whole, short enough for a phone."""


def _signed(points: float) -> str:
    return f"{round(points, 1) + 0.0:+.1f}"


_ROWS = (
    Field("name", "family"),
    Field("points", "points ahead", _signed),
    Field("lower", "from", _signed),
    Field("upper", "to", _signed),
    Field("p", "p", chance),
    Field("p_holm", "p, all families held", chance),
    Field("tasks", "tasks", plain),
    Field("weight", "weight", percent),
)
_COSTS = (
    Field("unit", "unit"),
    Field("model", "model"),
    Field("cost", "for a success", magnitude),
    Field("lower", "from", magnitude),
    Field("upper", "to", magnitude),
    Field("reason", "remark"),
)
_POWERS = (
    Field("points", "true points", plain),
    Field("power", "told with a chance of", percent),
    Field("needed", "needed for 80 %", plain),
)


def _row(name: str, role: str, found: Row) -> dict[str, Any]:
    points = {
        key: None if found[of] is None else 100 * found[of]
        for key, of in (("points", "difference"), ("lower", "lower"), ("upper", "upper"))
    }
    return {"name": name, "role": role, **points, "p": found["p"], "reason": found.get("reason")}


def _rows(document: Document) -> list[dict[str, Any]]:
    """Return both readings of the whole, then the families, the farthest ahead first."""
    whole = [_row(ALL[document["over"]], "all", document)]
    if document["over"] != "attempts":
        whole.append(_row(ALL["attempts"], "all", document["these_tasks"]))
    families = [
        {
            **_row(visible(row["family"]), "family", row),
            "p_holm": row["p_holm"],
            "tasks": row["n_tasks"],
            "weight": row["weight"],
        }
        for row in sorted(document["by_family"], key=lambda row: (-row["difference"], row["family"]))
    ]
    return [*whole, *families]


def _title(document: Document) -> str:
    a, b = visible(document["a"]), visible(document["b"])
    lower, upper = 100 * document["lower"], 100 * document["upper"]
    if lower > 0 or upper < 0:
        ahead, behind = (a, b) if lower > 0 else (b, a)
        ends = sorted((abs(lower), abs(upper)))
        points = 100 * abs(document["difference"])
        return f"{ahead} is ahead of {behind} by {points:.1f} points ({ends[0]:.1f} to {ends[1]:.1f})"
    points = f"{_signed(100 * document['difference'])} points ({_signed(lower)} to {_signed(upper)})"
    return f"No difference between {a} and {b} can be told: {points}"


def _chart(rows: Sequence[Row], a: str, b: str) -> Spec:
    axis = {"title": f"points by which {a} is ahead", "orient": "top", "tickCount": 7, "format": "+~r"}
    x = encoded("points", axis=axis, scale={"nice": True})
    roles = {"domain": ["all", "family"], "range": [OUTCOME, LAW]}
    colour = encoded("role", "nominal", legend=None, scale=roles)
    shape = encoded("role", "nominal", legend=None, scale={**roles, "range": ["diamond", "circle"]})
    heads = (("points", "points ahead"), ("lower", "from"), ("upper", "to"))
    hint = [
        {"field": "name", "title": "family", "type": "nominal"},
        *({"field": key, "title": head, "type": "quantitative", "format": "+.1f"} for key, head in heads),
    ]
    shared = {"y": names(), "color": colour, "tooltip": hint}
    ends = encoded("lower", axis=axis, scale={"nice": True})
    layers = [
        layer("rule", {"color": INK, "strokeDash": [5, 4]}, {"x": {"datum": 0}}),
        layer("rule", {"strokeWidth": 2}, {**shared, "x": ends, "x2": {"field": "upper"}}),
        layer("point", {"filled": True, "size": 70}, {**shared, "x": x, "shape": shape}),
    ]
    text = f"Points by which {a} is ahead of {b}, in all and on each family, with intervals."
    return chart(rows, layers, text, HIGH * len(rows))


def _figure(document: Document) -> Figure:
    rows = _rows(document)
    a, b = visible(document["a"]), visible(document["b"])
    drawn = [row for row in rows if row["lower"] is not None]
    level = f"{document['level']:g} % intervals"
    families = count(document["n_families"], "family", "families")
    return Figure(
        name="difference",
        title=_title(document),
        caption=f"Mean score of {a} minus that of {b}, in points, with {level}, over "
        f"{count(document['n_tasks'], 'task')} of {families} that both tried. The first row asks what would "
        "hold on others like them, where families differ; the rows below it take these very tasks as given, "
        "where only attempts are random.",
        description=f"Differences between {a} and {b} for {families}.",
        panels=(Panel(_chart(drawn, a, b)),),
        table=Table(_ROWS, tuple(rows), f"{a} minus {b}, in points", "comparison"),
        keys=(Key("◆", OUTCOME, "all, weighed"), Key("●", LAW, "one family")),
    )


def _costs(document: Document) -> tuple[Block, ...]:
    """Return what a success costs, where that is known."""
    known = [one for one in document["cost"] if one["ratio"] is not None]
    if not known:
        return ()
    rows = [
        {
            "unit": one["unit"],
            "model": name,
            "cost": one[key],
            "lower": one[f"{key}_lower"],
            "upper": one[f"{key}_upper"],
            "reason": one["reason"],
        }
        for one in known
        for key, name in (("a", document["a"]), ("b", document["b"]), ("ratio", "the first over the second"))
    ]
    return (Table(_COSTS, tuple(rows), "What a success costs, failures included", "cost-of-success"),)


def _powers(document: Document) -> Table:
    rows = tuple({**row, "points": 100 * row["effect"]} for row in document["power"])
    said = f"Which differences would have been told, and how many {document['over']} tell them"
    return Table(_POWERS, rows, said, "power", folded=True)


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return the difference of two models in all and by family, its power, and what successes cost."""
    document = content.comparison
    if document is None:
        return ()
    said = tuple(visible(note) for note in document["warnings"])
    notes = (Paragraph("What this comparison hangs on:"), Bullets(said)) if said else ()
    first, *more = map(visible, document["text"])
    told = (Paragraph(first, "lead"), *((Paragraph(" ".join(more)),) if more else ()))
    return (*told, _figure(document), _powers(document), *_costs(document), *notes)


SECTION = Section(
    name="comparison",
    title="Comparison",
    order=44,
    summary="By how much the last model is ahead of the one before it, and what could have been told.",
    needs="two models of a ladder that tried the same tasks",
    build=build,
)
