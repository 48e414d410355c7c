"""A folder of pictures that is written again: what we wrote is replaced, what others wrote is left alone."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput
from tasklaws.study.files import changing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LIST = "figures.json"
"""What the figures are and the hashes of their files, beside them."""

_OURS = re.compile(r"[\w-]+\.(?:svg|png|pdf|csv)", re.ASCII)


def written_before(directory: Path) -> set[str]:
    """Return the files of the folder that an earlier call wrote and nobody changed since."""
    try:
        entries = json.loads((directory / LIST).read_text(encoding="utf-8"))["figures"]
        hashes = {name: sha256 for entry in entries for name, sha256 in entry["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()
    ours = (name for name in hashes if _OURS.fullmatch(name))
    return {LIST, *(name for name in ours if _hash(directory / name) == hashes[name])}


def _hash(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def refuse_foreign(directory: Path, names: set[str]) -> None:
    """Refuse to write `names` where files of others have these names.

    Raises:
        BadInput: one of them is there, or `directory` is a file.
    """
    if directory.is_file():
        raise BadInput(f"{directory} is a file.", "Pictures go into a folder.", "Name another place.")
    foreign = sorted(name for name in names if (directory / name).exists())
    if foreign:
        raise BadInput(
            f"{directory / foreign[0]} was not written by this command, or was changed since"
            f"{f' ({len(foreign)} such files)' if len(foreign) > 1 else ''}.",
            "Pictures replace only those that an earlier report wrote.",
            "Name another folder, or move the file away.",
        )


def replace(directory: Path, before: set[str], files: Mapping[str, bytes]) -> None:
    """Write `files`, all or none, and remove those of `before` that are not among them.

    Raises:
        BadInput: the folder cannot be written.
    """
    with changing(directory) as changes:
        for name in sorted(before - files.keys()):
            changes.remove(name)
        for name, written in files.items():
            changes.write(name, written)
