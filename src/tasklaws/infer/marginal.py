"""Marginal likelihood, residuals and prediction of the Gaussian-process ladder, compiled.

Working responses y, of shape (tasks, rungs), are the sum of three layers of effects over rungs:

    one effect of the whole suite      g    ~ N(0, S),    S   = H V H' + s_u^2 U
    one effect of each family          g_f  ~ N(0, S_f),  S_f = s_fa^2 11' + s_fb^2 sum x x' + s_fu^2 U
    one of each task, with its noise          K_t = s_a^2 11' + sum_f s_bf^2 x_f x_f'
                                                    + kappa_t^2 (s_w^2 W + s_e^2 I) + phi D_t

Suite and family effects are integrated out by Woodbury, one layer at a time, so the cost is a
few Cholesky factors of size (rungs, rungs) per task and family. A missing cell has variance
MISSING. Parameters are logs of standard deviations, in the order of `PARAMETERS`.

Source: forecasting recipe section 1; Rasmussen & Williams (2006), eq. 2.30 and 5.9.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

# compiled code: numba infers the types of arguments, annotations would only repeat them
# ruff: noqa: ANN001, ANN201, ANN202, PLR0913

MISSING = 1e8
"""Working variance of a cell that was not observed."""

SHOCK, NOISE, WALK, FAMILY_LEVEL, FAMILY_SLOPE, FAMILY_SHOCK, PHI = range(7)
"""Places behind the task's level and slopes: theta[1 + features + SHOCK] is log s_u, and so on."""


@njit(cache=True)
def _multiply(a, b):
    # plain loops: at these sizes BLAS is no faster, and its threads spin beside the one at work
    out = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            for j in range(b.shape[1]):
                out[i, j] += a[i, k] * b[k, j]
    return out


@njit(cache=True)
def _apply(a, v):
    out = np.zeros(a.shape[0])
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[i] += a[i, j] * v[j]
    return out


@njit(cache=True)
def _cholesky(matrix):
    """Return (lower factor, log determinant) of a positive definite matrix."""
    size = matrix.shape[0]
    low = np.zeros((size, size))
    log_det = 0.0
    for j in range(size):
        pivot = matrix[j, j]
        for k in range(j):
            pivot -= low[j, k] * low[j, k]
        pivot = math.sqrt(max(pivot, 1e-14))
        low[j, j] = pivot
        log_det += 2.0 * math.log(pivot)
        for i in range(j + 1, size):
            total = matrix[i, j]
            for k in range(j):
                total -= low[i, k] * low[j, k]
            low[i, j] = total / pivot
    return low, log_det


@njit(cache=True)
def _inverse(matrix):
    """Return (inverse, log determinant) of a positive definite matrix."""
    size = matrix.shape[0]
    low, log_det = _cholesky(matrix)
    # row i of `upper` is column i of the factor's inverse, so that products run along rows
    upper = np.zeros((size, size))
    for j in range(size):
        upper[j, j] = 1.0 / low[j, j]
        for i in range(j + 1, size):
            total = 0.0
            for k in range(j, i):
                total -= low[i, k] * upper[j, k]
            upper[j, i] = total / low[i, i]
    out = np.empty((size, size))
    for i in range(size):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, size):
                total += upper[i, k] * upper[j, k]
            out[i, j] = total
            out[j, i] = total
    return out, log_det


@njit(cache=True)
def _absorb(prior, precision):
    """Return (Q, B, log det) for an effect of covariance `prior` seen with `precision`.

    Q = (prior^-1 + precision)^-1 is its posterior covariance and
    B = (prior + precision^-1)^-1 = precision - precision Q precision what one layer up sees;
    `log det` is that of I + prior precision. Neither argument is inverted.
    """
    low, _ = _cholesky(precision)
    spread = _multiply(prior, low)
    middle = _multiply(np.ascontiguousarray(low.T), spread)
    for i in range(len(middle)):
        middle[i, i] += 1.0
    inverse, log_det = _inverse(middle)
    posterior = prior - _multiply(_multiply(spread, inverse), np.ascontiguousarray(spread.T))
    above = _multiply(_multiply(low, inverse), np.ascontiguousarray(low.T))
    return posterior, above, log_det


