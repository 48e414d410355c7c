"""Track record: every forecast that was ever sealed, opened or not, good or bad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.report.blocks import Block, Field, Paragraph, Table
from tasklaws.report.section import Section
from tasklaws.report.text import count, percent, points

if TYPE_CHECKING:
    from tasklaws.report.content import ReportInput

_FIELDS = (
    Field("target", "model"), Field("label", "label"), Field("sealed_at", "sealed (UTC)"),
    Field("state", "state"), Field("mae", "mean error", points), Field("crps", "CRPS", points),
    Field("crps_doublings", "CRPS, doublings"),
    Field("best_baseline", "best baseline"), Field("skill", "skill", percent),
)  # fmt: skip
_HASHES = (Field("target", "model"), Field("sha256", "SHA-256"))


def _state(row: dict[str, object]) -> str:
    if not row.get("intact", True):
        return "altered since it was sealed"
    return "opened" if row.get("opened") else "not opened yet"


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its state and the minute it was sealed."""
    at = str(row.get("sealed_at", "")).replace("T", " ")[:16]
    return row | {"state": _state(row), "sealed_at": at}


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return one row per sealed forecast, in the order of sealing."""
    rows = tuple(_shown(dict(row)) for row in (content.record or {}).get("forecasts", ()))
    if not rows:
        return ()
    opened = sum(bool(row.get("opened")) for row in rows)
    text = (
        f"{count(len(rows), 'forecast')} sealed, {opened:,} opened. Nothing is left out of this list: "
        "the log that holds the seals is a hash chain. Skill is against the baseline that did best on that "
        "model, known only with hindsight; above 0 the forecast was better."
    )
    hashes = Table(_HASHES, rows, "Hashes of the sealed files.", "track-record-hashes")
    return (Paragraph(text), Table(_FIELDS, rows, file_name="track-record"), hashes)


SECTION = Section(
    name="record",
    title="Track record",
    order=25,
    summary="Every sealed forecast, opened or not.",
    needs="a sealed forecast: run `tasklaws predict STUDY --target MODEL --seal`",
    build=build,
)
