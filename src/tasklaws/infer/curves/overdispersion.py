"""Correlation of instances within a cell: the beta-binomial's one extra parameter.

Source: Williams (1975), doi:10.2307/2529820.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaln

from tasklaws.infer.curves.fit import Fits, Options, Points, fit_batch

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
    return fit_batch(form, points, replace(options, shape=rho))


def _best(form: Form, points: Points, options: Options, tried: Floats) -> Floats:
    """Return the correlation with the highest likelihood of those `tried`, (problems, values)."""
    problems, count = tried.shape
    tile = np.repeat(np.arange(problems), count)
    weight = None if points.weight is None else points.weight[tile]
    many = Points(points.x, points.y[tile], points.n[tile], weight)
    fixed = {name: np.broadcast_to(value, (problems,))[tile] for name, value in options.fixed.items()}
    fits = fit_batch(form, many, replace(options, shape=tried.ravel(), fixed=fixed))
    level = log_likelihood(fits).reshape(problems, count)
    return np.asarray(
        tried[np.arange(problems), np.nanargmax(np.where(np.isfinite(level), level, -np.inf), axis=1)]
    )


def log_likelihood(fits: Fits) -> Floats:
    """Return the beta-binomial log likelihood of every problem, without what no parameter changes; nats."""
    points = fits.points
    f = np.clip(fits.heights(), 1e-12, 1 - 1e-12)
    rho = np.broadcast_to(np.asarray(fits.options.shape, dtype=float), (len(f),))[:, None]
    total = (1 - rho) / rho
    n = np.where(points.known, points.n, 0.0)
    won = n * np.where(points.known, points.y, 0.0)
    part = betaln(won + f * total, n - won + (1 - f) * total) - betaln(f * total, (1 - f) * total)
    weight = 1.0 if points.weight is None else points.weight
    return np.asarray(np.where(points.known, part * weight, 0.0).sum(axis=1))
