"""Pooled slope: each task its own level in logit, all tasks one slope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from tasklaws.assess.baseline import Baseline
from tasklaws.assess.regression import INTERCEPT_SD, SLOPE_SD, lever, logit_drift, with_intercept
from tasklaws.assess.spread import Centre, spread_forecast

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats, LadderArrays, RateForecast, TargetArrays

ROUNDS, LONGEST, SETTLED = 40, 2.5, 1e-9

WORTH = 100.0
"""Attempts beyond these add nothing to a shared slope: tasks differ by more than their sampling noise."""


def levels_and_slopes(ladder: LadderArrays) -> tuple[Floats, Floats, Floats]:
    """Return levels, of shape (tasks,), shared slopes, of shape (features,), and the levels' variance.

    Newton's method on the binomial likelihood; levels are eliminated by their Schur complement.
    """
    x = ladder.x - ladder.x.mean(axis=0)
    share = WORTH / np.maximum(ladder.n, WORTH)
    k, n = ladder.k * share, ladder.n * share
    level, slopes = np.zeros(len(ladder.task_ids)), np.zeros(x.shape[1])
    for _ in range(ROUNDS):
        p = expit(level[:, None] + x @ slopes)
        weight, miss = n * p * (1 - p), k - n * p
        own = weight.sum(axis=1) + INTERCEPT_SD**-2
        cross = weight @ x
        pull = miss.sum(axis=1) - level * INTERCEPT_SD**-2
        joint = np.einsum("tm,mi,mj->ij", weight, x, x) + np.eye(x.shape[1]) * SLOPE_SD**-2
        right = (miss @ x).sum(axis=0) - slopes * SLOPE_SD**-2 - cross.T @ (pull / own)
        step = np.linalg.solve(joint - (cross / own[:, None]).T @ cross, right)
        move = np.clip((pull - cross @ step) / own, -LONGEST, LONGEST)
        level, slopes = level + move, slopes + np.clip(step, -LONGEST, LONGEST)
        if np.abs(move).max() < SETTLED:
            break
    return level, slopes, 1 / own


def _centre(ladder: LadderArrays, target: TargetArrays) -> Centre:
    level, slopes, variance = levels_and_slopes(ladder)
    mean = expit(level + ((target.x - ladder.x.mean(axis=0)) @ slopes)[:, None])
    mean = np.where(ladder.n.sum(axis=1) > 0, mean, np.nan)
    wide = lever(with_intercept(ladder.x, ladder.x), with_intercept(target.x, ladder.x))
    return Centre(
        np.clip(mean, 1e-4, 1 - 1e-4), variance * mean * (1 - mean), wide[:, None] * logit_drift(mean)
    )


def forecast(ladder: LadderArrays, target: TargetArrays) -> RateForecast:
    """Return each task's level moved along the shared slope, spread by its past misses."""
    return spread_forecast(_centre, ladder=ladder, target=target, least_sizes=2)


BASELINE = Baseline(
    "b4_pooled_slope",
    "a level per task and one slope in logit for all",
    "formal model F4 (b4)",
    "published",
    forecast,
)
