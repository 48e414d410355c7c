"""The horizon of one model: the human time of the tasks that it solves half of the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

RIDGE = 0.1
"""Precision of the slope per doubling of time, in units of all observations together.

Source: METR, eval-analysis-public, the regularisation of its horizons.
"""
LEAST_TASKS = 3
BEYOND = 2.0
"""Doublings beyond the shortest and the longest task within which a crossing is told."""


def half_time(rates: Floats, minutes: Floats, weights: Floats) -> float | None:
    """Return the minutes at which a logistic in log time crosses one half, and None where it does not.

    None is: fewer than three tasks, all of them solved or none, success that does not fall with time, or a
    crossing far beyond the shortest or the longest task, where nothing was seen.

    Args:
        rates: success at each task, of shape (tasks,); NaN where it was not asked.
        minutes: human time of each task; NaN where it is not known.
        weights: of the tasks; only their proportions count.
    """
    use = np.isfinite(rates) & np.isfinite(minutes) & (minutes > 0) & (weights > 0)
    told = rates[use]
    if told.size < LEAST_TASKS or not 0 < told.sum() < told.size:
        return None
    doublings = np.log2(minutes[use])
    level, slope = _fit(told, doublings, weights[use] / weights[use].sum())
    crossing = -level / slope if slope < 0 else np.inf
    seen = doublings.min() - BEYOND <= crossing <= doublings.max() + BEYOND
    return float(2**crossing) if seen else None


def _fit(rates: Floats, x: Floats, weights: Floats) -> tuple[float, float]:
    """Return level and slope of the weighted logistic regression, its slope held by the ridge."""
    design = np.stack([np.ones_like(x), x], axis=1)

    def loss(b: Floats) -> tuple[float, Floats]:
        eta = design @ b
        value = weights @ (np.logaddexp(0, eta) - rates * eta) + RIDGE / 2 * b[1] ** 2
        return float(value), design.T @ (weights * (expit(eta) - rates)) + np.array([0.0, RIDGE * b[1]])

    level, slope = minimize(loss, np.zeros(2), jac=True, method="BFGS", options={"gtol": 1e-8}).x
    return float(level), float(slope)
