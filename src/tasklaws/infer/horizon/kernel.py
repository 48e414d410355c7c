"""The compiled fits of success to log time by a logistic.

A Newton step is halved while it goes beyond the lowest point on its way, but never to less than
log(1 + r) / r of itself, r being the largest change that it makes to a log-odds. The third derivative of a
logistic loss is at most its second, so the second grows by less than exp(r t) along the step, and so far the
objective falls all the way: the descent cannot fail.

Source: Bach, Self-concordant analysis for logistic regression, 2010, section 2.
"""

# compiled code: numba infers the types of the arguments, annotations would only repeat them
# ruff: noqa: ANN001, ANN201, ANN202, PLR0911, PLR0917

from __future__ import annotations

import math

import numpy as np
from numba import njit, types

from tasklaws.infer.curves.kernel_types import MATRIX, VECTOR

OK, ALL_FAIL, ALL_PASS, SEPARATED, RISING, FEW = range(6)
"""States of a fit."""

STEEP = 2.0**40
"""The slope that stands for an infinite one: a power of two, so that level / slope is exact."""

MOST_STEPS, ARRIVED = 2000, 1e-8
"""Steps, of which five are usual, and the change of log-odds after which the next would change nothing."""

STATES = types.int8[::1]
PAIR = types.UniTuple(types.float64, 2)
_FIT = types.Tuple((types.float64, types.float64, types.int64))


@njit(
    types.Tuple((types.float64, types.float64, types.int64, types.float64, types.float64))(
        VECTOR, VECTOR, VECTOR, types.float64
    ),
    cache=True,
    error_model="numpy",
)
def no_search(x, passed, failed, penalty):
    """Return level, slope and state where no search is needed, and the least and the greatest time.

    Without a penalty a gap between successes and failures makes the slope infinite. The limit of a
    vanishing penalty crosses every rate in the middle of the gap.
    """
    first_pass, last_pass, first_fail, last_fail = math.inf, -math.inf, math.inf, -math.inf
    for t in range(x.size):
        if passed[t] > 0.0:
            first_pass, last_pass = min(first_pass, x[t]), max(last_pass, x[t])
        if failed[t] > 0.0:
            first_fail, last_fail = min(first_fail, x[t]), max(last_fail, x[t])
    low, high = min(first_pass, first_fail), max(last_pass, last_fail)
    if low > high:
        return math.nan, math.nan, FEW, low, high
    if first_pass > last_pass:
        return -math.inf, 0.0, ALL_FAIL, low, high
    if first_fail > last_fail:
        return math.inf, 0.0, ALL_PASS, low, high
    if low == high:
        return math.nan, math.nan, FEW, low, high
    if penalty == 0.0 and last_pass <= first_fail:
        return STEEP * (last_pass + first_fail) / 2, -STEEP, SEPARATED, low, high
    if penalty == 0.0 and last_fail <= first_pass:
        return -STEEP * (last_fail + first_pass) / 2, STEEP, RISING, low, high
    return 0.0, 0.0, OK, low, high


@njit(
    types.boolean(VECTOR, VECTOR, VECTOR, types.float64, PAIR, PAIR),
    cache=True,
    error_model="numpy",
)
def _beyond(x, passed, failed, penalty, at, step):
    """Return whether the objective rises in the direction of `step` after it was taken to `at`."""
    level, slope = at
    along = -penalty * slope * step[1]
    for t in range(x.size):
        eta = level + slope * x[t]
        e = math.exp(-abs(eta))
        less, more = e / (1 + e), 1 / (1 + e)
        success, failure = (more, less) if eta > 0 else (less, more)
        along += (passed[t] * failure - failed[t] * success) * (step[0] + step[1] * x[t])
    return along < 0.0


@njit(
    _FIT(VECTOR, VECTOR, VECTOR, types.float64, types.float64, types.float64),
    cache=True,
    error_model="numpy",
)
def climb(x, passed, failed, penalty, level, slope):
    """Return level, slope and state of one data set.

    Args:
        x: log2 minutes, of shape (cells,).
        passed: weight of the successes at each, not negative.
        failed: weight of the failures at each.
        penalty: on half the square of the slope.
        level: where to start; NaN: at the overall rate, with slope 0.
        slope: likewise.
    """
    first, other, state, low, high = no_search(x, passed, failed, penalty)
    if state != OK:
        return first, other, state
    if math.isnan(level):
        level, slope = math.log(passed.sum() / failed.sum()), 0.0
    pull, bend = np.empty(x.size), np.empty(x.size)
    for _ in range(MOST_STEPS):
        up, curvature, centre = 0.0, 0.0, 0.0
        for t in range(x.size):
            eta = level + slope * x[t]
            e = math.exp(-abs(eta))
            less, more = e / (1 + e), 1 / (1 + e)
            success, failure = (more, less) if eta > 0 else (less, more)
            pull[t] = passed[t] * failure - failed[t] * success
            bend[t] = (passed[t] + failed[t]) * less * more
            up += pull[t]
            curvature += bend[t]
            centre += bend[t] * x[t]
        centre /= curvature
        # about the centre, level and slope do not disturb each other
        along, own = -penalty * slope, penalty
        for t in range(x.size):
            away = x[t] - centre
            along += pull[t] * away
            own += bend[t] * away * away
        turn = along / own
        lift = up / curvature - turn * centre
        change = max(abs(lift + turn * low), abs(lift + turn * high))
        share = 1.0
        if change > 1.0:
            safe = math.log1p(change) / change
            while share > safe and _beyond(
                x, passed, failed, penalty, (level + share * lift, slope + share * turn), (lift, turn)
            ):
                share = max(share / 2, safe)
        level, slope = level + share * lift, slope + share * turn
        if change < ARRIVED:
            break
    return level, slope, OK if slope < 0.0 else RISING


@njit(
    types.void(VECTOR, MATRIX, MATRIX, types.float64, MATRIX, VECTOR, VECTOR, STATES),
    cache=True,
    error_model="numpy",
)
def climb_all(x, passed, failed, penalty, start, level, slope, state):
    """Fit every data set of a batch; fill the last three arrays.

    Args:
        x: log2 minutes, of shape (cells,).
        passed: weights of successes, of shape (sets, cells); cells without any weight play no part.
        failed: weights of failures, likewise.
        penalty: on half the square of the slope.
        start: level and slope of each set, of shape (sets, 2), or (1, 2) for all.
        level: to fill, of shape (sets,), as `slope` and `state`.
        slope: to fill.
        state: to fill.
    """
    cells = x.size
    place, up, down = np.empty(cells), np.empty(cells), np.empty(cells)
    for i in range(passed.shape[0]):
        size = 0
        for t in range(cells):
            if passed[i, t] + failed[i, t] > 0.0:
                place[size], up[size], down[size] = x[t], passed[i, t], failed[i, t]
                size += 1
        at = start[min(i, start.shape[0] - 1)]
        level[i], slope[i], state[i] = climb(place[:size], up[:size], down[:size], penalty, at[0], at[1])
