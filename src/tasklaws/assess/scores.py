"""Proper scores and summaries of a `RateForecast` against the counts that were observed.

The log score includes the forecast's uniform share, so that it is finite; CRPS, PIT, quantiles and
moments are those of the mixture of binomials alone: the share insures the log score and is no belief.
"""

# ruff: noqa: PLR0917  compiled kernels take plain arrays by position

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from tasklaws.core.errors import BadInput
from tasklaws.core.tables import QUANTILE_LEVELS
from tasklaws.infer import counts as kernels
from tasklaws.infer.arrays import Floats, RateForecast  # noqa: TC001 - numba reads the annotations

POINTS = 100.0
"""Scores in [0, 1] times this are points."""

SLACK = 1e-9
"""Counts recovered from stored rates may leave 0..n by rounding of this size."""

LEVELS = np.array(QUANTILE_LEVELS)
MEDIAN = np.array([0.5])


@dataclass(frozen=True)
class CountScores:
    """Scores of every (target, task); each array has shape (targets, tasks), NaN where nothing is scored."""

    log_score: Floats
    """Log probability of the observed count (nats, higher is better)."""
    crps: Floats
    """Continuous ranked probability score (points, lower is better)."""
    pit: Floats
    """Randomised probability integral transform."""
    error: Floats
    """Predictive mean minus observed score (points): its mean is the bias."""
    absolute_error: Floats
    """Distance of the predictive median from the observed score (points): its mean is the MAE."""


@dataclass(frozen=True)
class CountSummary:
    """The predictive distribution of every observed score; NaN where there is no forecast."""

    mean: Floats
    """Of shape (targets, tasks), in [0, 1]."""
    sd: Floats
    quantiles: Floats
    """Of shape (targets, tasks, levels), at `tables.QUANTILE_LEVELS`."""
    p_all: Floats
    """P(every instance succeeds)."""
    p_none: Floats
    """P(no instance succeeds)."""


@njit(cache=True)
def _usable(points: Floats, weights: Floats, n: float) -> bool:
    return bool(n >= 1.0 and np.isfinite(points).all() and np.isfinite(weights).all())


@njit(cache=True)
def _score_cells(
    points: Floats, weights: Floats, noise: Floats, n: Floats, k: Floats, u: Floats, uniform: float
) -> tuple[Floats, Floats, Floats, Floats]:
    log_score, crps = np.full(n.shape, np.nan), np.full(n.shape, np.nan)
    pit, distance = np.full(n.shape, np.nan), np.full(n.shape, np.nan)
    for t in range(n.shape[1]):
        for s in range(n.shape[0]):
            if not (_usable(points[s, t], weights[s, t], n[s, t]) and np.isfinite(k[s, t])):
                continue
            counts, step = kernels.grid(n[s, t])
            phi, seen = noise[t] / step, k[s, t] / step
            log_c, bend = kernels.coefficients(counts, phi)
            pmf, norm = kernels.count_distribution(points[s, t], weights[s, t], phi, log_c, bend)
            density = kernels.log_density(points[s, t], weights[s, t], counts, phi, seen, norm, uniform)
            log_score[s, t] = density - np.log(step)
            crps[s, t] = kernels.crps_counts(pmf, seen) / counts * POINTS
            pit[s, t] = kernels.pit_counts(pmf, seen, u[s, t])
            distance[s, t] = abs(kernels.quantile_counts(pmf, MEDIAN)[0] - seen) / counts * POINTS
    return log_score, crps, pit, distance


