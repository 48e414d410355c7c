"""Linear logit: each task its own line in logit against the rungs' features."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.baseline import Baseline
from tasklaws.assess.regression import LOGIT, SLOPE_SDS, regress
from tasklaws.assess.spread import Centre, spread_forecast

if TYPE_CHECKING:
    from tasklaws.infer.arrays import LadderArrays, RateForecast, TargetArrays


def _centre(ladder: LadderArrays, target: TargetArrays, slope_sd: float) -> Centre:
    return regress(ladder.x, target.x, ladder, np.zeros(len(ladder.task_ids)), LOGIT, slope_sd)


def forecast(ladder: LadderArrays, target: TargetArrays) -> RateForecast:
    """Return each task's own line in logit, fitted to its counts and spread by its past misses."""
    variants = (partial(_centre, slope_sd=sd) for sd in SLOPE_SDS[ladder.kind])
    return spread_forecast(*variants, ladder=ladder, target=target, least_sizes=2)


BASELINE = Baseline(
    "b3_linear_logit",
    "a line in logit against log compute, per task",
    "formal model F4 (b3)",
    "published",
    forecast,
)
