"""Whether the parts of a dossier say the same: the document, the files, the history and the procedure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import TasklawsError
from tasklaws.core.provenance import sha256_hex
from tasklaws.dossier.assembly import evidence_hash
from tasklaws.dossier.failure import Failure
from tasklaws.dossier.folder import DOCUMENT, HISTORY, PROCEDURE
from tasklaws.dossier.rating.history import history_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tasklaws.dossier.rating.procedure import Procedure
    from tasklaws.study.log import Entry


def evidence_failures(folder: Path, document: Mapping[str, Any]) -> Iterator[Failure]:
    """Yield where the list of evidence is not that of the files in the folder."""
    from tasklaws.dossier.packing.manifest import file_hash

    listed = {row["path"]: row for row in document["evidence"]}
    below = folder / "evidence"
    there = {path.relative_to(folder).as_posix(): path for path in below.rglob("*") if path.is_file()}
    for path in sorted(listed.keys() | there.keys()):
        expected = listed[path]["sha256"] if path in listed else "no such file"
        found = file_hash(there[path]) if path in there else "missing"
        if expected != found:
            yield Failure(path, expected, found, f"{DOCUMENT} lists the evidence with its hashes.")
        elif listed[path]["bytes"] != (size := there[path].stat().st_size):
            yield Failure(path, f"{listed[path]['bytes']} bytes", f"{size} bytes", "Its size is listed too.")
    for row in document["withheld"]:
        if row["path"] in there:
            yield Failure(row["path"], "withheld", "the file", "What is withheld is not in the folder.")


def procedure_failures(document: Mapping[str, Any], procedure: Procedure) -> Iterator[Failure]:
    """Yield where the procedure in the folder is not the one that was followed."""
    found = {
        "id": procedure.id,
        "version": procedure.version,
        "sha256": sha256_hex(procedure.content),
    }
    for name, value in found.items():
        said = document["procedure"][name]
        if said != value:
            yield Failure(PROCEDURE, str(said), value, f"The rating followed the procedure of this {name}.")


def history_failures(document: Mapping[str, Any], history: Sequence[Entry]) -> Iterator[Failure]:
    """Yield where the document's rating is not the last line of the history, or lines are gone."""
    rows = history_rows(history)
    if rows != document["history"]:
        expected, found = (f"{len(rows)} ratings as in {HISTORY}", f"{len(document['history'])} others")
        yield Failure(f"{DOCUMENT}: history", expected, found, "The document repeats the history.")
    if len(history) != document["edition"]:
        counted = f"{document['edition']} ratings", f"{len(history)}"
        yield Failure(HISTORY, *counted, "Every edition has its line; none is taken away.")
        return
    last = history[-1]
    said = {
        "grade": document["rating"]["grade"],
        "procedure_sha256": document["procedure"]["sha256"],
        "evidence_sha256": evidence_hash(document),
        "edition": document["edition"],
    }
    for name, value in said.items():
        if last.payload.get(name) != value:
            yield Failure(
                f"{HISTORY}, line {len(history)}: {name}",
                str(value),
                str(last.payload.get(name)),
                "The last line tells of this very rating.",
            )


def role_failures(document: Mapping[str, Any], procedure: Procedure) -> Iterator[Failure]:
    """Yield the roles that one identity must not hold together."""
    from tasklaws.dossier.signatures.roles import conflicts

    for sentence in conflicts(document["roles"], procedure.conflicts):
        yield Failure(
            f"{DOCUMENT}: roles", "an identity of its own for each", sentence, "Duties are separate."
        )


def rating_failures(document: Mapping[str, Any], procedure: Procedure) -> Iterator[Failure]:
    """Yield where the rating does not follow from the document by the procedure."""
    from tasklaws.dossier.figures import differences
    from tasklaws.dossier.rating.rate import rate

    said = document["rating"]
    lowered = said["lowered"]
    try:
        found = rate(document, procedure, lowered)
    except TasklawsError as error:
        yield Failure(f"{DOCUMENT}: rating", "a rating by the procedure", error.what, f"{error.need}")
        return
    own = {"dissent": said["dissent"], "withdrawn": said["withdrawn"]}
    yield from differences({"rating": said}, {"rating": found | own})


def continuation_failures(history: Sequence[Entry], earlier: Sequence[Entry]) -> Iterator[Failure]:
    """Yield where the history does not begin with that of an earlier edition."""
    from tasklaws.dossier.rating.history import is_continuation

    if not is_continuation(earlier, history):
        yield Failure(
            HISTORY,
            f"the {len(earlier)} ratings of the earlier edition first",
            f"{len(history)} ratings that begin otherwise",
            "Ratings stay visible, wrong and withdrawn ones too.",
        )
