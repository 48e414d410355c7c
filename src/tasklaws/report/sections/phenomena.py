"""What the study shows of the seeds: each phenomenon in a sentence, accuracy beside likeness, thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.report.blocks import Block, Bullets, Field, Figure, Key, Panel, Paragraph, Table
from tasklaws.report.drawing import INK
from tasklaws.report.multiples import (
    GLYPHS,
    LINEAGE_COLOURS,
    Lineages,
    PanelRows,
    curve_panel,
    parameters_axis,
)
from tasklaws.report.section import Section
from tasklaws.report.text import count, magnitude, percent, plain, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tasklaws.report.blocks import Row
    from tasklaws.report.content import Document, ReportInput
    from tasklaws.report.multiples import Axis

DRAWN = ("accuracy", "likeness")
ALIKE, WRONG = 0.7, 0.05
"""Likeness and accuracy at which solutions are said to come close before answers come right."""

_FOUND = {True: "found", False: "not found", None: "not defined"}
_POINTS = (
    Field("family", "family"),
    Field("model", "model"),
    Field("n_params", "parameters", magnitude),
    Field("n", "attempts"),
    Field("accuracy", "accuracy", percent),
    Field("lower", "from", percent),
    Field("upper", "to", percent),
    Field("similarity", "likeness", percent),
)
_THRESHOLDS = (
    Field("family", "family"),
    Field("sizes", "sizes asked"),
    Field("reached", "reach one half"),
    Field("rungs", "at different widths"),
    Field("where", "size: width"),
    Field("verdict", "so thresholds are"),
)
_FIGURES = (
    Field("phenomenon", "phenomenon"),
    Field("name", "figure"),
    Field("value", "value", plain),
    Field("lower", "from", plain),
    Field("upper", "to", plain),
    Field("n", "out of"),
)


def _bullets(document: Document) -> Bullets:
    said = document["phenomena"]
    return Bullets(tuple(visible(f"{one['title']}: {_FOUND[one['found']]}. {one['text']}") for one in said))


def _figures(document: Document) -> Table:
    rows = [
        {"phenomenon": one["name"], **figure} for one in document["phenomena"] for figure in one["figures"]
    ]
    return Table(_FIGURES, tuple(rows), "Figures behind these sentences", "phenomena-figures", folded=True)


def _by_family(points: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for point in points:
        found.setdefault(point["family"], []).append(point)
    return dict(sorted(found.items()))


def _means(points: Sequence[Row]) -> list[dict[str, Any]]:
    """Return for each size the means over its seeds, as rows of a band without width."""
    rows = []
    for size in sorted({point["n_params"] for point in points}):
        for key, name in zip(("accuracy", "similarity"), DRAWN, strict=True):
            own = [p[key] for p in points if p["n_params"] == size and p[key] is not None]
            if own:
                mean = sum(own) / len(own)
                rows.append({"x": size, "q050": mean, "q500": mean, "q950": mean, "lineage": name})
    return rows


def _panel(family: str, points: Sequence[Row], axis: Axis) -> Panel:
    shared = [{"x": point["n_params"], "model": point["model"], **point} for point in points]
    right = [
        {
            **{key: p[key] for key in ("x", "model", "lower", "upper")},
            "rate": p["accuracy"],
            "lineage": DRAWN[0],
        }
        for p in shared
    ]
    alike = [
        {"x": p["x"], "model": p["model"], "rate": p["similarity"], "lineage": DRAWN[1]}
        for p in shared
        if p["similarity"] is not None
    ]
    rows = PanelRows([*right, *alike], _means(points), ())
    text = f"Accuracy and likeness on {family} against parameters: {count(len(points), 'model')}."
    return Panel(curve_panel(rows, Lineages(DRAWN, frozenset()), axis, text), visible(family))


def _comes_close(points: Sequence[Row]) -> bool:
    return any(p["accuracy"] <= WRONG and (p["similarity"] or 0) >= ALIKE for p in points)


def _figure(document: Document) -> Figure:
    families = _by_family(document["curves"])
    sizes = [point["n_params"] for point in document["curves"]]
    axis = parameters_axis(sizes)
    close = sum(_comes_close(points) for points in families.values())
    keys = [Key(glyph, c, name) for name, (_, glyph), c in zip(DRAWN, GLYPHS, LINEAGE_COLOURS, strict=False)]
    return Figure(
        name="likeness",
        title=f"In {close} of {count(len(families), 'family', 'families')} a model writes what is "
        f"{percent(ALIKE, 0)} like a solution while it is right in {percent(WRONG, 0)} or less",
        caption="One panel per family, one mark per model; lines are means over seeds, and bars are 95 % "
        "intervals of accuracy. Likeness is the edit similarity of what was written to the nearest solution; "
        "it never starts at 0, as all solutions of a family share a frame. Panels have their own scales.",
        description=f"Accuracy and likeness to a solution for {count(len(families), 'family', 'families')}.",
        panels=tuple(_panel(family, points, axis) for family, points in families.items()),
        table=Table(_POINTS, tuple(document["curves"]), "Accuracy and likeness", "likeness"),
        keys=(*keys, Key("─", INK, "mean over seeds")),
    )


def _thresholds(document: Document) -> Table:
    caption = (
        "Where the mean accuracy over seeds first reaches one half. Sizes that do so at one width are one "
        "step: in the words of the certificate such a family is only_detectable, as far as its thresholds "
        "tell. Spread thresholds are one part of what makes a family forecastable, and not the whole. "
        "Thresholds closer than the widths of the ladder look alike here."
    )
    return Table(_THRESHOLDS, tuple(document["thresholds"]), caption, "thresholds")


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return the phenomena as sentences, the figure and the thresholds."""
    document = content.phenomena
    if document is None or not document["curves"]:
        return ()
    said = [one["found"] for one in document["phenomena"]]
    lead = (
        f"Of {count(len(said), 'phenomenon', 'phenomena')} that the seeds describe, {said.count(True)} were "
        f"found in this study, {said.count(False)} were not, and {said.count(None)} it cannot tell."
    )
    return (
        Paragraph(lead, "lead"),
        _bullets(document),
        _figure(document),
        _thresholds(document),
        _figures(document),
    )


SECTION = Section(
    name="phenomena",
    title="Phenomena of the seeds",
    order=45,
    summary="What this study shows of all-or-nothing tools, plateaus, shortcuts, thresholds and seeds.",
    needs="runs of small local models with what they wrote: run `tasklaws study DIR`",
    build=build,
)
