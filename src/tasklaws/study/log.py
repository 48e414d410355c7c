"""`log.jsonl`: the ledger of a study, a chain in which every line carries the hash of the one before.

Each line is the canonical JSON of ``{seq, kind, at, payload, prev, hash}``, where `hash` is the
SHA-256 of the canonical JSON of the other five and `prev` is the `hash` of the line before (64
zeros for the first). An altered, removed, added or reordered line breaks the chain.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.core.provenance import canonical_json, sha256_hex

if TYPE_CHECKING:
    from pathlib import Path

Kind = Literal["import", "run_part", "remove", "seal", "open", "adjust", "freeze", "retire", "mark"]

FIRST = "0" * 64
"""What the first line has as the hash of the line before."""


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    seq: int
    kind: str
    at: str
    """UTC time, ISO 8601."""
    payload: dict[str, Any]
    prev: str
    hash: str

    def body(self) -> dict[str, Any]:
        """Return what the hash is taken of."""
        return {"seq": self.seq, "kind": self.kind, "at": self.at, "payload": self.payload, "prev": self.prev}

    def line(self) -> bytes:
        """Return the line, with its end."""
        return canonical_json(self.body() | {"hash": self.hash}) + b"\n"


class Log:
    """The log of one study; reading it always checks the whole chain."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> tuple[Entry, ...]:
        """Return all entries in order; a torn last line, which was never acknowledged, is left out.

        Raises:
            VerificationFailed: a line is not what was written; the message names the first such line.
        """
        return self._read()[0]

    def warnings(self) -> tuple[str, ...]:
        """Return a warning when the last line is torn."""
        torn = self._read()[1]
        return (
            (f"{self.path.name}: the last line is torn ({len(torn)} bytes) and was left out",) if torn else ()
        )

    def verify(self) -> int:
        """Return the number of entries after checking every link of the chain.

        Raises:
            VerificationFailed: as `entries`.
        """
        return len(self.entries())

    def append(self, kind: Kind, payload: dict[str, Any], at: datetime | None = None) -> Entry:
        """Add one entry, on disk before this returns, and return it.

        Raises:
            VerificationFailed: the chain is broken already.
            BadInput: the payload has no canonical JSON, or the kind is not known.
        """
        if kind not in get_args(Kind):
            raise BadInput(
                f"there is no log entry of kind {kind!r}.", f"There are: {', '.join(get_args(Kind))}."
            )
        entries, torn = self._read()
        entry = _entry(entries, kind, payload, at or datetime.now(UTC))
        with self.path.open("r+b" if self.path.exists() else "wb") as stream:
            stream.seek(-len(torn), os.SEEK_END) if torn else stream.seek(0, os.SEEK_END)
            stream.truncate()
            stream.write(entry.line())
            stream.flush()
            os.fsync(stream.fileno())
        return entry

    def _read(self) -> tuple[tuple[Entry, ...], bytes]:
        if not self.path.exists():
            return (), b""
        *lines, torn = self.path.read_bytes().split(b"\n")
        entries: list[Entry] = []
        for number, line in enumerate(lines, 1):
            entries.append(_checked(line, entries, number, self.path))
        if _goes_on_after_an_entry(torn):
            raise _broken(self.path, len(lines) + 1, " (something else than its end follows it)")
        return tuple(entries), torn


def _entry(entries: tuple[Entry, ...], kind: str, payload: dict[str, Any], at: datetime) -> Entry:
    prev = entries[-1].hash if entries else FIRST
    unsealed = Entry(len(entries), kind, at.astimezone(UTC).isoformat(), payload, prev, "")
    return Entry(unsealed.seq, kind, unsealed.at, payload, prev, sha256_hex(canonical_json(unsealed.body())))


def _goes_on_after_an_entry(torn: bytes) -> bool:
    """Return whether a line without its end holds more than the beginning of an entry: no torn write does."""
    try:
        _, end = json.JSONDecoder().raw_decode(torn.decode("latin-1"))
    except (ValueError, RecursionError):
        return False
    return end < len(torn)


def _checked(line: bytes, before: list[Entry], number: int, path: Path) -> Entry:
    """Return the entry on `line`; its bytes must be exactly those that `Entry.line` writes."""
    try:
        entry = Entry(**json.loads(line))
        same = entry.line() == line + b"\n"
        whole = sha256_hex(canonical_json(entry.body())) == entry.hash
    except (ValueError, TypeError, BadInput, RecursionError):
        same = whole = False
        entry = None
    linked = (
        entry is not None
        and entry.seq == len(before)
        and entry.prev == (before[-1].hash if before else FIRST)
    )
    if entry is None or not (same and whole and linked):
        raise _broken(path, number, _reason(same=same, whole=whole))
    return entry


def _broken(path: Path, number: int, reason: str) -> VerificationFailed:
    return VerificationFailed(
        f"{path}, line {number}: the log is not what was written{reason}.",
        "Every line must carry its own hash and that of the line before.",
        "Restore the file from a copy; what follows this line cannot be trusted.",
    )


def _reason(*, same: bool, whole: bool) -> str:
    if not whole:
        return " (its hash does not fit)"
    return " (it does not follow the line before)" if same else " (it is not canonical)"
