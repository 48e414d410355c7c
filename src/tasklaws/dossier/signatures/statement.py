"""What a role vouches for: an in-toto statement that follows from the folder alone, to the byte.

Builder and runner vouch for the evidence; a rating that changes later leaves what they signed as it
was. Rater and reviewer vouch for the document and for the manifest, and so for every file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import canonical_json
from tasklaws.dossier.folder import DOCUMENT, MANIFEST

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

STATEMENT = "https://in-toto.io/Statement/v1"
EVIDENCE = "evidence/"
NOTHING = "not there"
SHOWN = 5
"""Differences that are named at most."""
OF_EVIDENCE = ("builder", "runner")
"""Roles that vouch for the evidence; the others vouch for the rating."""


def predicate_type(role: str) -> str:
    """Return the name of what a role says; each role says other things."""
    return f"urn:tasklaws:dossier:{role}:v1"


def digests_of(folder: Path, roles: Collection[str]) -> dict[str, str]:
    """Return path -> SHA-256 of the files in the folder that any of `roles` vouches for."""
    from tasklaws.dossier.packing.manifest import file_hash

    files = [folder / name for name in (DOCUMENT, MANIFEST)]
    if not set(OF_EVIDENCE).isdisjoint(roles):
        files += (folder / EVIDENCE).rglob("*")
    regular = (path for path in files if path.is_file() and not path.is_symlink())
    return {_name(path.relative_to(folder)): file_hash(path) for path in regular}


def statement(document: Mapping[str, Any], role: str, digests: Mapping[str, str]) -> bytes:
    """Return the in-toto Statement v1 that `role` signs, as canonical JSON.

    Args:
        document: of the dossier; it names the role.
        role: one of `roles.ROLES`.
        digests: path -> SHA-256 of files in the folder.

    Source: in-toto Attestation Framework, Statement v1.
    """
    subject = [
        {"name": path, "digest": {"sha256": digests[path]}}
        for path in sorted(digests)
        if path.startswith(EVIDENCE) == (role in OF_EVIDENCE)
    ]
    own = document["roles"][role]
    identity = {"dossier_id": document["dossier_id"], "name": own["name"], "key_id": own["key_id"]}
    return canonical_json(
        {
            "_type": STATEMENT,
            "subject": subject,
            "predicateType": predicate_type(role),
            "predicate": identity | _PREDICATES[role](document),
        }
    )


def refuse_no_statement(payload: bytes, role: str) -> None:
    """Refuse what the in-toto library does not take for a statement, such as one on no file.

    Raises:
        BadInput: nobody could check what would be signed.
    """
    from google.protobuf.json_format import Parse
    from in_toto_attestation.v1.statement import Statement
    from in_toto_attestation.v1.statement_pb2 import Statement as Message

    try:
        Statement.copy_from_pb(Parse(payload, Message())).validate()
    except ValueError as error:
        raise BadInput(
            f"there is nothing that the {role} could sign: {error}.",
            "A statement names at least one file.",
            "Build the dossier with evidence that is not withheld.",
        ) from None


def changes(signed: bytes, now: bytes) -> str:
    """Return where a statement that was signed differs from what the folder says now."""
    try:
        before, after = (_parts(json.loads(payload)) for payload in (signed, now))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "it is no statement on a dossier"
    told = [
        f"{place} was {shown(before.get(place, NOTHING))} and is {shown(after.get(place, NOTHING))}"
        for place in sorted(before.keys() | after.keys())
        if before.get(place) != after.get(place)
    ]
    return "; ".join([*told[:SHOWN], *([f"{len(told) - SHOWN} more"] if len(told) > SHOWN else [])])


def _parts(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a statement by name: its type, what it says, and files with their hashes."""
    said_of_them: dict[str, Any] = {"predicateType": said["predicateType"]} | said["predicate"]
    return said_of_them | {row["name"]: row["digest"]["sha256"] for row in said["subject"]}


def _name(path: Path) -> str:
    """Return a path as text that JSON can hold, even where its bytes are no text."""
    return path.as_posix().encode("utf-8", "backslashreplace").decode()


def _built(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in ("subject", "access")} | _withheld(document)


def _ran(document: Mapping[str, Any]) -> dict[str, Any]:
    study = document["study"]
    return {name: study[name] for name in ("data_hash", "log_head", "log_entries")} | _withheld(document)


def _withheld(document: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("path", "commitment")
    return {"withheld": [{name: row[name] for name in kept} for row in document["withheld"]]}


def _rated(document: Mapping[str, Any]) -> dict[str, Any]:
    rating, history = document["rating"], document["history"]
    return {
        "model": document["subject"]["model"],
        "edition": document["edition"],
        "grade": rating["grade"],
        "indicated": rating["indicated"],
        "capped_by": [cap["kind"] for cap in rating["capped_by"]],
        "withdrawn": rating["withdrawn"],
        "procedure": {name: document["procedure"][name] for name in ("id", "version", "sha256")},
        "history_head": history[-1]["hash"] if history else None,
    }


def _reviewed(document: Mapping[str, Any]) -> dict[str, Any]:
    return _rated(document) | {"review": document["review"]}


_PREDICATES = {"builder": _built, "runner": _ran, "rater": _rated, "reviewer": _reviewed}
