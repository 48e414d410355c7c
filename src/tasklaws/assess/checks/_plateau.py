"""Whether the score of a family has stopped growing at the top of the ladder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.assess.evidence import Counts, Evidence
    from tasklaws.infer.arrays import Floats

SOLVED = 0.5


def plateau(evidence: Evidence) -> dict[str, float | None]:
    """Return whether growth has stopped at the two largest sizes: common solved tasks, and gain in score.

    `jaccard` is the share of the tasks solved by either size that both solve; a task is solved where half of
    the attempts are.
    """
    counts, sizes = evidence.counts, np.array(evidence.suite.sizes)
    asked = [size for size in dict.fromkeys(sizes) if counts.n[:, sizes == size].sum() > 0]
    if len(asked) < 2:  # noqa: PLR2004  two sizes make a step
        return {"jaccard": None, "gain": None}
    below, above = (_rates(counts, sizes == size) for size in asked[-2:])
    both = np.isfinite(below) & np.isfinite(above)
    one, other = below[both] >= SOLVED, above[both] >= SOLVED
    either = int((one | other).sum())
    return {
        "jaccard": float((one & other).sum() / either) if either else None,
        "gain": float((above - below)[both].mean()) if both.any() else None,
    }


def _rates(counts: Counts, models: NDArray[np.bool_]) -> Floats:
    """Return the rate at each task of some models together, NaN where none was asked."""
    n = counts.n[:, models].sum(axis=1)
    return np.where(n > 0, counts.k[:, models].sum(axis=1) / np.where(n > 0, n, 1.0), np.nan)
