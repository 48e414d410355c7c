"""Shortcuts: a short way that those who know it take, and a long way for everybody else.

`known` is the probability of knowing the short way. The mean time is a straight line in it; the median
falls off a cliff at one half. Times are in the unit, minutes or seconds, of the two laws.

Source: formal model P8.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from tasklaws.spec.bounds import inner_rate, not_negative, positive, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from tasklaws.spec.cost import LogNormal

Floats = NDArray[np.float64]

HALVINGS = 200
"""Halvings of an interval of log times; doubles have no more to give long before."""


def mean_time(known: float, short: LogNormal, long: LogNormal) -> float:
    """Return the mean time: linear in `known`."""
    share(known, "the probability of knowing the short way")
    return known * short.mean + (1 - known) * long.mean


def done_by(time: ArrayLike, known: float, short: LogNormal, long: LogNormal) -> Floats:
    """Return the probability of being done by `time`, of the shape of `time`."""
    share(known, "the probability of knowing the short way")
    at = np.asarray(time, dtype=float)
    return known * _done(at, short) + (1 - known) * _done(at, long)


def _done(at: Floats, way: LogNormal) -> Floats:
    if way.sigma == 0 or way.median == 0:
        return np.where(at >= way.median, 1.0, 0.0)
    with np.errstate(divide="ignore"):
        reached: Floats = ndtr(np.log(at / way.median) / way.sigma)
    return reached


def quantile(rate: float, known: float, short: LogNormal, long: LogNormal) -> float:
    """Return the least time by which a share `rate` is done; by halving, so that jumps are no trouble."""
    inner_rate(rate, "the share that is done")
    share(known, "the probability of knowing the short way")
    positive(short.median, "the median of the short way")
    positive(long.median, "the median of the long way")
    ends = [math.log(way.median) + way.sigma * float(ndtri(rate)) for way in (short, long)]
    low, high = min(ends) - 1e-9, max(ends) + 1e-9
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        enough = float(done_by(math.exp(middle), known, short, long)) >= rate
        low, high = (low, middle) if enough else (middle, high)
    return math.exp(high)


def median_time(known: float, short: LogNormal, long: LogNormal) -> float:
    """Return the median time."""
    return quantile(0.5, known, short, long)


def cliff(short: LogNormal, long: LogNormal, width: float = 0.02) -> float:
    """Return by what factor the median falls while the probability of knowing rises over one half.

    Args:
        short: law of the short way.
        long: law of the long way.
        width: how far the probability rises, one half in the middle. As it shrinks, the factor tends to 1
            where the ways have spread, and to the ratio of the medians where they have none.
    """
    inner_rate(width, "the width of the step over one half")
    before, after = (median_time(0.5 + side * width / 2, short, long) for side in (-1, 1))
    return before / after


def reach(sizes: Sequence[int], seconds_per_turn: float, limit: float | None) -> float:
    """Return the share of `sizes` that a loop finishes within `limit` seconds; all where that is None."""
    not_negative(seconds_per_turn, "the seconds per turn")
    if limit is None:
        return 1.0
    return float(np.mean(seconds_per_turn * np.asarray(sizes, dtype=float) <= limit))


class Plateaus(NamedTuple):
    """Scores of a family at which an ever better ladder rests."""

    nothing: float
    """Nobody writes the loop."""
    loop: float
    """Everybody writes the loop, nobody knows the short way."""
    shortcut: float
    """Everybody knows the short way."""


def score(codes: ArrayLike, known: ArrayLike, reached: float) -> Floats:
    """Return the mean score of a family with a loop and a short way.

    Args:
        codes: probability of writing the loop rightly, of the shape of the result.
        known: probability of knowing the short way, which then succeeds, of the same shape.
        reached: share of the family's sizes that the loop finishes in time (`reach`).
    """
    share(reached, "the share of sizes that the loop finishes")
    know = np.asarray(known, dtype=float)
    scores: Floats = know + (1 - know) * np.asarray(codes, dtype=float) * reached
    return scores


def plateaus(reached: float) -> Plateaus:
    """Return the three scores at which the score of a family rests."""
    return Plateaus(*(float(rest) for rest in score([0, 1, 1], [0, 0, 1], reached)))
