"""Laws of cost at work: random draws, and the discrete law that exact work puts in their place."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from tasklaws.core.errors import BadInput
from tasklaws.spec.cost import Cost, Fixed, Geometric, LogNormal

Floats = NDArray[np.float64]

TAIL = 1e-12
"""Probability beyond the last point of a geometric law; it is put in that point."""
LONGEST = 4096
"""Points that stand for a geometric law at most; beyond them a point stands for several numbers."""


def draw(cost: Cost, n: int, rng: np.random.Generator, *, discrete: bool = False) -> Floats:
    """Return `n` independent draws of `cost`, or of its discrete `support`."""
    if discrete:
        values, weights = support(cost)
        return rng.choice(values, n, p=weights)
    match cost:
        case Fixed():
            return np.full(n, float(cost.value))
        case LogNormal():
            return cost.median * np.exp(cost.sigma * rng.standard_normal(n))
        case Geometric():
            return rng.geometric(1 / cost.mean, n).astype(float)


def support(cost: Cost, points: int = 64) -> tuple[Floats, Floats]:
    """Return (values, weights) of a discrete law that stands for `cost`; values rise, weights sum to 1.

    A fixed cost is one point. A log-normal law is cut into `points` cells of equal probability, each
    at its conditional mean, so that the mean is exact and the variance a little too small. A geometric
    law keeps its numbers up to a tail of 1e-12, whatever `points` is; where these are more than 4,096,
    each point stands for equally many of them, at their conditional mean.

    Raises:
        BadInput: `points` is below 1.
    """
    if points < 1:
        raise BadInput(
            f"a discrete law of {points} points was asked for.", "It needs 1 or more.", "Ask for more."
        )
    match cost:
        case LogNormal() if cost.sigma > 0 and cost.median > 0:
            return _equal_cells(cost, points), np.full(points, 1 / points)
        case Geometric() if cost.mean > 1:
            return _blocks(1 / cost.mean)
        case _:
            return np.array([float(cost.mean)]), np.ones(1)


def _equal_cells(cost: LogNormal, points: int) -> Floats:
    """Return conditional means: E[X; z < Z <= z'] = mean (Phi(z' - sigma) - Phi(z - sigma))."""
    edges = ndtri(np.linspace(0, 1, points + 1))
    means: Floats = cost.mean * points * np.diff(ndtr(edges - cost.sigma))
    return means


def _blocks(p: float) -> tuple[Floats, Floats]:
    """Return the geometric law in blocks of equally many numbers; the last takes all that is left."""
    decay = math.log1p(-p)
    last = math.ceil(math.log(TAIL) / decay)
    width = math.ceil(last / LONGEST)
    starts = width * np.arange(math.ceil(last / width), dtype=float)
    beyond = np.exp(decay * starts)
    return starts + _mean_within(p, width), -np.diff(beyond, append=0.0)


def _mean_within(p: float, width: int) -> float:
    """Return E[X | X <= width] of a geometric law."""
    if width == 1:
        return 1.0
    kept = -math.expm1(width * math.log1p(-p))
    return 1 / p - width * (1 - kept) / kept
