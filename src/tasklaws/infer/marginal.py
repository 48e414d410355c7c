"""Marginal likelihood and residuals of the Gaussian-process ladder.

Working responses y, of shape (tasks, rungs), are the sum of three layers of effects over rungs:

    one effect of the whole suite      g    ~ N(0, S),    S   = v 11' + s_v^2 sum x x' + s_u^2 U
    one effect of each family          g_f  ~ N(0, S_f),  S_f = s_fa^2 11' + s_fb^2 sum x x' + s_fu^2 U
    one of each task, with its noise          K_t = s_a^2 11' + sum_f s_bf^2 x_f x_f'
                                                    + kappa_t^2 (s_w^2 W + s_e^2 I) + phi D_t

Suite and family effects are integrated out by Woodbury, one layer at a time, so the cost is a
few Cholesky factors of size (rungs, rungs) per task and family. A missing cell has variance
MISSING. Parameters are logs of standard deviations.

Source: forecasting recipe section 1; Rasmussen & Williams (2006), eq. 2.30 and 5.9.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tasklaws.infer.arrays import Floats
from tasklaws.infer.matrices import (
    add_matrix,
    add_vector,
    cholesky,
    congruence,
    invert,
    multiply,
    subtract,
    sum_product,
    times_vector,
    transposed_times,
)

# compiled code: numba infers the types of the arguments, annotations would only repeat them;
# a kernel takes plain arrays and numbers, hence many of them, always in one order
# ruff: noqa: ANN001, ANN201, ANN202, PLR0917

Bools = NDArray[np.bool_]
Places = NDArray[np.int64]
Arguments = tuple[Floats, float, Floats, Floats, Bools, Floats, Places, int, Floats, Floats, Floats, float]
"""What likelihood, residuals and prediction share, in the order of `negative_log_marginal`."""

MISSING = 1e8
"""Working variance of a cell that was not observed."""

SHOCK, NOISE, WALK, FAMILY_LEVEL, FAMILY_SLOPE, FAMILY_SHOCK, SUITE_SLOPE, PHI = range(8)
"""Places behind the task's level and slopes: theta[1 + features + SHOCK] is log s_u, and so on."""


@njit(cache=True)
def _absorb(prior, precision):
    """Return (Q, B, log det) for an effect of covariance `prior` seen with `precision`.

    Q = (prior^-1 + precision)^-1 is its posterior covariance and
    B = (prior + precision^-1)^-1 = precision - precision Q precision what one layer up sees;
    `log det` is that of I + prior precision. Neither argument is inverted.
    """
    low, _ = cholesky(precision)
    spread = multiply(prior, low)
    middle = transposed_times(low, spread)
    for i in range(len(middle)):
        middle[i, i] += 1.0
    middle, log_det = invert(middle)
    return subtract(prior, congruence(spread, middle)), congruence(low, middle), log_det


@njit(cache=True)
def line_covariance(level, slopes, x_a, x_b, scale, other):
    """Return level + sum_f slopes_f x_af x_bf' + scale * other, of shape (rungs a, rungs b).

    Args:
        level: variance of the level.
        slopes: variances of the slopes, of shape (features,).
        x_a: features, of shape (rungs a, features).
        x_b: features, of shape (rungs b, features).
        scale: factor of `other`.
        other: a further covariance, of shape (rungs a, rungs b).
    """
    out = np.empty(other.shape)
    for i in range(len(x_a)):
        for j in range(len(x_b)):
            out[i, j] = level + scale * other[i, j]
            for f in range(len(slopes)):
                out[i, j] += slopes[f] * (x_a[i, f] * x_b[j, f])
    return out


@njit(cache=True)
def suite_covariance(theta, suite_level, x_a, x_b, shock):
    """Return S between rungs a and b; `suite_level` is the prior variance of the suite's level."""
    features = x_a.shape[1]
    var_u = math.exp(2 * theta[1 + features + SHOCK])
    slope = math.exp(2 * theta[1 + features + SUITE_SLOPE])
    return line_covariance(suite_level, np.full(features, slope), x_a, x_b, var_u, shock)


@njit(cache=True)
def family_covariance(theta, x_a, x_b, shock):
    """Return S_f between rungs a and b."""
    features = x_a.shape[1]
    var_a, slope, var_u = np.exp(2 * theta[1 + features + FAMILY_LEVEL : 1 + features + SUITE_SLOPE])
    return line_covariance(var_a, np.full(features, slope), x_a, x_b, var_u, shock)


@njit(cache=True)
def _task_inverses(theta, phi, noise, seen, kappa2, x, walk):
    """Return (K_t^-1 of shape (tasks, rungs, rungs), sum of log determinants)."""
    tasks, size = noise.shape
    features = x.shape[1]
    var_e = math.exp(2 * theta[1 + features + NOISE])
    var_w = math.exp(2 * theta[1 + features + WALK])
    variances = np.exp(2 * theta[: 1 + features])
    line = line_covariance(variances[0], variances[1:], x, x, 0.0, walk)
    inverses = np.zeros((tasks, size, size))
    covariance = np.empty((size, size))
    log_det = 0.0
    for t in range(tasks):
        drift = kappa2[t] * var_w
        for i in range(size):
            for j in range(size):
                covariance[i, j] = line[i, j] + drift * walk[i, j]
            covariance[i, i] += kappa2[t] * var_e + (phi * noise[t, i] if seen[t, i] else MISSING)
        own, one = invert(covariance)
        add_matrix(inverses[t], own)
        log_det += one
    return inverses, log_det


