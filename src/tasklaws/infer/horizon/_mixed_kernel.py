"""The compiled climb of the mixed model: logits of tasks that are normal about a line in human time.

The logit of task t is normal about mu_t = level + slope z_t with variance s_t^2 = task_sd^2 + slope^2 v_t,
z_t and v_t being mean and variance of its log time given what was measured. It is written mu_t + s_t e, e
standard normal, so that nothing goes wrong at s_t = 0. Mean and curvature of a task's log likelihood follow
from moments over e given the task's counts (Fisher's and Louis's identities).

The integral over e is a sum over evenly spaced points around its peak, out to where nothing is left. It
converges exponentially, and unlike a fixed Gauss-Hermite rule it bears tasks that are always or never solved,
where the spread runs to many logits, and many attempts, where the peak is narrow.

Source: Louis 1982; Trefethen and Weideman, "The exponentially convergent trapezoidal rule", 2014.
"""

# compiled code: numba infers the types of the arguments, annotations would only repeat them;
# a kernel takes plain arrays and numbers, hence many of them, always in one order
# ruff: noqa: ANN001, ANN202, PLR0917

from __future__ import annotations

import math

import numpy as np
from numba import njit, types

from tasklaws.infer.curves.kernel_types import CUBE, MATRIX, VECTOR

MOST_SD = 20.0
"""Spread in logits at which tasks are as good as always or never solved; a climb goes no further."""

STEEPEST = 40.0
"""Logits for one standard deviation of human time at which a climb ends: the curve is a step."""

TOLD = 0.05
"""Least share of the spread of measured times that must be spread of true ones."""

REACHED, BOUNDLESS, UNSETTLED, NOISE = range(4)
"""How a climb ended: at a top; where spread or slope have no bound; nowhere; times are nothing but noise."""

_MOST_STEPS, _CLOSE, _NOTHING = 100, 1e-7, 1e-10
_LEAST = 1e-6
"""Spread in logits that stands for none."""

_SPACING, _SMOOTH = 0.9, 0.6
"""Distance of points in standard deviations of the peak, and in logits: a logistic has poles at +-pi i."""

ENDINGS = types.int8[:, ::1]
_SIX = types.UniTuple(types.float64, 6)


@njit(types.float64(*[types.float64] * 4), cache=True, error_model="numpy")
def _peak(mu, s, k, n):
    """Return where the density of e given k of n is highest; roughly, as points need only lie around it."""
    low, high = s * (k - n), s * k
    e = min(max(0.0, low), high)
    for _ in range(50):
        p = 1 / (1 + math.exp(-(mu + s * e)))
        pull = s * (k - n * p) - e
        if pull > 0:
            low = e
        else:
            high = e
        steep = 1 + s * s * n * p * (1 - p)
        if pull * pull < 1e-3 * steep:
            break
        e += pull / steep
        if not low < e < high:
            e = (low + high) / 2
    return e


@njit(_SIX(*[types.float64] * 4), cache=True, error_model="numpy")
def task(mu, s, k, n):
    """Return log likelihood of k of n, its slopes along mu and s, and its curvatures (mu mu, mu s, s s)."""
    centre = _peak(mu, s, k, n)
    p = 1 / (1 + math.exp(-(mu + s * centre)))
    gap = min(_SPACING / math.sqrt(1 + s * s * n * p * (1 - p)), _SMOOTH / max(s, 1e-9))
    most = -math.inf
    total, g, eg, h, eh, eeh = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for side in range(2):
        j = side
        while True:
            e = centre + (gap * j if side else -gap * j)
            eta = mu + s * e
            fall = math.exp(-abs(eta))
            p = (1.0 if eta > 0 else fall) / (1 + fall)
            height = k * eta - n * (max(eta, 0.0) + math.log1p(fall)) - e * e / 2
            if j == 0:
                most = height
            w = math.exp(height - most)
            pull = k - n * p
            bend = pull * pull - n * p * (1 - p)
            total += w
            g += w * pull
            eg += w * e * pull
            h += w * bend
            eh += w * e * bend
            eeh += w * e * e * bend
            if w < _NOTHING:
                break
            j += 1
    g, eg, h, eh, eeh = g / total, eg / total, h / total, eh / total, eeh / total
    log_likelihood = most + math.log(total * gap) - math.log(2 * math.pi) / 2
    return log_likelihood, g, eg, h - g * g, eh - g * eg, eeh - eg * eg


