"""Unusually long: far more tokens than the other attempts of the model at the task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.observation.flag import Flag, Seen, seen
from tasklaws.assess.observation.others import place_of

if TYPE_CHECKING:
    from collections import Counter

    from tasklaws.assess.observation.others import Others
    from tasklaws.assess.observation.transcripts import Transcript

LEAST = 8
"""Other attempts, below which nothing is usual."""
TIMES = 3.0
"""Times the upper quartile of the others, at least."""
SPREADS = 2.0
"""Distances between the quartiles, on a log scale, by which it must lie above the upper one."""


def look(attempt: Transcript, others: Others) -> Seen | None:
    """Return how long an attempt is against the others."""
    peers = others.tokens.get(place_of(attempt))
    if attempt.tokens is None or peers is None or peers.total() <= LEAST or attempt.tokens <= TIMES:
        return None
    low, middle, high = _quartiles(peers, attempt.tokens)
    most = high * max(TIMES, (high / low) ** SPREADS)
    if attempt.tokens <= most:
        return None
    return seen(f"{attempt.tokens} tokens; half of the others have {middle:.0f} or fewer", "tokens")


def _quartiles(peers: Counter[int], own: int) -> tuple[float, float, float]:
    """Return the quartiles of all but one attempt of length `own`; none is below 1."""
    lengths = np.array(sorted(peers))
    counts = np.array([peers[int(length)] - (length == own) for length in lengths])
    reached = np.cumsum(counts) / counts.sum()
    low, middle, high = (max(float(lengths[np.searchsorted(reached, at)]), 1.0) for at in (0.25, 0.5, 0.75))
    return low, middle, high


FLAG = Flag(
    "unusually_long",
    "far longer than the other attempts of this model at this task",
    source="Tukey (1977), Exploratory Data Analysis: fences, here on a log scale",
    status="emerging",
    rule=f"its tokens are more than {TIMES:g} times the upper quartile of {LEAST} others or more, and more "
    f"than {SPREADS:g} log distances between their quartiles above it",
    look=look,
    among=True,
)
