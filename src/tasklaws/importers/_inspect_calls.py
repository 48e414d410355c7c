"""Calls of tools in logs of Inspect: what was passed, how it ended, how far it was from a call that works.

Our tools record their calls in the store of a sample. Of other tools the events of a log tell; they stand for
less: an error is known by its kind, and nothing is known of the nearest call that works.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.importers._inspect_files import Log, text, under, whole
from tasklaws.importers._inspect_rows import CALLS, number
from tasklaws.importers._inspect_trace import nested, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

COLUMNS: dict[str, Any] = {
    "file": pl.String,
    "sample_id": pl.String,
    "epoch": pl.Int64,
    "place": pl.Int64,
    "tool": pl.String,
    "text": pl.String,
    "outcome": pl.String,
    "seconds": pl.Float64,
    "edit_distance": pl.Float64,
}
KINDS = {"timeout": "timeout", "output_limit": "output_cap"}
"""Inspect's kind of an error -> how the call ended; of every other kind it is ``error``."""
ATTACHED = re.compile("^(attachment|tc)://")
"""Long texts stand in a sample once, and are named in their places; the second is the older way."""


def calls(paths: Sequence[Path]) -> pl.DataFrame:
    """Return one row for each call of a tool, in the order of each attempt.

    Columns:
        file, sample_id, epoch: the attempt; epochs count from 0.
        place: of the call in its attempt, from 0.
        tool, text: what was called, and what was passed: its one text, else its arguments as JSON.
        outcome: how it ended, in the words of a sandbox: ``ok``, ``error``, ``timeout``, ...
        seconds: that it took.
        edit_distance: of the text to the nearest call that works, from 0 to 1; null where none is known.

    Raises:
        BadInput: a file is no log, or larger than can be.
    """
    rows = [row for path in paths for sample in Log(path).samples() for row in _rows(path.name, sample)]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _rows(file: str, sample: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    epoch = whole(sample.get("epoch"))
    attempt = file, text(str(sample.get("id"))), None if epoch is None else max(epoch - 1, 0)
    told = under(sample, "store").get(CALLS)
    found = _recorded(told, sample) if isinstance(told, list) else _from_events(sample)
    for place, call in enumerate(found):
        yield *attempt, place, *call


def _recorded(told: list[Any], sample: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    """Yield the calls that our tools recorded."""
    for one in told:
        if isinstance(one, dict):
            yield (
                text(one.get("tool")),
                _whole_text(one.get("text"), sample),
                text(one.get("outcome")),
                number(one.get("seconds")),
                number(one.get("edit_distance")),
            )


def _from_events(sample: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    events = list(nested(sample.get("events") or under(sample, "transcript").get("events")))
    for one, then in zip(events, [*events[1:], {}], strict=False):
        if one.get("event") == "tool":
            failed = under(one, "error").get("type")
            yield (
                text(one.get("function")),
                _passed(under(one, "arguments"), sample),
                KINDS.get(str(failed), "error") if one.get("error") or one.get("failed") else "ok",
                seconds(one, then),
                None,
            )


def _passed(arguments: Mapping[str, Any], sample: Mapping[str, Any]) -> str | None:
    """Return the one text among the arguments, else the arguments as JSON."""
    whole_texts = {name: _whole_text(value, sample) for name, value in arguments.items()}
    if len(arguments) == 1 and isinstance(next(iter(arguments.values())), str):
        return next(iter(whole_texts.values()))
    told = {name: arguments[name] if value is None else value for name, value in whole_texts.items()}
    return text(json.dumps(told, ensure_ascii=False))


def _whole_text(value: object, sample: Mapping[str, Any]) -> str | None:
    """Return a text, itself where it stands among the attachments."""
    if isinstance(value, str) and ATTACHED.match(value):
        value = under(sample, "attachments").get(ATTACHED.sub("", value), value)
    return text(value)
