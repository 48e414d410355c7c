"""The dossier as catalogues of research data read it: RO-Crate 1.3, a list of linked things in JSON-LD.

It follows from the document alone, so it says nothing new and anybody can write it again.

Source: RO-Crate Metadata Specification 1.3, Attached RO-Crate Package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tasklaws.core.provenance import canonical_json
from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.folder import CRATE, DOCUMENT, HISTORY, PAGE, PROCEDURE

if TYPE_CHECKING:
    from collections.abc import Mapping

Entity = dict[str, Any]

VERSION = "https://w3id.org/ro/crate/1.3"
CONTEXT = f"{VERSION}/context"
ROOT, AUDITOR, SUBJECT, DEVELOPER = "./", "#auditor", "#subject", "#developer"
PROGRAM, TERMS, BUILD = "#tasklaws", "#terms", "#build"
FILES = (
    (DOCUMENT, "application/json", "The dossier: what was seen, what follows from it, and the rating"),
    (PAGE, "text/html", "The dossier for people"),
    (PROCEDURE, "application/toml", "The rating procedure"),
    (HISTORY, "application/jsonl", "All ratings so far, each with the hash of the one before"),
)
"""What lies in every dossier beside its evidence."""


def ro_crate(document: Mapping[str, Any]) -> bytes:
    """Return `ro-crate-metadata.json` of a dossier; the same document gives the same bytes."""
    shown = [_file(name, media, title) for name, media, title in FILES]
    shown += [_evidence(row) for row in document["evidence"]]
    hidden = [_withheld(row) for row in document["withheld"]]
    graph = [
        {"@id": CRATE, "@type": "CreativeWork", "about": _to(ROOT), "conformsTo": _to(VERSION)},
        _root(document, shown, hidden),
        _auditor(document["auditor"]),
        *_subject(document["subject"]),
        *(_program(document["code_version"]), _terms(), _build(document)),
        *(*shown, *hidden),
    ]
    return canonical_json({"@context": CONTEXT, "@graph": graph}) + b"\n"


def _to(identifier: str) -> Entity:
    return {"@id": identifier}


def _known(**values: Any) -> Entity:  # noqa: ANN401
    """Return the values that are not absent."""
    return {name: value for name, value in values.items() if not is_absent(value)}


def _root(document: Mapping[str, Any], shown: list[Entity], hidden: list[Entity]) -> Entity:
    model, grade = document["subject"]["model"], document["rating"]["grade"]
    of = "a model" if is_absent(model) else model
    return {
        "@id": ROOT,
        "@type": "Dataset",
        "name": f"Dossier {document['dossier_id']}, edition {document['edition']}",
        "description": f"What an audit of {of} saw, and the grade that follows from it: {grade}.",
        "identifier": document["dossier_id"],
        "version": str(document["edition"]),
        "datePublished": document["built_at"],
        "license": _to(TERMS),
        "author": _to(AUDITOR),
        "about": _to(SUBJECT),
        "hasPart": [_to(one["@id"]) for one in shown],
        "mentions": [_to(one["@id"]) for one in (*hidden, {"@id": BUILD})],
    }


def _auditor(block: Mapping[str, Any]) -> Entity:
    known = _known(name=block["name"], identifier=block["registration"])
    return {"@id": AUDITOR, "@type": "Organization", "name": "not stated"} | known


def _subject(block: Mapping[str, Any]) -> list[Entity]:
    """Return the model, and who made it where that is known."""
    known = _known(name=block["model"], softwareVersion=block["version"], identifier=block["digest"])
    subject = {"@id": SUBJECT, "@type": "SoftwareApplication", "name": "not stated"} | known
    subject |= _known(datePublished=block["release_date"])
    if is_absent(block["developer"]):
        return [subject]
    maker = {"@id": DEVELOPER, "@type": "Organization", "name": block["developer"]}
    return [subject | {"author": _to(DEVELOPER)}, maker]


def _program(version: str) -> Entity:
    return {
        "@id": PROGRAM,
        "@type": "SoftwareApplication",
        "name": "tasklaws",
        "softwareVersion": version,
    }


def _terms() -> Entity:
    return {
        "@id": TERMS,
        "@type": "CreativeWork",
        "name": "No licence is stated",
        "description": "All rights stay with their holders; how confidential a file is stands beside it.",
    }


def _build(document: Mapping[str, Any]) -> Entity:
    return {
        "@id": BUILD,
        "@type": "CreateAction",
        "name": "The dossier was built",
        "instrument": _to(PROGRAM),
        "agent": _to(AUDITOR),
        "result": _to(ROOT),
        "endTime": document["built_at"],
    }


def _file(path: str, media_type: str, title: str) -> Entity:
    return {"@id": quote(path), "@type": "File", "name": title, "encodingFormat": media_type}


def _evidence(row: Mapping[str, Any]) -> Entity:
    said = {"contentSize": str(row["bytes"]), "sha256": row["sha256"]}
    access = {"conditionsOfAccess": row["confidentiality"]}
    return _file(row["path"], row["media_type"], row["path"]) | said | access


def _withheld(row: Mapping[str, Any]) -> Entity:
    """Return what stands for a file that is not in the crate: no data entity, because it is not there."""
    return {
        "@id": f"#withheld/{quote(row['path'])}",
        "@type": "CreativeWork",
        "name": row["path"],
        "description": f"Withheld: {row['reason']}",
        "identifier": f"commitment:{row['commitment']}",
        "conditionsOfAccess": row["confidentiality"],
    }
