"""Last rung plus the mean increment: every task moves on in logit as the tasks moved on so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from tasklaws.assess.baseline import Baseline
from tasklaws.assess.last_rung import last_counts, smoothed
from tasklaws.assess.spread import Centre, spread_forecast

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats, LadderArrays, RateForecast, TargetArrays


def pace(ladder: LadderArrays) -> Floats:
    """Return each task's increment in logit per unit of walk, of shape (tasks,), 0 where it has one rung."""
    use = ladder.n > 0
    z = np.where(use, logit(smoothed(ladder.k, np.maximum(ladder.n, 1))), 0.0)
    count = np.maximum(use.sum(axis=1, keepdims=True), 1)
    away = np.where(use, ladder.walk - (use * ladder.walk).sum(axis=1, keepdims=True) / count, 0.0)
    length = (away**2).sum(axis=1)
    return np.asarray(np.where(length > 0, (away * z).sum(axis=1) / np.where(length > 0, length, 1), 0.0))


def _centre(ladder: LadderArrays, target: TargetArrays) -> Centre:
    k, n, walk = last_counts(ladder)
    ahead = target.walk[:, None] - walk
    mean = expit(logit(smoothed(k, n)) + ahead * pace(ladder).mean())
    return Centre(mean, np.broadcast_to(1 / (n + 1), mean.shape), np.ones_like(mean))


def forecast(ladder: LadderArrays, target: TargetArrays) -> RateForecast:
    """Return the last rung moved on by the mean increment, spread by its past misses."""
    return spread_forecast(_centre, ladder=ladder, target=target, least_sizes=2)


BASELINE = Baseline(
    "b2_increment",
    "the last rung plus the mean increment in logit",
    "formal model F4 (b2)",
    "published",
    forecast,
)
