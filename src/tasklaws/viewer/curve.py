"""The curve of one family along the ladder, drawn by the report's own pieces."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from tasklaws.core.display import shown
from tasklaws.report.colours import style_of, themed, variable
from tasklaws.report.multiples import (
    AXES,
    AXIS_LABELS,
    GLYPHS,
    LINEAGE_COLOURS,
    Axis,
    Lineages,
    PanelRows,
    curve_panel,
    log_ticks,
)
from tasklaws.report.text import magnitude, percent, visible
from tasklaws.viewer.parts import NAME, Cell, Chart, Grid, named, number
from tasklaws.viewer.scores import is_share, summarised

if TYPE_CHECKING:
    from tasklaws.viewer.results import Results

HEADS = ("model", "lineage", "place on the axis", "score", "from", "to", "attempts")


def curve(results: Results, family: str, cells: pl.DataFrame) -> Chart | None:
    """Return the scores of a family along the ladder; None where the ladder has no axis to draw on."""
    placed = _placed(results, cells)
    if placed is None:
        return None
    axis, points = placed
    rows, title = points.to_dicts(), _title(axis)
    names = tuple(points["lineage"].unique().sort())
    ticks = log_ticks(min(points["x"]), max(points["x"]))
    text = f"Scores of the family {visible(family)} by {title}."
    lineages = Lineages(names, frozenset())
    panel = curve_panel(
        PanelRows(rows, [], []), lineages, Axis(title, AXIS_LABELS[axis], ticks, log=True), text
    )
    spec = cast("dict[str, Any]", themed(panel))
    keys = tuple(
        (GLYPHS[i % len(GLYPHS)][1], variable(LINEAGE_COLOURS[i % len(LINEAGE_COLOURS)]), visible(name))
        for i, name in enumerate(names)
    )
    best = max(rows, key=lambda row: row["rate"])
    return Chart(
        "curve",
        f"{shown(best['model'], NAME)} scores highest: {percent(best['rate'], 0)}"
        if best["rate"] > min(row["rate"] for row in rows)
        else f"All models score {percent(best['rate'], 0)}",
        f"Mean score over the family's tasks by {title}, with 90 % intervals of the noise of attempts.",
        text,
        spec,
        style_of(json.dumps(spec), *(colour for _, colour, _ in keys)),
        keys,
        Grid("points", "Points of the curve", tuple(map(Cell, HEADS)), tuple(map(_line, rows))),
    )


def _title(axis: str) -> str:
    name, unit = AXES[axis]
    return f"{name} ({unit})" if unit else name


def _line(row: dict[str, Any]) -> tuple[Cell, ...]:
    ends = [number("–" if row[key] is None else percent(row[key])) for key in ("rate", "lower", "upper")]
    place, n = number(magnitude(row["x"])), number(f"{row['n']:,}")
    return (named(row["model"]), named(row["lineage"]), place, *ends, n)


def _placed(results: Results, cells: pl.DataFrame) -> tuple[str, pl.DataFrame] | None:
    """Return the axis, and the models with their places on it."""
    made = summarised(cells, ["model"]).rename({"score": "rate"})
    if not len(results.ladder) or not made.height or not is_share(made["rate"]):
        return None
    table = results.ladder.table()
    order = (
        [results.settings.axis, *AXIS_LABELS] if results.settings.axis in AXIS_LABELS else list(AXIS_LABELS)
    )
    for axis in order:
        if axis in table.columns:
            rungs = table.select("model", "lineage", pl.col(axis).cast(pl.Float64).alias("x"))
            points = made.join(rungs.filter(pl.col("x") > 0), on="model").sort("lineage", "x", "model")
            if points.height > 1:
                return axis, points
    return None
