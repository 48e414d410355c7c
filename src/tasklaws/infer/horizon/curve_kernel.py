"""The compiled fits of success to time by curves that are made of a cumulated hazard.

Success at time t is exp(-H(t)). Steps are Newton's in log H, halved until the likelihood rises; a logistic
goes to the descent of `kernel`.
"""

# compiled code: numba infers the types of the arguments, annotations would only repeat them
# ruff: noqa: ANN001, ANN201, ANN202, PLR0911, PLR0917

from __future__ import annotations

import math

from numba import njit, types

from tasklaws.infer.curves.kernel_types import MATRIX, VECTOR
from tasklaws.infer.horizon.kernel import (
    ALL_FAIL,
    ALL_PASS,
    ARRIVED,
    FEW,
    PAIR,
    RISING,
    SEPARATED,
    STATES,
    STEEP,
    climb,
    no_search,
)

EXPONENTIAL, WEIBULL, LOMAX, LOGISTIC = range(4)
"""Curves. Of the first three the cumulated hazard at d doublings after the centre of the data is, with
h = exp(q): h 2^d; h exp(b d); and log1p(2^d expm1(f h)) / f with f = expm1(b), an exponential at f = 0."""

LEAST = 1e-6
"""The least f of a Lomax: its shape is 1 / f."""

STARTS = (math.log1p(LEAST), math.log(2.0), math.log(6.0))
"""Where b starts for a Lomax."""

HALVINGS, CLIMBS = 40, 1000

CLOSE, SMALL, LARGE = 1e-5, 1e-3, 700.0
"""Below the first and the second a series is exact; above the last exp would overflow."""

LN2 = math.log(2.0)


@njit(types.UniTuple(types.float64, 3)(types.int64, *[types.float64] * 3), cache=True, error_model="numpy")
def _hazard(kind, d, q, b):
    """Return the cumulated hazard at `d`, and how its logarithm follows q and b."""
    if kind == EXPONENTIAL:
        return math.exp(min(q + LN2 * d, LARGE)), 1.0, 0.0
    if kind == WEIBULL:
        return math.exp(min(q + b * d, LARGE)), 1.0, d
    h, f, r = math.exp(min(q, LARGE)), math.expm1(b), 2.0**d
    y = f * h
    if max(y, r * y) < CLOSE:
        first, second = (1 - r) / 2, (1 - r) * (1 - 2 * r) / 6
        bent, follow = 1 + y * (first + y * second), first + 2 * y * second
        return r * h * bent, 1 + y * follow / bent, h * (1 + f) * follow / bent
    least = math.exp(-y)
    mix = r + (1 - r) * least if y > 1 else (1 + r * math.expm1(y)) * least
    cumulated = (y + math.log(mix)) / f if y > 1 else math.log1p(r * math.expm1(y)) / f
    along = r / mix * h / cumulated
    return cumulated, along, (along - 1) * (1 + f) / f


@njit(types.float64(types.float64), cache=True, error_model="numpy")
def _ratio(hazard):
    """Return H / (exp(H) - 1)."""
    if hazard > LARGE:
        return 0.0
    return hazard / math.expm1(hazard) if hazard > 0.0 else 1.0


@njit(types.UniTuple(types.float64, 2)(types.int64, types.float64), cache=True, error_model="numpy")
def _fall(kind, b):
    """Return the fall of the log-odds per doubling where success is one half, and how it follows `b`."""
    if kind == EXPONENTIAL:
        return 2 * LN2 * LN2, 0.0
    if kind == WEIBULL:
        return 2 * LN2 * b, 2 * LN2
    f = math.expm1(b)
    fall = -2 * LN2 * math.expm1(-LN2 * f) / f
    if f < SMALL:
        return fall, -(LN2**3) * (1 - LN2 * f * 2 / 3) * (1 + f)
    return fall, (2 * LN2 * LN2 * math.exp(-LN2 * f) - fall) / f * (1 + f)


@njit(
    types.UniTuple(types.float64, 2)(
        types.int64, VECTOR, VECTOR, VECTOR, types.float64, types.float64, types.float64
    ),
    cache=True,
    error_model="numpy",
)
def _height(kind, x, passed, failed, penalty, q, b):
    """Return the log likelihood, with the penalty and without."""
    out = 0.0
    for t in range(x.size):
        hazard = _hazard(kind, x[t], q, b)[0]
        if passed[t] > 0.0:
            out -= passed[t] * hazard
        if failed[t] > 0.0:
            out += failed[t] * math.log(-math.expm1(-hazard))
    return out - penalty * _fall(kind, b)[0] ** 2 / 2, out


