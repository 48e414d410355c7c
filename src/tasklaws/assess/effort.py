"""Effort curves: how a score grows with the effort of drawing answers out, and what is left to be had.

The law is y(E) = y_inf - c E^-g. With r(E) = (E / E_max)^-g - 1 it reads y(E) = y(E_max) - gap r(E), where
the gap is y_inf - y(E_max). For a given g it is a straight line in r, whose likelihood has one top. Curves
may fall in the fit, so that a gap of nothing is no end of its range; the interval is cut at 0 afterwards.

Source: formal model, D15.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc, chdtri, xlog1py, xlogy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EXPONENTS = np.geomspace(0.25, 4.0, 25)
"""The g that are tried."""
_UP = np.geomspace(1e-4, 1.0, 49)
GAPS = np.concatenate([-_UP[::-2], [0.0], _UP])
"""The gaps that are tried."""
FINE = 41, 81
"""Exponents and gaps of the second, finer grid, over the part of the first where the likelihood lies."""
DEEP = 5.0
"""How much log-likelihood below the top that part reaches."""
HALVINGS = 26
"""Steps of the search for the top of a likelihood."""
LEVEL = 0.9
NEEDED = 4
"""Efforts without which the law has no more points than parameters."""
MOST = 20_000
"""Attempts at an effort that are counted at most: more would tell apart what no grid does."""
LEAST_SPREAD = 0.1
"""Smallest part of a binomial's variance that a family's score is taken to have."""


@dataclass(frozen=True)
class Points:
    """The score of one family of one model at growing efforts."""

    efforts: Floats
    n: Floats
    """Attempts, divided by the part of a binomial's variance that their mean has."""
    k: Floats
    """Successes, divided likewise."""


@dataclass(frozen=True)
class Gap:
    """What more effort would add to the score at the highest effort tried, with an interval of 90 %."""

    gap: float
    lower: float
    upper: float
    top: float
    """Score at the highest effort, as fitted."""
    exponent: float
    pooled: bool
    """Whether the exponent was shared with the model's other families."""
    p: float
    """Of the test that the efforts follow such a law."""


def points(efforts: Sequence[float], n: Floats, total: Floats, squares: Floats) -> Points:
    """Return the points of one family from the cells of its tasks.

    Tasks of unlike difficulty vary less in their mean than as many attempts at one task of that mean.

    Args:
        efforts: growing, of shape (efforts,).
        n: attempts, of shape (efforts, tasks).
        total: sums of their scores.
        squares: sums of their squared scores.
    """
    mean, second = (total + 0.5) / (n + 1), (squares + 0.5) / (n + 1)
    seen = float((n * (second - mean**2)).sum())
    overall = (n * mean).sum(1, keepdims=True) / n.sum(1, keepdims=True)
    binomial = float((n * overall * (1 - overall)).sum())
    spread = max(min(1.0, max(LEAST_SPREAD, seen / binomial)), n.sum(1).max() / MOST)
    return Points(np.asarray(efforts, float), n.sum(1) / spread, total.sum(1) / spread)


@dataclass(frozen=True)
class Fit:
    """The best score at the highest effort for each exponent and gap; arrays of shape (exponents, gaps)."""

    exponents: Floats
    gaps: Floats
    likelihood: Floats
    """Its log-likelihood; minus infinity where no score keeps all rates between 0 and 1."""
    top: Floats

    @property
    def alone(self) -> Floats:
        """Return the highest log-likelihood of each exponent."""
        best: Floats = self.likelihood.max(1)
        return best

    def finer(self, whole: Floats) -> tuple[Floats, Floats]:
        """Return exponents and gaps over the part of the grid where the likelihood `whole` lies."""
        near = whole >= whole.max() - DEEP
        return _finer(self.exponents, near.any(1), FINE[0]), _finer(self.gaps, near.any(0), FINE[1])


def _finer(values: Floats, inside: NDArray[np.bool_], n: int) -> Floats:
    """Return `n` values over those inside and their neighbours, as dense along them as they are."""
    places = np.flatnonzero(inside)
    first, last = max(int(places[0]) - 1, 0), min(int(places[-1]) + 1, values.size - 1)
    fine: Floats = np.interp(np.linspace(first, last, n), np.arange(values.size), values)
    return fine


