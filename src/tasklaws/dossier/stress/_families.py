"""The mean change over the families of a model, and the interval in which it lies for fresh questions.

Each family counts alike. Where all families were tried, the error is that of their questions. Where some
were, they are clusters drawn from all: the scatter between them counts for those that were not tried, and the
error of questions for those that were (two-stage sampling; Cochran, Sampling Techniques, 10.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import stdtrit

from tasklaws.dossier.stress._rated import QUESTION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEVEL = 0.9
POINTS = 100.0


@dataclass(frozen=True)
class Changes:
    """The change of the score of each family that was tried, in [-1, 1]."""

    families: tuple[str, ...]
    change: Floats
    variance: Floats
    """Of each change, over questions of the same family."""
    n: int
    """Questions, or attempts, over all families."""
    of: int
    """Families that the model has, tried or not."""

    @property
    def mean(self) -> float:
        """Return the mean over families."""
        return float(self.change.mean())

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Return the ends of the mean change over all families; of one of several, -1 and 1."""
        tried, within = self.change.size, float(self.variance.sum()) / self.change.size**2
        if tried == 1 < self.of:
            return -1.0, 1.0
        free, variance = max(self.n - tried, 1), within
        if tried < self.of:
            part, between = tried / self.of, float(self.change.var(ddof=1)) / tried
            free, variance = tried - 1, max(within, (1 - part) * between + part * within)
        half = float(stdtrit(free, (1 + level) / 2)) * variance**0.5
        return max(self.mean - half, -1.0), min(self.mean + half, 1.0)


def paired(before: pl.DataFrame, after: pl.DataFrame, of: int) -> Changes:
    """Return the change of each family over the questions that were asked before and after.

    Args:
        before: task_family, task_id, question, n, total, squares (attempts, and sums of their scores).
        after: the same.
        of: families that the model has.
    """
    both = before.join(after, on=list(QUESTION), suffix="_after")
    change = pl.col("total_after") / pl.col("n_after") - pl.col("total") / pl.col("n")
    rows = (
        both.group_by("task_family")
        .agg(
            change.mean().alias("change"),
            (change**2).sum().alias("squares"),
            ((_noise("") + _noise("_after")).sum() / pl.len() ** 2).alias("noise"),
            pl.len().alias("n"),
        )
        .sort("task_family")
    )
    mean, squares, noise, n = (rows[name].cast(pl.Float64).to_numpy() for name in rows.columns[1:])
    variance = np.maximum(spread(mean, squares, n), noise)
    return Changes(tuple(rows["task_family"]), mean, variance, both.height, of)


def _noise(suffix: str) -> pl.Expr:
    """Return the variance of a question's mean over its attempts, of which one alone shows none."""
    n, total, squares = (pl.col(f"{name}{suffix}") for name in ("n", "total", "squares"))
    own = squares / n - (total / n) ** 2
    return pl.when(n > 1).then(own.clip(0) / (n - 1)).otherwise(0.0)


def spread(mean: Floats, squares: Floats, n: Floats) -> Floats:
    """Return the variance of the mean of each family's changes, by one variance within all families.

    A gain and a loss of half the weight are added to it: without them, questions of which none has changed so
    far would be taken never to change.

    Args:
        mean: of the changes of each family.
        squares: sum of their squares.
        n: how many there are.
    """
    whole = float((squares - n * mean**2).sum())
    variance: Floats = (max(whole, 0.0) + 1) / (float(n.sum()) + 1) / n
    return variance
