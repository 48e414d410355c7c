"""Difficulties explained by what is known of tasks: a regression inside the item response model.

The difficulty of a task is normal around a line in its covariates, and its counts tell of it through a whole
likelihood curve, not through an estimate with an error: a task that nobody solved says "at least so hard".

Source: Janssen, Schepers and Peres, "Models with item and item group predictors", in De Boeck and Wilson,
Explanatory Item Response Models, 2004.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from scipy.special import expit, xlog1py, xlogy

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

SPACING = 0.3
"""Of the grid of difficulties, and the least spread around the line that is told apart from none (logits)."""
BEYOND = 6.0
"""Logits by which the grid goes beyond the weakest and the best model."""
MOST_ROUNDS, CLOSE = 150, 2e-3
EDGE = 1e-12


@dataclass(frozen=True)
class Curves:
    """How likely each task's counts are at each difficulty."""

    grid: Floats
    """Of shape (points,), in logits."""
    log_likelihood: Floats
    """Of shape (tasks, points)."""


@dataclass(frozen=True)
class Regression:
    """Lines through difficulties; the first axis is that of the weightings."""

    coefficients: Floats
    """Of shape (weightings, covariates)."""
    sd: Floats
    """Of difficulties around the line, of shape (weightings,)."""
    mean: Floats
    """Of each task's difficulty, given its counts and the line, of shape (weightings, tasks)."""
    variance: Floats
    """Of the same."""

    @property
    def information(self) -> Floats:
        """Return what the counts tell of each task's place against the line, of the shape of `mean`.

        It is near 0 for tasks that all models solve, or none.
        """
        square = self.sd[:, None] ** 2
        return np.asarray(np.maximum(1 - self.variance / square, 0.0) / square)


def curves(k: Floats, n: Floats, floor: Floats, ability: Floats) -> Curves:
    """Return the likelihood curve of each task's difficulty, abilities known.

    Args:
        k: successes, of shape (tasks, models).
        n: attempts, of the same shape.
        floor: chance rates, of shape (tasks,).
        ability: of shape (models,), in logits.
    """
    grid = np.arange(ability.min() - BEYOND, ability.max() + BEYOND + SPACING, SPACING)
    rate = expit(ability[:, None] - grid)
    p = np.clip(floor[:, None, None] + (1 - floor[:, None, None]) * rate, EDGE, 1 - EDGE)
    return Curves(grid, np.asarray((xlogy(k[..., None], p) + xlog1py((n - k)[..., None], -p)).sum(1)))


def regress(told: Curves, x: Floats, weights: Floats) -> Regression:
    """Return the most likely lines, one for each weighting of the tasks.

    The spread around the line is divided by the tasks less the covariates, so that few tasks do not hide it.

    Args:
        told: what the counts of each task say.
        x: covariates, of shape (tasks, covariates), a column of ones among them.
        weights: of the tasks, of shape (weightings, tasks); 0 leaves a task out.
    """
    inverse = np.linalg.pinv(np.einsum("rt,tp,tq->rpq", weights, x, x), hermitian=True)
    solve = np.einsum("rpq,tq,rt->rpt", inverse, x, weights)
    free = np.maximum(weights.sum(1) - x.shape[1], 1.0)
    best = told.grid[told.log_likelihood.argmax(1)]
    coefficients, sd = solve @ best, np.full(len(weights), max(float(best.std()), 1.0))
    for _ in range(MOST_ROUNDS):
        mean, variance = _posterior(told.grid, told.log_likelihood, coefficients @ x.T, sd)
        line = np.einsum("rpt,rt->rp", solve, mean)
        off = variance + (mean - line @ x.T) ** 2
        spread = np.maximum(np.sqrt((weights * off).sum(1) / free), SPACING)
        moved = max(np.abs(spread - sd).max(), np.abs((line - coefficients) @ x.T).max())
        coefficients, sd = line, spread
        if moved < CLOSE:
            break
    mean, variance = _posterior(told.grid, told.log_likelihood, coefficients @ x.T, sd)
    return Regression(coefficients, sd, mean, variance)


@njit(cache=True)
def _posterior(
    grid: Floats, told: Floats, centre: Floats, sd: Floats
) -> tuple[Floats, Floats]:  # pragma: no cover  compiled
    """Return mean and variance of each difficulty, normal around its centre before the counts."""
    mean, variance = np.empty(centre.shape), np.empty(centre.shape)
    weight = np.empty(grid.size)
    for r in range(centre.shape[0]):
        for t in range(centre.shape[1]):
            top = -np.inf
            for g in range(grid.size):
                weight[g] = told[t, g] - 0.5 * ((grid[g] - centre[r, t]) / sd[r]) ** 2
                top = max(top, weight[g])
            total = first = second = 0.0
            for g in range(grid.size):
                if weight[g] > top - 30:
                    w = np.exp(weight[g] - top)
                    total += w
                    first += w * grid[g]
                    second += w * grid[g] * grid[g]
            mean[r, t] = first / total
            variance[r, t] = max(second / total - mean[r, t] ** 2, 0.0)
    return mean, variance