@njit(cache=True)
def _gather(inverses, y, family, n_families):
    """Return (K_t^-1 y_t per task, sums of K_t^-1 within families, sums of K_t^-1 y_t likewise)."""
    tasks, size = y.shape
    solved = np.zeros((tasks, size))
    precision = np.zeros((n_families, size, size))
    pulled = np.zeros((n_families, size))
    for t in range(tasks):
        f = family[t]
        for i in range(size):
            for j in range(size):
                solved[t, i] += inverses[t, i, j] * y[t, j]
                precision[f, i, j] += inverses[t, i, j]
            pulled[f, i] += solved[t, i]
    return solved, precision, pulled


@njit(cache=True)
def layers(theta, phi, y, noise, seen, kappa2, family, n_families, x, walk, shock, suite_level):
    """Return everything that likelihood, residuals and predictions share.

    Arguments are those of `negative_log_marginal`.

    Returns:
        inverses: K_t^-1, of shape (tasks, rungs, rungs).
        alpha: rows of the full precision times y, of shape (tasks, rungs).
        precision: A_f, sums of K_t^-1 within families, of shape (families, rungs, rungs).
        above: B_f, what the suite's effect sees of each family, of the same shape.
        spread: posterior covariance of g + g_f, of the same shape.
        suite: posterior covariance of g, of shape (rungs, rungs).
        value: -log p(y) without its constant.
    """
    tasks, size = y.shape
    inverses, log_det = _task_inverses(theta, phi, noise, seen, kappa2, x, walk)
    solved, precision, pulled = _gather(inverses, y, family, n_families)
    own = family_covariance(theta, x, x, shock)
    posterior = np.zeros((n_families, size, size))
    above = np.zeros((n_families, size, size))
    total = np.zeros((size, size))
    pull = np.zeros(size)
    for f in range(n_families):
        left, seen_above, one = _absorb(own, precision[f])
        add_matrix(posterior[f], left)
        add_matrix(above[f], seen_above)
        add_matrix(total, seen_above)
        log_det += one
        lost = times_vector(precision[f], times_vector(posterior[f], pulled[f]))
        for i in range(size):
            pull[i] += pulled[f, i] - lost[i]
    suite, _, one = _absorb(suite_covariance(theta, suite_level, x, x, shock), total)
    log_det += one
    level = times_vector(suite, pull)
    spread = np.zeros((n_families, size, size))
    mean = np.zeros((n_families, size))
    for f in range(n_families):
        keep = subtract(np.eye(size), multiply(posterior[f], precision[f]))
        add_matrix(spread[f], congruence(keep, suite))
        add_matrix(spread[f], posterior[f])
        add_vector(mean[f], times_vector(posterior[f], pulled[f]))
        add_vector(mean[f], times_vector(keep, level))
    alpha = np.empty((tasks, size))
    quadratic = 0.0
    for t in range(tasks):
        shared = times_vector(inverses[t], mean[family[t]])
        one = 0.0
        for i in range(size):
            alpha[t, i] = solved[t, i] - shared[i]
            one += y[t, i] * alpha[t, i]
        quadratic += one
    return inverses, alpha, precision, above, spread, suite, 0.5 * (log_det + quadratic)


def negative_log_marginal(
    theta: Floats,
    phi: float,
    y: Floats,
    noise: Floats,
    seen: Bools,
    kappa2: Floats,
    family: Places,
    n_families: int,
    x: Floats,
    walk: Floats,
    shock: Floats,
    suite_level: float,
) -> tuple[float, Floats]:
    """Return (-log p(y | theta) without its constant, its gradient by theta and log phi).

    Args:
        theta: logs of standard deviations, of shape (8 + features,): task level, task slopes, then
            SHOCK to SUITE_SLOPE.
        phi: variance factor of the counts.
        y: working responses, of shape (tasks, rungs); not read where not `seen`.
        noise: binomial variances of y, of the same shape.
        seen: which cells were observed, of the same shape.
        kappa2: squared noise scale of each task, of shape (tasks,).
        family: family of each task, of shape (tasks,).
        n_families: number of families.
        x: features, of shape (rungs, features).
        walk: unit drift covariance of the rungs, of shape (rungs, rungs).
        shock: unit shock covariance of the rungs, of the same shape.
        suite_level: prior variance of the suite's level.
    """
    # two kernels, each compiled once: inside one another they would be compiled again for each caller
    *shared, value = layers(
        theta, phi, y, noise, seen, kappa2, family, n_families, x, walk, shock, suite_level
    )
    return value, _gradient(theta, phi, noise, seen, kappa2, family, x, walk, shock, *shared)


