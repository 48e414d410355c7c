"""Harness cards: what each harness allowed, and how often that ended attempts or lacked what they used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.report.blocks import Block, Facts, Field, Paragraph, Table
from tasklaws.report.section import Section
from tasklaws.report.text import count, interval, magnitude, percent, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.report.blocks import Row
    from tasklaws.report.content import Document, ReportInput

MOST = 8
"""Harnesses whose card is shown; of the others the tables tell."""
UNSAID = "not said"

_FIELDS = (
    Field("model", "model"),
    Field("attempts", "attempts"),
    Field("limit", "ended by a limit", percent),
    Field("limit_interval", "90 % interval"),
    Field("error", "ended by an error", percent),
    Field("unsupported", "calls that the sandbox cannot run", percent),
    Field("tokens", "median tokens", magnitude),
    Field("seconds", "median seconds", magnitude),
)


def _facts(card: Row) -> Facts:
    limits = card["limits"]
    said = ", ".join(f"{name} {value:g}" for name, value in limits.items()) if limits else "none"
    versions = ", ".join(f"{name} {version}" for name, version in card["versions"].items())
    return Facts(
        (
            ("limits", UNSAID if limits is None else said, ""),
            ("tools", UNSAID if card["tools"] is None else visible(", ".join(card["tools"])) or "none", ""),
            ("scaffold", visible(card["scaffold"] or UNSAID), ""),
            ("sandbox", visible(card["sandbox"] or UNSAID), ""),
            ("elicitations", visible(", ".join(card["elicitations"])), ""),
            ("versions", visible(versions or UNSAID), ""),
        )
    )


def _row(model: Row) -> dict[str, Any]:
    """Return how a model's attempts went; all kinds of limit are counted together."""
    ended = model["ended"]
    limits = {kind: share for kind, share in ended.items() if kind.startswith("limit")}
    most = max(limits.values(), key=lambda share: share["count"], default=None)
    quantiles = {name: (model[name] or {}).get("0.5") for name in ("tokens", "seconds")}
    return {
        "model": model["model"],
        "attempts": model["attempts"],
        "limit": sum(share["share"] for share in limits.values()),
        "limit_interval": interval(most["lower"], most["upper"]) if most and len(limits) == 1 else "–",
        "error": ended.get("error", {}).get("share", 0.0),
        "unsupported": (model["unsupported"] or {}).get("share"),
        **quantiles,
    }


def _card(card: Row) -> Iterator[Block]:
    name = visible(card["harness_id"])
    yield Paragraph(f"Harness {name}: {count(card['attempts'], 'attempt')}.")
    yield _facts(card)
    rows = tuple(_row(model) for model in card["models"])
    yield Table(_FIELDS, rows, f"How attempts under {name} went", "harness", folded=True)


def _lead(document: Document) -> Paragraph:
    """Return the model that limits ended most often."""
    ends = [
        (row["limit"], row["model"], card["harness_id"])
        for card in document["harnesses"]
        for row in map(_row, card["models"])
    ]
    share, model, harness = max(ends)
    if not share:
        return Paragraph("No attempt was ended by a limit.", "lead")
    told = f"Limits ended {percent(share)} of the attempts of {visible(model)} under {visible(harness)}"
    return Paragraph(f"{told}, the most of any model.", "lead")


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return the card of each harness."""
    document = content.budget
    if document is None or not document.get("harnesses"):
        return ()
    cards = [block for card in document["harnesses"][:MOST] for block in _card(card)]
    return (_lead(document), *cards)


SECTION = Section(
    name="harnesses",
    title="Harnesses",
    order=52,
    summary="What each harness allowed, and how often that ended attempts.",
    needs="attempts whose source says what they used",
    build=build,
)
