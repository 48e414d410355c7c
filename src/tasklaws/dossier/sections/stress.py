"""Stress tests: how scores move under more effort, tuning, other tools, less budget, leaked tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.sections._blocks import Bar, Bars
from tasklaws.dossier.sections._words import between, sentence, status, table, told
from tasklaws.report.blocks import Field, Paragraph
from tasklaws.report.text import points

if TYPE_CHECKING:
    from tasklaws.dossier.sections._words import Document

_FIELDS = (
    Field("title", "scenario"),
    Field("status", "status"),
    Field("effect", "points"),
    Field("lower", "from"),
    Field("upper", "to"),
    Field("n_models", "models"),
)


def build(document: Document) -> tuple[Any, ...]:
    """Return effects with their intervals, and everything that is told of each scenario."""
    rows = [{**row, "title": told(row["scenario"]).replace("_", " ")} for row in document["stress_tests"]]
    if not rows:
        return (Paragraph("No scenario is asked for."),)
    ends = [row[key] for row in rows for key in ("effect", "lower", "upper") if row[key] is not None]
    bars = Bars(
        "Points by which the mean score changes, with the interval in which the change lies.",
        ("scenario", "change"),
        tuple(map(_bar, rows)),
        min([0.0, *ends]),
        max([0.0, *ends]),
        zero=0.0,
    )
    named = [{**row, "status": status(row)} for row in rows]
    return (bars, table(named, _FIELDS, "The figures", "stress", folded=True))


def _bar(row: Document) -> Bar:
    if row["effect"] is None:
        return Bar(row["title"], status(row), note=told(row["reason"]))
    text, ends = between(row, "effect", points), (row["effect"], row["lower"], row["upper"])
    return Bar(row["title"], text, *ends, note=_method(row))


def _method(row: Document) -> str:
    """Return how an effect was found, and what is to be said against it."""
    return " ".join(sentence(told(row[key])) for key in ("method", "reason") if row[key])