@njit(cache=True)
def suite_covariance(theta, fixed, x_a, x_b, shock):
    """Return S between rungs a and b; `fixed` holds the prior variances of level and slopes."""
    features = x_a.shape[1]
    out = fixed[0] + math.exp(2 * theta[1 + features + SHOCK]) * shock
    for f in range(features):
        out += fixed[1 + f] * np.outer(x_a[:, f], x_b[:, f])
    return out


@njit(cache=True)
def family_covariance(theta, x_a, x_b, shock):
    """Return S_f between rungs a and b."""
    features = x_a.shape[1]
    base = 1 + features
    out = math.exp(2 * theta[base + FAMILY_LEVEL]) + math.exp(2 * theta[base + FAMILY_SHOCK]) * shock
    for f in range(features):
        out += math.exp(2 * theta[base + FAMILY_SLOPE]) * np.outer(x_a[:, f], x_b[:, f])
    return out


@njit(cache=True)
def _task_inverses(theta, phi, noise, seen, kappa2, x, walk):
    """Return (K_t^-1 of shape (tasks, rungs, rungs), sum of log determinants)."""
    tasks, size = noise.shape
    features = x.shape[1]
    var_e = math.exp(2 * theta[1 + features + NOISE])
    var_w = math.exp(2 * theta[1 + features + WALK])
    line = np.full((size, size), math.exp(2 * theta[0]))
    for f in range(features):
        line += math.exp(2 * theta[1 + f]) * np.outer(x[:, f], x[:, f])
    inverses = np.empty((tasks, size, size))
    log_det = 0.0
    for t in range(tasks):
        covariance = line + (kappa2[t] * var_w) * walk
        for i in range(size):
            covariance[i, i] += kappa2[t] * var_e + (phi * noise[t, i] if seen[t, i] else MISSING)
        inverses[t], one = _inverse(covariance)
        log_det += one
    return inverses, log_det


