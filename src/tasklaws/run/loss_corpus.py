"""The text that a loss is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput, BadTable
from tasklaws.core.provenance import sha256_hex
from tasklaws.spec.source import read_json_lines, read_text

LINES = frozenset({".jsonl", ".ndjson"})


@dataclass(frozen=True)
class Corpus:
    """The documents of a file."""

    documents: tuple[str, ...]
    sha256: str
    """Of the file as it lies on the disk."""
    warnings: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """Return the length of all documents in UTF-8."""
        return sum(len(document.encode()) for document in self.documents)


def read_corpus(path: str | Path) -> Corpus:
    """Return the documents of a text file (one) or of JSON lines (the key ``text`` of each line).

    Raises:
        BadInput: the file cannot be read, is empty, or is not UTF-8.
        BadTable: a line has no text.
    """
    path = Path(path)
    kinds = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    if not kinds or kinds[-1] not in LINES:
        return Corpus((read_text(path),), sha256_hex(path.read_bytes()))
    rows, warnings = read_json_lines(path)
    documents = [_text(row, f"{path.name}, document {i}") for i, row in enumerate(rows, 1)]
    kept = tuple(document for document in documents if document)
    if not kept:
        raise BadTable(f"{path.name}: 0 bytes of text.", "A loss needs some text.", "Name another corpus.")
    empty = len(documents) - len(kept)
    told = (
        [f"{path.name}: {empty} of {len(documents)} documents are empty and were left out"] if empty else []
    )
    return Corpus(kept, sha256_hex(path.read_bytes()), (*warnings, *told))


def _text(row: dict[str, Any], place: str) -> str:
    text = row.get("text")
    if not isinstance(text, str):
        raise BadTable(
            f"{place}: text = {shown(repr(text))}.", "Every line needs a key 'text' with a text.", "Add it."
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadInput(
            f"{place}: half a surrogate pair.", "A text must be Unicode.", "Export it again."
        ) from None
    return text
