"""Evidence that is not shown: a commitment stands for it, and proves later that it was this file.

A commitment is a hash of the file and of 32 random bytes, its salt. Without the salt it says nothing of the
file, not even to somebody who guesses it; with the salt no other file fits. Salts never lie in a dossier.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.dossier.failure import Failure
from tasklaws.dossier.packing.manifest import below, file_hash
from tasklaws.dossier.packing.portable_names import shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DOMAIN = b"tasklaws withheld evidence 1\0"
SALT_BYTES = 32
SALTS = "salts.json"
"""What the file of salts is called beside files that are shown."""

Salts = dict[str, dict[str, str]]
"""Commitment -> path and salt, in hexadecimal digits."""


def commitment(salt: bytes, content: bytes | Path) -> str:
    """Return the commitment to `content`, or to the file at that path, which may be larger than the memory.

    It is the SHA-256 of a constant, the salt and the SHA-256 of the content: all of fixed length, so that
    no two pairs of salt and content are written alike.

    Raises:
        BadInput: the file cannot be read, or the salt has another length.
    """
    digest = file_hash(content) if isinstance(content, Path) else sha256_hex(content)
    if len(salt) != SALT_BYTES:
        raise BadInput(f"the salt has {len(salt)} bytes.", f"A salt has {SALT_BYTES}.", "Use another.")
    return sha256_hex(DOMAIN + salt + bytes.fromhex(digest))


def committed(files: Mapping[str, Path], salts: Path) -> dict[str, str]:
    """Return path -> commitment of withheld files; their salts are added to the file `salts`.

    A file that was withheld before, and is what it was, keeps its salt; salts of earlier editions stay.

    Raises:
        BadInput: the salts cannot be read or written.
    """
    held = read_salts(salts) if salts.exists() else {}
    made = {path: _known(held, path, file) or _drawn(held, path, file) for path, file in files.items()}
    if made:
        _write_privately(salts, canonical_json(held) + b"\n")
    return made


def _known(held: Salts, path: str, file: Path) -> str | None:
    """Return the commitment of an earlier edition where the file is still what it was."""
    own = ((mark, said) for mark, said in held.items() if said["path"] == path)
    return next((mark for mark, said in own if commitment(bytes.fromhex(said["salt"]), file) == mark), None)


def _drawn(held: Salts, path: str, file: Path) -> str:
    salt = secrets.token_bytes(SALT_BYTES)
    mark = commitment(salt, file)
    held[mark] = {"path": path, "salt": salt.hex()}
    return mark


def _write_privately(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise BadInput(
            f"{path}: the salts could not be written ({error.strerror or error}).",
            "Without them withheld files can never be shown.",
            "Free some space, or build into another folder; nothing was changed.",
        ) from None


def read_salts(path: Path) -> Salts:
    """Return what a file of salts holds.

    Raises:
        BadInput: it is none.
    """
    try:
        held = json.loads(path.read_bytes())
        whole = all(
            set(said) == {"path", "salt"} and len(bytes.fromhex(said["salt"])) == SALT_BYTES
            for said in held.values()
        )
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        whole = False
    if not whole:
        raise BadInput(
            f"{path} holds no salts of withheld files.",
            "`dossier build` writes them beside the dossier; without them nothing withheld can be shown.",
            f"Restore the file from a copy; among files that are shown it is called {SALTS}.",
        )
    return dict(held)


def check_revealed(
    document: Mapping[str, Any], revealed: Path
) -> tuple[tuple[Failure, ...], tuple[str, ...]]:
    """Return what is wrong with the files in `revealed`, and the paths that stand proven.

    The folder holds withheld files at the paths of the document, not necessarily all, and `salts.json`.

    Raises:
        BadInput: there is no such folder, or it has no salts.
    """
    if not revealed.is_dir():
        raise BadInput(f"{revealed} is no folder.", f"It holds withheld files and {SALTS}.", "Name another.")
    salts = read_salts(revealed / SALTS)
    marks = {row["path"]: row["commitment"] for row in document["withheld"]}
    shown_now = {name: file for name, file in sorted(below(revealed)) if name != SALTS}
    failures = [failure for name, file in shown_now.items() for failure in _wrong(name, file, marks, salts)]
    wrong = {failure.file for failure in failures}
    return tuple(failures), tuple(name for name in shown_now if shown_path(name) not in wrong)


def _wrong(name: str, file: Path, marks: Mapping[str, str], salts: Salts) -> Iterator[Failure]:
    mark = marks.get(name)
    if mark is None:
        yield Failure(
            shown_path(name), "no such file", "a file", "The dossier withholds no file of this path."
        )
    elif file.is_symlink() or not file.is_file():
        yield Failure(shown_path(name), "a file", "a link or a device", "What is shown is a plain file.")
    elif mark not in salts:
        reason = f"{SALTS} has no salt for it, so nothing can be shown."
        yield Failure(shown_path(name), mark, "no salt", reason)
    elif (found := commitment(bytes.fromhex(salts[mark]["salt"]), file)) != mark:
        yield Failure(shown_path(name), mark, found, "It is not the file that was withheld.")
