"""Persistence: each task keeps its last rung, with a fitted beta-binomial drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.baseline import Baseline
from tasklaws.assess.last_rung import last_counts, smoothed
from tasklaws.assess.spread import Centre, spread_forecast

if TYPE_CHECKING:
    from tasklaws.infer.arrays import LadderArrays, RateForecast, TargetArrays


def _centre(ladder: LadderArrays, target: TargetArrays) -> Centre:
    k, n, _ = last_counts(ladder)
    shape = target.n.shape
    return Centre(np.broadcast_to(smoothed(k, n), shape), np.broadcast_to(1 / (n + 1), shape), np.ones(shape))


def forecast(ladder: LadderArrays, target: TargetArrays) -> RateForecast:
    """Return the last rung (k + 1/2) / (n + 1), spread by the rung-to-rung changes seen so far."""
    return spread_forecast(_centre, ladder=ladder, target=target)


BASELINE = Baseline(
    "b1_persistence",
    "the last rung, with fitted beta-binomial drift",
    "formal model F4 (b1)",
    "published",
    forecast,
)
