"""Profile intervals: how far one parameter can go while all others follow.

Source: Venzon and Moolgavkar (1988), doi:10.2307/2347496 (profile likelihood); the rise of a profile is
scaled by the ratio of robust to model variance as in Chandler and Bate (2007), doi:10.1093/biomet/asm015.
"""

# compiled code: numba infers the types of the arguments, annotations would only repeat them;
# a kernel takes plain arrays and numbers, hence many of them, always in one order
# ruff: noqa: ANN001, ANN201, ANN202, PLR0917

from __future__ import annotations

import math

from numba import njit, types

from tasklaws.infer.curves.descent import descend
from tasklaws.infer.curves.kernel_types import (
    BATCH,
    BATCH_SIDES,
    COMPLEX_CURVE,
    DATA,
    MATRIX,
    REAL_CURVE,
    SIDES,
    VECTOR,
    Sides,
)
from tasklaws.infer.curves.multistart import problem

FOUND, OPEN, LOWER_FOUND = range(3)
"""How an end was met: the profile rose enough; it had not at the bound; a better fit turned up on the way."""

CLOSE = 1e-3
"""An end is found when the square root of the rise is met this well."""

WIDEN, TRIES, ROUNDS, STEPS = 1.7, 40, 60, 200

LOWER = 0.05
"""A profile this share of the rise below the law has found a better one."""

RISE = types.Tuple((VECTOR, types.float64))(
    REAL_CURVE, COMPLEX_CURVE, DATA, SIDES, VECTOR, types.int64, types.float64, types.float64
)


@njit(RISE, cache=True, error_model="numpy")
def _held_at(real, complex_curve, data, sides, near, j, place, settled):
    """Return (parameters, objective) with parameter `j` at `place` and the others fitted, from `near`."""
    lower, upper, p = sides.lower.copy(), sides.upper.copy(), near.copy()
    lower[j], upper[j], p[j] = place, place, place
    box = Sides(lower, upper, sides.held)
    p, height, _, _ = descend(real, complex_curve, data, box, p, ROUNDS, settled)
    return p, height


END = types.Tuple((types.float64, types.int64))(
    REAL_CURVE, COMPLEX_CURVE, DATA, SIDES, VECTOR, types.float64, types.int64, types.float64, types.float64,
    types.float64, types.float64,
)  # fmt: skip


@njit(END, cache=True, error_model="numpy")
def profile_end(real, complex_curve, data, sides, best, lowest, j, side, rise, step, settled):
    """Return (end, how it was met) of the interval of parameter `j` on one side.

    Args:
        real: the curve.
        complex_curve: the curve of complex parameters.
        data: the points.
        sides: the box.
        best: fitted parameters.
        lowest: their objective.
        j: the parameter.
        side: -1 for the lower end, 1 for the upper.
        rise: by how much the objective may rise.
        step: first step outwards, a standard error or so.
        settled: tolerance of the descents.
    """
    bound = sides.lower[j] if side < 0.0 else sides.upper[j]
    goal = math.sqrt(rise)
    inner, inner_rise, outer, outer_rise, p = best[j], -goal, best[j], -goal, best.copy()
    for _ in range(TRIES):
        if inner == bound:
            return bound, OPEN
        outer = inner + side * step
        if (outer - bound) * side > 0.0:
            outer = bound
        p, height = _held_at(real, complex_curve, data, sides, p, j, outer, settled)
        if height < lowest - LOWER * rise:
            return outer, LOWER_FOUND
        outer_rise = math.sqrt(max(height - lowest, 0.0)) - goal
        if outer_rise >= 0.0:
            break
        inner, inner_rise, step = outer, outer_rise, WIDEN * step
    if outer_rise < 0.0:
        return outer, OPEN
    for _ in range(STEPS):
        if outer_rise <= CLOSE * goal or abs(outer - inner) <= 1e-12 * (abs(outer) + abs(inner)):
            break
        share = min(max(inner_rise / (inner_rise - outer_rise), 0.05), 0.95)
        middle = inner + share * (outer - inner)
        p, height = _held_at(real, complex_curve, data, sides, p, j, middle, settled)
        found = math.sqrt(max(height - lowest, 0.0)) - goal
        if found >= -CLOSE * goal:
            outer, outer_rise = middle, found
        else:
            inner, inner_rise = middle, found
    return outer, FOUND


ENDS = types.void(
    REAL_CURVE, COMPLEX_CURVE, BATCH, BATCH_SIDES, MATRIX, VECTOR, types.int64, VECTOR, VECTOR, types.float64,
    MATRIX, types.int64[:, ::1],
)  # fmt: skip


@njit(ENDS, cache=True, error_model="numpy")
def profile_ends(real, complex_curve, batch, sides, best, lowest, j, rise, step, settled, ends, how):
    """Fill `ends` (problems, 2) and `how` with the interval of parameter `j`; NaN where `rise` is NaN."""
    for b in range(best.shape[0]):
        data, box = problem(batch, sides, b)
        for s in range(2):
            ends[b, s], how[b, s] = math.nan, OPEN
            if math.isfinite(rise[b]) and math.isfinite(lowest[b]):
                ends[b, s], how[b, s] = profile_end(
                    real,
                    complex_curve,
                    data,
                    box,
                    best[b],
                    lowest[b],
                    j,
                    2.0 * s - 1.0,
                    rise[b],
                    step[b],
                    settled,
                )
