"""One bounded descent: Levenberg-Marquardt on Fisher scoring, by orthogonal triangulation.

Every objective is treated as least squares in the scaled residuals pull / sqrt(curvature), so Gaussian
fits get Gauss-Newton and counts get Fisher scoring. A parameter at a bound that pulls outwards is held
for the step; steps are cut at the box and taken only if the objective falls.

Source: Nielsen (1999), "Damping parameter in Marquardt's method" (the damping rule); complex-step
derivatives: Squire and Trapp (1998), doi:10.1137/S003614459631241X.
"""

# compiled code: numba infers the types of the arguments, annotations would only repeat them;
# a kernel takes plain arrays and numbers, hence many of them, always in one order
# ruff: noqa: ANN001, ANN201, ANN202, PLR0917

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit, types

from tasklaws.infer.curves import objectives
from tasklaws.infer.curves.kernel_types import COMPLEX_CURVE, DATA, REAL_CURVE, SIDES, VECTOR

CONVERGED, EXHAUSTED, STALLED, IMPOSSIBLE = range(4)

SETTLED, EXACT = 1e-9, 1e-15
"""A descent ends when the fall that a step promises and brings is this small a share of the objective:
a thousandth of a standard error or better, or as far as double precision goes."""

NOTHING = 1e-12
"""A fall of this share of the observed values' own size is none: fits through all points end there."""

STEP = 1e-100
"""Imaginary step of the derivatives: no subtraction, so no rounding either."""

FIRST_DAMPING, NEGLIGIBLE, LEAST_DAMPING, MOST_DAMPING = 1e-3, 1e-8, 1e-14, 1e14

TAKEN, LAST, ENDED, SHORTEN = range(4)
"""What becomes of a step: taken; taken as the last; not taken, and the descent ends; tried again, shorter."""

TRUSTED = 0.5
"""A step that brings this share of what it promised is one that the quadratic model describes."""

REASSOCIATE = {"reassoc", "contract"}
"""Sums may be taken in any order, so that they run in vector registers."""


@njit(cache=True, error_model="numpy")
def total(f, data):
    """Return the objective of a curve of heights `f`; infinite where it is impossible."""
    out = 0.0
    for i in range(data.y.size):
        if data.weight[i] > 0.0:
            out += data.weight[i] * objectives.value(data.kind, f[i], data.y[i], data.n[i], data.shape)
    return out if math.isfinite(out) else math.inf


@njit(cache=True, error_model="numpy")
def _nothing(data):
    """Return how small an objective, or a fall of it, is none at all."""
    out = 0.0
    for i in range(data.y.size):
        if data.weight[i] > 0.0:
            out += data.weight[i] * objectives.scale(data.kind, data.y[i], data.n[i], data.shape)
    return NOTHING * out


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
def residuals(complex_curve, data, p, f, moving, a, r):
    """Fill `a` (moving parameters, points) and `r`: the objective's gradient is A r, its curvature A A'."""
    root = np.zeros(data.y.size)
    for i in range(data.y.size):
        r[i], w, y, n = 0.0, data.weight[i], data.y[i], data.n[i]
        if w > 0.0:
            root[i] = math.sqrt(w * objectives.curvature(data.kind, f[i], y, n, data.shape))
            r[i] = w * objectives.pull(data.kind, f[i], y, n, data.shape) / root[i]
            root[i] /= STEP
    at = p.astype(np.complex128)
    for row in range(moving.size):
        j = moving[row]
        at[j] = complex(p[j], STEP)
        try:  # complex division by infinity raises in compiled code
            slope = complex_curve(data.x, at)
        except Exception:  # noqa: BLE001 - compiled code knows no other
            slope = np.full(data.y.size, complex(math.nan, math.nan))
        at[j] = complex(p[j], 0.0)
        for i in range(data.y.size):
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
def _step_in_box(model, damping, p, lower, upper, trial):
    """Fill `trial` with where the damped step leads; return the fall that the model promises there.

    What would leave the box stops at it, and the rest follows.
    """
    k = p.size
    inside, rest = model.free.copy(), model.reduced.copy()
    b, step = np.empty(2 * k), np.zeros(k)
    trial[:] = p
    for _ in range(k + 1):
        _damped_step(model.triangle, rest, model.scale, inside, damping, model.work, b, step)
        crossed = False
        for j in range(k):
            if not inside[j]:
                continue
            trial[j] = min(max(p[j] + step[j], lower[j]), upper[j])
            if trial[j] != p[j] + step[j]:
                crossed, inside[j] = True, False
                for i in range(j + 1):
                    rest[i] -= model.triangle[j, i] * (trial[j] - p[j])
        if not crossed:
            break
    return _promised(model, p, trial)


@njit(cache=True, error_model="numpy")
def _promised(model, p, trial):
    out = 0.0
    for i in range(p.size):
        out -= model.gradient[i] * (trial[i] - p[i])
        along = 0.0
        for j in range(i, p.size):
            along += model.triangle[j, i] * (trial[j] - p[j])
        out -= 0.5 * along * along
    return out


class Model(NamedTuple):
    """The quadratic model of the objective about a point, in arrays that every round fills anew."""

    a: Any
    """Scaled slopes, of shape (parameters, points); worked upon."""
    r: Any
    """Scaled residuals, of shape (points,); worked upon."""
    triangle: Any
    """Curvature as the columns of an upper triangle."""
    reduced: Any
    """Least-squares right-hand side of that triangle."""
    gradient: Any
    scale: Any
    """Largest norm that the slopes of each parameter had so far."""
    free: Any
    """Parameters that may move now."""
    work: Any
    """Room for the damped triangle."""


