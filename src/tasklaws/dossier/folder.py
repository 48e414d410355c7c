"""The folder of a dossier: what its files are called, and how they are read and written."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.core.provenance import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DOCUMENT, PAGE, PROCEDURE = "dossier.json", "dossier.html", "procedure.toml"
HISTORY, CRATE, MANIFEST = "history.jsonl", "ro-crate-metadata.json", "manifest.sha256"
ATTESTATIONS, STUDY = "attestations", "evidence/study"
KIND = "tasklaws-dossier"
LARGEST_DOCUMENT = 256 << 20
"""Bytes of a document that is read; anything larger is no dossier."""


def is_dossier(folder: Path) -> bool:
    """Return whether `folder` holds what looks like a dossier."""
    return (folder / DOCUMENT).is_file()


def refuse_no_dossier(folder: Path) -> None:
    """Refuse a path that cannot be a dossier.

    Raises:
        BadInput: there is no such folder, or it holds no document and no manifest.
    """
    if folder.is_dir() and any((folder / name).exists() for name in (DOCUMENT, MANIFEST)):
        return
    what = "is not there" if not folder.exists() else "is no dossier"
    raise BadInput(
        f"{folder} {what}.",
        f"A dossier is a folder with {DOCUMENT}.",
        "Make one with: tasklaws dossier build STUDY --into DIR; unpack an archive first.",
    )


def read_document(folder: Path) -> dict[str, Any]:
    """Return the document of a dossier; its fields are not checked.

    Raises:
        BadInput: the folder is no dossier.
        VerificationFailed: the bytes are no document as `document_bytes` writes it.
    """
    refuse_no_dossier(folder)
    path = folder / DOCUMENT
    content = path.read_bytes() if path.is_file() and path.stat().st_size <= LARGEST_DOCUMENT else b""
    try:
        document = json.loads(content)
        same = isinstance(document, dict) and document_bytes(document) == content
    except (ValueError, RecursionError, BadInput):
        same, document = False, {}
    if not same or document.get("kind") != KIND:
        raise VerificationFailed(
            f"{DOCUMENT}: its bytes are not those of a dossier's document.",
            f"It is canonical JSON of the kind {KIND!r} and is never edited.",
            "Restore it from a copy, or build the dossier again.",
        )
    return dict(document)


def document_bytes(document: Mapping[str, Any]) -> bytes:
    """Return the bytes of `dossier.json`: canonical JSON and the end of the line."""
    return canonical_json(document) + b"\n"


@contextmanager
def in_place_of(folder: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of `folder` when the body ends; on failure all is as it was.

    Raises:
        BadInput: the place cannot be written, or holds something that is no dossier.
    """
    if folder.exists() and not is_dossier(folder):
        raise BadInput(
            f"{folder} is there and is no dossier.",
            "A dossier is built in a folder of its own.",
            "Name a new folder, or one with an earlier edition of this dossier.",
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise BadInput(
            f"{folder.parent}: {error.strerror or error}.", "The folder must be writable.", "Name another."
        ) from None
    try:
        yield building
        building.chmod(0o755)
        _swap(building, folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def _swap(building: Path, folder: Path) -> None:
    earlier = building.with_name(f"{building.name}.earlier")
    if folder.exists():
        folder.replace(earlier)
    try:
        building.replace(folder)
    except OSError:
        if earlier.exists():
            earlier.replace(folder)
        raise
    shutil.rmtree(earlier, ignore_errors=True)
