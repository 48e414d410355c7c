"""Mixtures of normals: what every forecast of a time horizon is, and the scores they are held to.

A Student-t is one too, over the spread of its normals. So one list of components can be sealed, and every
score of it computed from the sealed numbers alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_ndtr, logsumexp, ndtr
from scipy.stats import chi2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasklaws.infer.arrays import Floats

DIGITS = 8
TAIL = 1e-9
"""Probability that the components of a Student-t leave out at either end of the spreads."""
COMPONENTS = 81
FAR = 40.0
"""Standard deviations beyond which no component has any probability."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of normals, in doublings; arrays of shape (components,)."""

    weights: Floats
    means: Floats
    sds: Floats

    def log_density(self, y: float) -> float:
        """Return the log density at `y`, in nats."""
        z = (y - self.means) / self.sds
        return float(logsumexp(-(z**2) / 2 - np.log(self.sds) - np.log(2 * np.pi) / 2, b=self.weights))

    def cdf(self, y: float) -> float:
        """Return P(at most `y`)."""
        return float(self.weights @ ndtr((y - self.means) / self.sds))

    def log_mass(self, bound: float, side: int) -> float:
        """Return the log probability of lying below `bound` (side -1) or above it (side 1), in nats."""
        return float(logsumexp(log_ndtr(side * (self.means - bound) / self.sds), b=self.weights))

    def quantile(self, level: float) -> float:
        """Return the value that is not exceeded with probability `level`."""
        low, high = (self.means - FAR * self.sds).min(), (self.means + FAR * self.sds).max()
        return float(brentq(lambda y: self.cdf(y) - level, low, high, xtol=1e-10))

    def crps(self, y: float) -> float:
        """Return the continuous ranked probability score at `y`, in doublings; lower is better.

        Source: Grimit et al. (2006), Q. J. R. Meteorol. Soc. 132, 2925.
        """
        apart = self.means[:, None] - self.means, np.hypot(self.sds[:, None], self.sds)
        within = self.weights @ _expected_distance(*apart) @ self.weights
        return float(self.weights @ _expected_distance(y - self.means, self.sds) - within / 2)

    def rounded(self) -> Mixture:
        """Return the mixture as it is sealed: components of no weight left out, numbers cut to DIGITS."""
        keep = self.weights > TAIL
        return Mixture.read(
            {name: getattr(self, name)[keep].round(DIGITS).tolist() for name in ("weights", "means", "sds")}
        )

    def document(self) -> dict[str, list[float]]:
        """Return the components as JSON values."""
        return {name: getattr(self, name).tolist() for name in ("weights", "means", "sds")}

    @staticmethod
    def read(coded: Mapping[str, Sequence[Any]]) -> Mixture:
        """Return what `document` gave."""
        weights, means, sds = (np.array(coded[name], float) for name in ("weights", "means", "sds"))
        return Mixture(weights / weights.sum(), means, sds)


def student(df: float, centre: float, scale: float) -> Mixture:
    """Return a Student-t as a mixture over its spread; with evenly spaced log spreads it is exact to 1e-6.

    Args:
        df: degrees of freedom, at least 1.
        centre: its middle.
        scale: its scale, above 0.
    """
    low, high = (float(np.log(chi2.ppf(level, df))) for level in (TAIL, 1 - TAIL))
    log_q = np.linspace(low, high, COMPONENTS)
    density = chi2.pdf(np.exp(log_q), df) * np.exp(log_q)
    return Mixture(density / density.sum(), np.full(COMPONENTS, centre), scale * np.sqrt(df / np.exp(log_q)))


def _expected_distance(mean: Floats, sd: Floats) -> Floats:
    """Return the expected absolute value of a normal."""
    z = mean / sd
    distance: Floats = mean * (2 * ndtr(z) - 1) + 2 * sd * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return distance
