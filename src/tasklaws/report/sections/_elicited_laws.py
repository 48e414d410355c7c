"""Laws at low and at high elicitation: what each forecast of the next size, and what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.report.blocks import Block, Field, Figure, Key, Panel, Paragraph, Table
from tasklaws.report.multiples import (
    GLYPHS,
    LINEAGE_COLOURS,
    Lineages,
    PanelRows,
    curve_panel,
    parameters_axis,
)
from tasklaws.report.text import count, percent, plain, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.report.blocks import Row
    from tasklaws.report.content import Document, ReportInput

HEIGHT = 280
EFFORTS = ("low", "high")
_FIELDS = (
    Field("family", "family"),
    Field("low_crps", "CRPS at low effort (points)"),
    Field("high_crps", "CRPS at high effort (points)"),
    Field("low_skill", "skill at low effort"),
    Field("high_skill", "skill at high effort"),
    Field("apart", "forecasts apart", percent),
    Field("apart_lower", "from", percent),
    Field("apart_upper", "to", percent),
    Field("observed_apart", "scores apart", percent),
    Field("held", "held by the low law", percent),
    Field("held_own", "held by the high law", percent),
    Field("ratio_first", "ratio of scores at the first size", plain),
    Field("ratio_last", "at the last size", plain),
    Field("p", "p of no change", plain),
)


def laws_blocks(content: ReportInput, document: Document) -> tuple[Block, ...]:
    """Return the forecasts of both laws with what came, and whether what effort adds changes."""
    laws = document.get("laws") or ()
    if not laws:
        reason = document.get("laws_reason")
        return (
            (Paragraph(f"Laws at two efforts are not compared: {visible(reason)}.", "note"),)
            if reason
            else ()
        )
    trends = [row for row in document["trend"] if row["family"] is None]
    said = " ".join(visible(row["text"]) for row in (laws[0], *trends))
    figure = _figure(content, document)
    return (*figure, Paragraph(said)) if figure else (Paragraph(said), _table(document))


def _figure(content: ReportInput, document: Document) -> tuple[Figure, ...]:
    """Return the figure; none where the ladder does not tell the sizes of the models."""
    whole = document["laws"][0]
    sizes = {} if content.ladder is None else dict(content.ladder.select("model", "n_params").iter_rows())
    rows = [
        {**row, "x": sizes[row["model"]]}
        for row in document["targets"]
        if row["family"] is None and sizes.get(row["model"])
    ]
    if not rows:
        return ()
    names = (visible(whole["low"]), visible(whole["high"]))
    places = [row["x"] for row in rows]
    axis = parameters_axis(places)
    shown = PanelRows(_scores(rows), _bands(rows), ())
    description = f"Forecasts and scores at {names[0]} and {names[1]}: {count(len(rows), 'model')}."
    spec = curve_panel(shown, Lineages(names, frozenset(names)), axis, description)
    marks = zip(GLYPHS, LINEAGE_COLOURS, names, strict=False)
    return (
        Figure(
            name="elicited-laws",
            title=_title(whole),
            caption="Mean score over all tasks. Bands are 90 % intervals of the forecasts that the law of "
            "each effort made of a size from the sizes below it, lines their medians (means over seeds); "
            "marks are what the models scored. Marks of high effort above the band of low effort are what "
            "a law fitted at low effort does not see coming.",
            description=description,
            panels=(Panel({**spec, "height": HEIGHT}),),
            table=_table(document),
            keys=tuple(Key(glyph, colour, name) for (_, glyph), colour, name in marks),
        ),
    )


def _title(whole: Row) -> str:
    low, high = visible(whole["low"]), visible(whole["high"])
    return (
        f"A law fitted at {low} holds {percent(whole['held'], 0)} of the tasks' scores at {high} in "
        f"its 90 % intervals, a law fitted at {high} {percent(whole['held_own'], 0)}"
    )


def _scores(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {"x": row["x"], "model": row["model"], "lineage": row[end], "rate": row[f"{end}_observed"]}
        for row in rows
        for end in EFFORTS
    ]


def _bands(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the forecasts of each size, as means over its models."""
    found = []
    for end in EFFORTS:
        for x in sorted({row["x"] for row in rows}):
            own = [row for row in rows if row["x"] == x]
            ends = {q: sum(row[f"{end}_{q}"] for row in own) / len(own) for q in ("q050", "q500", "q950")}
            found.append({"x": x, "lineage": own[0][end], **ends})
    return found


def _table(document: Document) -> Table:
    """Return the laws of each family, with the trend of what effort adds beside them."""
    trends = {row["family"]: row for row in document["trend"]}
    rows = []
    for law in document["laws"]:
        own = trends.get(law["family"], {})
        ratio = {"ratio_first": own.get("first"), "ratio_last": own.get("last"), "p": own.get("p")}
        rows.append({**law, **ratio, "family": law["family"] or "all families"})
    return Table(_FIELDS, tuple(rows), "Laws at two efforts", "elicited-laws", folded=True)
