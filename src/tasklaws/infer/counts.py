"""Compiled kernels of the predictive count distribution: a mixture of binomials of variance factor phi.

The probability of count j at rate p is proportional to ``C(n/phi, j/phi) (p/(1-p))**(j/phi)`` and is
normalised exactly over the counts 0..n. Terms are reached from the mode outwards by ratios, so no term
needs a gamma function or an exponential of its own, and nothing overflows at rates near 0 or 1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

# a kernel takes plain arrays and numbers, hence many of them, always in one order
# ruff: noqa: PLR0917

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

EDGE = 1e-12
"""Rates are kept this far from 0 and 1."""

TAIL = 1e-14
"""Terms below this share of the largest are left out."""

MAX_COUNT = 16_384
"""Longest exact count axis; more instances are placed on a grid of so many steps."""


@njit(cache=True)
def log_choose(n: int, phi: float, k: float) -> float:
    """Return log C(n/phi, k/phi) up to a constant of n and phi; `k` may be fractional."""
    return -math.lgamma(k / phi + 1.0) - math.lgamma((n - k) / phi + 1.0)


@njit(cache=True)
def coefficients(n: int, phi: float) -> tuple[Floats, Floats]:
    """Return the log coefficients of the counts, of shape (n + 1,), and the ratios of their ratios, (n,)."""
    half = np.empty(n + 1)
    for j in range(n + 1):
        half[j] = math.lgamma(j / phi + 1.0)
    log_c = -half - half[::-1]
    bend = np.ones(n)
    for j in range(n - 1):
        bend[j] = math.exp(log_c[j + 2] - 2.0 * log_c[j + 1] + log_c[j])
    return log_c, bend


@njit(cache=True, error_model="numpy")
def spread_terms(
    log_odds: float, mode: int, log_c: Floats, bend: Floats, terms: Floats
) -> tuple[int, int, float]:
    """Fill `terms` with probabilities relative to the mode; return the first and last count and the sum."""
    n = log_c.size - 1
    terms[mode] = 1.0
    total, term, high, low = 1.0, 1.0, mode, mode
    ratio = math.exp(log_c[mode + 1] - log_c[mode] + log_odds) if mode < n else 0.0
    while high < n and term > TAIL:
        term *= ratio
        ratio *= bend[high]
        high += 1
        terms[high] = term
        total += term
    term = 1.0
    ratio = math.exp(log_c[mode - 1] - log_c[mode] - log_odds) if mode > 0 else 0.0
    while low > 0 and term > TAIL:
        term *= ratio
        low -= 1
        if low > 0:
            ratio *= bend[low - 1]
        terms[low] = term
        total += term
    return low, high, total


@njit(cache=True, error_model="numpy")
def count_distribution(
    points: Floats, weights: Floats, phi: float, log_c: Floats, bend: Floats
) -> tuple[Floats, Floats]:
    """Return the probabilities of the counts, of shape (n + 1,), and the log normaliser of each point."""
    n = log_c.size - 1
    pmf, terms, log_norm = np.zeros(n + 1), np.empty(n + 1), np.empty(points.size)
    for i in range(points.size):
        p = min(max(points[i], EDGE), 1.0 - EDGE)
        log_odds = (math.log(p) - math.log1p(-p)) / phi
        mode = min(int((n + 1) * p), n)
        low, high, total = spread_terms(log_odds, mode, log_c, bend, terms)
        share = weights[i] / total
        for j in range(low, high + 1):
            pmf[j] += share * terms[j]
        log_norm[i] = math.log(total) + log_c[mode] + mode * log_odds
    return pmf, log_norm


@njit(cache=True, error_model="numpy")
def log_density(
    points: Floats, weights: Floats, n: int, phi: float, k: float, log_norm: Floats, uniform: float
) -> float:
    """Return the log probability (nats) of count `k`, a share `uniform` spread evenly over 0..n."""
    top, total = -np.inf, 0.0
    at_k = log_choose(n, phi, k)
    for i in range(points.size):
        if weights[i] > 0.0:
            p = min(max(points[i], EDGE), 1.0 - EDGE)
            value = at_k + k * (math.log(p) - math.log1p(-p)) / phi - log_norm[i] + math.log(weights[i])
            if value > top:
                total = total * math.exp(top - value) + 1.0
                top = value
            else:
                total += math.exp(value - top)
    body = math.log1p(-uniform) + top + math.log(total) if total > 0.0 else -np.inf
    if uniform <= 0.0:
        return body
    even = math.log(uniform / (n + 1))
    larger = max(body, even)
    return larger + math.log(math.exp(body - larger) + math.exp(even - larger))


@njit(cache=True)
def crps_counts(pmf: Floats, k: float) -> float:
    """Return the CRPS of count `k`, in counts; `k` may lie between two counts."""
    total, below = 0.0, 0.0
    for j in range(pmf.size - 1):
        below = min(below + pmf[j], 1.0)
        under = min(max(k - j, 0.0), 1.0)
        total += under * below**2 + (1.0 - under) * (1.0 - below) ** 2
    return total


@njit(cache=True)
def noise_counts(pmf: Floats) -> float:
    """Return the expected CRPS, in counts, of a forecaster whose forecast is the truth."""
    total, below = 0.0, 0.0
    for j in range(pmf.size - 1):
        below = min(below + pmf[j], 1.0)
        total += below * (1.0 - below)
    return total


@njit(cache=True)
def pit_counts(pmf: Floats, k: float, u: float) -> float:
    """Return the randomised PIT of `k`; the mass of a count is spread evenly over its unit interval."""
    place = min(max(k + u, 0.0), float(pmf.size))
    j = min(int(place), pmf.size - 1)
    below: float = pmf[:j].sum() + (place - j) * pmf[j]
    return min(below, 1.0)


@njit(cache=True)
def quantile_counts(pmf: Floats, levels: Floats) -> Floats:
    """Return the smallest counts whose cumulative probability reaches ascending `levels`."""
    out = np.full(levels.size, pmf.size - 1.0)
    below, at = 0.0, 0
    for j in range(pmf.size):
        below += pmf[j]
        while at < levels.size and below >= levels[at] - 1e-12:
            out[at] = j
            at += 1
    return out


@njit(cache=True)
def grid(n: float) -> tuple[int, float]:
    """Return the length of the count axis and how many instances one of its steps stands for."""
    counts = int(np.round(n))
    return (counts, 1.0) if counts <= MAX_COUNT else (MAX_COUNT, counts / MAX_COUNT)


@njit(cache=True)
def log_scores(
    points: Floats, weights: Floats, noise: Floats, n: Floats, k: Floats, uniform: float
) -> Floats:
    """Return log probabilities of observed counts, of shape (targets, tasks); NaN where ``n < 1``.

    Args:
        points: rates, of shape (targets, tasks, points).
        weights: their weights, of the same shape.
        noise: variance factors, of shape (tasks,).
        n: attempts, of shape (targets, tasks).
        k: successes, of the same shape.
        uniform: share spread evenly over the counts.
    """
    out = np.full(n.shape, np.nan)
    for s in range(n.shape[0]):
        for t in range(n.shape[1]):
            if n[s, t] < 1.0 or not np.isfinite(k[s, t]):
                continue
            length, step = grid(n[s, t])
            phi = noise[t] / step
            log_c, bend = coefficients(length, phi)
            _, norm = count_distribution(points[s, t], weights[s, t], phi, log_c, bend)
            out[s, t] = log_density(points[s, t], weights[s, t], length, phi, k[s, t] / step, norm, uniform)
            out[s, t] -= np.log(step)
    return out
