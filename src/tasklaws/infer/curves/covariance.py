"""How sure the parameters are, to first order: model and robust covariance, and the shared rung shock.

Source: White (1982), doi:10.2307/1912526 (robust covariance); formal model 0b.2 (the shock of a rung
belongs into every error bar).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit, types

from tasklaws.infer.curves.compiled import COMPLEX_CURVE, POINTS, REAL_CURVE, compiled
from tasklaws.infer.curves.descent import FLAGS, MATRIX, VECTOR, residuals
from tasklaws.infer.curves.fit import memory_weights, shapes
from tasklaws.infer.curves.objectives import OBJECTIVES

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.curves.fit import Fits

SINGULAR = 1e-12
"""Directions of relative curvature below this are not identified to first order."""

CUBE = types.float64[:, :, ::1]

SLOPES = types.void(
    REAL_CURVE,
    COMPLEX_CURVE,
    POINTS,
    MATRIX,
    MATRIX,
    MATRIX,
    MATRIX,
    types.int64,
    VECTOR,
    FLAGS,
    CUBE,
    MATRIX,
)


@njit(SLOPES, cache=True, error_model="numpy")
def _slopes(real, complex_curve, x, params, y, n, weight, kind, shape, movable, a, r):  # noqa: PLR0917
    """Fill `a` (problems, parameters, points) and `r` (problems, points) as `descent.residuals` does for one."""
    moving = np.flatnonzero(movable)
    part = np.empty((moving.size, y.shape[1]))
    for b in range(params.shape[0]):
        if np.isfinite(params[b]).all():
            f = real(x, params[b])
            residuals(
                complex_curve, x, params[b], f, y[b], n[b], weight[b], kind, shape[b], moving, part, r[b]
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
        return np.sqrt(np.einsum("bjj->bj", self.robust))

    @property
    def inflation(self) -> Floats:
        """Return robust over model variance of each parameter, 1 where it has none; (problems, parameters)."""
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
        spread = spread + (shock_sd * f * (1 - f)) ** 2 * _information(fits, f) * weight**2
    if fits.options.objective == "log_huber":
        spread = r**2
    bread = _inverse(np.einsum("bip,bjp->bij", a, a))
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
    if fits.options.objective not in {"binomial", "beta_binomial"}:
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
    """Return scaled slopes (problems, parameters, points), scaled residuals and weights (problems, points)."""
    points, curve = fits.points, compiled(fits.form.curve)
    kind = OBJECTIVES[fits.options.objective]
    weight = memory_weights(fits.form, points)
    y, n = np.where(points.known, points.y, 0.5), np.where(points.known, points.n, 1.0)
    a, r = np.zeros((*fits.params.shape, y.shape[1])), np.zeros(y.shape)
    movable = fits.fitted.any(axis=0) & ~fits.held
    _slopes(
        curve.real, curve.complex, np.ascontiguousarray(points.x), fits.params, y, n, weight, kind,
        shapes(fits.options, len(y)), movable, a, r,
    )  # fmt: skip
    return a * fits.fitted[:, :, None], r, weight


def _information(fits: Fits, f: Floats) -> Floats:
    """Return the curvature of a count's objective in its rate, of shape (problems, points)."""
    n = np.where(fits.points.known, fits.points.n, 0.0)
    rho = shapes(fits.options, len(f))[:, None] if fits.options.objective == "beta_binomial" else 0.0
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