@njit(
    types.UniTuple(types.float64, 3)(
        types.int64, VECTOR, VECTOR, VECTOR, types.float64, types.float64, types.float64
    ),
    cache=True,
    error_model="numpy",
)
def _step(kind, x, passed, failed, penalty, q, b):
    """Return the step of q and b, and the largest change that it makes to a log hazard."""
    fall, steeper = _fall(kind, b)
    up_q, up_b = 0.0, -penalty * fall * steeper
    qq, qb, bb = 0.0, 0.0, penalty * steeper * steeper
    for t in range(x.size):
        hazard, along, bent = _hazard(kind, x[t], q, b)
        ratio = _ratio(hazard)
        excess = hazard / 2 + hazard * hazard / 12 if hazard < SMALL else hazard + ratio - 1
        pull = failed[t] * ratio - passed[t] * hazard
        bend = passed[t] * hazard + failed[t] * ratio * excess
        up_q += pull * along
        up_b += pull * bent
        qq += bend * along * along
        qb += bend * along * bent
        bb += bend * bent * bent
    at_edge = kind == LOMAX and math.expm1(b) <= 1.001 * LEAST and up_b * qq <= qb * up_q
    own = bb - qb / qq * qb
    turn = 0.0 if kind == EXPONENTIAL or at_edge or not own > 0.0 else (up_b - qb / qq * up_q) / own
    lift = (up_q - qb * turn) / qq
    change = 0.0
    for t in range(x.size):
        _, along, bent = _hazard(kind, x[t], q, b)
        change = max(change, abs(along * lift + bent * turn))
    return lift, turn, change


@njit(
    types.float64(types.int64, VECTOR, VECTOR, VECTOR, types.float64, PAIR, PAIR),
    cache=True,
    error_model="numpy",
)
def _ahead(kind, x, passed, failed, penalty, at, step):
    """Return how fast the likelihood still rises at `at` in the direction of `step`.

    A long step must stop while it rises: beyond, where hazards are huge, nothing would tell the way back.
    """
    fall, steeper = _fall(kind, at[1])
    out = -penalty * fall * steeper * step[1]
    for t in range(x.size):
        hazard, along, bent = _hazard(kind, x[t], at[0], at[1])
        ratio = _ratio(hazard)
        out += (failed[t] * ratio - passed[t] * hazard) * (along * step[0] + bent * step[1])
    return out


@njit(
    types.UniTuple(types.float64, 4)(
        types.int64, VECTOR, VECTOR, VECTOR, types.float64, types.float64, types.float64
    ),
    cache=True,
    error_model="numpy",
)
def _rise(kind, x, passed, failed, penalty, q, b):
    """Return q, b and the log likelihood, with the penalty and without, at the top above a start."""
    least = math.log1p(LEAST) if kind == LOMAX else -math.inf
    height, told = _height(kind, x, passed, failed, penalty, q, b)
    for _ in range(CLIMBS):
        lift, turn, change = _step(kind, x, passed, failed, penalty, q, b)
        size, risen = 1.0, False
        for _ in range(HALVINGS):
            new = q + size * lift, max(b + size * turn, least)
            reached, told_there = _height(kind, x, passed, failed, penalty, new[0], new[1])
            risen = reached >= height - 1e-15 * abs(height)
            if risen and (
                change * size <= 1.0
                or _ahead(kind, x, passed, failed, penalty, new, (new[0] - q, new[1] - b)) >= 0.0
            ):
                break
            size /= 2
        if not risen:
            break
        (q, b), height, told = new, reached, told_there
        if change < ARRIVED:
            break
    return q, b, height, told


@njit(types.float64(VECTOR, VECTOR), cache=True, error_model="numpy")
def _first(x, failed):
    """Return the least time of a failure."""
    least = math.inf
    for t in range(x.size):
        if failed[t] > 0.0:
            least = min(least, x[t])
    return least


