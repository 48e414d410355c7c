"""What a fit minimises, point by point: value, first derivative and curvature in the curve's height.

An objective is a small integer inside compiled code. None is ever negative, so that relative tolerances
mean something: half a deviance, 0 for a curve through the point, or (beta-binomial) minus the log
probability of the count.

Source: binomial and beta-binomial likelihoods; Huber's loss of the log residual as in arXiv 2203.15556,
section 3.3.
"""

from __future__ import annotations

import math

from numba import njit

GAUSSIAN, BINOMIAL, BETA_BINOMIAL, LOG_HUBER = range(4)

OBJECTIVES = {
    "gaussian": GAUSSIAN,
    "binomial": BINOMIAL,
    "beta_binomial": BETA_BINOMIAL,
    "log_huber": LOG_HUBER,
}
"""Objectives by name; their shape is: none, none, the correlation of instances, the width of Huber's loss."""

BEYOND = 0.2
"""Curvature of Huber's loss beyond its width, as a share of the parabola that lies above it.

The parabola (1) never overshoots but takes twice the rounds; the loss itself (0) has no curvature there.
"""

UNSEEN = 1e-6
"""Square of a value too small to matter, where all values are 0 and say nothing of their scale."""

TINY = 1e-12
"""Rates are kept this far from 0 and 1."""

ASYMPTOTIC = 10.0
"""From here on the asymptotic series of the digamma function is exact to double precision."""


@njit(cache=True, error_model="numpy")
def digamma(x: float) -> float:
    """Return the derivative of log gamma at x > 0."""
    shift = 0.0
    while x < ASYMPTOTIC:
        shift -= 1.0 / x
        x += 1.0
    t = 1.0 / (x * x)
    tail = t * (1 / 12 - t * (1 / 120 - t * (1 / 252 - t * (1 / 240 - t * (1 / 132 - t * 691 / 32760)))))
    return shift + math.log(x) - 0.5 / x - tail


@njit(cache=True, error_model="numpy")
def _entropy(y: float, f: float) -> float:
    """Return y log(y / f), 0 at y = 0."""
    return y * math.log(y / f) if y > 0.0 else 0.0


@njit(cache=True, error_model="numpy")
def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


@njit(cache=True, error_model="numpy")
def _beta_binomial(f: float, y: float, n: float, rho: float) -> float:
    m = (1.0 - rho) / rho
    a, b = f * m, (1.0 - f) * m
    return _log_beta(a, b) - _log_beta(y * n + a, (1.0 - y) * n + b)


@njit(cache=True, error_model="numpy")
def value(kind: int, f: float, y: float, n: float, shape: float) -> float:
    """Return the objective of one point: curve at `f`, observed `y`; infinite where f is impossible.

    Args:
        kind: one of OBJECTIVES.
        f: height of the curve.
        y: observed value, or rate of success.
        n: attempts behind a rate; precision of a Gaussian value; not used by the log-Huber objective.
        shape: correlation of instances in a beta-binomial cell, or the width of Huber's loss.
    """
    if kind == GAUSSIAN:
        return 0.5 * n * (f - y) * (f - y)
    if kind == LOG_HUBER:
        if f <= 0.0:
            return math.inf
        r = abs(math.log(f / y))
        return 0.5 * r * r if r <= shape else shape * (r - 0.5 * shape)
    f = min(max(f, TINY), 1.0 - TINY)
    if kind == BINOMIAL:
        return n * (_entropy(y, f) + _entropy(1.0 - y, 1.0 - f))
    ways = _log_beta(y * n + 1.0, (1.0 - y) * n + 1.0) + math.log(n + 1.0)
    return _beta_binomial(f, y, n, shape) + ways


@njit(cache=True, error_model="numpy")
def pull(kind: int, f: float, y: float, n: float, shape: float) -> float:
    """Return the derivative of `value` in f."""
    if kind == GAUSSIAN:
        return n * (f - y)
    if kind == LOG_HUBER:
        r = math.log(f / y)
        return min(max(r, -shape), shape) / f
    f = min(max(f, TINY), 1.0 - TINY)
    if kind == BINOMIAL:
        return n * (f - y) / (f * (1.0 - f))
    m = (1.0 - shape) / shape
    a, b = f * m, (1.0 - f) * m
    won, lost = y * n, (1.0 - y) * n
    return m * (digamma(a) - digamma(won + a) - digamma(b) + digamma(lost + b))


@njit(cache=True, error_model="numpy")
def curvature(kind: int, f: float, y: float, n: float, shape: float) -> float:
    """Return a positive second derivative of `value` in f: the expected one; of Huber's loss see BEYOND."""
    if kind == GAUSSIAN:
        return n
    if kind == LOG_HUBER:
        r = abs(math.log(f / y))
        return (1.0 if r <= shape else BEYOND * shape / r) / (f * f)
    f = min(max(f, TINY), 1.0 - TINY)
    if kind == BINOMIAL:
        return n / (f * (1.0 - f))
    return n / (f * (1.0 - f) * (1.0 + (n - 1.0) * shape))


@njit(cache=True, error_model="numpy")
def scale(kind: int, y: float, n: float, shape: float) -> float:
    """Return the objective of a point that is missed by much; differences far below do not matter."""
    if kind == GAUSSIAN:
        return 0.5 * n * max(y * y, UNSEEN)
    return shape * shape if kind == LOG_HUBER else n
