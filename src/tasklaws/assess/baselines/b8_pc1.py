"""First principal component: tasks follow one common capability, which follows the rungs' features."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logit

from tasklaws.assess.baseline import Baseline
from tasklaws.assess.last_rung import smoothed
from tasklaws.assess.regression import LOGIT, SLOPE_SDS, regress, with_intercept
from tasklaws.assess.spread import Centre, spread_forecast

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats, LadderArrays, RateForecast, TargetArrays


def capability(ladder: LadderArrays) -> Floats:
    """Return the first principal component of the rungs, of shape (rungs,), in units of its own sd.

    Logits are centred by task; a task that a rung was not run on counts as its mean.
    """
    use = ladder.n > 0
    z = np.where(use, logit(smoothed(ladder.k, np.maximum(ladder.n, 1))), 0.0)
    mean = z.sum(axis=1, keepdims=True) / np.maximum(use.sum(axis=1, keepdims=True), 1)
    score = np.linalg.svd(np.where(use, z - mean, 0.0), full_matrices=False)[2][0]
    return np.asarray(
        score * np.sign(score @ (ladder.walk - ladder.walk.mean()) or 1) / max(score.std(), 1e-12)
    )


def _centre(ladder: LadderArrays, target: TargetArrays, slope_sd: float) -> Centre:
    score = capability(ladder)
    design = with_intercept(ladder.x, ladder.x)
    ridge = np.diag(np.r_[0.0, np.full(ladder.x.shape[1], 1e-3)])
    slopes = np.linalg.solve(design.T @ design + ridge, design.T @ score)
    ahead = with_intercept(target.x, ladder.x) @ slopes
    return regress(score[:, None], ahead[:, None], ladder, np.zeros(len(ladder.task_ids)), LOGIT, slope_sd)


def forecast(ladder: LadderArrays, target: TargetArrays) -> RateForecast:
    """Return each task's line in logit along the first principal component, spread by its past misses."""
    variants = (partial(_centre, slope_sd=sd) for sd in SLOPE_SDS[ladder.kind])
    return spread_forecast(*variants, ladder=ladder, target=target, least_sizes=2)


BASELINE = Baseline(
    "b8_pc1",
    "a line in logit along the first principal component, per task",
    "arXiv 2405.10938; formal model F4 (b8)",
    "published",
    forecast,
)
