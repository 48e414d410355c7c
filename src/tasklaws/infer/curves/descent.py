"""One bounded descent: Levenberg-Marquardt on Fisher scoring, by orthogonal triangulation.

Every objective is treated as least squares in the scaled residuals pull / sqrt(curvature), so Gaussian
fits get Gauss-Newton and counts get Fisher scoring. A parameter at a bound that pulls outwards is held
for the step; steps are cut at the box and taken only if the objective falls.

Source: Nielsen (1999), "Damping parameter in Marquardt's method" (the damping rule); complex-step
derivatives: Squire and Trapp (1998), doi:10.1137/S003614459631241X.
"""

# ruff: noqa: PLR0917  compiled kernels take plain arrays by position

from __future__ import annotations

import math

import numpy as np
from numba import njit, types

from tasklaws.infer.curves import objectives
from tasklaws.infer.curves.compiled import COMPLEX_CURVE, POINTS, REAL_CURVE

CONVERGED, EXHAUSTED, STALLED, IMPOSSIBLE = range(4)

SETTLED, EXACT = 1e-9, 1e-15
"""A descent ends when the fall that a step promises and brings is this small a share of the objective:
a millionth of a standard error, or as far as double precision goes."""

NOTHING = 1e-12
"""A fall of this share of the observed values' own size is none: fits through all points end there."""

STEP = 1e-100
"""Imaginary step of the derivatives: no subtraction, so no rounding either."""

FIRST_DAMPING, NEGLIGIBLE, LEAST_DAMPING, MOST_DAMPING = 1e-3, 1e-8, 1e-14, 1e14

VECTOR, MATRIX = types.float64[::1], types.float64[:, ::1]
FLAGS = types.boolean[::1]

REASSOCIATE = {"reassoc", "contract"}
"""Sums may be taken in any order, so that they run in vector registers."""


@njit(cache=True, error_model="numpy")
def total(f, y, n, weight, kind, shape):
    """Return the objective of a curve of heights `f`; infinite where it is impossible."""
    out = 0.0
    for i in range(y.size):
        if weight[i] > 0.0:
            out += weight[i] * objectives.value(kind, f[i], y[i], n[i], shape)
    return out if math.isfinite(out) else math.inf


@njit(cache=True, fastmath=REASSOCIATE, error_model="numpy")
def dot(a, b, first):
    """Return the inner product of two vectors from element `first` on."""
    out = 0.0
    for i in range(first, a.size):
        out += a[i] * b[i]
    return out


@njit(cache=True, fastmath=REASSOCIATE, error_model="numpy")
def _reflect(v, target, share, first):
    for i in range(first, v.size):
        target[i] -= share * v[i]


@njit(cache=True, error_model="numpy")
def triangulate(columns, b):
    """Reduce a matrix, given by columns, to its upper triangle by reflections, in place, and `b` with it."""
    k, rows = columns.shape
    for j in range(min(k, rows)):
        column = columns[j]
        norm = math.sqrt(dot(column, column, j))
        if norm == 0.0:
            continue
        if column[j] < 0.0:
            norm = -norm
        for i in range(j, rows):
            column[i] /= norm
        column[j] += 1.0
        for c in range(j + 1, k):
            _reflect(column, columns[c], dot(column, columns[c], j) / column[j], j)
        _reflect(column, b, dot(column, b, j) / column[j], j)
        column[j] = -norm
        column[j + 1 :] = 0.0


