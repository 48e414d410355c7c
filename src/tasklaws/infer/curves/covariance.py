"""How sure the parameters are, to first order: model and robust covariance, and the shared rung shock.

Source: White (1982), doi:10.2307/1912526 (robust covariance); formal model 0b.2 (the shock of a rung
belongs into every error bar).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, types

from tasklaws.infer.curves.compiled import compiled
from tasklaws.infer.curves.descent import residuals
from tasklaws.infer.curves.fit import kernel_batch
from tasklaws.infer.curves.kernel_types import (
    BATCH,
    COMPLEX_CURVE,
    CUBE,
    FLAGS,
    MATRIX,
    REAL_CURVE,
    data_of,
)
from tasklaws.infer.curves.objectives import BEYOND

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.curves.fit import Fits

NEAR, MAD_TO_SD = 0.5, 1.4826

SINGULAR = 1e-12
"""Directions of relative curvature below this are not identified to first order."""

# compiled code: numba infers the types of the arguments, annotations would only repeat them
# ruff: noqa: ANN001, ANN202, PLR0917

SLOPES = types.void(REAL_CURVE, COMPLEX_CURVE, BATCH, MATRIX, FLAGS, CUBE, MATRIX)


@njit(SLOPES, cache=True, error_model="numpy")
def _slopes(real, complex_curve, batch, params, movable, a, r):
    """Fill `a` (problems, parameters, points) and `r` (problems, points) by `descent.residuals`."""
    moving = np.flatnonzero(movable)
    part = np.empty((moving.size, batch.y.shape[1]))
    for b in range(params.shape[0]):
        if np.isfinite(params[b]).all():
            residuals(
                complex_curve, data_of(batch, b), params[b], real(batch.x, params[b]), moving, part, r[b]
            )
            for i in range(moving.size):
                a[b, moving[i]] = part[i]


@dataclass(frozen=True)
class Covariance:
    """Error bars of the fitted parameters of a batch, to first order; 0 where a parameter was not fitted."""

    model: Floats
    """Inverse curvature, of shape (problems, parameters, parameters)."""
    robust: Floats
    """With weights, dispersion and rung shock in it, of the same shape."""

    @property
    def sd(self) -> Floats:
        """Return robust standard errors, of shape (problems, parameters)."""
        return np.asarray(np.sqrt(np.einsum("bjj->bj", self.robust)))

    @property
    def inflation(self) -> Floats:
        """Return robust over model variance, of shape (problems, parameters); NaN where there is none."""
        model, robust = np.einsum("bjj->bj", self.model), np.einsum("bjj->bj", self.robust)
        return np.where(model > 0, robust / np.where(model > 0, model, 1.0), np.nan)


def covariance(fits: Fits, shock_sd: float = 0.0) -> Covariance:
    """Return the covariance of every problem's parameters.

    Args:
        fits: the laws.
        shock_sd: standard deviation of the shock that a rung gives the log-odds of all its tasks.
    """
    a, r, weight = _scaled(fits)
    f = fits.heights()
    spread = _dispersion(fits, r)[:, None] * weight
    if shock_sd:
        spread = spread + (shock_sd * f * (1 - f)) ** 2 * _information(fits, f) * weight
    if fits.options.objective == "log_huber":
        spread = r**2
    bread = _inverse(np.einsum("bip,bp,bjp->bij", a, _own_curvature(fits, f), a))
    meat = np.einsum("bip,bp,bjp->bij", a, spread, a)
    return Covariance(bread, bread @ meat @ bread)


def dispersion(fits: Fits) -> Floats:
    """Return the variance of one unit of precision: estimated for values, 1 for counts; (problems,)."""
    return _dispersion(fits, _scaled(fits)[1])


def rung_shock(fits: Fits) -> float:
    """Return the standard deviation of the shock that each rung gives the log-odds of all tasks at once.

    By moments: the mean residual of a rung over tasks varies by its sampling error and by the shock. The
    residuals of few rungs are shrunk by the parameters that were fitted to them, which is undone.

    Raises:
        ValueError: the fits are not of counts.
    """
    if not fits.options.of_counts:
        raise ValueError("a rung shock is defined for laws of counts")
    f = fits.heights()
    known = fits.points.known & np.isfinite(f)
    slope = f * (1 - f)
    precision = np.where(known, np.where(known, fits.points.n, 0.0) * slope, 0.0)
    y = np.where(known, fits.points.y, 0.0)
    away = np.where(known, (y - f) / np.where(slope > 0, slope, 1.0), 0.0)
    total = precision.sum(axis=0)
    rungs = total > 0
    mean = (precision * away).sum(axis=0)[rungs] / total[rungs]
    left = 1.0 - fits.n_fitted.mean() / rungs.sum()
    if left <= 0:
        return 0.0
    excess = (mean**2).sum() - left * (1.0 / total[rungs]).sum()
    return float(np.sqrt(max(excess / (left * rungs.sum()), 0.0)))


def _scaled(fits: Fits) -> tuple[Floats, Floats, Floats]:
    """Return scaled slopes (problems, parameters, points), and scaled residuals and weights by point."""
    curve: Any = compiled(fits.form.curve)
    batch = kernel_batch(fits.form, fits.points, fits.options)
    a, r = np.zeros((*fits.params.shape, batch.y.shape[1])), np.zeros(batch.y.shape)
    movable = fits.fitted.any(axis=0) & ~fits.held
    _slopes(curve.real, curve.complex, batch, fits.params, movable, a, r)
    return a * fits.fitted[:, :, None], r, batch.weight


def _own_curvature(fits: Fits, f: Floats) -> Floats:
    """Return the objective's own curvature, in units of the descent's; only that of Huber's loss differs.

    Its expected curvature is the density of residuals about 0, taken from those within half their spread.
    """
    if fits.options.objective != "log_huber":
        return np.ones(f.shape)
    known = fits.points.known & np.isfinite(f)
    away = np.abs(np.log(np.where(known, f / np.where(known, fits.points.y, 1.0), np.nan)))
    width = fits.options.shapes(len(f))[:, None]
    spread = [np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else 0.0 for row in away]
    near = np.maximum(width, NEAR * MAD_TO_SD * np.array(spread)[:, None])
    descent = np.where(away <= width, 1.0, BEYOND * width / np.maximum(away, width))
    return np.where(away <= near, width / near / descent, 0.0)


def _information(fits: Fits, f: Floats) -> Floats:
    """Return the curvature of a count's objective in its rate, of shape (problems, points)."""
    n = np.where(fits.points.known, fits.points.n, 0.0)
    rho = fits.options.shapes(len(f))[:, None] if fits.options.objective == "beta_binomial" else 0.0
    inside = np.clip(f, 1e-12, 1 - 1e-12)
    return np.asarray(n / (inside * (1 - inside) * (1 + (n - 1).clip(0) * rho)))


def _dispersion(fits: Fits, r: Floats) -> Floats:
    if fits.options.objective != "gaussian":
        return np.ones(len(r))
    free = np.maximum(fits.n_points - fits.n_fitted, 1)
    return np.asarray((r**2).sum(axis=1) / free)


def _inverse(curvature: Floats) -> Floats:
    """Return the inverse on the directions that have curvature, scaled so that units do not matter."""
    diagonal = np.einsum("bjj->bj", curvature)
    scale = np.where(diagonal > 0, 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0)), 0.0)
    finite = np.where(np.isfinite(curvature), curvature, 0.0)
    unit = scale[:, :, None] * finite * scale[:, None, :]
    return np.asarray(
        scale[:, :, None] * np.linalg.pinv(unit, rcond=SINGULAR, hermitian=True) * scale[:, None, :]
    )
