"""The trace of calls in logs of Inspect: which steps an attempt took, of which kind, and how long each was.

Read without Inspect, as files: a `.json` log, or an `.eval` log, which is a zip of JSON files. Logs of all
versions since events were recorded are read alike: events stood under `transcript` once, calls within calls
stood inside their parent, and times were stated one by one as Inspect grew. What a log does not say is null.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MOST_BYTES = 256 * 2**20
"""Of a file, or of one member of a zip, after inflating."""
MOST_IN_ALL = 4 * 2**30
"""Of all members of a zip together."""
MOST_DEEP = 20
"""Calls within calls that are read."""
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

COLUMNS = {
    "file": pl.String,
    "sample_id": pl.String,
    "epoch": pl.Int64,
    "place": pl.Int64,
    "kind": pl.String,
    "function": pl.String,
    "seconds": pl.Float64,
    "tokens": pl.Int64,
    "failed": pl.Boolean,
}


def trace(paths: Sequence[Path]) -> pl.DataFrame:
    """Return one row for each call of a model or a tool, in the order of each attempt.

    Columns:
        file, sample_id, epoch: the attempt.
        place: of the call in its attempt, from 0.
        kind, function: ``model``, or ``tool`` with the name of the function.
        seconds: that it took: as the log states it, or from its start to its end, or else to the next event.
        tokens: that a model wrote.
        failed: whether it ended in an error.

    Raises:
        BadInput: a file is no log, or larger than can be.
    """
    rows = [row for path in paths for sample in _samples(path) for row in _rows(path.name, sample)]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _samples(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the attempts of one log."""
    try:
        if zipfile.is_zipfile(path):
            yield from _zipped(path)
            return
        if path.stat().st_size > MOST_BYTES:
            raise _too_large(path.name)
        log = json.loads(path.read_bytes())
    except UNREADABLE as error:
        raise _no_log(path.name, error) from None
    if not isinstance(log, dict) or not isinstance(log.get("samples") or [], list):
        raise _no_log(path.name, "it has no list of samples")
    yield from (one for one in log.get("samples") or [] if isinstance(one, dict))


def _zipped(path: Path) -> Iterator[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        members = sorted(
            (one for one in archive.infolist() if _is_sample(one.filename)), key=lambda one: one.filename
        )
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


def _rows(file: str, sample: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    events = list(_events(sample.get("events") or _under(sample, "transcript").get("events")))
    calls = _from_events(events) or _from_messages(sample.get("messages"))
    for place, call in enumerate(calls):
        yield file, _text(str(sample.get("id"))), _whole(sample.get("epoch")), place, *call


def _events(found: object, deep: int = 0) -> Iterator[dict[str, Any]]:
    """Yield events, each followed by those within it."""
    for one in found if isinstance(found, list) and deep < MOST_DEEP else []:
        if isinstance(one, dict):
            yield one
            yield from _events(one.get("events"), deep + 1)


def _from_events(events: Sequence[dict[str, Any]]) -> list[tuple[object, ...]]:
    after: list[dict[str, Any]] = [*events[1:], {}]
    return [
        (
            one["event"],
            _text(one.get("function")) if one["event"] == "tool" else None,
            _seconds(one, then),
            _tokens(one.get("output")),
            bool(one.get("error") or one.get("failed") or _under(one, "output").get("error")),
        )
        for one, then in zip(events, after, strict=False)
        if one.get("event") in ("model", "tool")
    ]


def _from_messages(messages: object) -> list[tuple[object, ...]]:
    """Return the calls that messages tell of, in logs without events; no times are known there."""
    made: list[tuple[object, ...]] = []
    for one in messages if isinstance(messages, list) else []:
        if not isinstance(one, dict) or one.get("role") not in {"assistant", "tool"}:
            continue
        if one["role"] == "assistant":
            made.append(("model", None, None, None, False))
        else:
            made.append(("tool", _text(one.get("function")), None, None, bool(one.get("error"))))
    return made


def _seconds(event: dict[str, Any], then: dict[str, Any]) -> float | None:
    stated = event.get("working_time")
    if isinstance(stated, int | float) and not isinstance(stated, bool) and 0 <= stated < float("inf"):
        return float(stated)
    start = _moment(event.get("timestamp"))
    for end in (_moment(event.get("completed")), _moment(then.get("timestamp"))):
        if start is not None and end is not None:
            return max((end - start).total_seconds(), 0.0)
    return None


def _moment(text: object) -> datetime | None:
    """Return a time with its zone; without one it could not be compared."""
    try:
        made = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return made if made is not None and made.tzinfo is not None else None


def _tokens(output: object) -> int | None:
    return _whole(_under(output, "usage").get("output_tokens"))


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST else None


def _under(outer: object, key: str) -> dict[str, Any]:
    inner = outer.get(key) if isinstance(outer, dict) else None
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}


def _text(value: object) -> str | None:
    """Return a text as it can be encoded."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None


def _too_large(what: str) -> BadInput:
    return BadInput(
        f"{what} is larger than {MOST_BYTES >> 20} MiB when inflated.",
        "A log is read whole, so its size is bounded.",
        "Split the log, or leave the file out.",
    )


def _no_log(name: str, why: object) -> BadInput:
    return BadInput(
        f"{name} is no log of Inspect: {why}.", "A log is JSON, or a zip of JSON.", "Leave the file out."
    )
