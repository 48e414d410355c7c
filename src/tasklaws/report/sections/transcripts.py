"""Transcripts: where attempts of each cell can be read, which conduct was flagged, and what to read next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.report.blocks import Block, Bullets, Field, Link, Paragraph, Table
from tasklaws.report.section import Section
from tasklaws.report.text import count, interval, percent, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from tasklaws.report.blocks import Row
    from tasklaws.report.content import Document, ReportInput

HOW = (
    "The links lead into a bundle of Inspect's viewer. Make it with `inspect view bundle --log-dir logs "
    "--output-dir inspect-bundle` in the folder of the study, then serve that folder, such as with "
    "`python -m http.server`."
)
_CELLS = (
    Field("model", "model"),
    Field("task_id", "task"),
    Field("attempts", "attempts to read"),
    Field("success", "a success"),
    Field("failure", "a failure"),
)
_FLAGS = (
    Field("model", "model"),
    Field("flag", "flag"),
    Field("flagged", "flagged"),
    Field("attempts", "of attempts"),
    Field("share", "share", percent),
    Field("between", "interval"),
    Field("quote", "such as"),
)
_PLAN = (
    Field("model", "model"),
    Field("task_id", "task"),
    Field("sample_id", "instance"),
    Field("outcome", "outcome"),
    Field("said", "flags"),
    Field("probability", "probability of being drawn", percent),
)


def _linked(row: Row) -> dict[str, Any]:
    ends = {name: Link(name, row[name]) if row[name] else None for name in ("success", "failure")}
    return {**row, **ends}


def _cells(frame: pl.DataFrame) -> tuple[Block, ...]:
    rows = tuple(map(_linked, frame.sort("task_family", "task_id", "model").to_dicts()))
    caption = f"Attempts of {count(len(rows), 'cell')} that can be read"
    return Paragraph(HOW), Table(_CELLS, rows, caption, "transcripts", folded=True)


def _flagged(document: Document) -> tuple[Block, ...]:
    rows = [row for row in document["rows"] if row["flagged"]]
    if not rows:
        return (Paragraph("No attempt was flagged."),)
    most = max(rows, key=lambda row: (row["share"], row["model"], row["flag"]))
    lead = (
        f"{visible(most['flag'])} was flagged most often: in {percent(most['share'])} of the attempts of "
        f"{visible(most['model'])}."
    )
    told = tuple(
        {**row, "between": interval(row["lower"], row["upper"]), "quote": _quote(row["examples"])}
        for row in rows
    )
    table = Table(_FLAGS, told, "What was flagged, by model", "flags", folded=True)
    return (Paragraph(lead, "lead"), table, *_plan(document))


def _quote(examples: Sequence[Row]) -> str:
    return str(examples[0]["quote"]) if examples else ""


def _plan(document: Document) -> tuple[Block, ...]:
    drawn = tuple({**row, "said": ", ".join(row["flags"]) or "none"} for row in document["plan"])
    notes = tuple(visible(note) for note in document["notes"])
    table = Table(_PLAN, drawn, "What to read next, drawn with known probability", "reading", folded=True)
    return (*((table,) if drawn else ()), *((Bullets(notes),) if notes else ()))


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return what was flagged, what to read next, and where each cell's attempts are."""
    flags = _flagged(content.flags) if content.flags is not None else ()
    frame = content.transcripts
    return (*flags, *(_cells(frame) if frame is not None and frame.height else ()))


SECTION = Section(
    name="transcripts",
    title="Close observation",
    order=62,
    summary="What attempts did: flags, what to read next, and where to read it.",
    needs="attempts that left transcripts: `tasklaws run STUDY`, with logs in the study",
    build=build,
)
