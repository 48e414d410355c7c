"""Always Gumbel: each task a Gumbel curve above its chance floor."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tasklaws.assess.baseline import Baseline
from tasklaws.assess.regression import GUMBEL, SLOPE_SDS, regress
from tasklaws.assess.spread import Centre, spread_forecast

if TYPE_CHECKING:
    from tasklaws.infer.arrays import LadderArrays, RateForecast, TargetArrays


def _centre(ladder: LadderArrays, target: TargetArrays, slope_sd: float) -> Centre:
    return regress(ladder.x, target.x, ladder, ladder.floor, GUMBEL, slope_sd)


def forecast(ladder: LadderArrays, target: TargetArrays) -> RateForecast:
    """Return each task's own Gumbel curve above its floor, spread by its past misses."""
    variants = (partial(_centre, slope_sd=sd) for sd in SLOPE_SDS[ladder.kind])
    return spread_forecast(*variants, ladder=ladder, target=target, least_sizes=2)


BASELINE = Baseline(
    "b9_gumbel",
    "a Gumbel curve above the chance floor, per task",
    "formal model P3 and F4 (b9)",
    "emerging",
    forecast,
)
