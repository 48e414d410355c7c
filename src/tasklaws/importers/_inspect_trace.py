"""The trace of calls in logs of Inspect: which steps an attempt took, of which kind, and how long each was.

Read without Inspect, as files: a `.json` log, or an `.eval` log, which is a zip of JSON files. Logs of all
versions since events were recorded are read alike: events stood under `transcript` once, calls within calls
stood inside their parent, and times were stated one by one as Inspect grew. What a log does not say is null.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.importers._inspect_files import samples, text, under, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MOST_DEEP = 20
"""Calls within calls that are read."""

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
    rows = [row for path in paths for sample in samples(path) for row in _rows(path.name, sample)]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _rows(file: str, sample: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    events = list(nested(sample.get("events") or under(sample, "transcript").get("events")))
    calls = _from_events(events) or _from_messages(sample.get("messages"))
    for place, call in enumerate(calls):
        yield file, text(str(sample.get("id"))), whole(sample.get("epoch")), place, *call


def nested(found: object, deep: int = 0) -> Iterator[dict[str, Any]]:
    """Yield events, each followed by those within it."""
    for one in found if isinstance(found, list) and deep < MOST_DEEP else []:
        if isinstance(one, dict):
            yield one
            yield from nested(one.get("events"), deep + 1)


def _from_events(events: Sequence[dict[str, Any]]) -> list[tuple[object, ...]]:
    after: list[dict[str, Any]] = [*events[1:], {}]
    return [
        (
            one["event"],
            text(one.get("function")) if one["event"] == "tool" else None,
            seconds(one, then),
            _tokens(one.get("output")),
            bool(one.get("error") or one.get("failed") or under(one, "output").get("error")),
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
            made.append(("tool", text(one.get("function")), None, None, bool(one.get("error"))))
    return made


def seconds(event: dict[str, Any], then: dict[str, Any]) -> float | None:
    stated = event.get("working_time")
    if isinstance(stated, int | float) and not isinstance(stated, bool) and 0 <= stated < float("inf"):
        return float(stated)
    start = moment(event.get("timestamp"))
    for end in (moment(event.get("completed")), moment(then.get("timestamp"))):
        if start is not None and end is not None:
            return max((end - start).total_seconds(), 0.0)
    return None


def moment(value: object) -> datetime | None:
    """Return a time with its zone; without one it could not be compared."""
    try:
        made = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return made if made is not None and made.tzinfo is not None else None


def _tokens(output: object) -> int | None:
    return whole(under(output, "usage").get("output_tokens"))
