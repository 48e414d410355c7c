"""Lines over rungs, where every rung errs twice: by its own known error, and by a shock of unknown size.

The shock's variance is estimated with the line, and tests are by t and F with what is left to tell it.

Source: Paule & Mandel 1982 (variance between); Knapp & Hartung 2003 (tests); formal model, 0b.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.stats import f as f_law

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.infer.arrays import Floats

TINY = 1e-9
MOST = 1e6
"""Of a variance of shocks that is looked for."""


@dataclass(frozen=True)
class Line:
    """A regression of rungs' values on columns."""

    beta: Floats
    covariance: Floats
    """Of `beta`, scaled by how far rungs lie from the line."""
    shock: float
    """Variance between rungs beyond their own errors."""
    free: int
    """Rungs beyond columns."""

    def p(self, last: int) -> float:
        """Return p of: the coefficients of the `last` columns are 0."""
        beta, covariance = self.beta[-last:], self.covariance[-last:, -last:]
        size = float(beta @ np.linalg.solve(covariance, beta)) / last
        return float(f_law.sf(size, last, self.free))

    def ahead(self, columns: Floats) -> tuple[float, float]:
        """Return mean and variance of the value of a new rung with these columns."""
        own = float(columns @ self.covariance @ columns)
        return float(columns @ self.beta), own + self.shock


def regress(value: Floats, error: Floats, columns: Floats) -> Line | None:
    """Return the line, or None where there are too few rungs or places.

    Args:
        value: of each rung, of shape (rungs,).
        error: covariance matrix of the values' errors, or their variances.
        columns: of shape (rungs, coefficients).
    """
    own = np.diag(error) if error.ndim == 1 else error
    free = len(value) - columns.shape[1]
    if free < 1 or np.linalg.matrix_rank(columns) < columns.shape[1]:
        return None
    even = TINY * np.eye(len(value))

    def solve(shock: float) -> tuple[Floats, Floats, float]:
        weight = np.linalg.inv(own + even + shock * np.eye(len(value)))
        inverse: Floats = np.linalg.inv(columns.T @ weight @ columns).astype(float)
        beta = inverse @ columns.T @ weight @ value
        left = value - columns @ beta
        return beta, inverse, float(left @ weight @ left)

    shock = _shock(lambda at: solve(at)[2] - free)
    beta, inverse, size = solve(shock)
    return Line(beta, inverse * max(1.0, size / free), shock, free)


def _shock(excess: Callable[[float], float]) -> float:
    """Return the variance at which rungs lie as far from the line as they should."""
    if excess(0.0) <= 0:
        return 0.0
    most = 1e-6
    while excess(most) > 0 and most < MOST:
        most *= 10
    return float(brentq(excess, 0.0, most, xtol=1e-9, rtol=1e-6)) if most < MOST else MOST