@njit(cache=True, error_model="numpy")
def residuals(complex_curve, x, p, f, y, n, weight, kind, shape, moving, a, r):
    """Fill `a` (moving parameters, points) and `r`: the objective's gradient is A r, its curvature A A'."""
    root = np.zeros(y.size)
    for i in range(y.size):
        r[i] = 0.0
        if weight[i] > 0.0:
            root[i] = math.sqrt(weight[i] * objectives.curvature(kind, f[i], y[i], n[i], shape))
            r[i] = weight[i] * objectives.pull(kind, f[i], y[i], n[i], shape) / root[i]
            root[i] /= STEP
    at = p.astype(np.complex128)
    for row in range(moving.size):
        j = moving[row]
        at[j] = complex(p[j], STEP)
        slope = complex_curve(x, at)
        at[j] = complex(p[j], 0.0)
        for i in range(y.size):
            a[row, i] = slope[i].imag * root[i] if root[i] > 0.0 else 0.0


@njit(cache=True, error_model="numpy")
def _damped_step(triangle, rhs, scale, free, damping, work, b, step):
    """Fill `step` with the solution of the damped least squares; 0 for parameters that are not free."""
    k = rhs.size
    root = math.sqrt(damping)
    for j in range(k):
        b[j], b[k + j] = rhs[j], 0.0
        for i in range(2 * k):
            work[j, i] = 0.0
        for i in range(j + 1):
            work[j, i] = triangle[j, i] if free[j] else 0.0
        work[j, k + j] = root * scale[j] if free[j] else 1.0
    triangulate(work, b)
    for j in range(k - 1, -1, -1):
        rest = b[j]
        for c in range(j + 1, k):
            rest -= work[c, j] * step[c]
        step[j] = rest / work[j, j] if free[j] and work[j, j] != 0.0 else 0.0


@njit(cache=True, error_model="numpy")
def _step_in_box(triangle, reduced, scale, free, damping, p, lower, upper, work, trial):
    """Fill `trial` with where the damped step leads; what would leave the box stops at it, the rest follows."""
    k = p.size
    inside, rest = free.copy(), reduced.copy()
    b, step = np.empty(2 * k), np.zeros(k)
    trial[:] = p
    for _ in range(k + 1):
        _damped_step(triangle, rest, scale, inside, damping, work, b, step)
        crossed = False
        for j in range(k):
            if not inside[j]:
                continue
            trial[j] = min(max(p[j] + step[j], lower[j]), upper[j])
            if trial[j] != p[j] + step[j]:
                crossed, inside[j] = True, False
                for i in range(j + 1):
                    rest[i] -= triangle[j, i] * (trial[j] - p[j])
        if not crossed:
            break


@njit(cache=True, error_model="numpy")
def _promised(triangle, gradient, p, trial):
    """Return the fall of the objective that the quadratic model promises from `p` to `trial`."""
    k = p.size
    out = 0.0
    for i in range(k):
        out -= gradient[i] * (trial[i] - p[i])
        along = 0.0
        for j in range(i, k):
            along += triangle[j, i] * (trial[j] - p[j])
        out -= 0.5 * along * along
    return out


@njit(cache=True, error_model="numpy")
def _prepare(a, r, p, lower, upper, scale, free, gradient):
    """Fill gradient, scale and which parameters are free; empty the rows of the others; return whether any is.

    A parameter is not free on which the curve does not depend here, or which stands at a bound and is
    pulled against it.
    """
    any_free = False
    for j in range(p.size):
        gradient[j] = dot(a[j], r, 0)
        norm = math.sqrt(dot(a[j], a[j], 0))
        scale[j] = max(scale[j], norm)
        outward = (p[j] <= lower[j] and gradient[j] >= 0.0) or (p[j] >= upper[j] and gradient[j] <= 0.0)
        free[j] = norm > 0.0 and not outward
        if free[j]:
            any_free = True
        else:
            a[j] = 0.0
    return any_free


DESCEND = types.Tuple((VECTOR, types.float64, types.int64, types.int64))(
    REAL_CURVE, COMPLEX_CURVE, POINTS, VECTOR, VECTOR, VECTOR, types.int64, types.float64,
    VECTOR, VECTOR, VECTOR, FLAGS, types.int64, types.float64,
)  # fmt: skip


