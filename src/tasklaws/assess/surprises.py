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

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats, RateForecast

Mask = NDArray[np.bool_]

RATE = 0.1
"""False discovery rate."""

LEAST_TASKS = 5
TOO_FEW_TASKS = f"fewer-than-{LEAST_TASKS}-tasks"

EDGE = 1e-6
MIDDLE = 0.5
WINSOR = 3.0
"""Residuals beyond so many sd count as this: one surprising task must not pass for a shock."""

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
        one = _without_shock(one, use, shared, residual, noise)
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
    """Return observed minus forecast logit and the sampling variance of the former."""
    smooth = (k + 0.5) / (n + 1)
    expected = np.clip(expit(shared.mean), 0.5 / (n + 1), 1 - 0.5 / (n + 1))
    return logit(smooth) - shared.mean, phi / (n * expected * (1 - expected))


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


def _without_shock(
    forecast: RateForecast,
    use: Mask,
    shared: _Shared,
    residual: Floats,
    noise: Floats,
) -> RateForecast:
    """Return the forecast of each task given the shared component as the other tasks show it."""
    pull, weight = _information(shared, residual, noise)
    left = 1 / (1 + weight.sum() - weight)
    shift = shared.loading * (pull.sum() - pull) * left
    total = shared.own + shared.loading**2
    narrow = np.sqrt((shared.own + shared.loading**2 * left) / total)
    z = logit(np.clip(forecast.points[0, use], EDGE, 1 - EDGE))
    middle = (z * forecast.weights[0, use]).sum(axis=1)
    points = forecast.points.copy()
    points[0, use] = expit((middle + shift)[:, None] + (z - middle[:, None]) * narrow[:, None])
    return replace(forecast, points=points)


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
