"""`history.jsonl`: every rating a dossier ever had, chained by hashes.

Lines are those of a study's log. A rating that was wrong or was withdrawn stays; the next line corrects it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput, UnknownName, VerificationFailed
from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.study.log import FIRST, Entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

KINDS = ("rated", "changed", "withdrawn")
"""The first line is `rated`; no other is."""
PAYLOAD = ("edition", "evidence_sha256", "grade", "key_id", "procedure_sha256", "reason")
LARGEST = 16 << 20
"""Bytes of a history that is read: no dossier has that many ratings."""


def appended(entries: Sequence[Entry], kind: str, payload: Mapping[str, Any], at: datetime) -> Entry:
    """Return the line that follows `entries`.

    Args:
        entries: what was rated before.
        kind: one of `KINDS`.
        payload: with the keys `PAYLOAD`.
        at: when, with its time zone.

    Raises:
        BadInput: the line would not be one of a history.
    """
    if kind not in KINDS:
        raise UnknownName("kind of rating", kind, KINDS)
    prev = entries[-1].hash if entries else FIRST
    when = at.astimezone(UTC).isoformat()
    body: dict[str, Any] = {
        "seq": len(entries),
        "kind": kind,
        "at": when,
        "payload": dict(payload),
        "prev": prev,
    }
    entry = Entry(**body, hash=sha256_hex(canonical_json(body)))
    if wrong := _wrong(entry, entries):
        raise BadInput(
            f"this rating cannot follow {len(entries)} others: {wrong}.",
            f"Every line has {', '.join(PAYLOAD)}; the first is 'rated' and no other is.",
            "Say what changed and why.",
        )
    return entry


def read_history(path: Path) -> tuple[Entry, ...]:
    """Return all ratings in a file, in order; every line is checked.

    Raises:
        VerificationFailed: the file is missing or empty, or a line is not what was written; it is named.
    """
    content = path.read_bytes() if path.is_file() and path.stat().st_size <= LARGEST else b""
    if not content:
        raise _broken(path, 1, "there is no line that could be read")
    *lines, torn = content.split(b"\n")
    entries: list[Entry] = []
    for number, line in enumerate(lines, 1):
        entry = _entry(line)
        wrong = "it is not canonical, or its hash does not fit" if entry is None else _wrong(entry, entries)
        if entry is None or wrong:
            raise _broken(path, number, wrong)
        entries.append(entry)
    if torn:
        raise _broken(path, len(lines) + 1, "it has no end")
    return tuple(entries)


def history_rows(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return the block `history` of a document."""
    return [
        {
            "seq": entry.seq,
            "at": entry.at,
            "kind": entry.kind,
            **{name: entry.payload[name] for name in ("grade", "reason", "key_id")},
            "hash": entry.hash,
        }
        for entry in entries
    ]


def is_continuation(earlier: Sequence[Entry], later: Sequence[Entry]) -> bool:
    """Return whether `later` begins with all of `earlier`."""
    return tuple(later[: len(earlier)]) == tuple(earlier)


def _entry(line: bytes) -> Entry | None:
    """Return the entry on a line; None where its bytes are not exactly what is written for it."""
    try:
        entry = Entry(**json.loads(line))
        same = entry.line() == line + b"\n" and sha256_hex(canonical_json(entry.body())) == entry.hash
    except (ValueError, TypeError, BadInput, RecursionError):
        return None
    return entry if same else None


def _wrong(entry: Entry, before: Sequence[Entry]) -> str:
    """Return what is wrong with a line after those before it; nothing where it is sound."""
    if type(entry.seq) is not int or entry.seq != len(before):
        return "it does not stand in its place"
    if entry.prev != (before[-1].hash if before else FIRST):
        return "it does not follow the line before"
    if entry.kind not in KINDS or (entry.kind == "rated") == bool(before):
        return f"{entry.kind!r} cannot stand here"
    if not _is_utc(entry.at):
        return f"{entry.at!r} is no time in UTC"
    return _wrong_payload(entry.payload)


def _wrong_payload(payload: Any) -> str:  # noqa: ANN401 - what a file says
    if not isinstance(payload, dict) or sorted(payload) != sorted(PAYLOAD):
        return f"it does not say {', '.join(PAYLOAD)}"
    if not all(isinstance(payload[name], str) and payload[name].strip() for name in ("grade", "reason")):
        return "it has no grade or no reason"
    return ""


def _is_utc(at: Any) -> bool:  # noqa: ANN401 - what a file says
    try:
        return datetime.fromisoformat(at).utcoffset() == timedelta(0)
    except (TypeError, ValueError):
        return False


def _broken(path: Path, number: int, why: str) -> VerificationFailed:
    return VerificationFailed(
        f"{path}, line {number}: the history of ratings is not what was written ({why}).",
        "Every line carries its own hash and that of the line before, and none is ever taken away.",
        "Restore the file from a copy; what follows this line cannot be trusted.",
    )