@njit(
    types.float64(VECTOR, VECTOR, VECTOR, VECTOR, VECTOR, VECTOR, VECTOR, MATRIX),
    cache=True,
    error_model="numpy",
)
def _height(at, z, v, k, n, weight, up, curve):
    """Return the weighted log likelihood at (level, slope, task_sd); leave its slopes and curvatures."""
    level, slope, sd = at
    out = 0.0
    up[:] = 0.0
    curve[:] = 0.0
    ds = np.empty(3)
    for t in range(z.size):
        if weight[t] <= 0.0:
            continue
        s = max(math.sqrt(sd * sd + slope * slope * v[t]), _LEAST)
        value, g, eg, h, eh, eeh = task(level + slope * z[t], s, k[t], n[t])
        out += weight[t] * value
        known = v[t] <= 0.0
        ds[0], ds[1], ds[2] = 0.0, 0.0 if known else slope * v[t] / s, 1.0 if known else sd / s
        w = weight[t]
        # what s itself bends: d2s = (diag(v, 1) - ds ds') / s in (slope, sd); 0 where time is known, s = sd
        bend = 0.0 if known else w * eg / s
        for i in range(3):
            a = 1.0 if i == 0 else z[t] if i == 1 else 0.0
            up[i] += w * (a * g + ds[i] * eg)
            for j in range(3):
                b = 1.0 if j == 0 else z[t] if j == 1 else 0.0
                curve[i, j] += w * (a * b * h + (a * ds[j] + b * ds[i]) * eh + ds[i] * ds[j] * eeh)
                curve[i, j] -= bend * ds[i] * ds[j]
        curve[1, 1] += bend * v[t]
        curve[2, 2] += bend
    return out


@njit(types.boolean(MATRIX, VECTOR, types.float64, VECTOR), cache=True, error_model="numpy")
def _step(curve, up, damping, step):
    """Leave in `step` the damped Newton step upwards; return whether the damped curvature has a top."""
    low = np.zeros((3, 3))
    for i in range(3):
        for j in range(i + 1):
            a = -curve[i, j] + (damping * (abs(curve[i, i]) + 1e-9) if i == j else 0.0)
            for m in range(j):
                a -= low[i, m] * low[j, m]
            if i == j:
                if a <= 0.0:
                    return False
                low[i, i] = math.sqrt(a)
            else:
                low[i, j] = a / low[j, j]
    for i in range(3):
        a = up[i]
        for m in range(i):
            a -= low[i, m] * step[m]
        step[i] = a / low[i, i]
    for i in range(2, -1, -1):
        a = step[i]
        for m in range(i + 1, 3):
            a -= low[m, i] * step[m]
        step[i] = a / low[i, i]
    return True


@njit(types.boolean(VECTOR, VECTOR, types.float64), cache=True, error_model="numpy")
def _too_far(at, step, scale):
    """Return whether a step more than doubles what it starts from, a few logits apart."""
    rise, spread = abs(step[1]) * scale, abs(step[2])
    return max(abs(step[0]) - abs(at[0]), rise - abs(at[1]) * scale, spread - at[2]) > 2.0  # noqa: PLR2004


@njit(
    types.int64(VECTOR, VECTOR, VECTOR, VECTOR, VECTOR, VECTOR, types.float64),
    cache=True,
    error_model="numpy",
)
def _climb(at, z, v, k, n, weight, scale):
    """Move `at` to the top of the weighted log likelihood and return how that ended.

    Levenberg-Marquardt on the exact curvature; `scale` is the standard deviation of the times.
    """
    up, step, new_up = np.zeros(3), np.zeros(3), np.zeros(3)
    curve, new_curve = np.zeros((3, 3)), np.zeros((3, 3))
    height = _height(at, z, v, k, n, weight, up, curve)
    damping, close = 1e-3, _CLOSE * weight.sum()
    for _ in range(_MOST_STEPS):
        while not _step(curve, up, damping, step) or _too_far(at, step, scale):
            damping = max(4 * damping, 1e-3)
        new = at + step
        new[2] = abs(new[2])
        promised = 0.0
        for i in range(3):
            promised += up[i] * step[i]
        reached = _height(new, z, v, k, n, weight, new_up, new_curve)
        if reached > height - 1e-9 * abs(height):
            at[:], up[:], curve[:] = new, new_up, new_curve
            height, damping = reached, damping / 8 if damping > 1e-9 else 0.0  # noqa: PLR2004  none at all
            if at[2] > MOST_SD or abs(at[1]) * scale > STEEPEST:
                return BOUNDLESS
            if promised < close:
                return REACHED
        else:
            damping = max(4 * damping, 1e-6)
            if damping > 1e9:  # noqa: PLR2004  steps of nothing
                return REACHED if promised < close else UNSETTLED
    return UNSETTLED


