"""JSON as Inspect writes it: NaN and infinity stand in it, numbers may be long, and events are most of it."""

from __future__ import annotations

import json
from typing import Any, cast

import orjson

EVENTS, USAGE = b',"events":[', b',"model_usage":{'
"""Keys of a sample where what is passed over begins and ends."""
BEFORE = {"id", "epoch", "metadata", "store"}
"""Keys that Inspect always writes before the events; scores stand there too, where there are any."""
LONGEST = 2**53
"""Whole numbers above may be rounded where a reader has only doubles."""


def parsed(content: bytes) -> Any:  # noqa: ANN401  it is what stands there
    """Return what a JSON text says.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested deeper than anything that Inspect writes.
    """
    if b"NaN" not in content and b"Infinity" not in content:
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:  # such as of half a surrogate
            pass
    return json.loads(content)


def sample(content: bytes, *, events: bool) -> dict[str, Any] | None:
    """Return a sample, None where the text is none.

    Args:
        content: the text.
        events: whether its events are wanted; they are most of a sample, and passed over otherwise.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested deeper than anything that Inspect writes.
    """
    found = None if events else _without_events(content)
    if found is None:
        found = parsed(content)
    if not isinstance(found, dict):
        return None
    name = found.get("id")
    return json.loads(content) if isinstance(name, float) and abs(name) > LONGEST else found


def _without_events(content: bytes) -> dict[str, Any] | None:
    """Return a sample without its events, None where they do not stand where Inspect writes them.

    A quotation mark within a text is escaped, so what is found is a key. Where it were a key of something
    within the sample, what is cut off there would not be closed, or be closed too often: no JSON.
    """
    start = content.find(EVENTS)
    end = content.rfind(USAGE, start)
    if start < 0 or end < 0:
        return None
    try:
        found, rest = parsed(content[:start] + b"}"), parsed(b"{" + content[end + 1 :])
    except ValueError:
        return None
    if not (found.keys() >= BEFORE and ("scores" in found or b'"scores":' not in content[start:end])):
        return None
    return cast("dict[str, Any]", found | rest)
