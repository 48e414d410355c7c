"""Binomial regression of every task on the rungs' features: the machinery of the linear baselines.

The rate is ``floor + (1 - floor) h(X b)`` with h logistic or Gumbel. Each task is fitted by Fisher
scoring on its counts under a weak normal prior, with step halving, because an unchecked step diverges
on tasks whose counts are all 0 or all n.
"""

# ruff: noqa: PLR0917  compiled kernels take plain arrays by position

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from tasklaws.assess.spread import Centre

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats, LadderArrays

LOGIT, GUMBEL = 0, 1

INTERCEPT_SD, SLOPE_SD = 5.0, 3.0
"""Prior standard deviations: of the intercept, and of slopes per decade or year."""

SLOPE_SDS = {"size": (0.5, 1.0, 3.0), "release": (3.0,)}
"""Prior standard deviations of slopes that are tried on the inner folds; years hold larger steps."""

ROUNDS, HALVINGS, SETTLED = 50, 20, 1e-9

LEVER_CAP = 6.0
"""Largest factor by which extrapolation widens the drift variance."""


@njit(cache=True)
def rate_and_slope(eta: float, floor: float, link: int) -> tuple[float, float]:
    """Return the rate at `eta` and its derivative."""
    if link == LOGIT:
        h = 1.0 / (1.0 + math.exp(-min(max(eta, -30.0), 30.0)))
        slope = h * (1.0 - h)
    else:
        decay = math.exp(-min(max(eta, -3.5), 30.0))
        h = math.exp(-decay)
        slope = decay * h
    rate = floor + (1.0 - floor) * h
    return min(max(rate, 1e-12), 1.0 - 1e-12), max((1.0 - floor) * slope, 1e-14)


@njit(cache=True)
def _objective(
    b: Floats, x: Floats, k: Floats, n: Floats, floor: float, link: int, precision: Floats
) -> float:
    value = -0.5 * (precision * b * b).sum()
    for m in range(n.size):
        p, _ = rate_and_slope((x[m] * b).sum(), floor, link)
        value += k[m] * math.log(p) + (n[m] - k[m]) * math.log1p(-p)
    return float(value)


@njit(cache=True)
def _curvature(
    b: Floats, x: Floats, k: Floats, n: Floats, floor: float, link: int, precision: Floats
) -> tuple[Floats, Floats]:
    """Return the gradient and the expected information of the penalised likelihood."""
    gradient, information = -precision * b, np.diag(precision)
    for m in range(n.size):
        p, slope = rate_and_slope((x[m] * b).sum(), floor, link)
        weight = slope / (p * (1.0 - p))
        gradient += (k[m] - n[m] * p) * weight * x[m]
        information += n[m] * slope * weight * np.outer(x[m], x[m])
    return gradient, information


@njit(cache=True)
def fit_task(
    x: Floats, k: Floats, n: Floats, floor: float, link: int, precision: Floats
) -> tuple[Floats, Floats]:
    """Return the coefficients of one task, of shape (features,), and their covariance."""
    b = np.zeros(x.shape[1])
    value = _objective(b, x, k, n, floor, link, precision)
    for _ in range(ROUNDS):
        gradient, information = _curvature(b, x, k, n, floor, link, precision)
        step = np.linalg.solve(information, gradient)
        gain = 0.0
        for _ in range(HALVINGS):
            tried = _objective(b + step, x, k, n, floor, link, precision)
            if tried >= value:
                gain = tried - value
                b, value = b + step, tried
                break
            step = step / 2.0
        if gain < SETTLED:
            break
    return b, np.linalg.inv(_curvature(b, x, k, n, floor, link, precision)[1]).astype(np.float64)


@njit(cache=True)
def _predict_tasks(
    x: Floats, k: Floats, n: Floats, floor: Floats, link: int, precision: Floats, x_new: Floats
) -> tuple[Floats, Floats]:
    shape = (x_new.shape[0], k.shape[0])
    mean, own = np.empty(shape), np.empty(shape)
    for t in range(k.shape[0]):
        b, cov = fit_task(x, k[t], n[t], floor[t], link, precision)
        for s in range(x_new.shape[0]):
            mean[s, t], slope = rate_and_slope((x_new[s] * b).sum(), floor[t], link)
            variance = (x_new[s] * (cov @ x_new[s])).sum()
            own[s, t] = variance * slope**2 / (mean[s, t] * (1.0 - mean[s, t]))
    return mean, own


def regress(
    x: Floats, x_new: Floats, ladder: LadderArrays, floor: Floats, link: int, slope_sd: float = SLOPE_SD
) -> Centre:
    """Return each task's regression at `x_new`.

    Args:
        x: features of the training rungs, of shape (rungs, features), without intercept.
        x_new: features of the targets, of shape (targets, features).
        ladder: counts.
        floor: floor of each task's rate, of shape (tasks,).
        link: LOGIT or GUMBEL.
        slope_sd: prior standard deviation of the slopes.
    """
    design, new = with_intercept(x, x), with_intercept(x_new, x)
    precision = np.r_[INTERCEPT_SD**-2, np.full(x.shape[1], slope_sd**-2)]
    k, n = np.ascontiguousarray(ladder.k, dtype=np.float64), np.ascontiguousarray(ladder.n, dtype=np.float64)
    mean, own = _predict_tasks(design, k, n, floor, link, precision, new)
    mean = np.where(ladder.n.sum(axis=1) > 0, mean, np.nan)
    return Centre(np.clip(mean, 1e-4, 1 - 1e-4), own, lever(design, new)[:, None] * logit_drift(mean))


def logit_drift(mean: Floats) -> Floats:
    """Return the factor that makes a drift of equal size in logit for all tasks, 1 at a rate of one half."""
    return np.asarray(4 * mean * (1 - mean))


def with_intercept(x: Floats, about: Floats) -> Floats:
    """Return `x` centred on the mean of `about`, behind a column of ones."""
    return np.column_stack([np.ones(len(x)), x - about.mean(axis=0)])


def lever(design: Floats, new: Floats) -> Floats:
    """Return 1 + the leverage of each row of `new`, of shape (targets,), at most LEVER_CAP."""
    hat = np.linalg.pinv(design.T @ design, rcond=1e-6)
    return np.asarray(np.minimum(1 + np.einsum("ij,jk,ik->i", new, hat, new), LEVER_CAP))
