"""What an estimate tells: interval, p-value, and the differences that it could have shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.stats import nct, t

if TYPE_CHECKING:
    from tasklaws.assess.comparison.clustered import Estimate

POWER = 0.8
"""Chance with which the minimum detectable difference is found."""
SURE = 100.0
"""Standard errors at which any power is reached."""
NORMAL = 1e4
"""Degrees of freedom from which on more make no difference."""
MOST = 100_000
"""Clusters beyond which none are counted."""


def interval(found: Estimate, level: float, bound: float = 1.0) -> tuple[float, float]:
    """Return the ends of the interval at `level` (such as 0.95), within -`bound` and `bound`."""
    reach = _critical(found.df, level) * found.variance**0.5
    return max(found.value - reach, -bound), min(found.value + reach, bound)


def p_value(found: Estimate) -> float:
    """Return the two-sided p-value of: there is no difference."""
    if found.variance <= 0:
        return 1.0 if found.value == 0 else 0.0
    return float(2 * t.sf(abs(found.value) / found.variance**0.5, min(found.df, NORMAL)))


def power(effect: float, se: float, df: float, level: float) -> float:
    """Return the chance that a true difference of `effect` is told from none, either way."""
    df, at, far = min(df, NORMAL), _critical(df, level), min(abs(effect) / se, SURE)
    told = nct.sf(at, df, far) + nct.cdf(-at, df, far)
    return float(np.clip(np.nan_to_num(told, nan=1.0), 0, 1))


def minimum_detectable(se: float, df: float, level: float, wanted: float = POWER) -> float | None:
    """Return the true difference that is told from none with the chance `wanted`; None above 1."""
    if se <= 0:
        return None
    far = brentq(lambda x: power(x, 1.0, df, level) - wanted, 0.0, SURE)
    return far * se if far * se <= 1 else None


def clusters_needed(
    effect: float, se: float, clusters: int, level: float, wanted: float = POWER
) -> int | None:
    """Return how many clusters like these tell `effect` from none with the chance `wanted`.

    The variance falls as clusters grow, and there is one degree of freedom less than clusters.
    """

    def enough(count: int) -> bool:
        return power(effect, se * (clusters / count) ** 0.5, count - 1, level) >= wanted

    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
        if high > MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _critical(df: float, level: float) -> float:
    return float(t.ppf((1 + level) / 2, min(df, NORMAL)))
