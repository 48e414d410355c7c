"""What `dossier verify` catches: single bits, whole files, and the order of chains.

Each harm is done to one file of an honest dossier, undone afterwards, and the whole is verified
in between as an auditor would: with the keys. Honest dossiers are verified too, also copied and zipped.
"""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasklaws.dossier.verify import dossier_verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np

    Keys = Sequence[tuple[str | None, Path]]


@dataclass(frozen=True)
class Harm:
    """One thing done to a dossier, and whether it was seen."""

    kind: str
    place: str
    caught: bool
    named: bool
    """Whether the file was named among the failures."""


def files(folder: Path) -> list[Path]:
    """Return the files of a dossier, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def flips(folder: Path, keys: Keys, rng: np.random.Generator, per_file: int) -> Iterator[Harm]:
    """Flip one random bit at random places of every file, one at a time."""
    for path in files(folder):
        content = path.read_bytes()
        for place in rng.choice(len(content), size=min(per_file, len(content)), replace=False):
            harmed = bytearray(content)
            harmed[place] ^= 1 << int(rng.integers(8))
            path.write_bytes(bytes(harmed))
            yield _seen(folder, keys, "bit flipped", path, f" byte {place}")
        path.write_bytes(content)


def whole_files(folder: Path, keys: Keys) -> Iterator[Harm]:
    """Remove, empty, lengthen and add each file, and exchange neighbours."""
    every = files(folder)
    for path, other in zip(every, [*every[1:], every[0]], strict=True):
        content, others = path.read_bytes(), other.read_bytes()
        path.unlink()
        yield _seen(folder, keys, "removed", path)
        path.write_bytes(b"")
        yield _seen(folder, keys, "emptied", path)
        path.write_bytes(content + b"\n")
        yield _seen(folder, keys, "lengthened", path)
        path.write_bytes(content)
        if content != others:
            path.write_bytes(others)
            other.write_bytes(content)
            yield _seen(folder, keys, "exchanged", path)
        path.write_bytes(content)
        other.write_bytes(others)
        added = path.with_name(f"{path.name}.more")
        added.write_bytes(content)
        yield _seen(folder, keys, "added", added)
        added.unlink()


def chains(folder: Path, keys: Keys) -> Iterator[Harm]:
    """Exchange, repeat and remove lines of every chain."""
    for path in (one for one in files(folder) if one.suffix == ".jsonl"):
        content = path.read_bytes()
        lines = content.splitlines(keepends=True)
        for i in range(len(lines)):
            for kind, harmed in _reordered(lines, i):
                path.write_bytes(b"".join(harmed))
                yield _seen(folder, keys, kind, path, f" line {i + 1}")
        path.write_bytes(content)


def _reordered(lines: list[bytes], i: int) -> Iterator[tuple[str, list[bytes]]]:
    yield "line removed", [*lines[:i], *lines[i + 1 :]]
    yield "line repeated", [*lines[: i + 1], *lines[i:]]
    if i + 1 < len(lines):
        yield "lines exchanged", [*lines[:i], lines[i + 1], lines[i], *lines[i + 2 :]]


def _seen(folder: Path, keys: Keys, kind: str, path: Path, more: str = "") -> Harm:
    place = path.relative_to(folder).as_posix()
    found = dossier_verify(folder, keys=keys)
    named = any(place in failure.file for failure in found.failures)
    return Harm(kind, place + more, not found.ok and found.exit_code == 3, named)  # noqa: PLR2004


def travels(folder: Path, keys: Keys, scratch: Path) -> dict[str, bool]:
    """Return whether an honest dossier verifies where it stands, copied, and zipped and unzipped."""
    ways: dict[str, Callable[[], Path]] = {
        "in place": lambda: folder,
        "copied": lambda: shutil.copytree(folder, scratch / "copied", copy_function=shutil.copyfile),
        "zipped": lambda: _zipped(folder, scratch),
    }
    return {way: dossier_verify(go(), keys=keys).ok for way, go in ways.items()}


def _zipped(folder: Path, scratch: Path) -> Path:
    archive = shutil.make_archive(str(scratch / "dossier"), "zip", folder)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(scratch / "unzipped")
    return scratch / "unzipped"
