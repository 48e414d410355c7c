"""Links between a latent level z and a success rate p = g(z), compiled.

A link is a small integer inside compiled code, so that kernels stay in the disk cache; `LINKS`
names them. Chance floor c and harness ceiling h bound the rate: p = c + (h - c) G(z), where the
unfloored links take c = 0.

Source: formal model P3 (Gumbel), D11 (cloglog), forecasting recipe section 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

LOGIT, FLOORED_LOGIT, FLOORED_GUMBEL, IDENTITY, CLOGLOG = range(5)

TINY = 1e-6
"""Rates are kept this far from 0 and 1."""

FAR = 50.0
"""Exponents are cut here: beyond it a doubly exponential link is 0 or 1 to the last digit."""


@dataclass(frozen=True)
class Link:
    """A link: its code in compiled kernels and the scale of z relative to logits."""

    name: str
    code: int
    scale: float
    uses_floor: bool


LINKS = {
    link.name: link
    for link in (
        Link("logit", LOGIT, 1.0, uses_floor=False),
        Link("floored_logit", FLOORED_LOGIT, 1.0, uses_floor=True),
        Link("floored_gumbel", FLOORED_GUMBEL, 1.0, uses_floor=True),
        Link("identity", IDENTITY, 0.2, uses_floor=False),
        Link("cloglog", CLOGLOG, 1.0, uses_floor=False),
    )
}


@njit(cache=True)
def base_rate(code: int, z: float) -> float:
    """Return G(z) in [0, 1] of the link `code`, before floor and ceiling."""
    if code == IDENTITY:
        return min(max(z, 0.0), 1.0)
    if code == FLOORED_GUMBEL:
        return math.exp(-math.exp(min(-z, FAR)))
    if code == CLOGLOG:
        return -math.expm1(-math.exp(min(z, FAR)))
    return 1.0 / (1.0 + math.exp(-z)) if z >= 0 else math.exp(z) / (1.0 + math.exp(z))


@njit(cache=True)
def base_slope(code: int, z: float) -> float:
    """Return dG/dz of the link `code`."""
    if code == IDENTITY:
        return 1.0
    if code == FLOORED_GUMBEL:
        return math.exp(-z - math.exp(min(-z, FAR))) if z > -FAR else 0.0
    if code == CLOGLOG:
        return math.exp(z - math.exp(min(z, FAR))) if z < FAR else 0.0
    p = base_rate(code, z)
    return p * (1.0 - p)


@njit(cache=True)
def base_level(code: int, p: float) -> float:
    """Return z with G(z) = p, for p strictly inside (0, 1)."""
    if code == IDENTITY:
        return p
    if code == FLOORED_GUMBEL:
        return -math.log(-math.log(p))
    if code == CLOGLOG:
        return math.log(-math.log1p(-p))
    return math.log(p / (1.0 - p))


@njit(cache=True)
def rate(code: int, z: float, floor: float, ceiling: float) -> float:
    """Return the success rate at level z, kept TINY inside (0, 1)."""
    p = floor + (ceiling - floor) * base_rate(code, z)
    return min(max(p, TINY), 1.0 - TINY)


@njit(cache=True)
def rates_of_levels(code: int, levels: Floats, floor: Floats, ceiling: Floats) -> Floats:
    """Return rates of the same shape (targets, tasks, points) as `levels`."""
    out = np.empty(levels.shape)
    for s in range(levels.shape[0]):
        for t in range(levels.shape[1]):
            for j in range(levels.shape[2]):
                out[s, t, j] = rate(code, levels[s, t, j], floor[t], ceiling[t])
    return out