@njit(cache=True)
def _summarise_cells(
    points: Floats, weights: Floats, noise: Floats, n: Floats, levels: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    shape = n.shape
    mean, sd, p_all, p_none = (
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(shape, np.nan),
    )
    quantiles = np.full((shape[0], shape[1], levels.size), np.nan)
    for t in range(shape[1]):
        for s in range(shape[0]):
            if not _usable(points[s, t], weights[s, t], n[s, t]):
                continue
            counts, step = kernels.grid(n[s, t])
            log_c, bend = kernels.coefficients(counts, noise[t] / step)
            pmf, _ = kernels.count_distribution(points[s, t], weights[s, t], noise[t] / step, log_c, bend)
            place = np.arange(counts + 1) / counts
            mean[s, t] = (pmf * place).sum()
            sd[s, t] = np.sqrt((pmf * (place - mean[s, t]) ** 2).sum())
            quantiles[s, t] = kernels.quantile_counts(pmf, levels) / counts
            p_all[s, t], p_none[s, t] = min(pmf[-1], 1.0), min(pmf[0], 1.0)
    return mean, sd, quantiles, p_all, p_none


@njit(cache=True)
def _noise_cells(rate: Floats, noise: Floats, n: Floats) -> Floats:
    out = np.full(n.shape, np.nan)
    for t in range(n.shape[1]):
        for s in range(n.shape[0]):
            if n[s, t] >= 1.0 and np.isfinite(rate[s, t]):
                counts, step = kernels.grid(n[s, t])
                log_c, bend = kernels.coefficients(counts, noise[t] / step)
                one = np.full(1, rate[s, t])
                pmf, _ = kernels.count_distribution(one, np.ones(1), noise[t] / step, log_c, bend)
                out[s, t] = kernels.noise_counts(pmf) / counts * POINTS
    return out


def score(forecast: RateForecast, n: Floats, k: Floats, rng: np.random.Generator) -> CountScores:
    """Score observed counts against a forecast.

    Args:
        forecast: predictive distributions.
        n: attempts, of shape (targets, tasks); cells with ``n < 1`` are not scored.
        k: successes, of the same shape; may be fractional; NaN is not scored.
        rng: source of the randomisation of the PIT.

    Raises:
        BadInput: a count lies outside 0..n, or shapes disagree.

    Source:
        Gneiting & Raftery 2007 (doi:10.1198/016214506000001437); randomised PIT: Czado, Gneiting
        & Held 2009 (doi:10.1111/j.1541-0420.2009.01191.x).
    """
    n, k = _checked(forecast, n, k)
    log_score, crps, pit, distance = _score_cells(
        *_arrays(forecast), n, k, rng.random(n.shape), float(forecast.uniform)
    )
    observed = k / np.where(n >= 1, n, np.nan)
    return CountScores(log_score, crps, pit, (expected_rate(forecast) - observed) * POINTS, distance)


def summarise(forecast: RateForecast, n: Floats) -> CountSummary:
    """Summarise the predictive distributions of the scores of `n` attempts, of shape (targets, tasks)."""
    n, _ = _checked(forecast, n, np.zeros_like(n, dtype=np.float64))
    return CountSummary(*_summarise_cells(*_arrays(forecast), n, LEVELS))


def expected_rate(forecast: RateForecast) -> Floats:
    """Return the mean success rate of every (target, task), NaN where there is no forecast."""
    return np.asarray((forecast.points * forecast.weights).sum(axis=2))


def noise_crps(rate: Floats, n: Floats, noise: Floats) -> Floats:
    """Return the CRPS (points) that a forecaster who knows `rate` still expects, of shape (targets, tasks).

    Args:
        rate: success rates, of shape (targets, tasks).
        n: attempts, of the same shape.
        noise: binomial variance factor phi, of shape (tasks,).
    """
    return np.asarray(_noise_cells(_floats(rate), _floats(noise), _floats(n)))


def covered(pit: Floats, level: float) -> Floats:
    """Return 1 where `pit` lies inside the central interval of probability `level`, else 0, NaN kept."""
    inside = (np.abs(pit - 0.5) <= level / 2).astype(np.float64)
    return np.where(np.isnan(pit), np.nan, inside)


def _arrays(forecast: RateForecast) -> tuple[Floats, Floats, Floats]:
    return _floats(forecast.points), _floats(forecast.weights), _floats(forecast.noise)


def _floats(values: Floats) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float64)


def _checked(forecast: RateForecast, n: Floats, k: Floats) -> tuple[Floats, Floats]:
    n, k = _floats(n), _floats(k)
    if n.shape != k.shape or n.shape != forecast.points.shape[:2]:
        raise BadInput(
            f"the forecast has shape {forecast.points.shape[:2]}, n has {n.shape} and k has {k.shape}.",
            "The three must agree.",
            "Pass the counts of exactly the targets and tasks that were forecast.",
        )
    bad = (k < -SLACK) | (k > n * (1 + SLACK))
    if bad.any():
        s, t = (int(i) for i in np.argwhere(bad)[0])
        raise BadInput(
            f"target {s}, task {t}: k = {k[s, t]:g} of n = {n[s, t]:g}.",
            "k must lie in 0..n.",
            "Correct the cell.",
        )
    return n, np.clip(k, 0, n)
