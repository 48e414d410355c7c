"""Surprises: tasks whose outcome the opened forecast did not expect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.report.blocks import Block, Field, Paragraph, Table
from tasklaws.report.section import Section
from tasklaws.report.text import NBSP, chance, count, percent, visible

if TYPE_CHECKING:
    import polars as pl

    from tasklaws.report.content import Document, ReportInput

_WORDS = {"above": "▲ above the forecast", "below": "▼ below the forecast"}
_FIELDS = (
    Field("task_id", "task"), Field("direction", "direction"), Field("q050", f"5{NBSP}%", percent),
    Field("q500", "median", percent), Field("q950", f"95{NBSP}%", percent),
    Field("observed", "outcome", percent), Field("p", "p", chance),
    Field("q", "q (false discovery rate)", chance),
)  # fmt: skip


def _by_task(frame: pl.DataFrame | None, columns: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    if frame is None:
        return {}
    return {
        row["task_id"]: {c: row[c] for c in columns} for row in frame.to_dicts() if row["task_id"] is not None
    }


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return a table of the surprises, or a sentence that there are none."""
    if content.opened is None:
        return ()
    said = _by_task(content.opened.forecasts, ("q050", "q500", "q950"))
    was = _by_task(content.opened.observations, ("observed",))
    found = content.opened.verdict.get("surprises") or ()
    rows = tuple(
        {
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
    return (*together, Paragraph(text), Table(_FIELDS, rows, file_name="surprises"))


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
