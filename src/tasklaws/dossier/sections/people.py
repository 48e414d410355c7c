"""Who made, ran, rated and reviewed, who pays, and what is rated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.sections._blocks import Part
from tasklaws.dossier.sections._words import facts, table, told
from tasklaws.dossier.signatures.roles import ROLES
from tasklaws.report.blocks import Field, Paragraph

if TYPE_CHECKING:
    from tasklaws.dossier.sections._words import Document

DUTIES = {
    "builder": "made the model",
    "runner": "ran the attempts",
    "rater": "gave the grade",
    "reviewer": "looked at it as a second person",
}
_ROLES = (
    Field("role", "role"),
    Field("duty", "who"),
    Field("name", "name"),
    Field("key_id", "key"),
)
_KEYS = (Field("role", "role"), Field("public_key", "public key"))
_AUDITOR = {"name": "Auditor", "registration": "Registration", "contact": "Contact"}
_INDEPENDENCE = {
    "payer": "Paid by",
    "fee_basis": "Basis of the fee",
    "sales_separation": "Sales kept apart",
    "developer_review_right": "Developer may review",
    "publication_veto": "Developer may veto",
    "prior_relations": "Earlier dealings",
    "staff_conflicts": "Conflicts of staff",
}
_REVIEW = {"name": "Second person", "date": "Date", "note": "Note"}
_SUBJECT = {
    "model": "Model",
    "version": "Version",
    "developer": "Developer",
    "digest": "Digest",
    "endpoint": "Endpoint",
    "snapshot_date": "Snapshot",
    "release_date": "Released",
    "architecture": "Architecture",
    "modalities": "Modalities",
    "dependencies": "Depends on",
}


def build(document: Document) -> tuple[Any, ...]:
    """Return independence, roles and review."""
    review = document["review"]
    dissent = document["rating"]["dissent"]
    return (
        facts(document["auditor"], _AUDITOR),
        Part("Independence", (facts(document["independence"], _INDEPENDENCE),)),
        Part("Roles", _roles(document["roles"])),
        Part(
            "Second person, and dissent",
            (
                Paragraph(f"Review: {told(review)}.") if is_absent(review) else facts(review, _REVIEW),
                Paragraph(f"Dissent: {told(dissent)}" if dissent else "No dissent was recorded."),
            ),
        ),
    )


def _roles(roles: Document) -> tuple[Any, ...]:
    rows = [
        {"role": role, "duty": DUTIES.get(role, "–"), **({"name": told(one)} if is_absent(one) else one)}
        for role, one in ((role, roles[role]) for role in ROLES)
    ]
    held = [row for row in rows if "public_key" in row]
    keys = (table(held, _KEYS, "Public keys", "keys", folded=True),) if held else ()
    return (table(rows, _ROLES, "One identity cannot hold two that conflict.", "roles"), *keys)


def subject(document: Document) -> tuple[Any, ...]:
    """Return what is rated."""
    return (facts(document["subject"], _SUBJECT),)
