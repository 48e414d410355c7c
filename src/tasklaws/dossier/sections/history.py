"""Every rating so far, withdrawn ones among them, and what is known to be wrong or unfinished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.sections._blocks import Part
from tasklaws.dossier.sections._words import listed, table, told
from tasklaws.report.blocks import Bullets, Field, Paragraph

if TYPE_CHECKING:
    from tasklaws.dossier.sections._words import Document

_HISTORY = (
    Field("at", "at"),
    Field("kind", "what"),
    Field("grade", "grade"),
    Field("reason", "reason"),
    Field("seq", "no."),
    Field("key_id", "key"),
    Field("hash", "hash"),
)
_INCIDENTS = (Field("date", "date"), Field("text", "what happened"))
_STANDARDS = (Field("name", "standard"), Field("note", "note"))


def build(document: Document) -> tuple[Any, ...]:
    """Return the ratings in their order."""
    told_first = Paragraph("Each line holds the hash of the one before; none is ever taken out.")
    return listed(
        document["history"],
        lambda rows: (told_first, table(rows, _HISTORY, "", "history")),
        "There was no rating yet.",
    )


def limits(document: Document) -> tuple[Any, ...]:
    """Return limits, incidents and standards."""
    return (
        *listed(document["limits"], lambda rows: (Bullets(tuple(map(told, rows))),), "No limits are stated."),
        Part(
            "Incidents",
            listed(
                document["incidents"],
                lambda rows: (table(rows, _INCIDENTS, "", "incidents"),),
                "None was reported.",
            ),
        ),
        Part(
            "Standards",
            listed(
                document["standards"],
                lambda rows: (table(rows, _STANDARDS, "", "standards"),),
                "None is named.",
            ),
        ),
    )
