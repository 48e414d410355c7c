"""The document of a dossier, put together: facts from people, figures from the study, a rating of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.core.provenance import canonical_json, code_version, sha256_hex
from tasklaws.dossier.absent import NOT_GRANTED, absent
from tasklaws.dossier.coverage.coverage import coverage_of
from tasklaws.dossier.figures import printed
from tasklaws.dossier.folder import KIND
from tasklaws.dossier.rating.history import history_rows
from tasklaws.dossier.rating.rate import rate
from tasklaws.dossier.signatures.roles import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasklaws.dossier.facts import Facts
    from tasklaws.dossier.packing.evidence import Packed
    from tasklaws.dossier.rating.procedure import Procedure
    from tasklaws.dossier.signatures.keys import PublicKey
    from tasklaws.study.folder import Study
    from tasklaws.study.log import Entry

SCHEMA_VERSION = 1
Document = dict[str, Any]
FROM_PEOPLE = (
    "subject",
    "auditor",
    "independence",
    "access",
    "limits",
    "incidents",
    "standards",
    "review",
)
"""Blocks that `dossier.toml` fills alone."""


def study_block(study: Study) -> dict[str, Any]:
    """Return what the dossier is made of: the study's data and the head of its log."""
    entries = study.log.entries()
    return {
        "name": study.settings.name,
        "data_hash": study.data_hash(),
        "log_head": entries[-1].hash if entries else None,
        "log_entries": len(entries),
    }


def told_by_people(facts: Facts) -> Document:
    """Return the blocks that the study cannot know."""
    return {name: facts.blocks[name] for name in FROM_PEOPLE}


def with_facts(figures: Mapping[str, Any], facts: Facts) -> Document:
    """Return the figures, with what people said of harness and elicitation beside those that are there."""
    told, whole = facts.blocks, dict(figures)
    if "harness" in whole:
        whole["harness"] = [row | _kept(told["harness"], row) for row in whole["harness"]]
    if "elicitation" in whole:
        whole["elicitation"] = whole["elicitation"] | told["elicitation"]
    return whole


def _kept(told: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what people said of a harness where the study does not know it."""
    return {name: value for name, value in told.items() if not _known(row.get(name))}


def _known(value: Any) -> bool:  # noqa: ANN401
    return value is not None and not (isinstance(value, dict) and "status" in value)


def roles_block(facts: Facts, keys: Mapping[str, PublicKey]) -> Document:
    """Return who stands for which role; keys are those of `dossier.toml` and those that sign now."""
    block: Document = {}
    for role in ROLES:
        said = facts.roles.get(role)
        key = keys.get(role)
        if key is None:
            named = f"{said.name} is named, without a key" if said and said.name else None
            block[role] = absent(NOT_GRANTED, named or "nobody signs in this role")
            continue
        name = said.name if said and said.name else absent(NOT_GRANTED, "dossier.toml does not say")
        block[role] = {"name": name, "key_id": key.key_id, "public_key": key.pem.decode()}
    return block


def procedure_block(procedure: Procedure, facts: Facts) -> Document:
    """Return which rating procedure was followed, and where it was not."""
    own = {"id": procedure.id, "version": procedure.version, "sha256": procedure.sha256}
    return own | {"deviations": facts.blocks["procedure"]["deviations"]}


def evidence_block(packed: Packed) -> Document:
    """Return the lists of what lies in the folder and of what was withheld."""
    return {"evidence": list(packed.evidence), "withheld": list(packed.withheld)}


def evidence_hash(document: Mapping[str, Any]) -> str:
    """Return one hash of all evidence, withheld or not."""
    return sha256_hex(canonical_json([document["evidence"], document["withheld"]]))


def rated(
    document: Mapping[str, Any],
    procedure: Procedure,
    dissent: Any,  # noqa: ANN401
    lowered: Mapping[str, str] | None = None,
) -> Document:
    """Return the document with its rating and its coverage."""
    rating = printed(rate(document, procedure, lowered)) | {"dissent": dissent}
    whole = dict(document) | {"rating": rating}
    return whole | {"coverage": coverage_of(whole)}


def with_history(document: Mapping[str, Any], entries: Sequence[Entry]) -> Document:
    """Return the document with all ratings so far."""
    return dict(document) | {"history": history_rows(entries)}


@dataclass(frozen=True)
class Parts:
    """All that a document is made of before it is rated."""

    study: Study
    facts: Facts
    procedure: Procedure
    roles: Mapping[str, Any]
    packed: Packed
    figures: Mapping[str, Any]
    """Rounded to the digits that are printed."""


def assembled(parts: Parts, edition: int, now: str) -> Document:
    """Return the document of these parts, without rating, coverage and history.

    Args:
        parts: what it is made of.
        edition: 1, 2, ..
        now: UTC time, ISO 8601.
    """
    block = study_block(parts.study)
    entries = parts.study.log.entries()
    identity = entries[0].hash if entries else block["data_hash"]
    document = {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "dossier_id": f"{block['name']}-{identity[:12]}",
        "edition": edition,
        "built_at": now,
        "code_version": code_version(),
        "study": block,
        **told_by_people(parts.facts),
        "roles": dict(parts.roles),
        "procedure": procedure_block(parts.procedure, parts.facts),
        **with_facts(parts.figures, parts.facts),
        **evidence_block(parts.packed),
    }
    return document | {"subject": _named(document)}


def _named(document: Mapping[str, Any]) -> Document:
    """Return the subject; where nobody named it, the model that the figures are about."""
    subject = dict(document["subject"])
    if not isinstance(subject["model"], str):
        figured = document["elicitation"]["gap_estimate"]["model"]
        subject["model"] = figured or absent(NOT_GRANTED, "no model of the study has results")
    return subject
