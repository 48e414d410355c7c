"""What of a study is evidence: what its figures rest on, what people name, and nothing that was only kept.

Weights, compiled graphs and pages that were made of the study stay behind; `[[evidence]]` of `dossier.toml`
takes in more, and `[[withheld]]` leaves a commitment in the place of a file.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput
from tasklaws.dossier.facts_file import PUBLIC
from tasklaws.dossier.folder import STUDY
from tasklaws.dossier.packing.evidence_files import matching_files, named_files, own_files
from tasklaws.dossier.packing.manifest import below, file_hash
from tasklaws.dossier.packing.portable_names import unfit
from tasklaws.dossier.packing.withheld import committed
from tasklaws.study.folder import LOG_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tasklaws.dossier.facts import Facts
    from tasklaws.study.folder import Study

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".eval": "application/zip",
    ".html": "text/html",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".pem": "application/x-pem-file",
    ".png": "image/png",
    ".pub": "application/x-pem-file",
    ".toml": "application/toml",
    ".tsr": "application/timestamp-reply",
    ".txt": "text/plain",
    ".zip": "application/zip",
}


@dataclass(frozen=True)
class Piece:
    """A file of a study that its dossier accounts for."""

    root: Path
    """Folder of the study."""
    name: str
    """Path in the study."""
    confidentiality: str = PUBLIC
    withheld: str | None = None
    """Why the file itself is not shown; None where it is packed."""

    @property
    def file(self) -> Path:
        """Return where the file lies."""
        return self.root / self.name

    @property
    def path(self) -> str:
        """Return the path from the folder of the dossier."""
        return f"{STUDY}/{self.name}"

    def row(self) -> dict[str, Any]:
        """Return what the document says of it, withheld or not."""
        return {
            "path": self.path,
            "bytes": self.file.stat().st_size,
            "media_type": MEDIA_TYPES.get(self.file.suffix.lower(), "application/octet-stream"),
            "confidentiality": self.confidentiality,
        }


@dataclass(frozen=True)
class Packed:
    """What lies in the folder now, and what was withheld, as the document lists them."""

    evidence: tuple[dict[str, Any], ...]
    withheld: tuple[dict[str, Any], ...]
    left_behind: tuple[str, ...] = ()
    """What of the study was left behind."""


def gather(study: Study, facts: Facts) -> tuple[Piece, ...]:
    """Return what the dossier accounts for, sorted by path.

    Raises:
        BadInput: a pattern matches nothing, a file is missing or leads out of the study, its name would not
            outlive a copy, a role names a private key, or the log is withheld.
    """
    root = study.path
    pieces = {name: Piece(root, name) for name in (*own_files(study), *named_files(root, facts))}
    for shown in facts.evidence:
        for name in matching_files(root, shown.path, "evidence"):
            pieces[name] = Piece(root, name, shown.confidentiality)
    for hidden in facts.withheld:
        for name in matching_files(root, hidden.path, "withheld"):
            pieces[name] = Piece(root, name, hidden.confidentiality, hidden.reason)
    _check(pieces)
    return tuple(pieces[name] for name in sorted(pieces, key=str.encode))


def _check(pieces: dict[str, Piece]) -> None:
    for failure in unfit(pieces):
        raise BadInput(f"{failure.file}: {failure.found}.", failure.reason, "Give the file another name.")
    for piece in pieces.values():
        if not piece.file.resolve().is_relative_to(piece.root.resolve()):
            raise BadInput(
                f"{piece.file} leads out of the study.",
                "A dossier packs what lies in the study's own folder.",
                "Put a copy of the file in the place of the link.",
            )
        if not piece.file.is_file():
            raise BadInput(f"{piece.file} is no file.", "A dossier packs files.", "Leave it out.")
    if LOG_FILE in pieces and pieces[LOG_FILE].withheld is not None:
        raise BadInput(
            f"dossier.toml, [[withheld]]: a pattern matches {LOG_FILE}.",
            "It holds the seals of forecasts and the hashes of all parts; without it nothing can be checked.",
            "Name the files to withhold more narrowly.",
        )


def pack(pieces: Iterable[Piece], folder: Path, salts: Path) -> Packed:
    """Copy evidence below `folder`, commit to what is withheld, and return the rows of both.

    Args:
        pieces: what `gather` returned.
        folder: the dossier.
        salts: file outside the dossier that keeps what opens the commitments; only its owner may read it.

    Raises:
        BadInput: the disk is full, a file cannot be read, or the salts would lie in the dossier.
    """
    pieces = tuple(pieces)
    if salts.resolve().is_relative_to(folder.resolve()):
        raise BadInput(f"{salts} lies in the dossier.", "Salts open what is withheld.", "Put it elsewhere.")
    hidden = {piece.path: piece.file for piece in pieces if piece.withheld is not None}
    marks = committed(hidden, salts)
    evidence = [_copied(piece, folder) for piece in pieces if piece.withheld is None]
    withheld = [
        piece.row() | {"commitment": marks[piece.path], "reason": piece.withheld}
        for piece in pieces
        if piece.withheld is not None
    ]
    return Packed(tuple(evidence), tuple(withheld), tuple(_left_behind(pieces)))


def _copied(piece: Piece, folder: Path) -> dict[str, Any]:
    place = folder / piece.path
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(piece.file, place)
    except OSError as error:
        raise BadInput(
            f"{piece.file}: could not be packed ({error.strerror or error}).",
            f"The file must be readable, and {folder} must have room.",
            "Free some space or choose another folder.",
        ) from None
    return piece.row() | {"sha256": file_hash(place), "bytes": place.stat().st_size}


def _left_behind(pieces: tuple[Piece, ...]) -> Iterator[str]:
    """Yield one sentence on the files of the study that are not accounted for."""
    if not pieces:
        return
    kept = {piece.name for piece in pieces}
    left = {name: path for name, path in below(pieces[0].root) if name not in kept}
    if left:
        groups = Counter(f"{name.split('/')[0]}/" if "/" in name else name for name in left)
        told = ", ".join(f"{group} ({n})" for group, n in sorted(groups.items()))
        size = sum(path.lstat().st_size for path in left.values()) / 1e6
        yield f"left behind in the study, being no evidence ({size:.1f} MB): {told}"