@njit(cache=True)
def _task_scores(phi, noise, seen, kappa2, family, walk, inverses, alpha, spread):
    """Return what the gradient needs of the tasks.

    With D_t the gradient of the value by the covariance of task t, up to the factor 2: the sum of
    D_t, of shape (rungs, rungs), and the sums of kappa2_t tr D_t, of kappa2_t tr(W D_t) and of
    phi / 2 tr(N_t D_t) where N_t holds the binomial variances of the observed cells.
    """
    tasks, size = noise.shape
    summed = np.zeros((size, size))
    diagonals, walks, binomial = 0.0, 0.0, 0.0
    for t in range(tasks):
        own = congruence(inverses[t], spread[family[t]])
        diagonal, walked = 0.0, 0.0
        for i in range(size):
            for j in range(size):
                one = (inverses[t, i, j] - own[i, j]) - alpha[t, i] * alpha[t, j]
                summed[i, j] += one
                walked += walk[i, j] * one
                if i == j:
                    diagonal += one
                    binomial += 0.5 * phi * noise[t, i] * one if seen[t, i] else 0.0
        diagonals += kappa2[t] * diagonal
        walks += kappa2[t] * walked
    return summed, diagonals, walks, binomial


@njit(cache=True)
def _shared_scores(precision, spread, pulled):
    """Return A - A P A - p p' of one shared effect: the gradient by its covariance, up to the factor 2."""
    out = subtract(precision, multiply(multiply(precision, spread), precision))
    for i in range(len(pulled)):
        for j in range(len(pulled)):
            out[i, j] -= pulled[i] * pulled[j]
    return out


@njit(cache=True)
def _curvature(x, feature, score):
    """Return x_f' score x_f of one feature."""
    total = 0.0
    for i in range(len(x)):
        for j in range(len(x)):
            total += score[i, j] * (x[i, feature] * x[j, feature])
    return total


@njit(cache=True)
def _gradient(
    theta, phi, noise, seen, kappa2, family, x, walk, shock, inverses, alpha, precision, above, spread, suite
):
    """Return the gradient of the value by theta and log phi, of shape (9 + features,)."""
    (size, features), n_families = x.shape, len(above)
    base = 1 + features
    gradient = np.zeros(base + PHI + 1)
    summed, gradient[base + NOISE], gradient[base + WALK], gradient[base + PHI] = _task_scores(
        phi, noise, seen, kappa2, family, walk, inverses, alpha, spread
    )
    gradient[0] = summed.sum()
    for f in range(features):
        gradient[1 + f] = _curvature(x, f, summed)
    total = np.zeros((size, size))
    pulled = np.zeros((n_families, size))
    pull = np.zeros(size)
    for t in range(len(alpha)):
        add_vector(pulled[family[t]], alpha[t])
    for g in range(n_families):
        add_vector(pull, pulled[g])
        add_matrix(total, above[g])
        within = _shared_scores(precision[g], spread[g], pulled[g])
        gradient[base + FAMILY_LEVEL] += within.sum()
        gradient[base + FAMILY_SHOCK] += sum_product(within, shock)
        for f in range(features):
            gradient[base + FAMILY_SLOPE] += _curvature(x, f, within)
    everywhere = _shared_scores(total, suite, pull)
    gradient[base + SHOCK] = sum_product(everywhere, shock)
    for f in range(features):
        gradient[base + SUITE_SLOPE] += _curvature(x, f, everywhere)
    for p in range(base + PHI):
        gradient[p] *= math.exp(2 * theta[p])
    return gradient


@njit(cache=True)
def _own_precision(inverses, spread, family):
    """Return the diagonal of the full precision, of shape (tasks, rungs)."""
    out = np.empty(inverses.shape[:2])
    for t in range(len(inverses)):
        lost = congruence(inverses[t], spread[family[t]])
        for i in range(len(lost)):
            out[t, i] = inverses[t, i, i] - lost[i, i]
    return out


def residuals(
    theta: Floats,
    phi: float,
    y: Floats,
    noise: Floats,
    seen: Bools,
    kappa2: Floats,
    family: Places,
    n_families: int,
    x: Floats,
    walk: Floats,
    shock: Floats,
    suite_level: float,
) -> tuple[Floats, Floats]:
    """Return (latent mean, leave-one-out standardised residual), each of shape (tasks, rungs).

    The residual of a cell is its distance from what all other cells predict for it, in standard
    deviations of that prediction and its own noise; 0 where the cell was not observed. Arguments
    are those of `negative_log_marginal`.
    """
    inverses, alpha, _, _, spread, _, _ = layers(
        theta, phi, y, noise, seen, kappa2, family, n_families, x, walk, shock, suite_level
    )
    latent = y - np.where(seen, phi * noise, MISSING) * alpha
    own = _own_precision(inverses, spread, family)
    return latent, np.where(seen, alpha / np.sqrt(np.maximum(own, 1e-300)), 0.0)
