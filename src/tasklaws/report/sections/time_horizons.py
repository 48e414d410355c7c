"""Time horizons: how long tasks may be for models to succeed at them half of the time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tasklaws.assess.horizons.selection import HUMAN
from tasklaws.report.blocks import Block, Bullets, Field, Figure, Key, Panel, Paragraph, Table
from tasklaws.report.drawing import LAW, LAW_LIGHT, OTHER, chart, dot, encoded, layer, names, where
from tasklaws.report.section import Section
from tasklaws.report.text import NBSP, count, plain, visible
from tasklaws.report.times import minutes, time_scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasklaws.report.blocks import Row
    from tasklaws.report.content import Document, ReportInput

DEFAULT = "log_logistic"
"""The estimator that is drawn."""
HALF = 50
LINE = 30
"""Pixels of a line of the chart."""
REACH = 16.0
"""How many times beyond the tasks an end of an interval is drawn; further ends are cut there."""
STATUS = {
    "ok": "within the tasks",
    "extrapolation": "beyond the tasks: not seen",
    "bound": "a bound only",
    "failed": "none",
}


FIELDS = (
    Field("alias", "model"), Field("success", "at success of (%)"), Field("minutes", "time horizon", minutes),
    Field("lower", "from", minutes), Field("upper", "to", minutes), Field("status_words", "status"),
    Field("tasks", "tasks"), Field("attempts", "attempts", plain), Field("said", "remarks"),
)  # fmt: skip
CURVES = {
    "metr_2026_01": "METR's estimator of January 2026, for replication only",
    "log_logistic": "success over random tasks of a length",
    "log_logistic_latent": "success at a typical task of a length, errors of human time taken out",
}


def _drawn(row: Row) -> dict[str, Any]:
    """Return a row as it is drawn: ends beyond reach are cut, a bound is an open line."""
    shortest, longest = row["shortest"] / REACH, row["longest"] * REACH
    value, low, high = row["minutes"], row["lower"], row["upper"]
    known = value is not None or low is not None or high is not None
    return {
        "name": row["alias"],
        "minutes": None if value is None or not shortest <= value <= longest else value,
        "low": None if not known else shortest if low is None else max(low, shortest),
        "high": None if not known else longest if high is None else min(high, longest),
        "shortest": row["shortest"],
        "longest": row["longest"],
        "status": row["status"],
    }


def _spec(rows: Sequence[dict[str, Any]], description: str) -> dict[str, Any]:
    ends = [row[key] for row in rows for key in ("shortest", "longest")]
    axis = time_scale(min(ends) / REACH, max(ends) * REACH)
    place = {"y": names(), "x": encoded("minutes", **axis)}
    span = {**place, "x": {**place["x"], "field": "shortest"}, "x2": {"field": "longest"}}
    between = {**place, "x": {**place["x"], "field": "low"}, "x2": {"field": "high"}}
    hint = [{"field": "name", "title": "model"}, {"field": "minutes", "title": "minutes", "format": ".3~s"}]
    return chart(
        rows,
        [
            layer("bar", {"color": OTHER, "opacity": 0.25, "height": 14}, span),
            layer("rule", {"color": LAW, "strokeWidth": 2}, between, transform=where("isValid(datum.low)")),
            layer(
                "point", dot("circle", 80, LAW), {**place, "tooltip": hint},
                transform=where("datum.status == 'ok' && isValid(datum.minutes)"),
            ),
            layer(
                "point", {"shape": "circle", "filled": False, "size": 80, "color": LAW_LIGHT},
                {**place, "tooltip": hint},
                transform=where("datum.status != 'ok' && isValid(datum.minutes)"),
            ),
        ],
        description,
        LINE * len(rows) + 50,
    )  # fmt: skip


def _title(rows: Sequence[Row]) -> str:
    seen = [row for row in rows if row["status"] == "ok" and row["alias"] != HUMAN]
    if not seen:
        return f"No model has a time horizon at {HALF}{NBSP}% within the tasks that it was asked"
    best = max(seen, key=lambda row: row["minutes"])
    told = (
        f"{visible(best['alias'])} succeeds at half of the tasks that take people {minutes(best['minutes'])}"
    )
    low, high = best["lower"], best["upper"]
    if low is None or high is None:
        return told
    return f"{told} (interval {minutes(low)} to {minutes(high)})"


def _figure(document: Document, rows: Sequence[Row]) -> Figure:
    level = document["settings"]["level"]
    description = (
        f"Time horizons at 50 percent of {count(len(rows), 'model')} with {level} percent intervals."
    )
    keys = (
        Key("●", LAW, "time horizon"), Key("○", LAW_LIGHT, "beyond the tasks"),
        Key("─", LAW, f"{level}{NBSP}% interval; a line alone is a bound"),
        Key("▬", OTHER, "human times of the tasks that were asked"),
    )  # fmt: skip
    caption = (
        "Each line is one model: the human time at which it succeeds half of the time. Families of tasks and "
        "tasks are drawn anew for the interval; what lies far beyond the tasks is cut."
    )
    return Figure(
        name="time-horizons",
        title=_title(rows),
        caption=caption,
        description=description,
        panels=(Panel(_spec([_drawn(row) for row in rows], description)),),
        table=_table([row for row in document["rows"] if row["curve"] == DEFAULT], "time-horizons"),
        keys=keys,
    )


def _table(rows: Sequence[Row], name: str, caption: str = "") -> Table:
    """Return rows; why a number is missing stands among the remarks, not in every cell."""
    told = [
        {**{key: value for key, value in row.items() if key != "reason"},
         "status_words": STATUS[row["status"]], "said": row["reason"] or ""}
        for row in rows
    ]  # fmt: skip
    return Table(FIELDS, tuple(told), caption, name, folded=bool(caption))


def _trend(document: Document) -> Paragraph:
    trend = document["trend"]
    if trend["doubling_days"] is None:
        return Paragraph(
            f"Growth from release to release is not told: {visible(trend['reason'] or '')}.", "note"
        )
    ends = trend["lower"], trend["upper"]
    said = (
        []
        if None in ends
        else [f"{document['settings']['level']}{NBSP}% interval {ends[0]:.0f} to {ends[1]:.0f} days"]
    )
    said += [visible(trend["reason"])] if trend["reason"] else []
    return Paragraph(
        f"Through the {count(len(trend['agents']), 'model')} that led when they were released, time horizons "
        f"double every {trend['doubling_days']:.0f} days{' (' + '; '.join(said) + ')' if said else ''}."
    )


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return the time horizons of all models, how they grow, and what they hang on."""
    document = content.time_horizons
    if document is None:
        return ()
    rows = [
        row
        for row in document["rows"]
        if row["curve"] == DEFAULT and row["success"] == HALF and row["longest"] is not None
    ]
    if not rows:
        return ()
    rows.sort(key=lambda row: math.inf if row["minutes"] is None else -row["minutes"])
    hangs = tuple(visible(line) for line in document["warnings"])
    return (
        _figure(document, rows),
        _trend(document),
        *((Paragraph("What these numbers hang on:"), Bullets(hangs)) if hangs else ()),
        Paragraph(_sentence(document["curves_text"])),
        *_other_estimators(document["rows"]),
    )


def _sentence(text: str) -> str:
    return f"{visible(text[:1].upper() + text[1:])}." if text else ""


def _other_estimators(rows: Sequence[Row]) -> Iterator[Table]:
    """Yield a folded table of each estimator but the default."""
    for curve in dict.fromkeys(row["curve"] for row in rows if row["curve"] != DEFAULT):
        found = [row for row in rows if row["curve"] == curve]
        name = f"time-horizons-{curve.replace('_', '-')}"
        yield _table(found, name, f"{curve}: {CURVES.get(curve, 'another curve')}")


SECTION = Section(
    name="time_horizons",
    title="Time horizons",
    order=55,
    summary="The human time of tasks at which models succeed half of the time.",
    needs="human times of tasks: `tasklaws import human_times FILE --into STUDY`, or METR's runs",
    build=build,
)
