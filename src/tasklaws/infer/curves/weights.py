"""Which form to believe: weights by Akaike's criterion, or by the score on rungs that were held out.

Source: Burnham and Anderson (2002), section 2.9 (weights); the held-out score is that of the default
law's stack (`infer/stacking.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaln

from tasklaws.infer.curves.compiled import compiled
from tasklaws.infer.curves.covariance import covariance
from tasklaws.infer.curves.fit import Fits, fit_batch
from tasklaws.infer.curves.problem import Points
from tasklaws.infer.stacking import link_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats

PER_POINT = {"gaussian": 1.0, "log_huber": 2.0}
"""Minus twice the log likelihood of normal and of Laplace errors, per point and log of their mean objective.

Huber's loss far beyond its width is that of Laplace errors, but for a constant.
"""

UNIFORM = 0.01
"""Share of a held-out prediction spread evenly over the counts, so that its log score stays finite."""


def corrected_aic(fits: Fits, shock_sd: float = 0.0) -> Floats:
    """Return Akaike's criterion with its small-sample term, of shape (problems,); NaN where undefined.

    For counts it is that of the deviance, so differences between forms of one problem are exact. With a
    rung shock counts vary more than binomially, and the deviance is divided by how much more. A form
    that weighs its points has no likelihood of all of them, and no criterion.

    Args:
        fits: the laws.
        shock_sd: standard deviation of a rung's shock, on the log-odds; the same for all forms compared.
    """
    if fits.form.memory is not None:
        return np.full(len(fits.params), np.nan)
    k, points = fits.n_fitted.astype(float), fits.n_points.astype(float)
    if not fits.options.of_counts:
        k = k + 1
        with np.errstate(divide="ignore"):
            fit = PER_POINT[fits.options.objective] * points * np.log(2 * fits.objective / points)
    else:
        fit = 2 * fits.objective / _excess(fits.points, shock_sd)
    left = points - k - 1
    return np.where(left > 0, fit + 2 * k + 2 * k * (k + 1) / np.where(left > 0, left, 1.0), np.nan)


def _excess(points: Points, shock_sd: float) -> Floats:
    """Return by what factor a shock makes counts vary more than binomially, on average; (problems,)."""
    y, n = (np.where(points.known, part, 0.0) for part in (points.y, points.n))
    known = np.maximum(points.known.sum(axis=1), 1)
    return np.asarray(1 + shock_sd**2 * (n * y * (1 - y)).sum(axis=1) / known)


def aic_weights(criteria: Floats) -> Floats:
    """Return weights that sum to one over forms.

    Args:
        criteria: of shape (problems, forms); NaN gets weight 0, a row of NaN stays NaN.
    """
    least = np.where(np.isnan(criteria), np.inf, criteria).min(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        away = np.where(criteria == least, 0.0, criteria - least)
        share = np.where(np.isnan(criteria), 0.0, np.exp(-0.5 * away))
        return np.asarray(share / share.sum(axis=1, keepdims=True))


def held_out_scores(fits: Fits, held: NDArray[np.bool_], shock_sd: float = 0.0) -> Floats:
    """Return log scores of the held-out counts, of shape (problems,), nats; NaN where there is no law.

    Each law is fitted without the held-out points; the prediction at them is beta-binomial, with the
    variance that the parameters' errors and a new shock bring.

    Args:
        fits: laws of counts, fitted to all points.
        held: points to hold out, of shape (points,).
        shock_sd: standard deviation of a rung's shock, on the log-odds.
    """
    points = fits.points
    weight = np.where(held, 0.0, 1.0 if points.weight is None else points.weight)
    seen = Points(points.x, points.y, points.n, np.broadcast_to(weight, points.y.shape))
    early = fit_batch(fits.form, seen, fits.options)
    mean, variance = predicted(early, points.x[:, held], shock_sd)
    n = np.where(points.known, points.n, 0.0)[:, held]
    won = n * np.where(points.known, points.y, 0.0)[:, held]
    return np.asarray(_log_score(won, n, mean, variance).sum(axis=1))


def predicted(fits: Fits, x: Floats, shock_sd: float = 0.0) -> tuple[Floats, Floats]:
    """Return mean and variance of the law at `x` (covariates, points), each of shape (problems, points)."""
    curve = compiled(fits.form.curve)
    places = np.ascontiguousarray(x)
    mean = fits.heights(places)
    slopes = np.zeros((*fits.params.shape, places.shape[1]))
    for j in np.flatnonzero(fits.fitted.any(axis=0) & ~fits.held):
        for b, p in enumerate(fits.params):
            at = p.astype(complex)
            at[j] += 1e-100j
            slopes[b, j] = curve.complex(places, at).imag / 1e-100
    errors = covariance(fits, shock_sd).robust
    variance = np.einsum("bjp,bjk,bkp->bp", slopes, errors, slopes)
    return mean, variance + (shock_sd * mean * (1 - mean)) ** 2


def _log_score(won: Floats, n: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return the log probability of counts whose rate has this mean and variance (beta-binomial)."""
    inside = np.clip(mean, 1e-6, 1 - 1e-6)
    spread = inside * (1 - inside)
    total = np.maximum(spread / np.clip(variance, 1e-9, 0.5 * spread) - 1, 1e-3)
    a, b = inside * total, (1 - inside) * total
    choose = -betaln(won + 1, n - won + 1) - np.log(n + 1)
    score = choose + betaln(won + a, n - won + b) - betaln(a, b)
    with np.errstate(invalid="ignore"):
        mixed = np.logaddexp(np.log1p(-UNIFORM) + score, np.log(UNIFORM) - np.log(n + 1))
    return np.where(n > 0, mixed, 0.0)


def stacked_weights(scores: Sequence[Floats]) -> Floats:
    """Return weights of shape (problems, forms) learnt from held-out scores, one array per form.

    A form that has no law of a problem gets weight 0 there.
    """
    table = np.stack(scores, axis=1)
    worst = np.nanmin(np.where(np.isfinite(table), table, np.inf), axis=1, keepdims=True)
    weights = link_weights(np.where(np.isfinite(table), table, worst - 50.0))
    weights = np.where(np.isfinite(table), weights, 0.0)
    with np.errstate(invalid="ignore"):
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))