def gaps(families: Sequence[Points]) -> list[Gap]:
    """Return the gap of each family of one model under one elicitation.

    A family whose own counts do not say what g is takes the likelihood of g of all of them together.
    """
    fits = [fitted(one, EXPONENTS, GAPS) for one in families]
    together = np.sum([fit.alone for fit in fits], axis=0)
    found = []
    for one, fit in zip(families, fits, strict=True):
        pooled = len(families) > 1 and not _identified(fit.alone)
        others = together - fit.alone if pooled else np.zeros_like(EXPONENTS)
        found.append(_gap(one, fit, others, pooled=pooled))
    return found


def _identified(alone: Floats) -> bool:
    """Return whether the ends of the exponents tried are both worse than the best one by the level."""
    return bool(2 * (alone.max() - max(alone[0], alone[-1])) > chdtri(1, 1 - LEVEL))


def _gap(one: Points, fit: Fit, others: Floats, *, pooled: bool) -> Gap:
    """Return the gap of a family; `others` is what its siblings say of each exponent tried."""
    fine = fitted(one, *fit.finer(fit.likelihood + others[:, None]))
    said = np.interp(np.log(fine.exponents), np.log(EXPONENTS), others)
    whole = fine.likelihood + said[:, None]
    at, best = np.unravel_index(int(whole.argmax()), whole.shape)
    lower, upper = _interval(fine.gaps, whole.max(0))
    deviance = 2 * float(_log(one, one.k / one.n) - fine.likelihood[at, best])
    p = float(chdtrc(one.efforts.size - (2 if pooled else 3), max(0.0, deviance)))
    gap, top = max(0.0, float(fine.gaps[best])), float(fine.top[at, best])
    return Gap(gap, lower, upper, top, float(fine.exponents[at]), pooled, p)


def _interval(tried: Floats, heights: Floats) -> tuple[float, float]:
    """Return the gaps whose likelihood is not worse than the best by the level, none below 0."""
    over = heights - heights.max() + chdtri(1, 1 - LEVEL) / 2
    inside = np.flatnonzero(over >= 0)
    first, last = int(inside[0]), int(inside[-1])
    ends = _crossing(tried, over, first, first - 1), _crossing(tried, over, last, last + 1)
    return max(0.0, ends[0]), max(0.0, ends[1])


def _crossing(tried: Floats, over: Floats, inside: int, outside: int) -> float:
    """Return where `over` falls to 0 between two neighbouring gaps; where there is none outside, the last."""
    if not 0 <= outside < over.size or not np.isfinite(over[outside]):
        return float(tried[inside])
    part = over[inside] / (over[inside] - over[outside])
    return float(tried[inside] + part * (tried[outside] - tried[inside]))


def fitted(one: Points, exponents: Floats, tried: Floats) -> Fit:
    """Return the best score at the highest effort for every exponent and gap."""
    r = (one.efforts / one.efforts.max()) ** -exponents[:, None] - 1
    drop = tried[:, None] * r[:, None, :]  # exponents, gaps, efforts
    low = np.maximum(np.maximum(drop.max(-1), 0.0), -tried)
    high = np.minimum(np.minimum(1 + drop.min(-1), 1.0), 1 - tried)
    possible = low <= high
    low, high = np.where(possible, low, 0.5), np.where(possible, high, 0.5)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        rising = _slope(one, middle[..., None] - drop) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    top = (low + high) / 2
    likelihood = np.where(possible, _log(one, top[..., None] - drop), -np.inf)
    return Fit(exponents, tried, likelihood, top)


def _slope(one: Points, rate: Floats) -> Floats:
    """Return the derivative of the log-likelihood along the score at the highest effort."""
    p = np.clip(rate, 1e-12, 1 - 1e-12)
    slope: Floats = (one.k / p - (one.n - one.k) / (1 - p)).sum(-1)
    return slope


def _log(one: Points, rate: Floats) -> Floats:
    p = np.clip(rate, 1e-12, 1 - 1e-12)
    found: Floats = (xlogy(one.k, p) + xlog1py(one.n - one.k, -p)).sum(-1)
    return found
