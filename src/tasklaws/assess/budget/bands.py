"""Pointwise bands around the share of success by a budget.

What the bands are of: the same tasks, each as often as it was tried, with fresh attempts (and fresh
questions, where a task has several). Differences between tasks are therefore no error; the variance is that
within tasks, of sums over questions, from the influences of attempts. It makes the share a count of successes
among an effective number of attempts, and the band is the interval of Jeffreys for that count: near 0 and 1
it neither leaves [0, 1] nor shrinks to a point, as intervals from a normal law do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import beta, t

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.assess.budget.survival import Floats, Incidence

LEVEL = 0.9
BORROWED = 1.0
"""Degrees of freedom that the variance within a task borrows from that of all attempts together.

Without them, tasks that are always or never solved so far would be taken to be so for sure.
"""


def bands(
    found: Incidence, task: NDArray[np.int64], question: NDArray[np.int64], level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Return lower and upper ends of the share of success at each budget.

    Args:
        found: the estimate.
        task: of each attempt, numbered from 0.
        question: of each attempt, numbered from 0 over all tasks; attempts at one belong together.
        level: share of worlds in which an interval is to hold the truth.
    """
    variance, freedom = _variance(found.influence, task, question)
    share = found.success
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(variance > 0, share * (1 - share) / variance, np.nan)
    size = np.where(np.isfinite(size) & (size > 0), size, np.maximum(found.at_risk, len(task) * (share > 0)))
    out = (1 - level) / 2
    size = size * (t.ppf(out, np.inf) / t.ppf(out, np.maximum(freedom, 1.0))) ** 2
    lower = np.where(share > 0, beta.ppf(out, share * size + 0.5, (1 - share) * size + 0.5), 0.0)
    upper = np.where(share < 1, beta.ppf(1 - out, share * size + 0.5, (1 - share) * size + 0.5), 1.0)
    return np.minimum(lower, share), np.maximum(upper, share)


def effective(found: Incidence) -> Floats:
    """Return how many whole attempts the share at each budget is worth, tasks apart."""
    variance = (found.influence**2).sum(axis=0)
    share, many = found.success, len(found.influence)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = share * (1 - share) / variance
    return np.where(np.isfinite(size) & (size > 0), np.minimum(size, many), np.maximum(found.at_risk, 1))


def _variance(
    influence: Floats, task: NDArray[np.int64], question: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return the variance of the estimate at each budget and its degrees of freedom.

    Those are finite where attempts belong together, so that their spread has to be estimated (Satterthwaite).
    """
    unit = _units(task, question)
    sums = np.zeros((int(unit.max()) + 1, influence.shape[1]))
    np.add.at(sums, unit, influence)
    home = np.zeros(len(sums), dtype=np.int64)
    home[unit] = task
    many = np.bincount(home).astype(float)[:, None]
    apart = np.zeros((len(many), influence.shape[1]))
    np.add.at(apart, home, (sums - _means(sums, home)[home]) ** 2)
    whole = (sums**2).sum(axis=0) / max(len(sums) - 1, 1)
    freedom = many - 1 + BORROWED
    each = many * (apart + BORROWED * whole) / freedom
    variance = each.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        degrees = variance**2 / (each**2 / freedom).sum(axis=0)
    if len(sums) == len(influence):  # the variance of single attempts follows from the share itself
        degrees = np.full_like(variance, np.inf)
    return variance, np.where(np.isnan(degrees), float(len(sums) - 1), degrees)


def _units(task: NDArray[np.int64], question: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what is drawn anew within a task: its questions, or attempts where it has only one question."""
    pairs = np.unique(np.stack([task, question]), axis=1)
    alone = np.bincount(pairs[0])[task] == 1
    named = np.where(alone, np.arange(len(task)) + question.max() + 1, question)
    return np.asarray(np.unique(named, return_inverse=True)[1], dtype=np.int64)


def _means(sums: Floats, home: NDArray[np.int64]) -> Floats:
    total = np.zeros((int(home.max()) + 1, sums.shape[1]))
    np.add.at(total, home, sums)
    return np.asarray(total / np.bincount(home)[:, None])