@njit(DESCEND, cache=True, error_model="numpy")
def descend(real, complex_curve, x, y, n, weight, kind, shape, start, lower, upper, held, most, settled):
    """Return (parameters, objective, status, rounds) of the descent from `start`.

    Args:
        real: the curve.
        complex_curve: the curve of complex parameters.
        x: points, of shape (covariates, points).
        y: observed values, of shape (points,).
        n: attempts or precisions, of shape (points,).
        weight: factor of each point's objective; points of weight 0 play no part.
        kind: one of OBJECTIVES.
        shape: its shape.
        start: parameters, of shape (parameters,); moved into the box first.
        lower: lower bounds.
        upper: upper bounds.
        held: parameters that keep their start.
        most: rounds at most.
        settled: SETTLED or EXACT.
    """
    whole = np.minimum(np.maximum(start, lower), upper)
    moving = np.flatnonzero(~held & (upper > lower))
    p, lower, upper = whole[moving], lower[moving], upper[moving]
    k, points = moving.size, y.size
    f = real(x, whole)
    now = total(f, y, n, weight, kind, shape)
    if not math.isfinite(now):
        return whole, now, IMPOSSIBLE, 0
    a, r, work = np.empty((k, points)), np.empty(points), np.empty((k, 2 * k))
    triangle, reduced = np.zeros((k, k)), np.zeros(k)
    gradient, scale, trial, free = np.empty(k), np.zeros(k), np.empty(k), np.empty(k, dtype=np.bool_)
    damping, growth, last, former = FIRST_DAMPING, 2.0, math.inf, 0.0
    slack = 0.0
    if settled > EXACT:
        for i in range(points):
            if weight[i] > 0.0:
                slack += NOTHING * weight[i] * objectives.scale(kind, y[i], n[i], shape)
    for done in range(most):
        residuals(complex_curve, x, whole, f, y, n, weight, kind, shape, moving, a, r)
        any_free = _prepare(a, r, p, lower, upper, scale, free, gradient)
        if not math.isfinite(scale.sum()):
            return whole, now, STALLED, done
        if not any_free or now <= slack:
            return whole, now, CONVERGED, done
        for i in range(points):
            r[i] = -r[i]
        triangulate(a, r)
        for i in range(min(k, points)):
            reduced[i] = r[i]
            for j in range(i, k):
                triangle[j, i] = a[j, i]
        decrement = 0.5 * dot(reduced, reduced, 0)
        while True:
            _step_in_box(triangle, reduced, scale, free, damping, p, lower, upper, work, trial)
            promised = _promised(triangle, gradient, p, trial)
            whole[moving] = trial
            there = real(x, whole)
            found = total(there, y, n, weight, kind, shape)
            fall = now - found
            flat = abs(promised) <= settled * now + slack and abs(fall) <= settled * now + slack
            undamped = promised >= 0.5 * decrement or damping <= NEGLIGIBLE
            if fall > 0.0 or (flat and settled <= EXACT and promised < 0.5 * last):
                p[:] = trial
                f, now = there, found
                if flat and undamped and (settled > EXACT or promised >= 0.5 * last):
                    return whole, now, CONVERGED, done + 1
                last = promised if flat else math.inf
                ratio = fall / promised if promised > 0.0 else 0.0
                if settled > EXACT and undamped and ratio > 0.5 and fall * fall <= former * settled * now:
                    return whole, now, CONVERGED, done + 1
                former = fall
                if flat:
                    damping *= 0.1
                else:
                    damping = max(LEAST_DAMPING, damping * max(1 / 3, 1.0 - (2.0 * ratio - 1.0) ** 3))
                growth = 2.0
                break
            whole[moving] = p
            if flat:
                return whole, now, CONVERGED, done + 1
            damping *= growth
            growth *= 2.0
            if damping > MOST_DAMPING:
                return whole, now, STALLED, done + 1
    return whole, now, EXHAUSTED, most