@njit(
    types.UniTuple(types.float64, 2)(VECTOR, VECTOR, VECTOR, VECTOR, VECTOR), cache=True, error_model="numpy"
)
def true_times(x, noise, weight, z, v):
    """Leave mean and variance of true times given measured `x` in `z` and `v`; return centre and spread.

    True times are normal; their mean and variance are those of `x` less the mean square of `noise`, over
    tasks by weight. `z` is counted from the centre; a spread of 0 says that `x` is noise.

    Source: Carroll et al., "Measurement error in nonlinear models", 2006, chapter 4 (regression calibration).
    """
    total = weight.sum()
    centre = (weight @ x) / total
    spread = weight @ (x - centre) ** 2 / (total - (weight @ weight) / total)
    true = spread - (weight @ noise**2) / total
    if not true > TOLD * spread:
        return centre, 0.0
    for t in range(x.size):
        kept = true / (true + noise[t] ** 2)
        z[t], v[t] = kept * (x[t] - centre), true * (1 - kept)
    return centre, math.sqrt(true)


@njit(
    types.void(VECTOR, VECTOR, MATRIX, MATRIX, MATRIX, MATRIX, MATRIX, types.boolean[:, ::1], CUBE, ENDINGS),
    cache=True,
    error_model="numpy",
)
def climb_all(x, noise, k, n, weight, counts, start, wanted, out, ending):
    """Leave level, slope and task_sd of each draw and agent in `out`, of shape (draws, agents, 3).

    Args:
        x: log times, of shape (tasks,).
        noise: their standard deviations.
        k: successes, of shape (agents, tasks).
        n: attempts.
        weight: of a task, of shape (agents, tasks).
        counts: how often a draw holds a task, of shape (draws, tasks).
        start: level, slope, task_sd, of shape (agents, 3).
        wanted: where to climb, of shape (draws, agents).
        out: what is found.
        ending: how a climb ended, of shape (draws, agents).
    """
    z, v = np.zeros(x.size), np.zeros(x.size)
    for b in range(counts.shape[0]):
        for a in range(k.shape[0]):
            if not wanted[b, a]:
                continue
            own = weight[a] * counts[b]
            centre, spread = true_times(x, noise, own, z, v)
            if spread <= 0.0:
                ending[b, a] = NOISE
                continue
            at = start[a].copy()
            at[0] += at[1] * centre
            own *= (own > 0).sum() / own.sum()
            ending[b, a] = _climb(at, z, v, k[a], n[a], own, spread)
            out[b, a, 0], out[b, a, 1], out[b, a, 2] = at[0] - at[1] * centre, at[1], at[2]


@njit(types.UniTuple(types.float64, 2)(types.float64, types.float64), cache=True, error_model="numpy")
def _rate(logit, sd):
    """Return the mean of a logistic over a normal about `logit` of standard deviation `sd`, and its slope."""
    gap = min(0.5, _SMOOTH / max(sd, _LEAST))
    reach = int(7 / gap) + 1
    total, found, slope = 0.0, 0.0, 0.0
    for j in range(-reach, reach + 1):
        w = math.exp(-((j * gap) ** 2) / 2)
        p = 1 / (1 + math.exp(-(logit + sd * j * gap)))
        total += w
        found += w * p
        slope += w * p * (1 - p)
    return found / total, slope / total


@njit(types.void(types.float64, VECTOR, VECTOR), cache=True, error_model="numpy")
def marginal_logits(rate, sd, out):
    """Leave in `out` the typical logit at which the mean rate over tasks that differ by `sd` is `rate`."""
    middle = math.log(rate / (1 - rate))
    for i in range(sd.size):
        if not math.isfinite(sd[i]):
            out[i] = math.nan
            continue
        # the probit approximation is within a third of the truth, so twice it brackets the solution
        here = middle * math.sqrt(1 + 0.346 * sd[i] ** 2)
        low, high = -2 * abs(here) - 1e-6, 2 * abs(here) + 1e-6
        for _ in range(60):
            found, slope = _rate(here, sd[i])
            if found < rate:
                low = here
            else:
                high = here
            step = (rate - found) / slope
            if abs(step) < 1e-10:  # noqa: PLR2004  of a logit
                break
            here = here + step if low < here + step < high else (low + high) / 2
        out[i] = here
