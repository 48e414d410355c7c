"""Scaling curves: what was observed along the ladder, the law's band, the next model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.report.blocks import Block, Field, Figure, Key, Panel, Table
from tasklaws.report.curve_rows import law_rows, metric_of, observed_rows, target_of, target_rows
from tasklaws.report.drawing import INK, LAW, OUTCOME
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
from tasklaws.report.section import Section
from tasklaws.report.text import NBSP, count, magnitude, percent, visible

if TYPE_CHECKING:
    from tasklaws.report.content import ReportInput

CAP = 24
"""Families drawn; the table holds all."""

_FALLING = frozenset({"loss_nats", "bits_per_byte"})

_PLACE = (
    Field("task_family", "family"),
    Field("lineage", "lineage"),
    Field("x", "place on the axis", magnitude),
)
_OBSERVED = (
    *_PLACE,
    Field("model", "model"),
    Field("k", "successes"),
    Field("n", "attempts"),
    Field("rate", "observed", percent),
    Field("lower", "from", percent),
    Field("upper", "to", percent),
)
_LAW = (
    *_PLACE,
    Field("q050", f"5{NBSP}%", percent),
    Field("q500", "median", percent),
    Field("q950", f"95{NBSP}%", percent),
)
_DRAWN_POINTS = ("x", "rate", "lower", "upper", "lineage", "model")
_DRAWN_BAND = ("x", "q050", "q500", "q950", "lineage")


@dataclass(frozen=True)
class _Drawing:
    """All rows of the figure and the axis they stand on."""

    observed: pl.DataFrame
    law: pl.DataFrame
    target: dict[str, dict[str, Any]]
    lineages: Lineages
    axis: Axis

    @property
    def families(self) -> list[str]:
        return sorted({*self.observed["task_family"], *self.law["task_family"]})

    @property
    def scored(self) -> list[dict[str, Any]]:
        return [row for row in self.target.values() if row["observed"] is not None]


def _chosen_axis(content: ReportInput) -> tuple[str, str, bool] | None:
    """Return column, unit and whether logarithmic: the curves' own, else the first every rung has."""
    if content.curves is not None:
        return content.curves.axis, content.curves.unit, content.curves.log
    if content.ladder is None or content.ladder.is_empty():
        return None
    name = next((name for name in AXES if content.ladder[name].null_count() == 0), None)
    return None if name is None else (name, AXES[name][1], name in AXIS_LABELS)


def _axis(name: str, unit: str, places: list[float], *, log: bool) -> Axis:
    # A value that has no logarithm would empty the whole panel.
    log = log and bool(places) and min(places) > 0
    title = AXES.get(name, (name.replace("_", " "), ""))[0]
    return Axis(
        title=visible(f"{title} ({unit})" if unit not in {"", title} else title),
        labels=AXIS_LABELS.get(name, "format(datum.value, '~r')"),
        ticks=log_ticks(min(places), max(places)) if log else (),
        log=log,
        reverse=name in _FALLING,
    )


def _lineages(content: ReportInput, names: list[str]) -> Lineages:
    """Return the lineages; the band in focus is that of the next model, else all are."""
    own: set[str] = set()
    if content.ladder is not None:
        own = set(content.ladder.filter(pl.col("model") == (target_of(content) or ""))["lineage"]) & set(
            names
        )
    return Lineages(tuple(names), frozenset(own or names))


def _drawing(content: ReportInput) -> _Drawing | None:
    chosen = _chosen_axis(content)
    if chosen is None:
        return None
    name, unit, log = chosen
    observed, law, target = observed_rows(content, name), law_rows(content), target_rows(content, name)
    places = [*observed["x"], *law["x"], *(row["x"] for row in target.values())]
    lineages = _lineages(content, sorted({*observed["lineage"], *law["lineage"]}))
    return _Drawing(observed, law, target, lineages, _axis(name, unit, places, log=log))


def _panel(drawing: _Drawing, family: str) -> Panel:
    def rows(frame: pl.DataFrame, columns: tuple[str, ...]) -> list[dict[str, Any]]:
        return frame.filter(pl.col("task_family") == family).select(columns).to_dicts()

    observed, law = rows(drawing.observed, _DRAWN_POINTS), rows(drawing.law, _DRAWN_BAND)
    ahead = [drawing.target[family]] if family in drawing.target else []
    text = f"Scores on {family} against {drawing.axis.title}: {count(len(observed), 'observed model')}."
    spec = curve_panel(PanelRows(observed, law, ahead), drawing.lineages, drawing.axis, text)
    return Panel(spec, visible(family))


def _finding(drawing: _Drawing) -> str:
    scored = drawing.scored
    if scored:
        held = sum(row["q050"] <= row["observed"] <= row["q950"] for row in scored)
        families = count(len(scored), "family", "families")
        return f"In {held} of {families} the next model's score fell inside its 90{NBSP}% interval"
    what = "Laws fitted to" if len(drawing.law) else "Scores of"
    models = count(drawing.observed["model"].n_unique(), "model")
    return f"{what} {models} on {count(len(drawing.families), 'family', 'families')}"


def _keys(drawing: _Drawing) -> tuple[Key, ...]:
    names, focus = drawing.lineages.names, drawing.lineages.focus
    keys = [
        Key(glyph, colour, visible(name))
        for name, (_, glyph), colour in zip(names, GLYPHS, LINEAGE_COLOURS, strict=False)
    ]
    if len(names) > len(GLYPHS):
        keys.append(Key("…", INK, f"{len(names) - len(GLYPHS)} more lineages repeat these marks"))
    if len(drawing.law):
        whose = " (of the next model's lineage)" if len(focus) < len(names) else ""
        keys.append(Key("▒", LAW, f"the law: median, 90{NBSP}% band{whose}", "law"))
    if drawing.target:
        keys.append(Key("◇", INK, f"forecast of the next model with 90{NBSP}% interval", "next"))
    if drawing.scored:
        keys.append(Key("◆", OUTCOME, "what it scored", "outcome"))
    return tuple(keys)


def _caption(content: ReportInput, drawing: _Drawing) -> str:
    several = content.cells is not None and content.cells["metric"].n_unique() > 1
    families = len(drawing.families)
    sentences = (
        "One panel per family; better models stand to the right.",
        f"Points are means over the tasks of the family, with 90{NBSP}% intervals of their sampling noise.",
        "Each panel has its own vertical scale.",
        f"Only the metric {visible(str(metric_of(content)))} is drawn." if several else "",
        f"Showing {CAP} of {families:,} families, by name." if families > CAP else "",
    )
    return " ".join(filter(None, sentences))


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return one figure of small multiples and the table of the law's values."""
    drawing = _drawing(content)
    if drawing is None or not drawing.families:
        return ()
    families = drawing.families
    figure = Figure(
        name="family-curves",
        title=_finding(drawing),
        caption=_caption(content, drawing),
        description=f"Scores against {drawing.axis.title} for {count(len(families), 'family', 'families')}.",
        panels=tuple(_panel(drawing, family) for family in families[:CAP]),
        table=Table(_OBSERVED, tuple(drawing.observed.to_dicts()), file_name="observed"),
        keys=_keys(drawing),
        headline=True,
    )
    if drawing.law.is_empty():
        return (figure,)
    return (
        figure,
        Table(_LAW, tuple(drawing.law.to_dicts()), "Values of the fitted laws", "laws", folded=True),
    )


SECTION = Section(
    name="curves",
    title="Scaling curves",
    order=40,
    summary="Observed scores along the ladder with the fitted law.",
    needs="cells and a ladder with one covariate that every rung has: run `tasklaws import`",
    build=build,
)