@njit(types.float64(VECTOR, VECTOR, VECTOR, types.float64), cache=True, error_model="numpy")
def _mixed(x, passed, failed, edge):
    """Return the log likelihood of the overall rate at the time `edge` alone."""
    won, lost = 0.0, 0.0
    for t in range(x.size):
        if x[t] == edge:
            won, lost = won + passed[t], lost + failed[t]
    if won == 0.0 or lost == 0.0:
        return 0.0
    return won * math.log(won / (won + lost)) + lost * math.log(lost / (won + lost))


@njit(
    types.Tuple((types.float64, types.float64, types.int64, types.float64))(
        types.int64, VECTOR, VECTOR, VECTOR, types.float64
    ),
    cache=True,
    error_model="numpy",
)
def fall(kind, x, passed, failed, penalty):
    """Return log2 of the time at one half, shape, state and log likelihood of one data set.

    Without a penalty a gap makes the shape of a Weibull infinite. Its foot falls so much faster than its
    head rises that the limit of a vanishing penalty lies at the first failure.
    """
    parts = kind in (WEIBULL, LOGISTIC)
    middle, _, state, _, _ = no_search(x, passed, failed, penalty if parts else 1.0)
    if state in (ALL_FAIL, ALL_PASS):
        return -math.inf if state == ALL_FAIL else math.inf, math.nan, state, 0.0
    if state == FEW:
        return math.nan, math.nan, state, math.nan
    total = passed.sum() + failed.sum()
    passed, failed, penalty = passed / total, failed / total, penalty / total
    won, lost = passed.sum(), failed.sum()
    away = x - ((passed + failed) * x).sum()
    start = -math.log(won) if won < lost else -math.log1p(-lost)
    if kind != EXPONENTIAL and ((lost * passed - won * failed) * away).sum() >= 0.0:
        return math.nan, 0.0, RISING, total * (won * math.log(won) + lost * math.log(lost))
    if state == SEPARATED:
        edge = _first(x, failed)
        told = total * _mixed(x, passed, failed, edge)
        return edge if kind == WEIBULL else middle / STEEP, math.inf, state, told
    centre, start = x[0] - away[0], math.log(start)
    if kind == LOGISTIC:
        level, slope, _ = climb(away, passed, failed, penalty, math.nan, 0.0)
        told = 0.0
        for t in range(x.size):
            eta = level + slope * away[t]
            told += passed[t] * min(eta, 0.0) - failed[t] * max(eta, 0.0)
            told -= (passed[t] + failed[t]) * math.log1p(math.exp(-abs(eta)))
        return centre - level / slope, -slope / LN2, state, total * told
    if kind == LOMAX:
        q, b, height, told = _rise(kind, away, passed, failed, penalty, start, STARTS[0])
        for i in range(1, len(STARTS)):
            other = _rise(kind, away, passed, failed, penalty, start, STARTS[i])
            if other[2] > height:
                q, b, height, told = other
        f = math.expm1(b)
        half, here = LN2 * f, f * math.exp(q)
        ratio = half - here + math.log(-math.expm1(-half)) - math.log(-math.expm1(-here))
        return centre + ratio / LN2, 1 / f, state, total * told
    q, b, height, told = _rise(kind, away, passed, failed, penalty, start, 0.0)
    turn = b if kind == WEIBULL else LN2
    return centre + (math.log(LN2) - q) / turn, turn / LN2, state, total * told


@njit(
    types.void(types.int64, VECTOR, MATRIX, MATRIX, types.float64, VECTOR, VECTOR, STATES, VECTOR),
    cache=True,
    error_model="numpy",
)
def fall_all(kind, x, passed, failed, penalty, median, shape, state, told):
    """Fit the curve `kind` to every data set of a batch; fill the last four arrays, of shape (sets,).

    Args:
        kind: EXPONENTIAL, WEIBULL, LOMAX or LOGISTIC.
        x: log2 minutes, of shape (cells,).
        passed: weights of successes, of shape (sets, cells).
        failed: weights of failures, likewise.
        penalty: on half the square of the fall of the log-odds per doubling at one half.
        median: log2 minutes at one half.
        shape: of the curve; 1 for the exponential.
        state: as in `climb`.
        told: weighted log likelihood, without the penalty.
    """
    for i in range(passed.shape[0]):
        some = passed[i] + failed[i] > 0.0
        median[i], shape[i], state[i], told[i] = fall(
            kind, x[some], passed[i][some], failed[i][some], penalty
        )
