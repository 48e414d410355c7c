"""Heaping: do times crowd just below the longest of them, as if longer ones had been cut down to it?

Nothing lies above the longest time, so a step in the density there cannot be seen. What can be seen is how
many lie close below it: of any smooth law that thins out towards its end few do. Counts are in units of the
times' own spread in logs, so that their null law depends on nothing but how many times there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.infer.arrays import Floats

WINDOW = 0.5
"""How far below the longest, in standard deviations of log time."""
LEAST_TIMES = 6
DRAWS = 499

SHAPES: tuple[Callable[[np.random.Generator, tuple[int, int]], Floats], ...] = (
    lambda rng, shape: rng.normal(size=shape),
    lambda rng, shape: rng.random(shape),
    lambda rng, shape: np.log(rng.exponential(size=shape)),
)
"""Laws of log times that nobody cut: log-normal times, evenly spread ones, and exponential ones."""


class Heap(NamedTuple):
    """What lies just below the longest time."""

    close: int
    """Times within the window, the longest with them."""
    longest: float
    window: float
    """Natural log units."""
    p: float
    """Largest over the laws of uncut times."""


def heap(times: Floats, rng: np.random.Generator) -> Heap | None:
    """Return how many positive `times` crowd below the longest; None where they are few or all the same.

    Source: formal model D10; after McCrary 2008, for a threshold that nothing exceeds.
    """
    logs = np.log(times)
    if logs.size < LEAST_TIMES or np.ptp(logs) == 0:
        return None
    close = int(_close(logs[None])[0])
    chance = (_close(draw(rng, (DRAWS, logs.size))) for draw in SHAPES)
    p = max(float(((drawn >= close).sum() + 1) / (DRAWS + 1)) for drawn in chance)
    return Heap(close, float(times.max()), WINDOW * float(logs.std(ddof=1)), p)


def _close(logs: Floats) -> Floats:
    """Return how many of each row lie in the window below the row's largest."""
    reach = logs.max(axis=1) - WINDOW * logs.std(axis=1, ddof=1)
    return np.asarray((logs > reach[:, None]).sum(axis=1))
