"""Writing what follows from a dossier's document, all of it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.folder import CRATE, DOCUMENT, HISTORY, MANIFEST, PAGE, document_bytes
from tasklaws.dossier.packing.manifest import manifest_of
from tasklaws.dossier.packing.ro_crate import ro_crate
from tasklaws.dossier.page import page
from tasklaws.study.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tasklaws.study.log import Entry


def write_documents(folder: Path, document: Mapping[str, Any], history: Sequence[Entry]) -> None:
    """Write everything that follows from the document and the history; the manifest comes last.

    Raises:
        BadInput: the disk is full or read-only.
    """
    write_whole(folder / HISTORY, b"".join(entry.line() for entry in history))
    write_whole(folder / DOCUMENT, document_bytes(document))
    write_whole(folder / PAGE, page(document))
    write_whole(folder / CRATE, ro_crate(document))
    write_whole(folder / MANIFEST, manifest_of(folder))