@njit(cache=True, error_model="numpy")
def _new_model(k, points):
    return Model(
        np.empty((k, points)), np.empty(points), np.zeros((k, k)), np.zeros(k), np.empty(k), np.zeros(k),
        np.empty(k, dtype=np.bool_), np.empty((k, 2 * k)),
    )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _release(model, p, lower, upper):
    """Fill gradient, scale and which parameters are free, and empty the slopes of the others.

    A parameter is not free on which the curve does not depend here, or which stands at a bound and is
    pulled against it.
    """
    for j in range(p.size):
        slope = model.a[j]
        g, norm = dot(slope, model.r, 0), math.sqrt(dot(slope, slope, 0))
        outward = (p[j] <= lower[j] and g >= 0.0) or (p[j] >= upper[j] and g <= 0.0)
        model.gradient[j] = g
        model.scale[j] = max(model.scale[j], norm) if math.isfinite(norm) else math.nan
        model.free[j] = norm > 0.0 and not outward
        if not model.free[j]:
            slope[:] = 0.0


@njit(cache=True, error_model="numpy")
def _reduce(model):
    """Fill triangle and right-hand side; return the fall that the undamped step would promise."""
    k, points = model.a.shape
    for i in range(points):
        model.r[i] = -model.r[i]
    triangulate(model.a, model.r)
    for i in range(min(k, points)):
        model.reduced[i] = model.r[i]
        for j in range(i, k):
            model.triangle[j, i] = model.a[j, i]
    return 0.5 * dot(model.reduced, model.reduced, 0)


@njit(cache=True, error_model="numpy")
def _verdict(fall, promised, decrement, damping, last, former, now, tiny, settled):
    """Return what becomes of a step that promised and brought such falls, and whether both are nothing.

    In exact mode a flat step is still taken while its promise, which rounding does not reach, halves.
    """
    flat = abs(promised) <= tiny and abs(fall) <= tiny
    polishing = flat and settled <= EXACT and promised < 0.5 * last
    if fall <= 0.0 and not polishing:
        return (ENDED if flat else SHORTEN), flat
    undamped = promised >= 0.5 * decrement or damping <= NEGLIGIBLE
    if flat and undamped and not polishing:
        return LAST, flat
    soon = fall > TRUSTED * promised and fall * fall <= (former - fall) * settled * now
    return (LAST if settled > EXACT and undamped and soon else TAKEN), flat


@njit(cache=True, error_model="numpy")
def _eased(damping, fall, promised, flat):
    """Return the damping after a step that was taken."""
    if flat:
        return 0.1 * damping
    ratio = fall / promised if promised > 0.0 else 0.0
    return max(LEAST_DAMPING, damping * max(1 / 3, 1.0 - (2.0 * ratio - 1.0) ** 3))


DESCEND = types.Tuple((VECTOR, types.float64, types.int64, types.int64))(
    REAL_CURVE, COMPLEX_CURVE, DATA, SIDES, VECTOR, types.int64, types.float64
)


@njit(DESCEND, cache=True, error_model="numpy")
def descend(real, complex_curve, data, sides, start, most, settled):
    """Return (parameters, objective, status, rounds) of the descent from `start`.

    Args:
        real: the curve.
        complex_curve: the curve of complex parameters.
        data: the points.
        sides: the box; parameters that are known or held keep their start.
        start: parameters, of shape (parameters,); moved into the box first.
        most: rounds at most.
        settled: SETTLED or EXACT.
    """
    whole = np.minimum(np.maximum(start, sides.lower), sides.upper)
    moving = np.flatnonzero(~sides.held & (sides.upper > sides.lower))
    p, lower, upper = whole[moving], sides.lower[moving], sides.upper[moving]
    f = real(data.x, whole)
    now = total(f, data)
    if not math.isfinite(now):
        return whole, now, IMPOSSIBLE, 0
    model, trial = _new_model(p.size, data.y.size), np.empty(p.size)
    damping, growth, last, former = FIRST_DAMPING, 2.0, math.inf, 0.0
    slack = _nothing(data) if settled > EXACT else 0.0
    for done in range(most):
        residuals(complex_curve, data, whole, f, moving, model.a, model.r)
        _release(model, p, lower, upper)
        if not math.isfinite(model.scale.sum()):
            return whole, now, STALLED, done
        if now <= slack or not model.free.any():
            return whole, now, CONVERGED, done
        decrement = _reduce(model)
        verdict = SHORTEN
        while verdict == SHORTEN and damping <= MOST_DAMPING:
            promised = _step_in_box(model, damping, p, lower, upper, trial)
            whole[moving] = trial
            there = real(data.x, whole)
            fall = now - total(there, data)
            tiny = settled * now + slack
            verdict, flat = _verdict(fall, promised, decrement, damping, last, former, now, tiny, settled)
            if verdict == SHORTEN:
                damping, growth = damping * growth, 2.0 * growth
        if verdict in (SHORTEN, ENDED):
            whole[moving] = p
            return whole, now, (CONVERGED if verdict == ENDED else STALLED), done + 1
        p[:], f, now = trial, there, now - fall
        if verdict == LAST:
            return whole, now, CONVERGED, done + 1
        damping, growth = _eased(damping, fall, promised, flat), 2.0
        last, former = (promised if flat else math.inf), fall
    return whole, now, EXHAUSTED, most
