"""How long tasks take people, with those who gave up counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.report.blocks import Block, Field, Figure, Key, Panel, Paragraph, Table
from tasklaws.report.drawing import LAW, OUTCOME, chart, dot, encoded, layer, names, where
from tasklaws.report.section import Section
from tasklaws.report.text import NBSP, chance, count, plain, visible
from tasklaws.report.times import minutes, time_scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasklaws.report.blocks import Row
    from tasklaws.report.content import Document, ReportInput

CAP = 40
"""Tasks that are drawn: those that most people tried."""
LINE = 22
"""Pixels of a line of the chart."""
ROOM = 2.0
"""Factor by which the axis reaches beyond the times; ends of intervals further out are cut."""
REACH = 30.0
FIELDS = (
    Field("task_id", "task"), Field("attempts", "attempts"), Field("finished", "finished"),
    Field("minutes", "median", minutes), Field("lower", "from", minutes), Field("upper", "to", minutes),
    Field("successes_minutes", "successes alone", minutes), Field("recorded_minutes", "on record", minutes),
    Field("status", "status"), Field("said", "remarks"),
)  # fmt: skip


def _tried(document: Document) -> list[Row]:
    """Return the tasks with times of people and a median, those that most people tried."""
    known = [row for row in document["tasks"] if row["attempts"] and row["minutes"] is not None]
    most = sorted(known, key=lambda row: (-row["attempts"], row["task_id"]))[:CAP]
    return sorted(most, key=lambda row: -row["minutes"])


def _spec(rows: Sequence[Row], description: str) -> dict[str, Any]:
    seen = [row[key] for row in rows for key in ("minutes", "recorded_minutes") if row[key]]
    low, high = min(seen) / ROOM, max(seen) * ROOM
    drawn = [
        {
            "name": row["task_id"],
            "minutes": row["minutes"],
            "low": None if row["lower"] is None else max(row["lower"], low / REACH),
            "high": None if row["upper"] is None else min(row["upper"], high * REACH),
            "recorded": row["recorded_minutes"] or None,
        }
        for row in rows
    ]
    ends = [row[key] for row in drawn for key in ("low", "high") if row[key]]
    axis = time_scale(min(low, *ends), max(high, *ends), "time that people take")
    place = {"y": names(), "x": encoded("minutes", **axis)}
    between = {**place, "x": {**place["x"], "field": "low"}, "x2": {"field": "high"}}
    recorded = {**place, "x": {**place["x"], "field": "recorded"}}
    known = where("isValid(datum.low) && isValid(datum.high)")
    return chart(
        drawn,
        [
            layer("rule", {"color": LAW, "strokeWidth": 1.5}, between, transform=known),
            layer("point", dot("circle", 60, LAW), place),
            layer("point", dot("diamond", 50, OUTCOME), recorded, transform=where("isValid(datum.recorded)")),
        ],
        description,
        LINE * len(rows) + 50,
    )


def _figure(document: Document, rows: Sequence[Row]) -> Figure:
    gave, short = document["given_up"], document["success_only"]
    level = f"{100 * document['level']:g}{NBSP}%"
    title = f"{gave['given_up']:,} of {count(gave['attempts'], 'attempt')} of people were not finished"
    if short["factor"] is not None:
        title += f"; means of successes alone are {short['factor']:.2g} times the medians of everybody"
    description = f"Medians of human time of {count(len(rows), 'task')} with intervals, and times on record."
    total = sum(1 for row in document["tasks"] if row["attempts"] and row["minutes"] is not None)
    cut = f" Showing the {len(rows)} of {total} tasks that most people tried." if total > len(rows) else ""
    told = tuple(
        {**{key: value for key, value in row.items() if key != "reason"}, "said": row["reason"] or ""}
        for row in document["tasks"]
    )
    return Figure(
        name="human-times",
        title=title,
        caption=f"Each line is one task. Who gave up counts as having needed longer.{cut}",
        description=description,
        panels=(Panel(_spec(rows, description)),),
        table=Table(FIELDS, told, file_name="human-times"),
        keys=(
            Key("●", LAW, "median of everybody"),
            Key("─", LAW, f"{level} interval"),
            Key("◆", OUTCOME, "time on record"),
        ),
    )


def _said(document: Document) -> Iterator[str]:
    axis, modes, short = document["axis"], document["two_modes"], document["success_only"]
    if short["lower"] is not None and short["upper"] is not None:
        yield (
            f"Means of successes alone leave out who gave up: over {count(short['tasks'], 'task')} they are "
            f"{short['factor']:.2g} times the medians ({short['lower']:.2g} to {short['upper']:.2g})."
        )
    if axis["slope_kept"] is not None:
        yield (
            f"Slopes over these times keep {axis['slope_kept']:.0%} of their height".replace("%", f"{NBSP}%")
            + f" ({plain(axis['lower'])} to {plain(axis['upper'])}), for times have errors."
        )
    if modes["p"] is not None:
        yield f"Two groups of people, fast and slow, at one task: p {chance(modes['p'])} over all tasks."
    for row in document["populations"][1:]:
        if row["ratio"] is not None:
            yield f"{visible(row['population'])} take {row['ratio']:.2g} times as long as the first group."


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return what tasks take people, and what the times on record leave out."""
    document = content.human_times
    rows = _tried(document) if document else []
    if document is None or not rows:
        return ()
    said = " ".join(_said(document))
    return (_figure(document, rows), *((Paragraph(said),) if said else ()))


SECTION = Section(
    name="human_times",
    title="What tasks take people",
    order=56,
    summary="Human times of tasks with intervals, give-ups counted.",
    needs="attempts of people: `tasklaws import human_times FILE --into STUDY`, or METR's runs",
    build=build,
)
