"""Profile intervals: how far one parameter can go while all others follow.

Source: Venzon and Moolgavkar (1988), doi:10.2307/2347496 (profile likelihood); the rise of a profile is
scaled by the ratio of robust to model variance as in Chandler and Bate (2007), doi:10.1093/biomet/asm015.
"""

# ruff: noqa: PLR0917  compiled kernels take plain arrays by position

from __future__ import annotations

import math

import numpy as np
from numba import njit, types

from tasklaws.infer.curves.compiled import COMPLEX_CURVE, POINTS, REAL_CURVE
from tasklaws.infer.curves.descent import FLAGS, MATRIX, VECTOR, descend

FOUND, OPEN, LOWER_FOUND = range(3)
"""How an end was met: the profile rose enough; it had not at the bound; a better fit turned up on the way."""

CLOSE = 1e-3
"""An end is found when the square root of the rise is met this well."""

WIDEN, TRIES, ROUNDS, STEPS = 1.7, 40, 60, 200

END = types.Tuple((types.float64, types.int64))(
    REAL_CURVE, COMPLEX_CURVE, POINTS, VECTOR, VECTOR, VECTOR, types.int64, types.float64,
    VECTOR, types.float64, VECTOR, VECTOR, FLAGS, types.int64, types.float64, types.float64, types.float64,
    types.float64,
)  # fmt: skip


@njit(END, cache=True, error_model="numpy")
def profile_end(
    real,
    complex_curve,
    x,
    y,
    n,
    weight,
    kind,
    shape,
    best,
    lowest,
    lower,
    upper,
    held,
    j,
    side,
    rise,
    step,
    settled,
):
    """Return (end, how it was met) of the interval of parameter `j` on one side.

    Args:
        real: the curve.
        complex_curve: the curve of complex parameters.
        x: points, of shape (covariates, points).
        y: observed values.
        n: attempts or precisions.
        weight: factors of the objective.
        kind: one of OBJECTIVES.
        shape: its shape.
        best: fitted parameters.
        lowest: their objective.
        lower: bounds of the search.
        upper: likewise.
        held: parameters found by search.
        j: the parameter.
        side: -1 for the lower end, 1 for the upper.
        rise: by how much the objective may rise.
        step: first step outwards, a standard error or so.
        settled: tolerance of the descents.
    """
    low, high, p = lower.copy(), upper.copy(), best.copy()
    bound = lower[j] if side < 0.0 else upper[j]
    if best[j] == bound:
        return bound, OPEN
    goal = math.sqrt(rise)
    inner, inner_rise = best[j], -goal
    outer, outer_rise, crossed = inner, inner_rise, False
    for _ in range(TRIES):
        outer = inner + side * step
        reached = (outer - bound) * side >= 0.0
        if reached:
            outer = bound
        low[j], high[j], p[j] = outer, outer, outer
        p, height, _, _ = descend(
            real, complex_curve, x, y, n, weight, kind, shape, p, low, high, held, ROUNDS, settled
        )
        if height < lowest - 0.05 * rise:
            return outer, LOWER_FOUND
        outer_rise = math.sqrt(max(height - lowest, 0.0)) - goal
        if outer_rise >= 0.0:
            crossed = True
            break
        if reached:
            return bound, OPEN
        inner, inner_rise = outer, outer_rise
        step *= WIDEN
    if not crossed:
        return outer, OPEN
    for _ in range(STEPS):
        if abs(outer_rise) <= CLOSE * goal or abs(outer - inner) <= 1e-12 * (abs(outer) + abs(inner)):
            break
        share = inner_rise / (inner_rise - outer_rise)
        share = min(max(share, 0.05), 0.95)
        middle = inner + share * (outer - inner)
        low[j], high[j], p[j] = middle, middle, middle
        p, height, _, _ = descend(
            real, complex_curve, x, y, n, weight, kind, shape, p, low, high, held, ROUNDS, settled
        )
        found = math.sqrt(max(height - lowest, 0.0)) - goal
        if abs(found) <= CLOSE * goal:
            return middle, FOUND
        if found >= 0.0:
            outer, outer_rise = middle, found
        else:
            inner, inner_rise = middle, found
    return outer, FOUND


ENDS = types.void(
    REAL_CURVE, COMPLEX_CURVE, POINTS, MATRIX, MATRIX, MATRIX, types.int64, VECTOR,
    MATRIX, VECTOR, MATRIX, MATRIX, FLAGS, types.int64, VECTOR, VECTOR, types.float64, MATRIX, types.int64[:, ::1],
)  # fmt: skip


@njit(ENDS, cache=True, error_model="numpy")
def profile_ends(
    real, complex_curve, x, y, n, weight, kind, shape, best, lowest, lower, upper, held, j, rise, step, settled,
    ends, how,
):  # fmt: skip
    """Fill `ends` (problems, 2) and `how` with the interval of parameter `j` in every problem; NaN rises are skipped."""
    for b in range(best.shape[0]):
        for s in range(2):
            ends[b, s], how[b, s] = math.nan, OPEN
            if math.isfinite(rise[b]) and math.isfinite(lowest[b]):
                ends[b, s], how[b, s] = profile_end(
                    real, complex_curve, x, y[b], n[b], weight[b], kind, shape[b], best[b], lowest[b], lower[b],
                    upper[b], held, j, 2.0 * s - 1.0, rise[b], step[b], settled,
                )  # fmt: skip
