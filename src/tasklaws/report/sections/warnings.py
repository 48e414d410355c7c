"""Warnings, flags and failed fits: nothing that went wrong is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.infer.flags import MEANINGS
from tasklaws.report.blocks import Block, Bullets, Field, Paragraph, Table
from tasklaws.report.section import Section
from tasklaws.report.text import count, visible

if TYPE_CHECKING:
    from tasklaws.report.content import ReportInput

_FIELDS = (
    Field("level", "level"),
    Field("task_family", "family"),
    Field("task_id", "task"),
    Field("metric", "metric"),
    Field("status", "reason"),
)


def _failed(forecasts: pl.DataFrame) -> tuple[Block, ...]:
    rows = forecasts.filter(pl.col("status") != "ok").sort("status", "task_family", "task_id").to_dicts()
    if not rows:
        return ()
    return (
        Paragraph(f"{count(len(rows), 'forecast')} could not be made:"),
        Table(_FIELDS, tuple(rows), "Failed fits.", "failed"),
    )


def _flags(forecasts: pl.DataFrame) -> tuple[Block, ...]:
    tasks = forecasts.filter(pl.col("level") == "task")
    flags = tasks.select(pl.col("flags").explode().alias("flag")).drop_nulls()
    counts = flags.group_by("flag").len().sort("len", "flag", descending=[True, False])
    items = tuple(
        f"{visible(flag)}: {count(n, 'task')}; {MEANINGS.get(flag, 'no description')}."
        for flag, n in counts.iter_rows()
    )
    return (Paragraph("Flags on task forecasts:"), Bullets(items)) if items else ()


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return warnings, flags and failed fits, or the sentence that there are none."""
    listed: tuple[Block, ...] = (
        (Bullets(tuple(visible(w) for w in content.warnings)),) if content.warnings else ()
    )
    forecasts = content.prediction.forecasts if content.prediction else None
    blocks = listed if forecasts is None else (*listed, *_flags(forecasts), *_failed(forecasts))
    return blocks or (Paragraph("There are no warnings and no failed fits."),)


SECTION = Section(
    name="warnings",
    title="Warnings and failed fits",
    order=70,
    summary="Everything that went wrong or should make a reader careful.",
    needs="",
    build=build,
)
