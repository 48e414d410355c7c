"""Differences on these very tasks: only the attempts are drawn anew, or the instances that were asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.comparison.clustered import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats

MOST_DF = 1e6
"""Degrees of freedom of a variance that is known."""
LEAST_DF = 6.0
"""Of one that is not: scores are bounded, and so are their variances, however few."""
LEAST_ATTEMPTS = 5
"""Attempts of either model from which on intervals hold what they say."""


@dataclass(frozen=True)
class Side:
    """How one model did at each task: over instances, or over attempts where there is one instance."""

    n: Floats
    mean: Floats
    variance: Floats
    """Of one score around the task's mean, unbiased; NaN where there is one score."""

    def own(self) -> Floats:
        """Return the variances; where there is one score, that of the other tasks, or else a coin's."""
        known = np.isfinite(self.variance)
        usual = np.average(self.variance[known], weights=self.n[known]) if known.any() else 0.0
        spread = float(self.mean.mean() * (1 - self.mean.mean()))
        return np.where(known, self.variance, max(usual, 0.0) if known.any() else spread)


@dataclass(frozen=True)
class Pairs:
    """Two models at the tasks that both tried."""

    family: NDArray[np.int64]
    """Number of each task's family, 0, 1, ..."""
    a: Side
    b: Side
    shared: Floats
    """Instances that both were asked; 0 where scores cannot be paired."""
    covariance: Floats
    """Of the two scores at one instance."""

    @property
    def difference(self) -> Floats:
        """Return A minus B at each task."""
        return self.a.mean - self.b.mean

    @property
    def fewest(self) -> float:
        """Return how many attempts the model with fewer made in all."""
        return float(min(self.a.n.sum(), self.b.n.sum()))

    def at(self, places: NDArray[np.int64]) -> Pairs:
        """Return the tasks at these places, as one family; a lone score keeps the variance it has here."""
        a, b = (Side(one.n[places], one.mean[places], one.own()[places]) for one in (self.a, self.b))
        return Pairs(np.zeros_like(places), a, b, self.shared[places], self.covariance[places])


def on_these_tasks(pairs: Pairs, weights: Floats) -> Estimate:
    """Return the weighted mean of differences; its variance comes from the attempts alone."""
    a, b = pairs.a.own() / pairs.a.n, pairs.b.own() / pairs.b.n
    both = 2 * pairs.shared * pairs.covariance / (pairs.a.n * pairs.b.n)
    each = np.maximum(a + b - both, 0.0)
    variance = float(weights**2 @ each) + unseen(pairs, weights)
    return Estimate(float(weights @ pairs.difference), variance, _df(variance, pairs, weights))


def unseen(pairs: Pairs, weights: Floats) -> float:
    """Return the variance that one success and one failure more of each model would add.

    It keeps intervals from closing where all attempts went alike, and vanishes as attempts grow.

    Source:
        Agresti and Caffo (2000), Simple and effective confidence intervals for proportions.
    """
    return sum(_unseen(side, weights) for side in (pairs.a, pairs.b))


def _unseen(side: Side, weights: Floats) -> float:
    """Return what two attempts more would add to the variance of the weighted mean score."""
    n = 1 / float((weights**2 / side.n).sum())
    spread = float((weights**2 * side.own() / side.n).sum()) * n
    more = (n * n * spread + n + 1) / (n + 2) ** 3
    return max(more - spread / n, 0.0)


def _df(variance: float, pairs: Pairs, weights: Floats) -> float:
    """Return the degrees of freedom of a sum of the tasks' variances (Welch and Satterthwaite)."""
    spent = 0.0
    for side in (pairs.a, pairs.b):
        spent += float(((weights**2 * side.own() / side.n) ** 2 / np.maximum(side.n - 1, 1)).sum())
    return max(min(variance**2 / spent, MOST_DF), LEAST_DF) if spent > 0 else MOST_DF
