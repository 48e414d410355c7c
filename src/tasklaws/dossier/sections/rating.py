"""The rating: the grade, what it means, what holds it down, who gave it and what nobody could check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.sections._blocks import Grade, Part
from tasklaws.dossier.sections._words import SHORT, sentence, told
from tasklaws.dossier.signatures.roles import ROLES
from tasklaws.report.blocks import Bullets, Card, Cards, Facts, Paragraph
from tasklaws.report.text import count

if TYPE_CHECKING:
    from tasklaws.dossier.sections._words import Document

    Row = tuple[str, str, str]

SELF_ATTESTED = "self-attested"
"""The words of an anchor where nothing outside vouches for a time."""


def build(document: Document) -> tuple[Any, ...]:
    """Return the grade and what a reader must know before believing it."""
    rating = document["rating"]
    return (
        _grade(rating),
        Paragraph(told(rating["scale"]["silent_on"])),
        Facts((*_caps(rating), *_people(document), _times(document))),
        Cards(_cards(document)),
        Part("What could not be checked", (_unchecked(rating["unchecked"]),)),
    )


def _grade(rating: Document) -> Grade:
    void, scale = rating["withdrawn"], rating["scale"]
    words = f"Withdrawn on {told(void['at'])}: {told(void['reason'])}" if void else ""
    return Grade(
        told(scale["question"]),
        told(rating["grade"]),
        tuple(map(told, scale["grades"])),
        told(rating["indicated"]),
        f"{told(rating['means'])} {_how(rating)}",
        sentence(words) if void else "",
    )


def _how(rating: Document) -> str:
    """Return how the grade came about."""
    alone = f"The figures alone would give {told(rating['indicated'])}"
    if rating["lowered"]:
        return f"{alone}; the rater lowered it to {told(rating['grade'])}."
    if rating["grade"] == rating["indicated"]:
        return f"{alone} too."
    return f"{alone}; conditions below hold it down to {told(rating['grade'])}."


def _cards(document: Document) -> tuple[Card, ...]:
    granted = [one for one in document["access"].values() if not is_absent(one) and one["level"] != "none"]
    stress = [row for row in document["stress_tests"] if row["status"] == "computed"]
    scores = document["forecast_scores"]
    scored = "0" if is_absent(scores) else told(scores["n_forecasts"])
    return (
        Card(f"{len(granted)} of {len(document['access'])}", "kinds of access granted"),
        Card(scored, "forecasts sealed, then scored by what came"),
        Card(f"{len(stress)} of {len(document['stress_tests'])}", "stress tests computed"),
        Card(count(len(document["evidence"]), "file"), "of evidence in this folder"),
    )


def _caps(rating: Document) -> list[Row]:
    """Return what holds the grade down, or would hold a better one, each with its reason."""
    lowered, scale = rating["lowered"], rating["scale"]["grades"]
    by_hand = (
        [(f"Lowered to {told(lowered['grade'])} by", "the rater", told(lowered["reason"]))] if lowered else []
    )
    worst = max((cap["grade"] for cap in rating["capped_by"]), key=scale.index, default=None)
    strictest = [(_kind(cap), told(cap["reason"])) for cap in rating["capped_by"] if cap["grade"] == worst]
    binds = worst is not None and scale.index(worst) > scale.index(rating["indicated"])
    term = f"Held to {told(worst)} by" if binds else f"At best {told(worst)}, for"
    held = [("" if number else term, *row) for number, row in enumerate(strictest)]
    return [*by_hand, *held, *_weakest(rating)] if binds else [*by_hand, *_weakest(rating), *held]


def _weakest(rating: Document) -> list[Row]:
    """Return the drivers that have the grade which the figures indicate."""
    titles = [told(row["title"]) for row in rating["drivers"] if row["grade"] == rating["indicated"]]
    words = f"What gives {told(rating['indicated'])}; the next section tells all figures."
    return [("Weakest figures", "; ".join(titles), words)] if titles else []


def _kind(cap: Document) -> str:
    return told(cap["kind"]).replace("_", " ")


def _people(document: Document) -> tuple[Row, ...]:
    auditor, independence = document["auditor"], document["independence"]
    return (
        ("Who rates", told(auditor["name"]), sentence(f"registration: {told(auditor['registration'])}")),
        ("Who pays", told(independence["payer"]), sentence(f"fee: {told(independence['fee_basis'])}")),
        ("Who signs", *_signers(document["roles"])),
    )


def _signers(roles: Document) -> tuple[str, str]:
    held = {role: roles[role] for role in ROLES if not is_absent(roles[role])}
    if not held:
        return f"nobody: the rating is {SELF_ATTESTED}", "No key stands behind any statement in this folder."
    names = "; ".join(f"{role}: {_named(one)}" for role, one in held.items())
    empty = ", ".join(role for role in ROLES if role not in held)
    note = "Whether the signatures hold, and whose keys these are, is yours to check: see the last section."
    return told(names), f"{note} Nobody signs as {told(empty)}." if empty else note


def _named(one: Document) -> str:
    key = f"key {told(one['key_id'])[:SHORT]}"
    return f"unnamed, {key}" if is_absent(one["name"]) else f"{told(one['name'])}, {key}"


def _times(document: Document) -> Row:
    """Return what vouches for the times of the seals."""
    anchors = list(dict.fromkeys(row["anchor"] for row in document["preregistration"]))
    if not anchors:
        return "Times", "nothing was sealed", ""
    if anchors == [SELF_ATTESTED]:
        note = "Only the clock of whoever made this folder says when forecasts were sealed."
        return "Times", SELF_ATTESTED, note
    return "Times", told(anchors), "What stands outside this folder and says when forecasts were sealed."


def _unchecked(unchecked: list[str]) -> Bullets | Paragraph:
    if not unchecked:
        return Paragraph("Nothing that the procedure asks for stayed unchecked.")
    return Bullets(tuple(map(told, unchecked)))
