"""The evidence with its hashes, what was withheld, and how to check all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.sections._blocks import Commands, Part
from tasklaws.dossier.sections._words import facts, file_link, listed, table
from tasklaws.report.blocks import Field, Paragraph
from tasklaws.report.text import count

if TYPE_CHECKING:
    from tasklaws.dossier.sections._words import Document

_EVIDENCE = (
    Field("path", "file"),
    Field("bytes", "bytes"),
    Field("confidentiality", "for"),
    Field("media_type", "type"),
    Field("sha256", "SHA-256"),
)
_WITHHELD = (
    Field("path", "file"),
    Field("bytes", "bytes"),
    Field("reason", "why withheld"),
    Field("confidentiality", "for"),
    Field("media_type", "type"),
    Field("commitment", "commitment"),
)
_FRAME = {
    "dossier_id": "Dossier",
    "edition": "Edition",
    "built_at": "Built",
    "code_version": "Code",
    "kind": "Kind",
    "schema_version": "Schema",
}
_STUDY = {
    "name": "Study",
    "data_hash": "Hash of its data",
    "log_head": "Head of its log",
    "log_entries": "Entries",
}
COMMANDS = (
    ("python -m pip install 'tasklaws[sign]'", "installs the program that made this folder"),
    ("tasklaws dossier verify . --key rater=RATER.pub", "checks it all, and trusts only the key you bring"),
)
FOLDED = 40
"""Files from which the list is folded."""


def build(document: Document) -> tuple[Any, ...]:
    """Return the files of the folder, and those kept back."""
    packed = {row["path"] for row in document["evidence"]}
    files = [{**row, "path": file_link(row["path"], packed)} for row in document["evidence"]]
    return (
        *listed(
            files,
            lambda rows: (
                table(
                    rows,
                    _EVIDENCE,
                    f"{count(len(rows), 'file')} of the study",
                    "evidence",
                    folded=len(rows) > FOLDED,
                ),
            ),
            "There is no evidence.",
        ),
        Part(
            "Withheld",
            listed(
                document["withheld"],
                lambda rows: (
                    Paragraph(
                        "Of each the folder holds a salted hash: what is shown later can be held against it."
                    ),
                    table(rows, _WITHHELD, "", "withheld"),
                ),
                "Nothing was kept back.",
            ),
        ),
    )


def verify(document: Document) -> tuple[Any, ...]:
    """Return how a stranger checks the folder."""
    return (
        Paragraph("In this folder, offline, with the public key of the rater from a place you trust:"),
        Commands(COMMANDS),
        Paragraph(
            "It checks every hash and signature and the order of seals and outcomes, and works the "
            "printed figures out again from the evidence. It prints the fingerprint of the folder, which "
            "is the SHA-256 of manifest.sha256: compare it with the one you were given. Without tasklaws, "
            "sha256sum -c manifest.sha256 checks the hashes alone."
        ),
        Part("What this page was made of", (facts(document, _FRAME), facts(document["study"], _STUDY))),
    )
