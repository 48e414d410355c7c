"""The study in short: claims in plain language, marked by how they came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.assess.headline.claim import KINDS
from tasklaws.report.blocks import Block, Facts, Field, Link, Paragraph, Table
from tasklaws.report.section import Section
from tasklaws.report.text import visible

if TYPE_CHECKING:
    from tasklaws.report.content import Document, ReportInput

GLYPHS = {"observed": "●", "derived": "◐", "guess": "○"}
"""Kind of a claim -> its mark, fuller where surer."""

_FIELDS = (
    Field("claim", "claim"),
    Field("what", "rests on"),
    Field("where", "where"),
    Field("n", "of"),
    Field("sha256", "SHA-256"),
    Field("section", "in the report"),
)
SECTIONS = {
    "forecast": "prediction",
    "past": "past",
    "opened": "record",
    "families": "families",
    "time_horizon": "time_horizons",
    "elicitation": "elicited",
    "unknown": "warnings",
}
"""Claim -> the section of the report that shows its figures."""


def marked(kind: str) -> str:
    """Return a kind with its mark."""
    return f"{GLYPHS[kind]} {kind}"


def legend() -> Paragraph:
    """Return what the marks mean."""
    told = "; ".join(f"{marked(kind)}: {meaning}" for kind, meaning in KINDS.items())
    return Paragraph(f"{told}.")


def claims(document: Document) -> Facts:
    """Return the claims, each with its mark and what would change it."""
    return Facts(
        tuple(
            (
                f"{number} {marked(claim['kind'])}",
                visible(claim["text"]),
                f"Would change it: {visible(claim['would_change'])}" if claim["would_change"] else "",
            )
            for number, claim in enumerate(document["claims"], start=1)
        )
    )


def evidence(document: Document, report: str | None = None) -> Table:
    """Return one row for everything that a claim rests on.

    Args:
        document: of the verb `headline`.
        report: name of the report's file, where it lies beside the page.
    """
    rows = tuple(
        {"claim": f"{number} {claim['name']}", **rest, **_link(claim["name"], report)}
        for number, claim in enumerate(document["claims"], start=1)
        for rest in claim["rests_on"]
    )
    fields = _FIELDS if report else _FIELDS[:-1]
    return Table(fields, rows, "Files, commands and attempts behind each claim", "evidence", folded=True)


def _link(claim: str, report: str | None) -> dict[str, Link]:
    """Return the cell that leads to the figures of a claim, where there is a report that has them."""
    if report is None or claim not in SECTIONS:
        return {}
    return {"section": Link(SECTIONS[claim].replace("_", " "), f"./{report}#{SECTIONS[claim]}")}


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return the claims and what they rest on."""
    if content.headline is None or not content.headline["claims"]:
        return ()
    return (legend(), claims(content.headline), evidence(content.headline))


SECTION = Section(
    name="headline",
    title="In short",
    order=5,
    summary="Claims in plain language, each with what it rests on and what would change it.",
    needs="results of models",
    build=build,
)
