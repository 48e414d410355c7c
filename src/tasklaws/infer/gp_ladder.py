"""The binomial Gaussian-process ladder under one link: fit and joint prediction.

A line per task in link space with pooled slopes, a small random walk along the axis, a noise
scale per task and a rung shock that all tasks share. Fisher scoring alternates with
maximisation of the marginal likelihood of the working responses.

Source: forecasting recipe section 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from scipy.optimize import minimize

from tasklaws.infer import marginal, prediction
from tasklaws.infer.flags import below_floor
from tasklaws.infer.links import base_level, base_rate, base_slope
from tasklaws.infer.threads import one_blas_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats, LadderArrays, TargetArrays
    from tasklaws.infer.links import Link

MIN_FAMILIES = 3
MAX_FAMILY_SHARE = 0.8
"""Families as a share of tasks, above which nearly every task is a family of its own."""

OFF = math.log(1e-6)
"""Log standard deviation of a layer that is switched off."""

LIMIT_STEP = 2.5
"""Largest Fisher-scoring step of a working response, in units of the link's scale."""

CURVATURE_STEP = 0.25
"""Step in log s_u over which the curvature of the log posterior is taken."""

NODES = np.array([-1.5, -0.75, 0.0, 0.75, 1.5, 2.25])
"""Values of log s_u that forecasts average over, in posterior sds about the mode."""

LEAST_SHARE = 0.01
"""Nodes of a smaller posterior share are left out."""

KAPPA_RANGE = (0.4, 6.0)
KAPPA_PRIOR_WEIGHT = 5.0
RESIDUAL_CAP = 25.0


@dataclass(frozen=True)
class Prior:
    """Log-normal priors of the standard deviations: (median, sd of the log), in logits."""

    level: tuple[float, float] = (1.0, 1.0)
    slope: tuple[float, float] = (0.25, 1.3)
    shock: tuple[float, float] = (0.10, 0.8)
    noise: tuple[float, float] = (0.06, 0.8)
    walk: tuple[float, float] = (0.10, 0.7)
    family_level: tuple[float, float] = (0.3, 1.0)
    family_slope: tuple[float, float] = (0.1, 1.3)
    family_shock: tuple[float, float] = (0.05, 0.7)
    phi: tuple[float, float] = (0.7, 0.4)
    suite_slope: tuple[float, float] = (1.0, 0.7)
    suite_level_sd: float = 5.0

    def table(self, features: int, scale: float) -> tuple[Floats, Floats]:
        """Return log medians and log sds of [theta, phi], each of shape (9 + features,), in kernel order."""
        own = [self.level, *[self.slope] * features, self.shock, self.noise, self.walk]
        shared = [self.family_level, self.family_slope, self.family_shock, self.suite_slope]
        rows = np.array([*own, *shared, self.phi])
        rows[:-1, 0] *= scale
        return np.log(rows[:, 0]), rows[:, 1]


SIZE_PRIOR = Prior()
"""For dense ladders of benchmarks: many attempts per cell."""

ITEM_PRIOR = Prior(
    level=(2.0, 0.7),
    slope=(0.5, 1.3),
    shock=(0.3, 0.6),
    noise=(0.4, 0.7),
    walk=(0.4, 0.7),
    family_level=(0.7, 0.8),
    family_slope=(0.3, 1.3),
    family_shock=(0.15, 0.7),
)
"""For agents and single items: few attempts per cell, rungs are releases."""


RELEASE_PRIOR = replace(SIZE_PRIOR, shock=(0.3, 0.6))
"""For benchmarks on models in order of release: jumps of training regime move all tasks."""


@dataclass(frozen=True)
class Problem:
    """A ladder made ready for the kernels under one link."""

    link: Link
    rate: Floats
    n: Floats
    seen: NDArray[np.bool_]
    floor: Floats
    ceiling: Floats
    x: Floats
    walk: Floats
    shock: Floats
    suite_level: float
    """Prior variance of the suite's level."""
    gap: float
    family: NDArray[np.int64]
    n_families: int
    prior: Prior

    @property
    def features(self) -> int:
        """Return the number of features."""
        return int(self.x.shape[1])


