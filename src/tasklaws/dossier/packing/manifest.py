"""The manifest of a dossier: the hash of every file, so that one hash stands for the whole folder.

It reads as ``sha256sum -c`` wants it. To check it, the files are listed anew, and the bytes must be the same;
its lines are read only to say where they are not.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import Counter
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import sha256_hex
from tasklaws.dossier.failure import Failure
from tasklaws.dossier.folder import ATTESTATIONS, MANIFEST
from tasklaws.dossier.packing.portable_names import shown_path, unfit

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE = re.compile(r"([0-9a-f]{64})  ([^\x00-\x1f]+)")
ENVELOPE = re.compile(rf"{ATTESTATIONS}/[a-z]+\.dsse\.json")
DROPPINGS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX"})
"""Files and folders that an operating system leaves behind."""
NO_FILE = "no such file"


def manifest_of(folder: Path) -> bytes:
    """Return the manifest of what is in `folder`: a line per file, sorted by the bytes of its path.

    Attestations are not in it, because they are signed after it, nor is the manifest itself.

    Raises:
        BadInput: a file cannot be read.
    """
    hashes = {name: file_hash(path) for name, path in _listed(folder).items()}
    lines = (f"{hashes[name]}  {name}\n" for name in sorted(hashes, key=_bytes))
    return _bytes("".join(lines))


def fingerprint(folder: Path) -> str:
    """Return the SHA-256 of the manifest that lies in `folder`; nothing where there is none."""
    held = _held(folder)
    return "" if held is None else sha256_hex(held)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, which may be larger than the memory.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from None


def below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield everything below `folder` but folders, as path in it and as place; links are not followed.

    Raises:
        BadInput: a folder cannot be read.
    """
    for place, folders, files in os.walk(folder, onerror=_refuse):
        for path in map(Path(place).joinpath, (*files, *folders)):
            if path.is_symlink() or not path.is_dir():
                yield path.relative_to(folder).as_posix(), path


def check_manifest(folder: Path) -> tuple[Failure, ...]:
    """Return every file that the manifest does not tell of as it is, and what cannot be in a dossier at all.

    Raises:
        BadInput: a file or folder cannot be read.
    """
    places = dict(below(folder))
    odd = [*_odd(places), *unfit(places)]
    held = _held(folder)
    if held is None:
        reason = "Without it nothing says what the files were."
        return (*odd, Failure(MANIFEST, "the manifest", NO_FILE, reason))
    rebuilt = manifest_of(folder)
    return tuple(odd) if rebuilt == held else (*odd, *_differences(held, rebuilt))


def _held(folder: Path) -> bytes | None:
    path = folder / MANIFEST
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None


def _listed(folder: Path) -> dict[str, Path]:
    """Return the files that a manifest lists."""
    return {
        name: path
        for name, path in below(folder)
        if _is_plain(path) and name != MANIFEST and not name.startswith(f"{ATTESTATIONS}/")
    }


def _is_plain(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _odd(places: dict[str, Path]) -> Iterator[Failure]:
    """Yield what is no file, and what lies among the attestations and is none."""
    for name, path in places.items():
        if not _is_plain(path):
            kind = "a link" if path.is_symlink() else "a device"
            yield Failure(
                shown_path(name), "a file", kind, "A dossier holds files only, so that a copy is whole."
            )
        elif name.startswith(f"{ATTESTATIONS}/") and not ENVELOPE.fullmatch(name):
            reason = f"Only envelopes lie in {ATTESTATIONS}/.{_dropping(name)}"
            yield Failure(shown_path(name), NO_FILE, "a file", reason)


def _differences(held: bytes, rebuilt: bytes) -> tuple[Failure, ...]:
    """Return where the manifest that lies there differs from the one that should."""
    lines = _text(held).split("\n")
    rows = [found.groups() for line in lines if (found := LINE.fullmatch(line))]
    failures = [*_files({path: sha for sha, path in rows}, _rows(rebuilt)), *_order(rows)]
    failures += [
        Failure(f"{MANIFEST}, line {number}", "HASH, two spaces, PATH", shown(line), "It is no line of one.")
        for number, line in enumerate(lines, 1)
        if line and not LINE.fullmatch(line)
    ]
    reason = "Its bytes are not those that the files give."
    return tuple(failures) or (Failure(MANIFEST, sha256_hex(rebuilt), sha256_hex(held), reason),)


def _rows(manifest: bytes) -> dict[str, str]:
    """Return path -> hash of a manifest as it is built here."""
    lines = _text(manifest).split("\n")[:-1]
    return {line[66:]: line[:64] for line in lines}


def _files(listed: dict[str, str], there: dict[str, str]) -> Iterator[Failure]:
    for path in sorted(listed.keys() | there.keys()):
        expected, found = listed.get(path, NO_FILE), there.get(path, NO_FILE)
        if path not in listed:
            yield Failure(
                shown_path(path), expected, found, f"The manifest does not list it.{_dropping(path)}"
            )
        elif path not in there:
            yield Failure(shown_path(path), expected, found, "The manifest lists it and it is missing.")
        elif expected != found:
            yield Failure(
                shown_path(path), expected, found, "Its bytes are not those that the manifest lists."
            )


def _order(rows: list[tuple[str, ...]]) -> Iterator[Failure]:
    paths = [path for _, path in rows]
    for path, times in Counter(paths).items():
        if times > 1:
            yield Failure(MANIFEST, f"one line of {shown_path(path)}", f"{times}", "A file is listed once.")
    for before, after in pairwise(paths):
        if _bytes(before) > _bytes(after):
            expected = f"{shown_path(after)} before {shown_path(before)}"
            yield Failure(MANIFEST, expected, "the other order", "Paths are sorted.")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _dropping(name: str) -> str:
    """Return a hint where an operating system left a file behind."""
    parts = PurePosixPath(name).parts
    left = any(part in DROPPINGS or part.startswith("._") for part in parts)
    return " Operating systems leave such files behind: remove it." if left else ""


def _refuse(error: OSError) -> None:
    raise _unreadable(Path(error.filename), error)


def _unreadable(path: Path, error: OSError) -> BadInput:
    return BadInput(
        f"{path}: {error.strerror or error}.",
        "Every file of a dossier must be readable.",
        "Check its permissions.",
    )
