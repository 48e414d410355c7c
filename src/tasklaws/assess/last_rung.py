"""The last rung on which each task was run, and rates smoothed away from 0 and 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats, LadderArrays


def smoothed(k: Floats, n: Floats) -> Floats:
    """Return (k + 1/2) / (n + 1), NaN where n is 0."""
    return np.asarray(np.where(n > 0, (k + 0.5) / (n + 1), np.nan))


def last_counts(ladder: LadderArrays) -> tuple[Floats, Floats, Floats]:
    """Return k, n and walk of the last rung that has each task, of shape (tasks,); n = 0 where none has."""
    order = np.argsort(ladder.walk, kind="stable")
    seen = ladder.n[:, order] > 0
    at = order[seen.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1)]
    row = np.arange(len(at))
    return ladder.k[row, at], ladder.n[row, at], ladder.walk[at]
