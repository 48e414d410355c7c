"""Which tasks of one model surpassed or missed their forecast, and the rung's shock as one finding.

All tasks of a model share a shock, so a test per task would call one good model many surprises. The
shock is estimated from the *other* tasks and taken out of each task's forecast before its randomised
PIT is turned into a two-sided p; the false discovery rate is controlled within the model. The shock
itself is tested once. Predictions are posterior-predictive: plug-in ones would raise false alarms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr

from tasklaws.assess.aggregates import NO_JOINT
from tasklaws.assess.scores import POINTS, expected_rate, score
from tasklaws.infer.counts import log_scores

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats, RateForecast

Mask = NDArray[np.bool_]

RATE = 0.1
"""False discovery rate."""

LEAST_TASKS = 5
TOO_FEW_TASKS = f"fewer-than-{LEAST_TASKS}-tasks"

EDGE = 1e-6
SATURATED = 1e-4
"""Rates nearer to 0 or 1 count as this far from it where a shock is estimated."""
MIDDLE = 0.5
WINSOR = 3.0
"""Residuals beyond so many sd count as this: one surprising task must not pass for a shock."""

SIZES = np.linspace(-4.0, 4.0, 41)
"""Sizes of a shock that are tried, in logits."""
PRIOR_SD = 1.0
"""Spread of its prior: it is taken out however large, and where few tasks tell it is left uncertain."""
NODES = 9
"""Equally probable sizes of it that each task's forecast is mixed over."""

THIN = 24
"""Points of a forecast with which the shock is weighed; its tails are not thinned."""

COLUMNS = {
    "task_id": pl.String,
    "direction": pl.String,
    "pit": pl.Float64,
    "p": pl.Float64,
    "q": pl.Float64,
    "surprise": pl.Boolean,
}


@dataclass(frozen=True)
class RungShock:
    """What moved all tasks of the model together; null with a reason where it cannot be told."""

    size: float | None
    """In predictive sd of the shared component; above 0 the model is better than forecast."""
    points: float | None
    """Mean of observed minus forecast over tasks (points)."""
    p: float | None
    reason: str | None = None


@dataclass(frozen=True)
class Surprises:
    """One row per task, and the shock."""

    rows: pl.DataFrame
    """Columns task_id, direction (above or below), pit, p, q, surprise; nulls where not scored."""
    shock: RungShock


@dataclass(frozen=True)
class _Shared:
    """The shared component of joint draws in logit: its loading and the tasks' own variances, (tasks,)."""

    mean: Floats
    loading: Floats
    own: Floats


def find_surprises(  # noqa: PLR0917
    forecast: RateForecast, at: int, task_ids: tuple[str, ...], n: Floats, k: Floats, rng: np.random.Generator
) -> Surprises:
    """Return the surprises of target number `at`.

    Args:
        forecast: the sealed forecast, best with joint draws.
        at: which of its targets.
        task_ids: names of the tasks.
        n: attempts, of shape (tasks,).
        k: successes, of shape (tasks,).
        rng: randomisation of the PIT.

    Source: formal model D12 and 0b.2; Benjamini & Hochberg 1995.
    """
    one = replace(
        forecast, points=forecast.points[at : at + 1], weights=forecast.weights[at : at + 1], joint=None
    )
    use = (n > 0) & np.isfinite(one.points).all(axis=(0, 2))
    shock = _no_shock(forecast, use)
    if shock is None and forecast.joint is not None:
        shared = _shared(forecast.joint[at][:, use])
        residual, noise = _residuals(shared, n[use], k[use], forecast.noise[use])
        shock = _shock(shared, residual, noise, (k[use] / n[use] - expected_rate(one)[0, use]) * POINTS)
        one = _without_shock(one, use, shared, n, k)
    pit = score(one, n[None], k[None], rng).pit[0]
    return Surprises(_table(task_ids, pit), shock or RungShock(None, None, None, NO_JOINT))


def adjusted_p(p: Floats) -> Floats:
    """Return Benjamini-Hochberg adjusted p values, of shape (tests,)."""
    order = np.argsort(p)[::-1]
    scaled = p[order] * len(p) / np.arange(len(p), 0, -1)
    out = np.empty_like(p)
    out[order] = np.minimum(np.minimum.accumulate(scaled), 1)
    return out


def _no_shock(forecast: RateForecast, use: Mask) -> RungShock | None:
    if forecast.joint is None:
        return RungShock(None, None, None, NO_JOINT)
    return RungShock(None, None, None, TOO_FEW_TASKS) if use.sum() < LEAST_TASKS else None


def _shared(draws: Floats) -> _Shared:
    """Split draws of rates, of shape (draws, tasks), into what the tasks share and their own variance."""
    z = logit(np.clip(draws, EDGE, 1 - EDGE))
    away = z - z.mean(axis=0)
    common = (away / np.maximum(away.std(axis=0), EDGE)).mean(axis=1)
    loading = (away * common[:, None]).mean(axis=0) / max(float(common.std()), EDGE)
    return _Shared(z.mean(axis=0), loading, np.maximum(away.var(axis=0) - loading**2, 1e-4))


