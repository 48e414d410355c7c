"""Path change: solved another way than usual, or than by the size before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.assess.observation.flag import Flag, Seen, seen
from tasklaws.assess.observation.others import NO_PATH, place_of

if TYPE_CHECKING:
    from collections import Counter

    from tasklaws.assess.observation.others import Others
    from tasklaws.assess.observation.transcripts import Transcript

LEAST = 5
"""Other attempts whose way is known, below which no way is usual."""
USUAL, RARE = 0.8, 0.1
"""Shares of the others that went the usual way, and this one."""


def look(attempt: Transcript, others: Others) -> Seen | None:
    """Return the way that an attempt took, where it is a new one."""
    path = attempt.path
    if path is None or path == NO_PATH:
        return None
    peers = others.paths.get(place_of(attempt))
    rest = peers.copy() if peers else others.paths_before(attempt)
    if peers:
        rest[path] -= 1
    for ways, whose in ((rest, "this model"), (others.paths_before(attempt), "the size before")):
        usual = _usual(ways, path)
        if usual is not None:
            return seen(f"{path}, where {whose} mostly takes {usual}", "path")
    return None


def _usual(ways: Counter[str], path: str) -> str | None:
    """Return the usual way where there is one and `path` is rare beside it."""
    total = ways.total()
    if total < LEAST or ways[path] > RARE * total:
        return None
    usual, count = ways.most_common(1)[0]
    return usual if count >= USUAL * total else None


FLAG = Flag(
    "path_change",
    "solved another way than this model mostly does, or than the size before did",
    source="formal model, F4 (a change of path breaks the law of a family)",
    status="emerging",
    rule=f"at most {RARE:.0%} of {LEAST} other attempts or more went the same way, and {USUAL:.0%} another",
    look=look,
    among=True,
)
