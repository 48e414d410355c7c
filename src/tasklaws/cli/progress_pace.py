"""How long a stage will still take, from the pace of the latest tenth of its work."""

from __future__ import annotations

import math

MEMORY = 0.1
"""Share of the work within which an earlier pace is forgotten by a factor e."""
LEAST, SOON = 0.01, 30.0
"""Share of the work, or else seconds since the first of it, before anything is said: starting is slow."""


class Pace:
    """Seconds per work, with what lies long behind forgotten.

    Work is counted as a share of the stage, 0 to 1, so that stages of ten steps and of a million are alike.
    """

    def __init__(self, now: float) -> None:
        self._last = now
        self._seconds = self._work = self._step = self._all = 0.0
        self._first = math.inf

    def heard(self, work: float, now: float) -> None:
        """Hear that more work was done by `now`."""
        if work <= 0:
            return
        self._first = min(self._first, now)
        self._all += work
        kept = math.exp(-work / MEMORY)
        self._seconds = kept * self._seconds + max(now - self._last, 0.0)
        self._work = kept * self._work + work
        self._step = kept * self._step + (1 - kept) * work
        self._last = max(now, self._last)

    def left(self, work: float, now: float) -> float | None:
        """Return the seconds that `work` will take from `now` on; None where too little was done to say.

        Between two steps it counts down; when a step is late, it grows again.
        """
        if self._all < LEAST and now - self._first < SOON:
            return None
        waited = max(now - self._last, 0.0)
        late = max(waited - self._step * self._seconds / self._work, 0.0)
        return max(work * (self._seconds + late) / self._work - (waited - late), 0.0)
