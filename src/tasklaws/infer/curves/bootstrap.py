"""Bootstrap of laws: what the same design would have given on another day.

Counts are drawn from the fitted curves, with the shock that a rung gives all tasks at once; values from
their normal residuals; under a robust loss, which states no distribution, the points get random weights.
Drawing whole points again leaves too few of them for an absolute loss: its intervals are too long.

Source: Efron and Tibshirani (1993), chapter 6 (parametric); Jin, Ying and Wei (2001),
doi:10.1093/biomet/88.2.381 (random weights, exponential).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from tasklaws.infer.curves.covariance import dispersion
from tasklaws.infer.curves.descent import CONVERGED
from tasklaws.infer.curves.fit import Fits, again
from tasklaws.infer.curves.problem import Points

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.random import Generator
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats

TINY = 1e-12


def bootstrap(
    fits: Fits,
    replicates: int,
    rng: Generator,
    shock_sd: float = 0.0,
    drawn: Mapping[str, Floats] | None = None,
) -> Fits:
    """Return `replicates` refits of every problem: problem 0's stand first, then problem 1's, ...

    A shock is one draw per replicate and point, shared by all problems, so that sums over tasks carry it.

    Args:
        fits: the laws.
        replicates: refits of each problem.
        rng: source of randomness.
        shock_sd: standard deviation of the shock, on the log-odds.
        drawn: values of parameters that were not fitted, one per refit (of another stage's bootstrap).
    """
    points = fits.points
    problems, count = points.y.shape
    tile = np.repeat(np.arange(problems, dtype=np.int64), replicates)
    n = points.n[tile]
    weight = None if points.weight is None else points.weight[tile]
    if fits.options.objective == "log_huber":
        times = rng.exponential(size=(problems * replicates, count))
        weight = times if weight is None else weight * times
        return again(fits, Points(points.x, points.y[tile], n, weight), drawn)
    f = fits.heights()[tile]
    if fits.options.objective == "gaussian":
        noise = np.sqrt(dispersion(fits))[tile, None] * rng.normal(size=f.shape)
        y = f + noise / np.sqrt(np.where(n > 0, n, 1.0))
    else:
        shock = np.tile(rng.normal(0.0, shock_sd, (replicates, count)), (problems, 1)) if shock_sd else 0.0
        y = _counts(expit(logit(np.clip(f, TINY, 1 - TINY)) + shock), n, tile, fits, rng)
    return again(fits, Points(points.x, y, n, weight), drawn)


def _counts(rate: Floats, n: Floats, tile: NDArray[np.int64], fits: Fits, rng: Generator) -> Floats:
    """Return observed rates drawn at `rate`; NaN laws give NaN rates, which no fit reads."""
    whole = np.rint(n).astype(np.int64)
    safe = np.where(np.isfinite(rate), rate, 0.5)
    if fits.options.objective == "beta_binomial":
        rho = fits.options.shapes(len(fits.params))[tile][:, None]
        total = (1 - rho) / rho
        safe = rng.beta(np.maximum(safe * total, TINY), np.maximum((1 - safe) * total, TINY))
    return np.asarray(rng.binomial(whole, np.clip(safe, 0.0, 1.0)) / np.maximum(whole, 1))


def quantiles(
    replicates: Fits, problems: int, level: float = 0.9, values: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return the central interval of each parameter, of shape (problems, parameters) each.

    Args:
        replicates: refits, those of a problem together; what did not settle is left out.
        problems: problems they are refits of.
        level: coverage of the intervals.
        values: quantities to take instead of the parameters, of shape (refits, quantities).
    """
    taken = replicates.params if values is None else values
    settled = np.where(replicates.ended[:, None] == CONVERGED, taken, np.nan)
    shaped = settled.reshape(problems, -1, taken.shape[1])
    tail = (1 - level) / 2
    none = np.asarray(np.isnan(shaped).all(axis=1))
    safe = np.where(none[:, None], 0.0, shaped)
    lower, upper = (np.where(none, np.nan, np.nanquantile(safe, q, axis=1)) for q in (tail, 1 - tail))
    return lower, upper
