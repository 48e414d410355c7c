"""Empirical-Bayes persistence: the last rung of each task shrunk to the mean of its family."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.baseline import Baseline
from tasklaws.assess.last_rung import last_counts
from tasklaws.assess.spread import Centre, log_beta_binomial, noise_factors, spread_forecast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats, LadderArrays, RateForecast, TargetArrays

SPREADS = np.geomspace(1e-4, 0.9, 60)
"""Variances of the tasks' rates about the mean of their suite that are tried, in units of m (1 - m)."""

LEAST = 4
"""Families of fewer tasks are pooled with the other small ones."""


def suites(ladder: LadderArrays) -> list[NDArray[np.intp]]:
    """Return the positions of the tasks of each suite: the larger families, and all others together."""
    families = np.array(ladder.families)
    names, counts = np.unique(families, return_counts=True)
    large = [np.flatnonzero(families == name) for name in names[counts >= LEAST]]
    rest = np.flatnonzero(~np.isin(families, names[counts >= LEAST]))
    return [*large, rest]


def shrunken(k: Floats, n: Floats, factor: float) -> tuple[Floats, Floats]:
    """Return the posterior mean of each rate and its variance in units of m (1 - m).

    The prior is a beta distribution whose mean is that of the suite and whose variance makes the
    counts `k` of `n`, of shape (tasks,), most probable; `factor` is their binomial variance factor.
    """
    mean = (k.sum() + 0.5) / (n.sum() + 1)
    value = log_beta_binomial(k, n, np.full(k.shape, mean), SPREADS[:, None], factor).sum(axis=1)
    strength = (1 / SPREADS[np.argmax(value)] - 1) * factor
    return (k + mean * strength) / (n + strength), 1 / (n + strength + 1)


def _centre(ladder: LadderArrays, target: TargetArrays, factor: float = 1.0) -> Centre:
    k, n, _ = last_counts(ladder)
    mean, own = np.full(len(n), np.nan), np.ones(len(n))
    for suite in suites(ladder):
        seen = suite[n[suite] > 0]
        if len(seen):
            mean[seen], own[seen] = shrunken(k[seen], n[seen], factor)
    shape = target.n.shape
    return Centre(
        np.broadcast_to(np.clip(mean, 1e-4, 1 - 1e-4), shape), np.broadcast_to(own, shape), np.ones(shape)
    )


def forecast(ladder: LadderArrays, target: TargetArrays) -> RateForecast:
    """Return the last rung shrunk to the mean of its suite, spread by its past misses."""
    variants = (partial(_centre, factor=factor) for factor in noise_factors(ladder))
    return spread_forecast(*variants, ladder=ladder, target=target)


BASELINE = Baseline(
    "b10_shrunken_persistence",
    "the last rung shrunk to the mean of its suite",
    "formal model 0b.9",
    "emerging",
    forecast,
)
