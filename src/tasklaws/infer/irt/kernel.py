"""The compiled climb: Fisher scoring on the abilities of models and on what is asked of them by tasks.

The rate of model m at task t is floor_t + (1 - floor_t) logistic(slope_t (ability_m - difficulty_t)). Tasks
are eliminated first, so a step solves a system of the size of the models. A step is halved until the log
posterior rises, and a climb ends when the next step would gain next to nothing.

Source: Mislevy, Bayes modal estimation in item response models, 1986; Green 1984 (Fisher scoring).
"""

# compiled code: numba infers the types of the arguments, annotations would only repeat them;
# a kernel takes plain arrays and numbers, hence many of them, always in one order
# ruff: noqa: ANN001, ANN201, ANN202, FBT003, PLR0917

from __future__ import annotations

import math

import numpy as np
from numba import njit, types

from tasklaws.infer.curves.kernel_types import CUBE, FLAGS, MATRIX, VECTOR

MOST_STEPS, HALVINGS = 200, 30

CLOSE, ALMOST = 1e-11, 1e-3
"""A climb ends where a step promises this much of log posterior. It has arrived if that was less than the
second, a twentieth of a standard error: below chance rates a climb may be slow in the end."""

NOTHING = 1e-3
"""Standard deviations below this are computed as this."""

_PRIOR = types.UniTuple(types.float64, 3)
_POINT = types.Tuple((VECTOR, VECTOR, VECTOR))
_SYSTEM = types.Tuple((MATRIX, VECTOR, MATRIX, CUBE))


@njit(
    types.UniTuple(types.float64, 3)(*[types.float64] * 4), cache=True, error_model="numpy", inline="always"
)
def _cell(eta, k, n, c):
    """Return log likelihood, its slope along `eta` and its expected curvature, for `k` of `n`, chance `c`."""
    e = math.exp(-abs(eta))
    tail = math.log1p(e)
    s = 1 / (1 + e) if eta > 0 else e / (1 + e)
    r = e / (1 + e) if eta > 0 else 1 / (1 + e)
    if c == 0.0:
        return k * min(eta, 0.0) - (n - k) * max(eta, 0.0) - n * tail, k * r - (n - k) * s, n * s * r
    p = c + (1 - c) * s
    along = (1 - c) * s / p
    height = k * math.log(p) + (n - k) * (math.log(1 - c) - max(eta, 0.0) - tail)
    return height, k * along * r - (n - k) * s, n * along * s * r


@njit(types.float64(MATRIX, MATRIX, VECTOR, _POINT, _PRIOR), cache=True, error_model="numpy")
def _height(k, n, floor, at, prior):
    """Return the log posterior up to a constant; `prior` holds the precisions of the three priors."""
    ability, difficulty, log_slope = at
    out = 0.0
    for t in range(k.shape[0]):
        a = math.exp(log_slope[t])
        for m in range(k.shape[1]):
            if n[t, m] > 0.0:
                out += _cell(a * (ability[m] - difficulty[t]), k[t, m], n[t, m], floor[t])[0]
        out -= (prior[1] * difficulty[t] ** 2 + prior[2] * log_slope[t] ** 2) / 2
    return out - prior[0] * (ability**2).sum() / 2


@njit(_SYSTEM(MATRIX, MATRIX, VECTOR, _POINT, _PRIOR, types.boolean), cache=True, error_model="numpy")
def _system(k, n, floor, at, prior, sloped):
    """Return the curvature and the pull along abilities once tasks follow them, and how tasks follow.

    Per task: gradient and inverse curvature in (difficulty, log slope), five numbers, and its two couplings
    to the abilities, times that inverse.
    """
    ability, difficulty, log_slope = at
    tasks, models = k.shape
    schur, right = np.zeros((models, models)), -prior[0] * ability
    task, follow = np.zeros((tasks, 5)), np.zeros((tasks, 2, models))
    own = np.zeros((2, models))
    for m in range(models):
        schur[m, m] = prior[0]
    for t in range(tasks):
        a = math.exp(log_slope[t])
        up_b, up_l = -prior[1] * difficulty[t], -prior[2] * log_slope[t]
        bb, bl, ll = prior[1], 0.0, prior[2] if sloped else 1.0
        own[:] = 0.0
        for m in range(models):
            if n[t, m] > 0.0:
                eta = a * (ability[m] - difficulty[t])
                _, pull, weight = _cell(eta, k[t, m], n[t, m], floor[t])
                right[m] += a * pull
                schur[m, m] += weight * a * a
                up_b -= a * pull
                bb += weight * a * a
                own[0, m] = -weight * a * a
                if sloped:
                    up_l += eta * pull
                    bl -= weight * a * eta
                    ll += weight * eta * eta
                    own[1, m] = weight * a * eta
        if not sloped:
            up_l = 0.0
        size = bb * ll - bl * bl
        ibb, ibl, ill = ll / size, -bl / size, bb / size
        task[t, 0], task[t, 1], task[t, 2], task[t, 3], task[t, 4] = up_b, up_l, ibb, ibl, ill
        for m in range(models):
            first = follow[t, 0, m] = ibb * own[0, m] + ibl * own[1, m]
            other = follow[t, 1, m] = ibl * own[0, m] + ill * own[1, m]
            right[m] -= first * up_b + other * up_l
            if first != 0.0:
                for j in range(m + 1):
                    schur[m, j] -= first * own[0, j] + other * own[1, j]
    return schur, right, task, follow


