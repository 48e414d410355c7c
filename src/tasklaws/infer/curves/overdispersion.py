"""Correlation of instances within a cell: the beta-binomial's one extra parameter.

Estimated by moments: the Pearson statistic is to be the number of points less that of fitted parameters.
Likelihood, which knows nothing of the parameters that were fitted, puts it too low.

Source: Williams (1982), doi:10.2307/2347977 (moments), and (1975), doi:10.2307/2529820 (the model).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.infer.curves.fit import Fits, fit_batch
from tasklaws.infer.curves.problem import Options, Points

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats
    from tasklaws.spec.form import Form

GRID = np.geomspace(1e-5, 0.5, 24)
"""Correlations that are tried; the best is refined between its neighbours."""


def fit_overdispersed(form: Form, points: Points, options: Options | None = None) -> Fits:
    """Return beta-binomial fits with the correlation of each problem estimated; it stands in `options.shape`.

    At the smallest correlation of the grid the law is binomial to all purposes.
    """
    options = replace(options or Options(), objective="beta_binomial")
    coarse = _best(form, points, options, np.broadcast_to(GRID, (len(points.y), len(GRID))))
    step = np.log(GRID[1] / GRID[0])
    fine = coarse[:, None] * np.exp(np.linspace(-step, step, 9))
    rho = _best(form, points, options, np.clip(fine, GRID[0], GRID[-1]))
    return fit_batch(form, points, replace(options, shape=rho, shape_estimated=True))


def _best(form: Form, points: Points, options: Options, tried: Floats) -> Floats:
    """Return the correlation of those `tried`, (problems, values), that explains the residuals best."""
    problems, count = tried.shape
    tile = np.repeat(np.arange(problems), count)
    fits = fit_batch(form, points.at(tile), replace(options.at(tile), shape=tried.ravel()))
    ratio = (pearson(fits) / np.maximum(fits.n_points - fits.n_fitted, 1)).reshape(problems, count)
    with np.errstate(divide="ignore"):
        away = np.abs(np.log(ratio))
    beyond = np.cumsum(ratio <= 1, axis=1) > 1  # there the law itself bends, and residuals grow again
    away = np.where(np.isfinite(away) & ~beyond, away, np.inf)
    return np.asarray(tried[np.arange(problems), away.argmin(axis=1)])


def pearson(fits: Fits) -> Floats:
    """Return the sum of squared residuals in units of their beta-binomial variance, of shape (problems,)."""
    data, rho = fits.points.filled(), fits.options.shapes(len(fits.params))[:, None]
    f = np.clip(fits.heights(), 1e-12, 1 - 1e-12)
    variance = f * (1 - f) * (1 + (data.n - 1).clip(0) * rho)
    return np.asarray((np.asarray(data.weight) * data.n * (data.y - f) ** 2 / variance).sum(axis=1))