def _residuals(shared: _Shared, n: Floats, k: Floats, phi: Floats) -> tuple[Floats, Floats]:
    """Return observed minus forecast score on the logit scale, and its sampling variance.

    The score counts as if the logit were straight around the forecast: few attempts at a task that is solved
    always or never have no logit of their own.
    """
    expected = np.clip(expit(shared.mean), SATURATED, 1 - SATURATED)
    slope = expected * (1 - expected)
    return (k / n - expected) / slope, phi / (n * slope)


def _information(shared: _Shared, residual: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Return each task's pull on the shared component and its weight."""
    own = shared.own + noise
    bounded = np.clip(residual / np.sqrt(own + shared.loading**2), -WINSOR, WINSOR) * np.sqrt(
        own + shared.loading**2
    )
    return shared.loading * bounded / own, shared.loading**2 / own


def _shock(shared: _Shared, residual: Floats, noise: Floats, points: Floats) -> RungShock:
    pull, weight = _information(shared, residual, noise)
    size = pull.sum() / (1 + weight.sum())
    # Before the outcome is known the estimate is normal with this variance: it shrinks towards 0.
    spread = np.sqrt(weight.sum() / (1 + weight.sum()))
    p = float(2 * ndtr(-abs(size) / spread)) if spread > 0 else 1.0
    return RungShock(float(size), float(points.mean()), p)


def _without_shock(forecast: RateForecast, use: Mask, shared: _Shared, n: Floats, k: Floats) -> RateForecast:
    """Return the forecast of each task given the shock as the other tasks show it.

    A shock moves all tasks by as many logits; what the counts of the others make of each size is the
    shock's posterior for a task. An odd task cannot pass for a shock: the even share of every forecast
    bounds what one count can say. Forecasts had a spread for a shock of unknown size, which goes as it comes.
    """
    narrow = np.sqrt(shared.own / (shared.own + shared.loading**2))
    stated = logit(np.clip(forecast.points[0, use], EDGE, 1 - EDGE))
    weights = forecast.weights[0, use]
    middle = (stated * weights).sum(axis=1, keepdims=True)
    z = middle + (stated - middle) * narrow[:, None]
    nodes = _nodes(_said(_thinned(z, weights), n[use], k[use], forecast.noise[use], forecast.uniform))
    rows, targets, tasks = weights.shape[0], *forecast.points.shape[:2]
    points = np.full((targets, tasks, NODES * weights.shape[1]), np.nan)
    shares = np.full(points.shape, 1 / points.shape[2])
    placed = expit(z[:, None, :] + nodes[..., None])
    points[0, use] = placed.reshape(rows, -1)
    shares[0, use] = np.tile(weights, (1, NODES)) / NODES
    return replace(forecast, points=points, weights=shares)


def _thinned(z: Floats, weights: Floats) -> Floats:
    """Return THIN equally probable points of each task's forecast, of shape (tasks, THIN)."""
    order = np.argsort(z, axis=1)
    cumulative = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    levels = (np.arange(THIN) + 0.5) / THIN
    at = np.minimum((cumulative[:, :, None] < levels).sum(axis=1), z.shape[1] - 1)
    return np.take_along_axis(np.take_along_axis(z, order, axis=1), at, axis=1)


def _said(z: Floats, n: Floats, k: Floats, noise: Floats, uniform: float) -> Floats:
    """Return the log probability of each task's count after a shock of each of SIZES, (sizes, tasks)."""
    moved = expit(z + SIZES[:, None, None])
    even = np.full(moved.shape, 1 / z.shape[1])
    many = [np.ascontiguousarray(np.broadcast_to(counts, moved.shape[:2])) for counts in (n, k)]
    return log_scores(moved, even, noise, many[0], many[1], uniform)


def _nodes(said: Floats) -> Floats:
    """Return NODES equally probable sizes of the shock for each task, of shape (tasks, NODES).

    Args:
        said: log probability of each task's count at each of SIZES, of shape (sizes, tasks).
    """
    others = said.sum(axis=1, keepdims=True) - said - (SIZES[:, None] / PRIOR_SD) ** 2 / 2
    posterior = np.exp(others - others.max(axis=0))
    cumulative = np.cumsum(posterior / posterior.sum(axis=0), axis=0)
    levels = (np.arange(NODES) + 0.5) / NODES
    return np.stack([np.interp(levels, column, SIZES) for column in cumulative.T])


def _table(task_ids: tuple[str, ...], pit: Floats) -> pl.DataFrame:
    scored = np.isfinite(pit)
    p, q = np.full(pit.shape, np.nan), np.full(pit.shape, np.nan)
    p[scored] = 2 * np.minimum(pit[scored], 1 - pit[scored])
    q[scored] = adjusted_p(p[scored])
    direction = np.where(pit > MIDDLE, "above", "below").astype(object)
    direction[~scored] = None
    columns = {"task_id": list(task_ids), "direction": direction.tolist(), "pit": pit, "p": p, "q": q}
    frame = pl.DataFrame(columns, schema_overrides={"direction": pl.String}).fill_nan(None)
    return frame.with_columns((pl.col("q") <= RATE).alias("surprise")).select(*COLUMNS)