@njit(types.void(MATRIX), cache=True, error_model="numpy")
def _factor(a):
    """Replace the lower triangle of a positive definite matrix by its Cholesky factor."""
    for i in range(a.shape[0]):
        for j in range(i + 1):
            left = a[i, j]
            for c in range(j):
                left -= a[i, c] * a[j, c]
            a[i, j] = math.sqrt(max(left, 1e-300)) if i == j else left / a[j, j]


@njit(types.void(MATRIX, VECTOR), cache=True, error_model="numpy")
def _solve(factor, b):
    """Replace `b` by the solution of the factored system."""
    for i in range(b.size):
        for j in range(i):
            b[i] -= factor[i, j] * b[j]
        b[i] /= factor[i, i]
    for i in range(b.size - 1, -1, -1):
        for j in range(i + 1, b.size):
            b[i] -= factor[j, i] * b[j]
        b[i] /= factor[i, i]


@njit(
    types.Tuple((_POINT, types.float64))(MATRIX, VECTOR, MATRIX, CUBE, types.boolean),
    cache=True,
    error_model="numpy",
)
def _step(schur, right, task, follow, sloped):
    """Return the step of abilities, difficulties and log slopes, and what it promises; factors `schur`."""
    _factor(schur)
    along = right.copy()
    _solve(schur, along)
    promise = (along * right).sum()
    difficulty, log_slope = np.zeros(task.shape[0]), np.zeros(task.shape[0])
    for t in range(task.shape[0]):
        up_b, up_l, ibb, ibl, ill = task[t]
        difficulty[t] = ibb * up_b + ibl * up_l - (follow[t, 0] * along).sum()
        if sloped:
            log_slope[t] = ibl * up_b + ill * up_l - (follow[t, 1] * along).sum()
        promise += ibb * up_b**2 + 2 * ibl * up_b * up_l + ill * up_l**2
    return (along, difficulty, log_slope), promise / 2


@njit(
    types.UniTuple(types.float64, 2)(MATRIX, MATRIX, VECTOR, _POINT, _PRIOR, types.boolean),
    cache=True,
    error_model="numpy",
)
def _climb(k, n, floor, at, prior, sloped):
    """Move `at` to the top of the log posterior; return its height, and what the last step promised."""
    height, promise = _height(k, n, floor, at, prior), math.inf
    for _ in range(MOST_STEPS):
        schur, right, task, follow = _system(k, n, floor, at, prior, sloped)
        step, promise = _step(schur, right, task, follow, sloped)
        size, reached = 1.0, -math.inf
        for _ in range(HALVINGS):
            new = (at[0] + size * step[0], at[1] + size * step[1], at[2] + size * step[2])
            reached = _height(k, n, floor, new, prior)
            if reached > height:
                break
            size /= 2
        if reached <= height:
            break
        at[0][:], at[1][:], at[2][:] = new
        height = reached
        if promise < CLOSE:
            break
    return height, promise


@njit(VECTOR(MATRIX, MATRIX, VECTOR, _POINT), cache=True, error_model="numpy")
def _information(k, n, floor, at):
    """Return the share of each model in what is known of abilities, tasks taken as known."""
    out = np.zeros(k.shape[1])
    for t in range(k.shape[0]):
        a = math.exp(at[2][t])
        for m in range(k.shape[1]):
            if n[t, m] > 0.0:
                out[m] += a * a * _cell(a * (at[0][m] - at[1][t]), k[t, m], n[t, m], floor[t])[2]
    return out / out.sum() if out.sum() > 0.0 else out + 1 / max(out.size, 1)


