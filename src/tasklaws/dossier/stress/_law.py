"""What the law of effort says of efforts beyond those that were tried.

The law is y(E) = y_inf - c E^-g, fitted to each family by itself as in `assess.effort`. What it adds from the
highest effort tried to another one is a function of the gap and of g, so that the interval is read off the
likelihood of both: it knows what the counts leave open, and not whether the law holds that far.

Source: formal model, D15.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc, chdtri, xlog1py, xlogy

from tasklaws.assess.effort import EXPONENTS, GAPS, fitted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from tasklaws.assess.effort import Points

    Floats = NDArray[np.float64]

DOUBTFUL = 0.01
"""Probability below which the efforts of a family are said not to follow the law, all families together."""
TRIED_GAPS = GAPS[::2]
"""Every other gap: ends of an interval are then within a fifth of their size."""


@dataclass(frozen=True)
class Profile:
    """What the law may add to one family."""

    gain: float
    """The likeliest."""
    gains: Floats
    below: Floats
    """How much less log-likelihood each of the gains has than the likeliest."""
    p: float
    """Of the test that the efforts follow the law."""

    def interval(self, level: float) -> tuple[float, float]:
        """Return the least and the greatest gain that the counts leave open."""
        open_ = self.gains[self.below <= chdtri(1, 1 - level) / 2]
        return float(open_.min()), float(open_.max())


@dataclass(frozen=True)
class Gain:
    """What the law adds to the mean over families."""

    families: tuple[Profile, ...]

    @property
    def mean(self) -> float:
        """Return the likeliest mean."""
        return float(np.mean([one.gain for one in self.families]))

    def interval(self, level: float) -> tuple[float, float]:
        """Return the ends of the mean: families err apart, so that their errors add up as squares."""
        ends = np.array([one.interval(level) for one in self.families])
        away = np.hypot.reduce(ends - np.array([[one.gain] for one in self.families]), axis=0)
        return self.mean - float(away[0]) / len(ends), self.mean + float(away[1]) / len(ends)

    @property
    def doubtful(self) -> int:
        """Return in how many families the efforts do not follow the law."""
        return sum(one.p < DOUBTFUL / len(self.families) for one in self.families)


def beyond(target: float, families: Iterable[Points]) -> Gain:
    """Return what the law adds to each family from its highest effort to the effort `target`."""
    return Gain(tuple(_profile(target, one) for one in families))


def _profile(target: float, one: Points) -> Profile:
    fit = fitted(one, EXPONENTS, TRIED_GAPS)
    part = 1 - (target / one.efforts.max()) ** -EXPONENTS
    gains = np.minimum(part[:, None] * TRIED_GAPS, 1 - fit.top)
    at = np.unravel_index(int(fit.likelihood.argmax()), fit.likelihood.shape)
    top = float(fit.likelihood[at])
    rate = one.k / one.n
    saturated = float((xlogy(one.k, rate) + xlog1py(one.n - one.k, -rate)).sum())
    p = float(chdtrc(one.efforts.size - 3, max(0.0, 2 * (saturated - top))))
    return Profile(float(gains[at]), gains, top - fit.likelihood, p)
