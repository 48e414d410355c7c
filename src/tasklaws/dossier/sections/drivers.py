"""What the grade follows from: drivers, what caps it, and what another reading would have given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.sections._blocks import Part, Step, Steps
from tasklaws.dossier.sections._words import between, facts, listed, table, told
from tasklaws.report.blocks import Field, Paragraph
from tasklaws.report.text import count, plain

if TYPE_CHECKING:
    from tasklaws.dossier.sections._words import Document

_CAPS = (Field("condition", "condition"), Field("grade", "at best"), Field("reason", "reason"))
_SENSITIVITY = (Field("change", "if"), Field("grade", "the grade were"))
_PROCEDURE = {
    "id": "Procedure",
    "version": "Version",
    "scale": "Scale",
    "sha256": "SHA-256",
    "deviations": "Deviations",
}


def build(document: Document) -> tuple[Any, ...]:
    """Return drivers, caps, sensitivity and the procedure."""
    rating = document["rating"]
    return (
        *listed(rating["drivers"], lambda rows: (_drivers(rows, rating),), "The procedure has no drivers."),
        Part(
            "What caps it",
            listed(rating["capped_by"], _caps, "Nothing caps it."),
        ),
        Part("What would change it", _tried(rating)),
        Part("By which procedure", _procedure(document)),
    )


def _tried(rating: Document) -> tuple[Any, ...]:
    return listed(
        rating["sensitivity"], lambda rows: _sensitivity(rows, rating["grade"]), "No other reading was tried."
    )


def _drivers(rows: list[dict[str, Any]], rating: Document) -> Steps:
    scale = rating["scale"]["grades"]
    caption = f"Best on the left. The figures together indicate {told(rating['indicated'])}."
    steps = tuple(_driver(row, scale) for row in rows)
    return Steps(("driver", "grade", "figure, with its interval"), steps, caption)


def _driver(row: Document, scale: list[str]) -> Step:
    filled = tuple(grade == row["grade"] for grade in scale)
    why = f"{told(row['name'])}: {told(row['reason'])}" if row["reason"] else told(row["name"])
    return Step(
        told(row["title"]),
        told(row["grade"]),
        filled,
        _figure(row),
        why,
    )


def _figure(row: Document) -> str:
    """Return a figure with its interval, and which end of it counts."""
    if row["value"] is None:
        return "not defined"
    if row["used"] in (None, row["value"]):
        return between(row, "value", plain)
    return f"{between(row, 'value', plain)}; counts as {told(row['used'])}"


def _caps(rows: list[dict[str, Any]]) -> tuple[Any, ...]:
    shown = [{**row, "condition": told(row["kind"]).replace("_", " ")} for row in rows]
    return (
        table(shown, _CAPS, "Whatever the figures are, the grade is no better than these allow.", "caps"),
    )


def _sensitivity(rows: list[dict[str, Any]], grade: str) -> tuple[Any, ...]:
    """Return the readings that give another grade, then all."""
    other = [row for row in rows if row["grade"] != grade]
    words = (
        f"Of {count(len(rows), 'other reading')} of the same document {len(other)} would give another grade."
    )
    every = table(rows, _SENSITIVITY, "All readings", "readings", folded=True)
    return (table(other, _SENSITIVITY, words, "sensitivity") if other else Paragraph(words), every)


def _procedure(document: Document) -> tuple[Any, ...]:
    told_first = Paragraph(
        "The file procedure.toml in this folder holds the scale, the thresholds and the caps."
    )
    own = {**document["procedure"], "scale": document["rating"]["scale"]["id"]}
    return (told_first, facts(own, _PROCEDURE))