@njit(types.float64(MATRIX, VECTOR), cache=True, error_model="numpy")
def _variance(factor, direction):
    """Return the variance of a sum of abilities from the factor of their information; uses up `direction`."""
    out = 0.0
    for i in range(direction.size):
        for j in range(i):
            direction[i] -= factor[i, j] * direction[j]
        direction[i] /= factor[i, i]
        out += direction[i] ** 2
    return out


@njit(
    types.void(MATRIX, MATRIX, VECTOR, _POINT, _PRIOR, types.boolean, _POINT),
    cache=True,
    error_model="numpy",
)
def _spread(k, n, floor, at, prior, sloped, out):
    """Fill `out` with Laplace errors of what the data tell, level and scale put aside.

    Abilities and difficulties are told beside the mean ability, in which models count by what was learnt of
    them, and on the scale on which the mean log slope is 0; so are log slopes.
    """
    tasks, models = k.shape
    schur, _, task, follow = _system(k, n, floor, at, prior, sloped)
    centre = _information(k, n, floor, at)
    middle = (centre * at[0]).sum()
    _factor(schur)
    scale, own = np.zeros(models), 0.0
    if sloped:
        own = task[:, 4].sum() / tasks**2
        for t in range(tasks):
            scale += follow[t, 1] / tasks
    for m in range(models):
        away = at[0][m] - middle
        direction = -centre - away * scale
        direction[m] += 1.0
        out[0][m] = math.sqrt(away**2 * own + _variance(schur, direction))
    for t in range(tasks):
        away = at[1][t] - middle
        alone = task[t, 2] + 2 * task[t, 3] * away / tasks + away**2 * own
        out[1][t] = math.sqrt(alone + _variance(schur, -follow[t, 0] - centre - away * scale))
        if sloped:
            alone = task[t, 4] * (1 - 2 / tasks) + own
            out[2][t] = math.sqrt(max(alone + _variance(schur, scale - follow[t, 1]), 0.0))


@njit(
    types.void(CUBE, CUBE, VECTOR, _PRIOR, types.boolean, *[MATRIX] * 6, VECTOR, FLAGS),
    cache=True,
    error_model="numpy",
)
def climb_all(
    k, n, floor, prior, sloped, ability, difficulty, log_slope, se_a, se_b, se_l, height, converged
):
    """Fit every data set of a batch from where the first three arrays stand; fill those that follow.

    Args:
        k: successes, of shape (sets, tasks, models).
        n: attempts, of the same shape or with one set for all.
        floor: chance rates, of shape (tasks,).
        prior: precisions of abilities, difficulties and log slopes.
        sloped: whether slopes are fitted.
        ability: of shape (sets, models), as `se_a`.
        difficulty: of shape (sets, tasks), as `log_slope` and their errors.
        log_slope: logarithms of the slopes.
        se_a: Laplace errors of abilities.
        se_b: Laplace errors of difficulties.
        se_l: Laplace errors of log slopes.
        height: log posterior of each set.
        converged: whether the climb arrived.
    """
    for i in range(k.shape[0]):
        asked = n[min(i, n.shape[0] - 1)]
        at = (ability[i], difficulty[i], log_slope[i])
        height[i], promise = _climb(k[i], asked, floor, at, prior, sloped)
        converged[i] = promise < ALMOST
        _spread(k[i], asked, floor, at, prior, sloped, (se_a[i], se_b[i], se_l[i]))


@njit(types.void(MATRIX, MATRIX, VECTOR, types.float64, VECTOR, VECTOR), cache=True, error_model="numpy")
def marginal(k, n, floor, ability_sd, difficulty_sds, out):
    """Fill `out` with the log marginal likelihood of each standard deviation of difficulties, by Laplace.

    They grow, and each climb starts from where the one before ended.
    """
    tasks, models = k.shape
    at = (np.zeros(models), np.zeros(tasks), np.zeros(tasks))
    for i in range(out.size):
        prior = (ability_sd**-2, max(difficulty_sds[i], NOTHING) ** -2, 1.0)
        out[i] = _climb(k, n, floor, at, prior, False)[0]
        schur, _, task, _ = _system(k, n, floor, at, prior, False)
        _factor(schur)
        for m in range(models):
            out[i] -= math.log(schur[m, m] * ability_sd)
        for t in range(tasks):
            out[i] += math.log(task[t, 2] * prior[1]) / 2
