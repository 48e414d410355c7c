"""Logs of Inspect as files: their header and their samples, read without Inspect.

A log is a `.json` file, or an `.eval` file, which is a zip of JSON files. A log that went on after a crash
holds some samples twice: of members of one name the last stands, which is the one that was run again.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, cast

from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_BYTES = 256 * 2**20
"""Of a file, or of one member of a zip, after inflating."""
MOST_IN_ALL = 4 * 2**30
"""Of all members of a zip together."""
MOST = 2**62
"""Whole numbers are below."""

UNREADABLE = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
)
"""What reading a broken zip or JSON raises."""

HEADERS = ("header.json", "_journal/start.json")
"""Members that hold the header: of a log that is whole, and of one that was never finished."""


def header(path: Path) -> dict[str, Any]:
    """Return the header of a log: `version`, `status`, `eval`; one that was never finished has no status.

    Raises:
        BadInput: the file is no log, or larger than can be.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                held = {one.filename: one for one in archive.infolist()}
                member = next((held[name] for name in HEADERS if name in held), None)
                if member is None:
                    raise no_log(path.name, "it has no header")
                found = json.loads(_inflated(archive, member, path.name))
        else:
            found = {name: part for name, part in _whole_log(path).items() if name != "samples"}
    except UNREADABLE as error:
        raise no_log(path.name, error) from None
    if not isinstance(found, dict) or not isinstance(found.get("eval"), dict):
        raise no_log(path.name, "it does not say what was evaluated")
    return found


def samples(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the attempts of one log.

    Raises:
        BadInput: the file is no log, or larger than can be.
    """
    try:
        if zipfile.is_zipfile(path):
            yield from _zipped(path)
            return
        log = _whole_log(path)
    except UNREADABLE as error:
        raise no_log(path.name, error) from None
    yield from (one for one in log.get("samples") or [] if isinstance(one, dict))


def _whole_log(path: Path) -> dict[str, Any]:
    if path.stat().st_size > MOST_BYTES:
        raise _too_large(path.name)
    log = json.loads(path.read_bytes())
    if not isinstance(log, dict) or not isinstance(log.get("samples") or [], list):
        raise no_log(path.name, "it has no list of samples")
    return log


def _zipped(path: Path) -> Iterator[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        last = {one.filename: one for one in archive.infolist() if _is_sample(one.filename)}
        members = [last[name] for name in sorted(last)]
        if sum(one.file_size for one in members) > MOST_IN_ALL:
            raise _too_large(path.name)
        for member in members:
            sample = json.loads(_inflated(archive, member, path.name))
            if isinstance(sample, dict):
                yield sample


def _is_sample(name: str) -> bool:
    return name.startswith("samples/") and name.endswith(".json")


def _inflated(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: str) -> bytes:
    """Return the content of a member; its size is held to what it states, and that to what can be."""
    if member.file_size > MOST_BYTES:
        raise _too_large(f"{file}, {member.filename}")
    with archive.open(member) as stream:
        held = stream.read(member.file_size + 1)
    if len(held) > member.file_size:
        raise _too_large(f"{file}, {member.filename}")
    return held


def whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST else None


def under(outer: object, key: str) -> dict[str, Any]:
    inner = outer.get(key) if isinstance(outer, dict) else None
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}


def text(value: object) -> str | None:
    """Return a text as it can be encoded."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None


def _too_large(what: str) -> BadInput:
    return BadInput(
        f"{what} is larger than {MOST_BYTES >> 20} MiB when inflated.",
        "A log is read whole, so its size is bounded.",
        "Split the log, or leave the file out.",
    )


def no_log(name: str, why: object) -> BadInput:
    return BadInput(
        f"{name} is no log of Inspect: {why}.", "A log is JSON, or a zip of JSON.", "Leave the file out."
    )
