"""Many descents: of every problem of a batch, from its most promising starts."""

# ruff: noqa: PLR0917  compiled kernels take plain arrays by position

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit, types

from tasklaws.infer.curves.compiled import COMPLEX_CURVE, POINTS, REAL_CURVE
from tasklaws.infer.curves.descent import FLAGS, IMPOSSIBLE, MATRIX, STEP, VECTOR, descend, total

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.curves.layout import Box

EFFORT = {2: (6, 2, 2), 3: (6, 3, 2), 4: (8, 4, 3), 6: (16, 6, 6)}
"""By fitted parameters: starts that are tried, rounds that each is given, and how many are followed to the end."""

ALIKE = 1e-6
"""Objectives closer than this share count as one valley."""

CUBE = types.float64[:, :, ::1]
COUNTS = types.int64[::1]


def effort_of(edge: Box, *, thorough: bool = False) -> NDArray[np.int64]:
    """Return the effort that problems in this box deserve: most fitted parameters decide; a search tries all."""
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
def _idle(complex_curve, x, p, lower, upper, held):
    """Return the parameters on which the curve does not depend at `p`: exponents of an amount of 0."""
    at_bound = False
    for j in range(p.size):
        at_bound = at_bound or (upper[j] > lower[j] and (p[j] == lower[j] or p[j] == upper[j]))
    out = np.empty(p.size if at_bound else 0, dtype=np.int64)
    count = 0
    for j in range(out.size):
        if upper[j] > lower[j] and not held[j]:
            at = p.astype(np.complex128)
            at[j] = complex(p[j], STEP)
            if not (complex_curve(x, at).imag != 0.0).any():
                out[count] = j
                count += 1
    return out[:count]


SEARCH = types.Tuple((VECTOR, types.float64, types.int64))(
    REAL_CURVE, COMPLEX_CURVE, POINTS, VECTOR, VECTOR, VECTOR, types.int64, types.float64,
    MATRIX, VECTOR, VECTOR, FLAGS, COUNTS, types.int64, types.float64,
)  # fmt: skip


@njit(SEARCH, cache=True, error_model="numpy")
def search(
    real, complex_curve, x, y, n, weight, kind, shape, starts, lower, upper, held, effort, most, settled
):
    """Return (parameters, objective, status) of the lowest of several descents."""
    tried, glance, followed = effort[0], effort[1], effort[2]
    heights = np.empty(starts.shape[0])
    for s in range(heights.size):
        heights[s] = total(real(x, starts[s]), y, n, weight, kind, shape)
    first = _lowest(heights, tried)
    reached, values = np.empty((first.size, starts.shape[1])), np.empty(first.size)
    for i in range(first.size):
        p, values[i], _, _ = descend(
            real,
            complex_curve,
            x,
            y,
            n,
            weight,
            kind,
            shape,
            starts[first[i]],
            lower,
            upper,
            held,
            glance,
            settled,
        )
        reached[i] = p
    best, lowest, status = starts[0].copy(), math.inf, IMPOSSIBLE
    for i in _lowest(values, followed):
        p, found, how, _ = descend(
            real, complex_curve, x, y, n, weight, kind, shape, reached[i], lower, upper, held, most, settled
        )
        if found < lowest:
            best, lowest, status = p, found, how
    for j in _idle(complex_curve, x, best, lower, upper, held):
        for elsewhere in np.unique(starts[:, j]):
            revived = best.copy()
            revived[j] = elsewhere
            p, found, how, _ = descend(
                real, complex_curve, x, y, n, weight, kind, shape, revived, lower, upper, held, most, settled
            )
            if found < lowest:
                best, lowest, status = p, found, how
    return best, lowest, status


BATCH = types.void(
    REAL_CURVE, COMPLEX_CURVE, types.float64[:, :, ::1], COUNTS, MATRIX, MATRIX, MATRIX, types.int64, VECTOR,
    CUBE, MATRIX, MATRIX, FLAGS, COUNTS, types.int64, types.float64, MATRIX, VECTOR, COUNTS,
)  # fmt: skip


@njit(BATCH, cache=True, error_model="numpy")
def search_all(
    real,
    complex_curve,
    x,
    which,
    y,
    n,
    weight,
    kind,
    shape,
    starts,
    lower,
    upper,
    held,
    effort,
    most,
    settled,
    best,
    lowest,
    status,
):
    """Search every problem of a batch; fill `best`, `lowest` and `status`.

    Args:
        real: the curve.
        complex_curve: the curve of complex parameters.
        x: sets of points, of shape (sets, covariates, points).
        which: set of each problem, of shape (problems,).
        y: observed values, of shape (problems, points).
        n: attempts or precisions, of the same shape.
        weight: factors of the objective, of the same shape.
        kind: one of OBJECTIVES.
        shape: its shape in each problem, of shape (problems,).
        starts: of shape (problems, starts, parameters).
        lower: bounds, of shape (problems, parameters).
        upper: likewise.
        held: parameters that keep their start.
        effort: one of EFFORT.
        most: rounds at most.
        settled: SETTLED or EXACT of `descent`.
        best: parameters, filled.
        lowest: objectives, filled.
        status: codes of `descent`, filled.
    """
    for b in range(y.shape[0]):
        best[b], lowest[b], status[b] = search(
            real, complex_curve, x[which[b]], y[b], n[b], weight[b], kind, shape[b], starts[b], lower[b], upper[b],
            held, effort, most, settled,
        )  # fmt: skip