@dataclass(frozen=True)
class Fit:
    """A fitted ladder under one link."""

    problem: Problem
    theta: Floats
    phi: float
    kappa2: Floats
    response: Floats
    noise: Floats
    latent: Floats
    converged: bool
    log_marginal: float = field(default=math.nan)

    @property
    def kernel_args(self) -> marginal.Arguments:
        """Return the arguments that the kernels share."""
        p = self.problem
        own = self.theta, self.phi, self.response, self.noise, p.seen, self.kappa2
        return *own, p.family, p.n_families, p.x, p.walk, p.shock, p.suite_level


def drift(a: Floats, b: Floats, origin: float) -> Floats:
    """Return Brownian covariance min(a, b) - origin, of shape (len(a), len(b))."""
    return np.asarray(np.maximum(np.minimum(a[:, None], b[None, :]) - origin, 0.0))


def centre(ladder: LadderArrays) -> Floats:
    """Return the mean of the training features, of shape (features,)."""
    return np.asarray(ladder.x.mean(axis=0))


def white_share(ladder: LadderArrays) -> float:
    """Return the share of the shock that is independent between rungs."""
    return 0.01 if ladder.kind == "release" else 1.0


def mean_gap(ladder: LadderArrays) -> float:
    """Return the mean distance of neighbouring rungs on the walk axis."""
    places = np.unique(ladder.walk)
    return float(np.diff(places).mean()) if len(places) > 1 else 1.0


def shock_covariance(ladder: LadderArrays, a: Floats, b: Floats, same: Floats) -> Floats:
    """Return unit covariance of the rung shock: partly independent between rungs, the rest a random walk.

    The walk gains variance 1 over a mean gap, and has variance 1 at the first rung.

    Args:
        ladder: the training rungs.
        a: places of rungs on the walk axis, of shape (a,).
        b: likewise, of shape (b,).
        same: 1 where a and b are the same rung, else 0, of shape (a, b).
    """
    white, gap = white_share(ladder), mean_gap(ladder)
    return white * same + (1.0 - white) * (drift(a, b, ladder.walk.min() - gap) / gap)


def family_layer(ladder: LadderArrays) -> tuple[NDArray[np.int64], int]:
    """Return (family of each task, number of families); one family switches the layer off.

    Families carry an effect of their own where there are at least MIN_FAMILIES of them and some
    hold more than one task: else it cannot be told from the suite's or the task's.
    """
    names = sorted(set(ladder.families))
    if not MIN_FAMILIES <= len(names) <= MAX_FAMILY_SHARE * len(ladder.families):
        return np.zeros(len(ladder.families), dtype=np.int64), 1
    return np.array([names.index(family) for family in ladder.families], dtype=np.int64), len(names)


def usable_floor(ladder: LadderArrays) -> Floats:
    """Return the floors, 0 where a task's pooled counts lie clearly below its documented one.

    A chance rate is a bound only for models that answer in the expected form.
    """
    return np.where(below_floor(ladder), 0.0, ladder.floor)


def make_problem(ladder: LadderArrays, link: Link, prior: Prior) -> Problem:
    """Return `ladder` as the kernels take it under `link`."""
    family, n_families = family_layer(ladder)
    return Problem(
        link=link,
        rate=np.where(ladder.n > 0, ladder.k / np.maximum(ladder.n, 1), 0.5),
        n=ladder.n.astype(float),
        seen=ladder.n > 0,
        floor=usable_floor(ladder) if link.uses_floor else np.zeros(len(ladder.floor)),
        ceiling=ladder.ceiling,
        x=np.ascontiguousarray(ladder.x - centre(ladder)),
        walk=drift(ladder.walk, ladder.walk, ladder.walk.min()),
        shock=shock_covariance(ladder, ladder.walk, ladder.walk, np.eye(len(ladder.rungs))),
        suite_level=(link.scale * prior.suite_level_sd) ** 2,
        gap=mean_gap(ladder),
        family=family,
        n_families=n_families,
        prior=prior,
    )


@njit(cache=True)
def _working(  # noqa: PLR0917 - compiled: plain arrays
    code: int,
    latent: Floats,
    rate: Floats,
    n: Floats,
    seen: NDArray[np.bool_],
    floor: Floats,
    ceiling: Floats,
    limit: float,
) -> tuple[Floats, Floats]:
    """Return Fisher-scoring responses and their binomial variances at levels `latent`."""
    tasks, size = latent.shape
    response = np.zeros((tasks, size))
    noise = np.full((tasks, size), 1.0)
    for t in range(tasks):
        span = ceiling[t] - floor[t]
        for m in range(size):
            if not seen[t, m]:
                continue
            z = latent[t, m]
            p = floor[t] + span * base_rate(code, z)
            low = 0.3 / n[t, m]
            p = min(max(p, low), 1.0 - low)
            slope = max(span * base_slope(code, z), 1e-3)
            step = (rate[t, m] - p) / slope
            response[t, m] = z + min(max(step, -limit), limit)
            noise[t, m] = p * (1.0 - p) / (n[t, m] * slope * slope)
    return response, noise


