"""The honest spread of a baseline: beta-distributed rates around its centre, fitted to past misses.

A baseline states for each (target, task) a centre and two parts of variance, both in units of
``m (1 - m)``: `own`, the sampling variance of what the centre was computed from, and `lever`, by which
the pooled drift variance is multiplied. The drift is fitted by beta-binomial likelihood to the misses
of the same baseline on the inner folds of the training ladder: every size but the first ones in turn,
forecast from the sizes before it. It is never a plug-in binomial.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, betaln, gammaln

from tasklaws.infer.arrays import Floats, LadderArrays, RateForecast, TargetArrays

POINTS = 40
"""Equal-probability points of each beta distribution."""

NODES = 5
"""Drift variances each task's forecast is mixed over."""

FACTORS = (0.4, 0.55, 0.75, 1.0)
"""Binomial variance factors that are tried where all rungs answer identical items."""

LEAST_ATTEMPTS = 20
"""Median attempts per cell below which the factor is 1: few attempts do not tell it from drift."""

WIDTHS = (0.1, 0.5, 1.0, 1.5, 2.0)
"""Widths (sd of the logarithm) of the distribution of drifts over tasks that are tried."""

DRIFTS = np.geomspace(1e-5, 0.9, 60)
"""Drift variances that are tried, in units of m (1 - m)."""

DRIFT_MEDIAN, DRIFT_SD = 0.01, 2.0
"""Median and sd of the logarithm of the drift's log-normal prior; it decides only on one-rung ladders."""

LARGEST = 0.98
"""Largest relative variance; a beta distribution needs less than 1."""

TOO_SHORT = "ladder-too-short"
NOT_RUN = "not-observed-in-training"


@dataclass(frozen=True)
class Centre:
    """Where a baseline puts the rates, of shape (targets, tasks); NaN where it has no answer."""

    mean: Floats
    own: Floats
    """Sampling variance of the centre, in units of m (1 - m)."""
    lever: Floats
    """Factor of the pooled drift variance."""


Mask = NDArray[np.bool_]

Centring = Callable[[LadderArrays, TargetArrays], Centre]
"""The part of a baseline that makes it what it is."""


@dataclass(frozen=True)
class Drift:
    """What past misses say: a binomial variance factor, and drift variances of each task."""

    noise: float
    """Binomial variance factor phi, below 1 only where all rungs answer identical items."""
    nodes: Floats
    """Drift variances, of shape (tasks, nodes), equally probable given the task's misses."""
    value: float
    """Log posterior of the past misses (nats)."""


def spread_forecast(
    *centrings: Centring, ladder: LadderArrays, target: TargetArrays, least_sizes: int = 1
) -> RateForecast:
    """Return the forecast of a baseline: its centre, spread by the drift it showed inside `ladder`.

    Args:
        centrings: the baseline; of several variants the one with the most probable past misses is used.
        ladder: training rungs.
        target: what to forecast.
        least_sizes: distinct sizes the centring needs.
    """
    shape = target.n.shape
    if len(set(ladder.sizes)) < least_sizes:
        return no_forecast(shape, TOO_SHORT)
    drifts = [fitted_drift(centring, ladder, least_sizes) for centring in centrings]
    chosen = int(np.argmax([drift.value for drift in drifts]))
    centre, drift = centrings[chosen](ladder, target), drifts[chosen]
    variance = drift.noise * centre.own[..., None] + centre.lever[..., None] * drift.nodes
    points = beta_points(np.broadcast_to(centre.mean[..., None], variance.shape), variance).reshape(
        *shape, -1
    )
    missing = np.atleast_1d(np.isnan(centre.mean).any(axis=0))
    points[:, missing] = np.nan
    status = tuple(NOT_RUN if lost else "ok" for lost in missing)
    even = np.full(points.shape, 1 / points.shape[-1])
    return RateForecast(points, even, np.full(shape[1], drift.noise), None, status, ((),) * shape[1])


def no_forecast(shape: tuple[int, ...], reason: str) -> RateForecast:
    """Return a forecast that states `reason` for every one of `shape` = (targets, tasks)."""
    empty = np.full((*shape, 1), np.nan)
    return RateForecast(empty, empty, np.ones(shape[1]), None, (reason,) * shape[1], ((),) * shape[1])


def beta_points(mean: Floats, variance: Floats) -> Floats:
    """Return equal-probability points of beta distributions, of shape (targets, tasks, POINTS).

    Args:
        mean: means in (0, 1).
        variance: variances in units of m (1 - m).
    """
    a, b = _shapes(mean, variance)
    a, b = a[..., None], b[..., None]
    inner = betaincinv(a, b, np.linspace(0, 1, POINTS + 1)[1:-1])
    pad = [(0, 0)] * mean.ndim + [(1, 1)]
    edges = np.pad(inner, pad, constant_values=((0, 0),) * mean.ndim + ((0, 1),))
    # Means of equal slices keep the mean of the distribution. Edges that round to 1 have lost the
    # mass beyond them, so each slice is held between its own edges.
    slices = mean[..., None] * np.diff(betainc(a + 1, b, edges), axis=-1) * POINTS
    return np.asarray(np.clip(slices, edges[..., :-1], edges[..., 1:]))


