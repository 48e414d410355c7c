"""Other people's standards: which of their criteria this document answers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tasklaws.dossier.coverage.coverage import ABSENT, FULL, MINIMUM, NOT_APPLICABLE
from tasklaws.dossier.sections._blocks import Part
from tasklaws.dossier.sections._words import listed, table, told
from tasklaws.report.blocks import Field, Paragraph
from tasklaws.report.text import NBSP

if TYPE_CHECKING:
    from tasklaws.dossier.sections._words import Document

GLYPHS = {FULL: "●", MINIMUM: "◐", ABSENT: "○", NOT_APPLICABLE: "–"}
_FIELDS = (
    Field("id", "no."),
    Field("asks", "asks"),
    Field("status", "answered"),
    Field("reason", "why"),
    Field("where", "fields"),
)
MAPS = (
    ("STREAM (ChemBio), version 1", "stream"),
    ("EU Code of Practice for general-purpose AI", "eu_code"),
)


def build(document: Document) -> tuple[Any, ...]:
    """Return both maps, with the note that they are our reading."""
    coverage = document["coverage"]
    parts = (Part(title, _map(coverage[key], key)) for title, key in MAPS)
    return (Paragraph(told(coverage["note"]), "note"), *parts)


def _map(rows: list[dict[str, Any]], name: str) -> tuple[Any, ...]:
    return listed(rows, lambda known: _counted(known, name), "The map is empty.")


def _counted(rows: list[dict[str, Any]], name: str) -> tuple[Any, ...]:
    counts = Counter(row["status"] for row in rows)
    told_counts = ", ".join(f"{GLYPHS[status]} {counts[status]} {status}" for status in GLYPHS)
    marked = [{**row, "asks": _asks(row), "status": _marked(row["status"])} for row in rows]
    return (
        Paragraph(f"{told_counts}."),
        table(marked, _FIELDS, f"All {len(rows)} criteria", name.replace("_", "-"), folded=True),
    )


def _asks(row: dict[str, Any]) -> str:
    return row["measure"] if "measure" in row else f"{row['group']}: {row['criterion']}"


def _marked(status: str) -> str:
    return f"{GLYPHS.get(status, '')}{NBSP}{status}"