@njit(cache=True)
def _start(  # noqa: PLR0917 - compiled: plain arrays
    code: int, rate: Floats, n: Floats, seen: NDArray[np.bool_], floor: Floats, ceiling: Floats
) -> Floats:
    """Return levels of smoothed rates as the starting point."""
    tasks, size = rate.shape
    latent = np.zeros((tasks, size))
    for t in range(tasks):
        span = ceiling[t] - floor[t]
        for m in range(size):
            if seen[t, m]:
                share = (rate[t, m] * n[t, m] + 0.5) / (n[t, m] + 1.0)
                share = (share - floor[t]) / span
                latent[t, m] = base_level(code, min(max(share, 0.03), 0.97))
    return latent


def _maximise(state: Fit, *, free_phi: bool) -> tuple[Floats, float, bool]:
    """Return ([theta, log phi], -log posterior, converged) that maximise marginal likelihood x prior."""
    p = state.problem
    medians, spreads = p.prior.table(p.features, p.link.scale)
    vector = np.append(state.theta, math.log(state.phi))
    free = np.ones(len(vector), dtype=bool)
    free[-1] = free_phi
    if p.n_families == 1:
        free[-5:-2] = False

    def objective(inner: Floats) -> tuple[float, Floats]:
        vector[free] = inner
        value, gradient = marginal.negative_log_marginal(
            vector[:-1], math.exp(vector[-1]), state.response, state.noise, p.seen, state.kappa2,
            p.family, p.n_families, p.x, p.walk, p.shock, p.suite_level,
        )  # fmt: skip
        off = (vector - medians)[free] / spreads[free]
        return value + 0.5 * float(off @ off), gradient[free] + off / spreads[free]

    bounds = list(zip(medians[free] - 5.0, medians[free] + 4.0, strict=True))
    options = {"maxiter": 60, "ftol": 1e-7, "gtol": 1e-3}
    with one_blas_thread():
        best = minimize(objective, vector[free], jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    vector[free] = best.x
    return vector, float(best.fun), bool(best.success or best.status == 1)


def fit(problem: Problem, *, phi: float | None = None, kappa: bool = True, rounds: int = 3) -> Fit:
    """Fit the ladder under one link.

    Args:
        problem: the ladder under a link.
        phi: variance factor of the counts; None estimates it.
        kappa: whether to estimate a noise scale per task.
        rounds: rounds of Fisher scoring.
    """
    p = problem
    latent = _start(p.link.code, p.rate, p.n, p.seen, p.floor, p.ceiling)
    theta = p.prior.table(p.features, p.link.scale)[0][:-1]
    if p.n_families == 1:
        theta[-4:-1] = OFF
    first_phi = p.prior.phi[0] if phi is None else phi
    state = Fit(p, theta, first_phi, np.ones(len(p.floor)), latent, latent, latent, converged=False)
    for _ in range(rounds):
        state = _round(state, free_phi=phi is None)
    for _ in range(2 if kappa else 0):
        state = _round(replace(state, kappa2=_kappa2(state)), free_phi=False)
    return state


def shock_nodes(state: Fit) -> tuple[tuple[float, Fit], ...]:
    """Return (posterior share, fit) for several values of the rung shock's sd, the rest as fitted.

    A ladder has few rungs, so the shock's scale is poorly known and the mode lies below what is to be
    expected: forecasts average over it. Source: grid integration as in Rue, Martino & Chopin 2009
    (doi:10.1111/j.1467-9868.2008.00700.x), in one dimension.
    """
    at = 1 + state.problem.features + marginal.SHOCK
    median, spread = (
        row[at] for row in state.problem.prior.table(state.problem.features, state.problem.link.scale)
    )

    def evidence(theta: Floats) -> float:
        value, _ = marginal.negative_log_marginal(*replace(state, theta=theta).kernel_args)
        return -value - 0.5 * float((theta[at] - median) / spread) ** 2

    moved = [
        state.theta + offset * _shock_error(state, at, spread) * np.eye(len(state.theta))[at]
        for offset in NODES
    ]
    found = np.array([evidence(theta) for theta in moved])
    shares = np.exp(found - found.max())
    shares /= shares.sum()
    kept = [
        (float(share), replace(state, theta=theta))
        for share, theta in zip(shares, moved, strict=True)
        if share > LEAST_SHARE
    ]
    total = sum(share for share, _ in kept)
    return tuple((share / total, node) for share, node in kept)


def _shock_error(state: Fit, at: int, spread: float) -> float:
    """Return the posterior sd of log s_u by the curvature about its mode, at most that of the prior."""
    step = np.zeros(len(state.theta))
    step[at] = CURVATURE_STEP
    above, below = (
        marginal.negative_log_marginal(*replace(state, theta=state.theta + move).kernel_args)[1][at]
        for move in (step, -step)
    )
    curvature = (above - below) / (2 * CURVATURE_STEP) + 1 / spread**2
    return float(1 / math.sqrt(max(curvature, 1 / spread**2)))


def _round(state: Fit, *, free_phi: bool) -> Fit:
    """Return `state` after one Fisher-scoring step and one maximisation."""
    p = state.problem
    limit = LIMIT_STEP * p.link.scale
    response, noise = _working(p.link.code, state.latent, p.rate, p.n, p.seen, p.floor, p.ceiling, limit)
    state = replace(state, response=response, noise=noise)
    vector, value, ok = _maximise(state, free_phi=free_phi)
    state = replace(
        state, theta=vector[:-1].copy(), phi=math.exp(vector[-1]), converged=ok, log_marginal=-value
    )
    return replace(state, latent=marginal.residuals(*state.kernel_args)[0])


def _kappa2(state: Fit) -> Floats:
    """Return updated squared noise scales from leave-one-out residuals, of shape (tasks,)."""
    p = state.problem
    _, standard = marginal.residuals(*state.kernel_args)
    base = 1 + p.features
    var_e, var_w = np.exp(2 * state.theta[[base + marginal.NOISE, base + marginal.WALK]])
    own = state.kappa2[:, None] * (var_e + var_w * p.gap)
    share = np.where(p.seen, own / (own + state.phi * state.noise), 0.0)
    squared = np.minimum(standard**2, RESIDUAL_CAP)
    factor = (KAPPA_PRIOR_WEIGHT + (share * squared).sum(axis=1)) / (KAPPA_PRIOR_WEIGHT + share.sum(axis=1))
    return np.asarray(np.clip(state.kappa2 * factor, KAPPA_RANGE[0] ** 2, KAPPA_RANGE[1] ** 2))


@dataclass(frozen=True)
class LevelForecast:
    """Joint normal prediction of levels z of every task at every target."""

    mean: Floats
    """Of shape (targets, tasks)."""
    own: Floats
    """Variance of its own, independent between tasks, of shape (targets, tasks)."""
    loadings: Floats
    """On shared effects, of shape (targets, tasks, effects)."""
    suite: Floats
    """Covariance of the suite's effects, of shape (effects, effects)."""
    transfer: Floats
    """Of shape (families, effects, effects)."""
    extra: Floats
    """Covariance of the families' effects given the suite's, of shape (families, effects, effects)."""
    family: NDArray[np.int64]

    @property
    def variance(self) -> Floats:
        """Return marginal variances, of shape (targets, tasks)."""
        shared = self.transfer @ self.suite @ np.swapaxes(self.transfer, 1, 2) + self.extra
        shared_part = np.einsum("sti,tij,stj->st", self.loadings, shared[self.family], self.loadings)
        return np.asarray(self.own + np.maximum(shared_part, 0.0))


def predict(state: Fit, ladder: LadderArrays, target: TargetArrays) -> LevelForecast:
    """Return the joint prediction of `target` from a fit of `ladder`."""
    origin, new = float(ladder.walk.min()), len(target.walk)
    new_rungs = (
        np.ascontiguousarray(target.x - centre(ladder)),
        drift(ladder.walk, target.walk, origin),
        np.maximum(target.walk - origin, 0.0),
        shock_covariance(ladder, ladder.walk, target.walk, np.zeros((len(ladder.walk), new))),
        shock_covariance(ladder, target.walk, target.walk, np.eye(new)),
    )
    mean, own, loadings, suite, transfer, extra = prediction.predict(*state.kernel_args, *new_rungs)
    return LevelForecast(mean, own, loadings, suite, transfer, extra, state.problem.family)