def fitted_drift(centring: Centring, ladder: LadderArrays, least_sizes: int) -> Drift:
    """Return the noise factor and drift variances that make the inner folds' counts most probable."""
    misses = [(centring(train, held), held.n, k) for train, held, k in inner_folds(ladder, least_sizes)]
    factors = noise_factors(ladder) if misses else (1.0,)
    fits = [_fit_mixture(_task_likelihood(misses, factor, len(ladder.task_ids))) for factor in factors]
    best = int(np.argmax([value for value, _ in fits]))
    return Drift(factors[best], _nodes(fits[best][1]), fits[best][0])


def noise_factors(ladder: LadderArrays) -> tuple[float, ...]:
    """Return the binomial variance factors to try on `ladder` (formal model 0b.6)."""
    seen = ladder.n[ladder.n > 0]
    paired = ladder.identical_items and len(seen) > 0 and np.median(seen) >= LEAST_ATTEMPTS
    return FACTORS if paired else (1.0,)


def _task_likelihood(misses: list[tuple[Centre, Floats, Floats]], factor: float, n_tasks: int) -> Floats:
    """Return the log likelihood of each task's misses at each drift, of shape (tasks, drifts)."""
    total = np.zeros((n_tasks, len(DRIFTS)))
    for centre, n, k in misses:
        use = ((n > 0) & np.isfinite(centre.mean))[..., None]
        variance = factor * centre.own[..., None] + centre.lever[..., None] * DRIFTS
        value = log_beta_binomial(k[..., None], n[..., None], centre.mean[..., None], variance, factor)
        total += np.where(use, value, 0.0).sum(axis=0)
    return total


def _fit_mixture(likelihood: Floats) -> tuple[float, Floats]:
    """Return the best log posterior over the (median, width) of the drifts, and each task's posterior."""
    best, posterior = -np.inf, likelihood
    for width in WIDTHS:
        weight = -0.5 * ((np.log(DRIFTS) - np.log(DRIFTS)[:, None]) / width) ** 2
        weight -= _log_sum(weight)
        joint = likelihood[:, None, :] + weight
        value = _log_sum(joint)[..., 0].sum(axis=0)
        value -= 0.5 * (np.log(DRIFTS / DRIFT_MEDIAN) / DRIFT_SD) ** 2
        if value.max() > best:
            best, posterior = float(value.max()), joint[:, np.argmax(value)]
    return best, np.exp(posterior - _log_sum(posterior))


def _log_sum(values: Floats) -> Floats:
    """Return log of the sum of exponentials over the last axis, which stays; faster than SciPy."""
    highest = values.max(axis=-1, keepdims=True)
    return np.asarray(highest + np.log(np.exp(values - highest).sum(axis=-1, keepdims=True)))


def _nodes(posterior: Floats) -> Floats:
    """Return NODES equally probable drifts of each task, of shape (tasks, NODES)."""
    cumulative = np.cumsum(posterior, axis=1)
    levels = (np.arange(NODES) + 0.5) / NODES
    at = np.minimum((cumulative[:, :, None] < levels).sum(axis=1), len(DRIFTS) - 1)
    return np.asarray(DRIFTS[at])


def inner_folds(
    ladder: LadderArrays, least_sizes: int
) -> Iterator[tuple[LadderArrays, TargetArrays, Floats]]:
    """Yield (training part, held-out rungs, their counts): each size forecast from the sizes before it.

    Where there are only `least_sizes` sizes each rung of the last one is forecast from all others.
    """
    sizes = np.array(ladder.sizes)
    order = list(dict.fromkeys(ladder.sizes[i] for i in np.argsort(ladder.walk, kind="stable")))
    for at in range(least_sizes, len(order)):
        yield _split(ladder, np.isin(sizes, order[:at]), sizes == order[at])
    last = np.flatnonzero(sizes == order[-1])
    if len(order) == least_sizes and len(last) > 1:
        for rung in last:
            yield _split(ladder, np.arange(len(sizes)) != rung, np.arange(len(sizes)) == rung)


def _split(ladder: LadderArrays, train: Mask, held: Mask) -> tuple[LadderArrays, TargetArrays, Floats]:
    part = ladder.rungs_at(held)
    return (
        ladder.rungs_at(train),
        TargetArrays(part.rungs, part.x, part.walk, part.n.T.copy()),
        part.k.T.copy(),
    )


def log_beta_binomial(k: Floats, n: Floats, mean: Floats, variance: Floats, factor: float = 1.0) -> Floats:
    """Return the log probability of `k` of `n` under a beta of `mean` and relative `variance`.

    `factor` is the binomial variance factor phi: `n` counts for ``n / phi``.
    """
    a, b = _shapes(mean, variance)
    k, n = k / factor, n / factor
    choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.asarray(choose + betaln(k + a, n - k + b) - betaln(a, b) - np.log(factor))


def _shapes(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    concentration = 1 / np.clip(variance, 1e-9, LARGEST) - 1
    return mean * concentration, (1 - mean) * concentration
