"""Surprises: tasks whose outcome the opened forecast did not expect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.report.blocks import Block, Field, Link, Paragraph, Table
from tasklaws.report.section import Section
from tasklaws.report.text import NBSP, chance, count, percent, visible

if TYPE_CHECKING:
    from tasklaws.report.content import Document, ReportInput

_WORDS = {"above": "▲ above the forecast", "below": "▼ below the forecast"}
_FIELDS = (
    Field("task_id", "task"), Field("direction", "direction"), Field("q050", f"5{NBSP}%", percent),
    Field("q500", "median", percent), Field("q950", f"95{NBSP}%", percent),
    Field("observed", "outcome", percent), Field("p", "p", chance),
    Field("q", "q (false discovery rate)", chance),
)  # fmt: skip
_PAST = (
    Field("target", "model"), Field("task_id", "task"), Field("direction", "direction"),
    Field("p", "p", chance), Field("q", "q (false discovery rate)", chance),
)  # fmt: skip
SHOCKED = 0.05
"""The p of a rung's shock up to which it is named."""


def _by_task(frame: pl.DataFrame | None, columns: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    if frame is None:
        return {}
    return {
        row["task_id"]: {c: row[c] for c in columns} for row in frame.to_dicts() if row["task_id"] is not None
    }


def _read(content: ReportInput) -> dict[tuple[str, str], dict[str, Link]]:
    """Return (task, direction) -> where an attempt of the target that went that way can be read."""
    frame, target = content.transcripts, content.opened.verdict.get("target") if content.opened else None
    rows = [] if frame is None else frame.filter(pl.col("model") == target).to_dicts()
    ways = {"above": "success", "below": "failure"}
    return {
        (row["task_id"], way): {"read": Link(f"a {end}", row[end])}
        for row in rows
        for way, end in ways.items()
        if row[end]
    }


def _past(content: ReportInput) -> tuple[Block, ...]:
    """Return what surprised in past forecasts: false discoveries are held within each model."""
    document = content.backtest.document if content.backtest else {}
    shocks = [one for one in document.get("rung_shocks") or () if one["p"] is not None]
    if not shocks:
        return ()
    found = tuple(
        {**row, "direction": _WORDS.get(row["direction"], row["direction"])} for row in document["surprises"]
    )
    moved = sorted((one for one in shocks if one["p"] <= SHOCKED), key=lambda one: one["p"])
    named = "; ".join(
        f"{visible(one['target'])} by {one['points']:+.1f}{NBSP}points (p {chance(one['p'])})"
        for one in moved
    )
    text = (
        f"Over {count(len(shocks), 'past forecast')} of a model {count(len(found), 'task')} surprised, at a "
        f"false discovery rate of 10{NBSP}% within each model. Moved as a whole, all tasks alike: "
        f"{named or 'none'}."
    )
    table = Table(_PAST, found, "Surprises of past forecasts", "past-surprises", folded=True)
    return (Paragraph(text), *((table,) if found else ()))


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return the surprises of the opened forecast and of past ones."""
    return (*_opened(content), *_past(content))


def _opened(content: ReportInput) -> tuple[Block, ...]:
    """Return a table of the opened forecast's surprises, or a sentence that there are none."""
    if content.opened is None:
        return ()
    said = _by_task(content.opened.forecasts, ("q050", "q500", "q950"))
    was = _by_task(content.opened.observations, ("observed",))
    found, read = content.opened.verdict.get("surprises") or (), _read(content)
    rows = tuple(
        {
            **read.get((s["task_id"], s["direction"]), {}),
            **said.get(s["task_id"], {}),
            **was.get(s["task_id"], {}),
            **s,
            "direction": _WORDS.get(s["direction"], s["direction"]),
        }
        for s in sorted(found, key=lambda s: (1.0 if s.get("p") is None else s["p"], s["task_id"]))
    )
    together = _together(content.opened.verdict)
    if not rows:
        none = (
            "No task surprised: every outcome is within what the forecast allows, "
            "given how many tasks were looked at."
        )
        return (*together, Paragraph(none))
    text = (
        f"{count(len(rows), 'task')} came out as the forecast hardly allowed, most surprising first. "
        "p: how often the forecast would give an outcome as far off."
    )
    fields = (*_FIELDS, Field("read", "to read")) if any("read" in row for row in rows) else _FIELDS
    return (*together, Paragraph(text), Table(fields, rows, file_name="surprises"))


def _together(verdict: Document) -> tuple[Block, ...]:
    """Return a sentence on what moved all tasks of the model alike: one finding, not many surprises."""
    shock = verdict.get("rung_shock") or {}
    if shock.get("points") is None or shock.get("p") is None:
        return ()
    way = "above" if shock["points"] >= 0 else "below"
    target = visible(str(verdict.get("target", "the model")))
    apart = f"{abs(shock['points']):.1f}{NBSP}points {way}"
    text = (
        f"{target}: its tasks came out {apart} their forecasts on average. The shift that all tasks "
        f"share has p {chance(shock['p'])}; single tasks are judged without it."
    )
    return (Paragraph(text),)


SECTION = Section(
    name="surprises",
    title="Surprises",
    order=60,
    summary="Tasks whose outcome the forecast did not expect.",
    needs="outcomes of a sealed forecast: run `tasklaws open STUDY` once the next model has results",
    build=build,
)
