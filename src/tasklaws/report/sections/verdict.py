"""The verdict: how far off past forecasts were, and what is forecast now, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.report.blocks import Block, Card, Cards, Paragraph
from tasklaws.report.section import Section
from tasklaws.report.text import (
    NBSP,
    count,
    interval,
    percent,
    plain,
    points,
    reason_for,
    stated,
    undefined,
    visible,
)

if TYPE_CHECKING:
    from tasklaws.report.content import Document, ReportInput

LEVEL = 0.05
"""Probability above which chance is not ruled out."""
LEAST_BLOCKS = 5
"""Blocks below which no claim of significance is made (formal model 0b.8)."""


def best_baseline(document: Document) -> Document:
    """Return the entry of the best baseline, empty where none is named."""
    name = document.get("best_baseline")
    return next((entry for entry in document.get("baselines") or () if entry["name"] == name), {})


def _coverage(document: Document, level: str) -> str:
    value = (document.get("coverage") or {}).get(level)
    return undefined(reason_for(document, "coverage")) if value is None else percent(value, 0)


def _past(document: Document) -> str:
    best = best_baseline(document)
    rival = (
        f"{stated(best, 'mae', points)} for the baseline best with hindsight ({visible(best['name'])})"
        if best and document.get("reference")
        else f"{stated(best, 'mae', points)} for the best baseline ({visible(best['name'])})"
        if best
        else "no baseline to compare with"
    )
    kept = f"90{NBSP}% intervals held {_coverage(document, '90')} of outcomes"
    blocks = document.get("blocks")
    over = f" over {count(blocks, 'block')}" if blocks is not None else ""
    error = stated(document, "mae", points)
    return f"Past forecasts of the next model were off by {error} on average, {rival}; {kept}{over}."


def _claim(document: Document) -> Paragraph:
    blocks = document.get("blocks") or 0
    if blocks < LEAST_BLOCKS:
        return Paragraph(
            f"No claim of significance is made: the comparison rests on {count(blocks, 'block')} "
            f"(models of one lineage and size), and at least {LEAST_BLOCKS} are needed. "
            "The difference from the best baseline may be luck.",
            "note",
        )
    skill, lower, upper = (document.get(key) for key in ("skill", "skill_lower", "skill_upper"))
    if skill is None or lower is None or upper is None:
        return Paragraph(
            f"Whether this beats the best baseline is {undefined(reason_for(document, 'skill'))}.", "note"
        )
    # The headline's reference is chosen on earlier folds; the best with hindsight is harder to beat.
    rival = "the baseline chosen on earlier sizes" if document.get("reference") else "the best baseline"
    sign = "better than" if lower > 0 else "worse than" if upper < 0 else "not told apart from"
    span = interval(lower, upper, lambda value: percent(value, 0))
    return Paragraph(
        f"Skill against {rival} is {percent(skill, 0)} (interval over blocks {span}): {sign} {rival}"
        f"{_chance(document)}.{_hindsight(document)}"
    )


def _chance(document: Document) -> str:
    """Return that chance is not ruled out, where turning the blocks' signs does not rule it out."""
    p = document.get("p_sign_flip")
    return f"; p = {p:.2g} with signs of blocks turned, so chance is not ruled out" if p and p > LEVEL else ""


def _hindsight(document: Document) -> str:
    """Return the skill against the baseline that only hindsight tells, where the document has it."""
    name = document.get("best_baseline")
    found = (document.get("references") or {}).get(name) or {}
    if found.get("skill") is None:
        return ""
    return f" Against {visible(str(name))}, the best with hindsight, it is {percent(found['skill'], 0)}."


def _cards(document: Document) -> Cards:
    best = best_baseline(document)
    return Cards(
        (
            Card(stated(document, "mae", points), "mean error of past forecasts"),
            Card(stated(best, "mae", points) if best else "–", "the best baseline"),
            Card(_coverage(document, "90"), f"held by 90{NBSP}% intervals"),
            Card(stated(document, "blocks", plain), "blocks"),
        )
    )


def _next(content: ReportInput) -> tuple[Block, ...]:
    if content.prediction is None:
        return ()
    forecasts = content.prediction.forecasts
    target = visible(forecasts["target"][0])
    total = forecasts.filter((forecasts["level"] == "aggregate") & (forecasts["status"] == "ok")).to_dicts()
    if not total or total[0]["mean"] is None:
        return (
            Paragraph(
                f"The next model forecast is {target}; its score over all tasks is "
                f"{undefined('no aggregate forecast')}."
            ),
        )
    row = total[0]
    span = interval(row["q050"], row["q950"])
    return (
        Paragraph(
            f"The next model, {target}, is forecast to score {percent(row['mean'])} over all tasks "
            f"(90{NBSP}% interval {span})."
        ),
    )


def _opened(content: ReportInput) -> tuple[Block, ...]:
    if content.opened is None:
        return ()
    verdict = content.opened.verdict
    target = visible(str(verdict.get("target", "the target")))
    held = _coverage(verdict, "90")
    return (
        Paragraph(
            f"The sealed forecast of {target} was opened: it was off by {stated(verdict, 'mae', points)} "
            f"per task on average, and its 90{NBSP}% intervals held {held} of outcomes."
        ),
    )


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return the verdict; it is never left out."""
    if content.backtest is None:
        lead: tuple[Block, ...] = (
            Paragraph(
                "No past forecast has been scored yet, so nothing is known about how far off "
                "these forecasts are.",
                "lead",
            ),
        )
        return (*lead, *_next(content), *_opened(content))
    document = content.backtest.document
    return (
        Paragraph(_past(document), "lead"),
        _claim(document),
        _cards(document),
        *_next(content),
        *_opened(content),
    )


SECTION = Section(
    name="verdict",
    title="Verdict",
    order=10,
    summary="How far off past forecasts were, against the best baseline.",
    needs="",
    build=build,
)