@njit(cache=True)
def _layers(theta, phi, y, noise, seen, kappa2, family, n_families, x, walk, shock, fixed):
    """Return everything that likelihood, residuals and predictions share.

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
    precision = np.zeros((n_families, size, size))
    pulled = np.zeros((n_families, size))
    solved = np.zeros((tasks, size))
    for t in range(tasks):
        for i in range(size):
            for j in range(size):
                solved[t, i] += inverses[t, i, j] * y[t, j]
                precision[family[t], i, j] += inverses[t, i, j]
            pulled[family[t], i] += solved[t, i]
    own = family_covariance(theta, x, x, shock)
    posterior = np.empty((n_families, size, size))
    above = np.empty((n_families, size, size))
    total = np.zeros((size, size))
    pull = np.zeros(size)
    for f in range(n_families):
        posterior[f], above[f], one = _absorb(own, precision[f])
        log_det += one
        total += above[f]
        pull += pulled[f] - _apply(precision[f], _apply(posterior[f], pulled[f]))
    suite, _, one = _absorb(suite_covariance(theta, fixed, x, x, shock), total)
    log_det += one
    level = _apply(suite, pull)
    spread = np.empty((n_families, size, size))
    mean = np.empty((n_families, size))
    for f in range(n_families):
        keep = np.eye(size) - _multiply(posterior[f], precision[f])
        spread[f] = posterior[f] + _multiply(_multiply(keep, suite), np.ascontiguousarray(keep.T))
        mean[f] = _apply(posterior[f], pulled[f]) + _apply(keep, level)
    alpha = np.empty((tasks, size))
    quadratic = 0.0
    for t in range(tasks):
        alpha[t] = solved[t] - _apply(inverses[t], mean[family[t]])
        quadratic += (y[t] * alpha[t]).sum()
    return inverses, alpha, precision, above, spread, suite, 0.5 * (log_det + quadratic)


@njit(cache=True)
def _sum_product(a, b):
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j] * b[i, j]
    return total


@njit(cache=True)
def negative_log_marginal(theta, phi, y, noise, seen, kappa2, family, n_families, x, walk, shock, fixed):
    """Return (-log p(y | theta), its gradient by theta and log phi)."""
    tasks, size = y.shape
    features = x.shape[1]
    base = 1 + features
    inverses, alpha, precision, above, spread, suite, value = _layers(
        theta, phi, y, noise, seen, kappa2, family, n_families, x, walk, shock, fixed
    )
    gradient = np.zeros(base + PHI + 1)
    summed = np.zeros((size, size))
    for t in range(tasks):
        own = inverses[t] - _multiply(_multiply(inverses[t], spread[family[t]]), inverses[t])
        diagonal, walked = 0.0, 0.0
        for i in range(size):
            for j in range(size):
                one = own[i, j] - alpha[t, i] * alpha[t, j]
                summed[i, j] += one
                walked += walk[i, j] * one
            one = own[i, i] - alpha[t, i] * alpha[t, i]
            diagonal += one
            if seen[t, i]:
                gradient[base + PHI] += 0.5 * phi * noise[t, i] * one
        gradient[base + NOISE] += kappa2[t] * diagonal
        gradient[base + WALK] += kappa2[t] * walked
    gradient[0] = summed.sum()
    for f in range(features):
        gradient[1 + f] = _sum_product(summed, np.outer(x[:, f], x[:, f]))
    total = np.zeros((size, size))
    pull = np.zeros(size)
    for f in range(n_families):
        pulled = np.zeros(size)
        for t in range(tasks):
            if family[t] == f:
                pulled += alpha[t]
        pull += pulled
        total += above[f]
        within = precision[f] - _multiply(_multiply(precision[f], spread[f]), precision[f]) - np.outer(pulled, pulled)
        gradient[base + FAMILY_LEVEL] += within.sum()
        gradient[base + FAMILY_SHOCK] += _sum_product(within, shock)
        for c in range(features):
            gradient[base + FAMILY_SLOPE] += _sum_product(within, np.outer(x[:, c], x[:, c]))
    everywhere = total - _multiply(_multiply(total, suite), total) - np.outer(pull, pull)
    gradient[base + SHOCK] = _sum_product(everywhere, shock)
    for p in range(base + PHI):
        gradient[p] *= math.exp(2 * theta[p])
    return value, gradient


@njit(cache=True)
def residuals(theta, phi, y, noise, seen, kappa2, family, n_families, x, walk, shock, fixed):
    """Return (latent mean, leave-one-out standardised residual), each of shape (tasks, rungs)."""
    tasks, size = y.shape
    inverses, alpha, _, _, spread, _, _ = _layers(
        theta, phi, y, noise, seen, kappa2, family, n_families, x, walk, shock, fixed
    )
    latent = np.empty((tasks, size))
    standard = np.zeros((tasks, size))
    for t in range(tasks):
        own = inverses[t] - _multiply(_multiply(inverses[t], spread[family[t]]), inverses[t])
        for i in range(size):
            latent[t, i] = y[t, i] - (phi * noise[t, i] if seen[t, i] else MISSING) * alpha[t, i]
            if seen[t, i]:
                standard[t, i] = alpha[t, i] / math.sqrt(max(own[i, i], 1e-300))
    return latent, standard


@njit(cache=True)
def _extend(old_old, old_new, new_new):
    """Return the covariance over old and new rungs together."""
    old, new = old_new.shape
    out = np.empty((old + new, old + new))
    out[:old, :old] = old_old
    out[:old, old:] = old_new
    out[old:, :old] = old_new.T
    out[old:, old:] = new_new
    return out


@njit(cache=True)
def predict(
    theta, phi, y, noise, seen, kappa2, family, n_families, x, walk, shock, fixed,
    x_new, cross_walk, walk_new, cross_shock, shock_new,
):  # fmt: skip
    """Return the joint prediction of levels at new rungs.

    Args:
        x_new: features, of shape (new, features).
        cross_walk: unit drift covariance of old and new rungs, of shape (rungs, new).
        walk_new: unit drift variance of each new rung, of shape (new,).
        cross_shock: unit shock covariance, of shape (rungs, new).
        shock_new: unit shock covariance of the new rungs, of shape (new, new).

    Returns:
        mean: of shape (new, tasks).
        own: variance of the task's own effects and noise, of shape (new, tasks).
        loadings: on suite + family effects of old and new rungs, of shape (new, tasks, rungs + new).
        suite: posterior covariance of the suite's effects, of shape (rungs + new, rungs + new).
        transfer: how a suite effect moves suite + family effects, of shape (families, .., ..).
        extra: posterior covariance of the family's effects given the suite's, of the same shape.
    """
    tasks, size = y.shape
    features, new = x.shape[1], x_new.shape[0]
    base = 1 + features
    inverses, alpha, _, above, _, posterior, _ = _layers(
        theta, phi, y, noise, seen, kappa2, family, n_families, x, walk, shock, fixed
    )
    suite = _extend(
        suite_covariance(theta, fixed, x, x, shock),
        suite_covariance(theta, fixed, x, x_new, cross_shock),
        suite_covariance(theta, fixed, x_new, x_new, shock_new),
    )
    own_family = _extend(
        family_covariance(theta, x, x, shock),
        family_covariance(theta, x, x_new, cross_shock),
        family_covariance(theta, x_new, x_new, shock_new),
    )
    total = np.zeros((size, size))
    pull = np.zeros(size)
    pulled = np.zeros((n_families, size))
    transfer = np.empty((n_families, size + new, size + new))
    extra = np.empty((n_families, size + new, size + new))
    seen_part = np.ascontiguousarray(own_family[:, :size])
    for f in range(n_families):
        total += above[f]
        lost = _multiply(seen_part, above[f])
        transfer[f] = np.eye(size + new)
        transfer[f][:, :size] -= lost
        extra[f] = own_family - _multiply(lost, np.ascontiguousarray(seen_part.T))
    for t in range(tasks):
        pull += alpha[t]
        pulled[family[t]] += alpha[t]
    suite_part = np.ascontiguousarray(suite[:, :size])
    everywhere = total - _multiply(_multiply(total, posterior), total)
    after = suite - _multiply(_multiply(suite_part, everywhere), np.ascontiguousarray(suite_part.T))

    var_w, var_e = math.exp(2 * theta[base + WALK]), math.exp(2 * theta[base + NOISE])
    mean = np.zeros((new, tasks))
    own = np.zeros((new, tasks))
    loadings = np.zeros((new, tasks, size + new))
    for s in range(new):
        line = np.full(size, math.exp(2 * theta[0]))
        prior = math.exp(2 * theta[0])
        for f in range(features):
            line += math.exp(2 * theta[1 + f]) * x_new[s, f] * x[:, f]
            prior += math.exp(2 * theta[1 + f]) * x_new[s, f] ** 2
        for t in range(tasks):
            cross = line + (kappa2[t] * var_w) * cross_walk[:, s]
            weight = _apply(inverses[t], cross)
            shared = suite_part[size + s] * pull + seen_part[size + s] * pulled[family[t]]
            mean[s, t] = (shared + cross * alpha[t]).sum()
            known = prior + kappa2[t] * var_w * walk_new[s] - (cross * weight).sum()
            own[s, t] = max(known, 0.0) + kappa2[t] * var_e
            loadings[s, t, :size] = -weight
            loadings[s, t, size + s] = 1.0
    return mean, own, loadings, after, transfer, extra
