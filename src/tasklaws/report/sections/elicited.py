"""Elicitation: how scores grow with effort, laws at low and at high effort, and the controls."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tasklaws.report.blocks import Block, Bullets, Field, Figure, Key, Panel, Paragraph, Table
from tasklaws.report.drawing import chart, encoded, layer
from tasklaws.report.multiples import Axis
from tasklaws.report.section import Section
from tasklaws.report.sections._elicited_laws import laws_blocks
from tasklaws.report.shades import shades, sizes
from tasklaws.report.text import count, percent, plain, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.report.blocks import Row
    from tasklaws.report.content import Document, ReportInput

_ROWS = (
    Field("elicitation", "elicitation"),
    Field("name", "size"),
    Field("x", "effort"),
    Field("families", "families"),
    Field("n", "attempts"),
    Field("score", "mean score", percent),
)
_GAPS = (
    Field("model", "model"),
    Field("family", "family"),
    Field("elicitation", "elicitation"),
    Field("gap", "gap to the limit", percent),
    Field("lower", "from", percent),
    Field("upper", "to", percent),
    Field("limit", "limit", percent),
    Field("p", "p of the law", plain),
    Field("reason", "remark"),
)


def _curves(rows: Sequence[Row], placed: dict[str, str]) -> list[dict[str, Any]]:
    """Return the mean score over families and seeds at each effort; every family counts alike."""
    efforts = Counter((row["elicitation"], row["model"], row["family"]) for row in rows)
    most = {name: max(n for key, n in efforts.items() if key[0] == name) for name, *_ in efforts}
    groups: dict[tuple[str, int, str], list[Row]] = {}
    for row in rows:
        whole = efforts[row["elicitation"], row["model"], row["family"]] == most[row["elicitation"]]
        if whole and row["model"] in placed:
            groups.setdefault((row["elicitation"], row["at"], placed[row["model"]]), []).append(row)
    return [
        {
            "elicitation": name,
            "x": at,
            "name": size,
            "families": len({row["family"] for row in own}),
            "n": sum(row["n"] for row in own),
            "score": sum(row["score"] for row in own) / len(own),
        }
        for (name, at, size), own in sorted(groups.items())
    ]


def _panel(
    name: str, curves: Sequence[Row], names: Sequence[str], colours: Sequence[str], top: float
) -> Panel:
    own = [row for row in curves if row["elicitation"] == name]
    efforts = sorted({row["x"] for row in own})
    x = Axis("effort", "format(datum.value, '~r')", tuple(efforts), log=True).channel()
    y = encoded("score", axis={"format": ".0%", "title": None, "tickCount": 4}, scale={"domain": [0, top]})
    colour = encoded("name", "nominal", legend=None, scale={"domain": list(names), "range": list(colours)})
    hint = [
        {"field": "name", "title": "size", "type": "nominal"},
        {"field": "x", "title": "effort", "type": "quantitative"},
        {"field": "score", "title": "mean score", "type": "quantitative", "format": ".1%"},
    ]
    place = {"x": x, "y": y, "color": colour}
    layers = [
        layer("line", {"strokeWidth": 1.5}, place),
        layer("point", {"filled": True, "size": 40}, {**place, "tooltip": hint}),
    ]
    text = f"Mean score over families against the effort of {name}, one line per size."
    families = count(max(row["families"] for row in own), "family", "families")
    return Panel(chart(own, layers, text, 150), f"{visible(name)} ({families})")


def _gains(curves: Sequence[Row], size: str) -> list[tuple[float, str, Row, Row]]:
    """Return what each elicitation adds from its least to its greatest effort, most first."""
    found = []
    for name in sorted({row["elicitation"] for row in curves}):
        own = [row for row in curves if row["elicitation"] == name and row["name"] == size]
        if own:
            found.append((own[-1]["score"] - own[0]["score"], name, own[0], own[-1]))
    return sorted(found, key=lambda gain: (-gain[0], gain[1]))


def _title(curves: Sequence[Row], size: str) -> str:
    gain, name, first, last = _gains(curves, size)[0]
    if gain <= 0:
        return f"No elicitation lifts the mean score of {visible(size)}"
    return (
        f"{visible(name)} adds most: at effort {last['x']} the mean score of {visible(size)} is "
        f"{percent(last['score'], 0)}, at {first['x']} it is {percent(first['score'], 0)}"
    )


def _figure(curves: Sequence[Row], placed: dict[str, str]) -> Figure:
    drawn = {row["name"] for row in curves}
    names = [name for name in dict.fromkeys(placed.values()) if name in drawn]
    colours, top = shades(len(names)), max(row["score"] for row in curves)
    kinds = sorted({row["elicitation"] for row in curves})
    return Figure(
        name="effort",
        title=_title(curves, names[-1]),
        caption="One panel per elicitation, one line per size: mean score over families and seeds, each "
        "family that was tried at every effort counted alike. Efforts have the units of their elicitation "
        "and are not to be compared across panels. All panels share the vertical scale.",
        description=f"Mean score against effort for {count(len(kinds), 'elicitation')}.",
        panels=tuple(_panel(kind, curves, names, colours, top or 1.0) for kind in kinds),
        table=Table(_ROWS, tuple(curves), "Mean scores at each effort", "effort"),
        keys=tuple(Key("●", shade, visible(name)) for name, shade in zip(names, colours, strict=True)),
    )


def _gaps(document: Document) -> tuple[Block, ...]:
    known = [row for row in document["gaps"] if row["gap"] is not None]
    reasons = Counter(row["reason"] for row in document["gaps"] if row["gap"] is None)
    sure = [row for row in known if row["lower"] > 0 and row["reason"] is None]
    text = (
        f"Of {count(len(document['gaps']), 'curve')} of a model, a family and an elicitation {len(known)} "
        f"tell how far the limit of effort is; {len(sure)} of these gaps are above 0 in all of their 90 % "
        f"interval, with no doubt of the law. The others: {_said(reasons)}."
    )
    table = Table(_GAPS, tuple(known), "What more effort would add", "gaps", folded=True)
    return (Paragraph(text), table)


def _said(reasons: Counter[str]) -> str:
    return "; ".join(f"{n}: {visible(reason)}" for reason, n in reasons.most_common()) or "none"


def _controls(document: Document) -> Block:
    """Return what came of models whose hidden ability was known."""
    words = {True: "passed", False: "failed", None: "could not be tried"}
    if not document["controls"]:
        return Paragraph("No control was run: whether a hidden ability would be found is not known.", "note")
    return Bullets(
        tuple(
            f"Control {visible(one['name'])}: {words[one['ok']]}. {visible(one['detail'])}"
            for one in document["controls"]
        )
    )


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return the effort curves, the gaps to their limits, the laws at two efforts, and the controls."""
    document = content.elicitation
    if document is None or not document["rows"]:
        return ()
    placed = sizes(content, document["rows"])
    curves = _curves(document["rows"], placed)
    figure = (_figure(curves, placed),) if curves else ()
    return (*figure, *_gaps(document), *laws_blocks(content, document), _controls(document))


SECTION = Section(
    name="elicited",
    title="Elicitation",
    order=47,
    summary="How scores grow with effort, what more would add, laws at low and at high effort, and controls.",
    needs="attempts at several efforts, with elicitations named such as best_of_n@8",
    build=build,
)
