"""The exact distribution of a weighted mean over its own standard error, under a normal working model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm, t

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

FEWEST, NORMAL = 0.2, 1e4
"""Degrees of freedom: fewer are not told apart, more make no difference."""
NODES, _SHARES = np.polynomial.legendre.leggauss(160)
PLACES, SHARES = np.pi / 4 * (NODES + 1), np.pi / 4 * _SHARES


def matched_df(share: Floats, spread: Floats, factors: Floats, level: float) -> float:
    """Return the degrees of freedom of the t distribution with the same quantile at `level`.

    Args:
        share: weight of each cluster.
        spread: variance of each cluster's mean.
        factors: what each squared residual counts in the estimated variance.
        level: such as 0.95.
    """
    outside = 1 - level
    widest, least = t.ppf(1 - outside / 2, FEWEST), norm.ppf(1 - outside / 2)
    if beyond(least, share, spread, factors) <= outside:
        return NORMAL

    def surplus(df: float) -> float:
        return beyond(float(t.ppf(1 - outside / 2, df)), share, spread, factors) - outside

    if beyond(widest, share, spread, factors) >= outside:
        return FEWEST
    return float(np.exp(brentq(lambda x: surplus(np.exp(x)), np.log(FEWEST), np.log(NORMAL), xtol=1e-4)))


def beyond(far: float, share: Floats, spread: Floats, factors: Floats) -> float:
    """Return the chance that the mean is further than `far` estimated standard errors from the truth.

    That is the chance that a quadratic form in independent normal values is above 0.

    Source:
        Imhof (1961), Computing the distribution of quadratic forms in normal variables, eq. 3.2.
    """
    residual = np.eye(len(share)) - share
    form = np.outer(share, share) / far**2 - residual.T @ (factors[:, None] * residual)
    root = np.sqrt(spread)
    values = np.linalg.eigvalsh(root[:, None] * form * root[None, :])
    values = values / np.abs(values).max()
    at = np.tan(PLACES)[:, None] * values
    turned = np.sin(np.arctan(at).sum(axis=1) / 2)
    size = np.exp(np.log1p(at**2).sum(axis=1) / 4)
    # the integral over u from 0 to infinity, with u = tan(x)
    inner = turned / size / (np.tan(PLACES) * np.cos(PLACES) ** 2)
    return float(0.5 + SHARES @ inner / np.pi)
