"""Climatology: each task keeps the mean of all its training rungs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.baseline import Baseline
from tasklaws.assess.last_rung import smoothed
from tasklaws.assess.spread import Centre, spread_forecast

if TYPE_CHECKING:
    from tasklaws.infer.arrays import LadderArrays, RateForecast, TargetArrays


def _centre(ladder: LadderArrays, target: TargetArrays) -> Centre:
    k, n = ladder.k.sum(axis=1), ladder.n.sum(axis=1)
    shape = target.n.shape
    return Centre(np.broadcast_to(smoothed(k, n), shape), np.broadcast_to(1 / (n + 1), shape), np.ones(shape))


def forecast(ladder: LadderArrays, target: TargetArrays) -> RateForecast:
    """Return the mean of the task's training rungs, spread by the misses of that mean so far."""
    return spread_forecast(_centre, ladder=ladder, target=target)


BASELINE = Baseline(
    "b0_climatology", "the mean of the task's training rungs", "formal model F4 (b0)", "published", forecast
)
