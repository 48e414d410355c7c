"""Weighted means over clusters: their standard error where clusters are few, or count unequally."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.comparison.reference import matched_df

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats

MANY = 60
"""Clusters from which on Satterthwaite's degrees of freedom serve."""


@dataclass(frozen=True)
class Estimate:
    """A mean with the variance that it would have if all were drawn anew."""

    value: float
    variance: float
    df: float
    """Degrees of freedom of the variance: those of the t distribution that gives its intervals."""


def clustered(values: Floats, weights: Floats, cluster: NDArray[np.int64], level: float = 0.95) -> Estimate:
    """Return the weighted mean of `values`, of which those in one cluster may go together.

    The variance is CR2: what lies within a cluster may depend on each other in any way, and it is unbiased
    where the working model holds, by which clusters have an effect of one variance and tasks within them
    another. Where weights are unequal the mean and its variance go together, and no t distribution is theirs;
    the degrees of freedom are those whose interval is as wide as the exact one.

    Args:
        values: one per task.
        weights: of the tasks, summing to 1; a cluster counts what its tasks count together.
        cluster: number of each task's cluster, 0, 1, ... without gaps; two clusters at least.
        level: of the interval that the degrees of freedom are for.

    Source:
        Bell and McCaffrey (2002), Bias reduction in standard errors; Pustejovsky and Tipton (2018),
        Small-sample methods for cluster-robust variance estimation, eqs. 8 and 11; both with one mean per
        cluster.
    """
    share = np.bincount(cluster, weights).astype(float)
    means = np.bincount(cluster, weights * values) / share
    mean = float(share @ means)
    spread = working_model(values, weights, cluster)
    factors = share**2 * spread / _residual_covariance(share, spread).diagonal()
    variance = float(factors @ (means - mean) ** 2)
    if len(share) > MANY:
        return Estimate(mean, variance, satterthwaite(share, spread, factors))
    return Estimate(mean, variance, matched_df(share, spread, factors, level))


def working_model(values: Floats, weights: Floats, cluster: NDArray[np.int64]) -> Floats:
    """Return how far each cluster's mean is thought to vary, up to a factor.

    Tasks vary alike in all clusters, so that a mean over more of them varies less; what the means vary more
    than that is the clusters' own.
    """
    share = np.bincount(cluster, weights).astype(float)
    means = np.bincount(cluster, weights * values) / share
    free = len(values) - len(share)
    within = float(((values - _plain_means(values, cluster)[cluster]) ** 2).sum()) / free if free else 0.0
    of_tasks = within * np.bincount(cluster, weights**2) / share**2
    of_clusters = max(float(means.var(ddof=1) - of_tasks.mean()), 0.0)
    total = of_tasks + of_clusters
    return total / total.mean() if total.mean() > 0 else np.ones(len(share))


def _plain_means(values: Floats, cluster: NDArray[np.int64]) -> Floats:
    return np.asarray(np.bincount(cluster, values) / np.bincount(cluster))


def satterthwaite(share: Floats, spread: Floats, factors: Floats) -> float:
    """Return the degrees of freedom of a sum of squared residuals, from its mean and its variance."""
    covariance = _residual_covariance(share, spread)
    return float((factors @ covariance.diagonal()) ** 2 / (factors @ covariance**2 @ factors))


def _residual_covariance(share: Floats, spread: Floats) -> Floats:
    """Return the covariance of the clusters' means less the weighted mean."""
    taken = share * spread
    return np.asarray(np.diag(spread) - taken[:, None] - taken[None, :] + float(share @ taken))
