"""Many descents: of every problem of a batch, from its most promising starts."""

# compiled code: numba infers the types of the arguments, annotations would only repeat them;
# a kernel takes plain arrays and numbers, hence many of them, always in one order
# ruff: noqa: ANN001, ANN201, ANN202, PLR0917

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit, types

from tasklaws.infer.curves.descent import EXHAUSTED, IMPOSSIBLE, STEP, descend, dot, residuals, total
from tasklaws.infer.curves.kernel_types import (
    BATCH,
    BATCH_SIDES,
    COMPLEX_CURVE,
    COUNTS,
    CUBE,
    DATA,
    MATRIX,
    REAL_CURVE,
    SIDES,
    VECTOR,
    Sides,
    data_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.curves.layout import Box

EFFORT = {2: (6, 2, 3), 3: (6, 3, 2), 4: (8, 2, 3), 6: (16, 6, 6)}
"""By fitted parameters: starts that are tried, rounds that each is given, and how many are then followed."""

PATIENCE = 5
"""Times as many rounds for the lowest descent, if it alone lies in a flat valley and has not settled."""

LADDER = 24
"""Places at which an idle parameter is tried, closer together near its lower bound."""

ALIKE = 1e-6
"""Objectives closer than this share count as one valley."""


def effort_of(edge: Box, *, thorough: bool = False) -> NDArray[np.int64]:
    """Return the effort that a box deserves, by its fitted parameters; a search tries every start."""
    if thorough:
        return np.array([edge.starts.shape[1], 0, edge.starts.shape[1]])
    free = int((edge.upper > edge.lower).sum(axis=1).max())
    tried, glance, followed = EFFORT[max(k for k in EFFORT if k <= max(free, min(EFFORT)))]
    tried = edge.starts.shape[1] if edge.held.any() else tried
    return np.array([tried, glance, followed])


@njit(cache=True, error_model="numpy")
def _lowest(values, count):
    """Return the places of the `count` lowest finite values, lowest first; values alike count once."""
    chosen, last = np.empty(count, dtype=np.int64), 0.0
    taken = 0
    for s in np.argsort(values):
        if taken == count or not math.isfinite(values[s]):
            break
        if taken == 0 or values[s] > last * (1.0 + ALIKE):
            chosen[taken] = s
            taken += 1
            last = values[s]
    return chosen[:taken]


@njit(cache=True, error_model="numpy")
def _idle(complex_curve, x, p, sides):
    """Return the parameters on which the curve does not depend at `p`: exponents of an amount of 0."""
    open_ = sides.upper > sides.lower
    at_bound = (open_ & ((p == sides.lower) | (p == sides.upper))).any()
    out = np.empty(p.size if at_bound else 0, dtype=np.int64)
    count = 0
    for j in range(out.size):
        if open_[j] and not sides.held[j]:
            at = p.astype(np.complex128)
            at[j] = complex(p[j], STEP)
            if not (complex_curve(x, at).imag != 0.0).any():
                out[count] = j
                count += 1
    return out[:count]


@njit(cache=True, error_model="numpy")
def _woken(real, complex_curve, data, sides, p, j):
    """Return `p` with the idle `j` where some parameter is pulled off its bound most, and how hard.

    The exponent of an amount of 0 is idle; whether a little of the amount would help depends on it.
    """
    at_bound = (sides.upper > sides.lower) & ((p == sides.lower) | (p == sides.upper))
    moving = np.flatnonzero(at_bound)
    a, r = np.empty((moving.size, data.y.size)), np.empty(data.y.size)
    f, tried, best, strongest = real(data.x, p), p.copy(), p.copy(), 0.0
    for step in range(LADDER + 1):
        tried[j] = sides.lower[j] + (sides.upper[j] - sides.lower[j]) * (step / LADDER) ** 2
        residuals(complex_curve, data, tried, f, moving, a, r)
        for row in range(moving.size):
            norm = math.sqrt(dot(a[row], a[row], 0))
            inward = -dot(a[row], r, 0) * (1.0 if p[moving[row]] == sides.lower[moving[row]] else -1.0)
            if norm > 0.0 and inward / norm > strongest:
                strongest, best[j] = inward / norm, tried[j]
    return best, strongest


SEARCH = types.Tuple((VECTOR, types.float64, types.int64))(
    REAL_CURVE, COMPLEX_CURVE, DATA, SIDES, MATRIX, COUNTS, types.int64, types.float64
)


@njit(SEARCH, cache=True, error_model="numpy")
def search(real, complex_curve, data, sides, starts, effort, most, settled):
    """Return (parameters, objective, status) of the lowest of several descents.

    The starts are ranked by their objective, the best are given a few rounds, and the best of those are
    followed to the end. A parameter that the result does not depend on is then tried elsewhere. An effort
    that follows one start is that descent and no more.

    Args:
        real: the curve.
        complex_curve: the curve of complex parameters.
        data: the points.
        sides: the box.
        starts: of shape (starts, parameters).
        effort: starts that are tried, rounds that each is given, and how many are then followed.
        most: rounds at most.
        settled: SETTLED or EXACT of `descent`.
    """
    heights = np.empty(starts.shape[0])
    for s in range(heights.size):
        heights[s] = total(real(data.x, starts[s]), data)
    first = _lowest(heights, effort[0])
    reached, values = np.empty((first.size, starts.shape[1])), np.empty(first.size)
    for i in range(first.size):
        p, values[i], _, _ = descend(real, complex_curve, data, sides, starts[first[i]], effort[1], settled)
        reached[i] = p
    best, lowest, status = starts[0].copy(), math.inf, IMPOSSIBLE
    for i in _lowest(values, effort[2]):
        p, found, how, _ = descend(real, complex_curve, data, sides, reached[i], most, settled)
        if found < lowest:
            best, lowest, status = p, found, how
    if effort[2] == 1:
        return best, lowest, status
    if status == EXHAUSTED:
        best, lowest, status, _ = descend(real, complex_curve, data, sides, best, PATIENCE * most, settled)
    for j in _idle(complex_curve, data.x, best, sides):
        woken, pulled = _woken(real, complex_curve, data, sides, best, j)
        if pulled * pulled > settled * lowest:
            p, found, how, _ = descend(real, complex_curve, data, sides, woken, most, settled)
            if found < lowest:
                best, lowest, status = p, found, how
    return best, lowest, status


@njit(cache=True, error_model="numpy")
def problem(batch, sides, b):
    """Return points and box of problem `b`."""
    return data_of(batch, b), Sides(sides.lower[b], sides.upper[b], sides.held)


SEARCH_ALL = types.void(
    REAL_CURVE,
    COMPLEX_CURVE,
    BATCH,
    BATCH_SIDES,
    CUBE,
    COUNTS,
    types.int64,
    types.float64,
    MATRIX,
    VECTOR,
    COUNTS,
)


@njit(SEARCH_ALL, cache=True, error_model="numpy")
def search_all(real, complex_curve, batch, sides, starts, effort, most, settled, best, lowest, status):
    """Search every problem of a batch; fill its rows of `best`, `lowest` and `status`."""
    for b in range(best.shape[0]):
        data, box = problem(batch, sides, b)
        best[b], lowest[b], status[b] = search(
            real, complex_curve, data, box, starts[b], effort, most, settled
        )
