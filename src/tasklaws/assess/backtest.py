"""The core of a backtest: refit on every fold, forecast, and score every (target, task).

Cases hold a fold's arrays and what was observed; the law and all baselines are forecasters of the
same kind. A forecast that fails stays in the table, as rows with its status.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.baseline import LAW
from tasklaws.assess.scores import POINTS, CountScores, noise_crps, score, summarise
from tasklaws.assess.surprises import Surprises, find_surprises
from tasklaws.core.errors import TasklawsError
from tasklaws.core.tables import QUANTILE_COLUMNS
from tasklaws.infer.arrays import Floats, Forecaster, LadderArrays, RateForecast, TargetArrays

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MISSING = "no-attempts"
LABELS = ("forecast", "conditional", "retrodiction")

SCHEMA = pl.Schema(
    {
        "forecaster": pl.String,
        "set": pl.String,
        "lineage": pl.String,
        "block": pl.String,
        "order": pl.Int64,
        "label": pl.String,
        "target": pl.String,
        "cutoff": pl.String,
        "task_family": pl.String,
        "task_id": pl.String,
        "n": pl.Float64,
        "observed": pl.Float64,
        "mean": pl.Float64,
        "error": pl.Float64,
        "absolute_error": pl.Float64,
        "log_score": pl.Float64,
        "crps": pl.Float64,
        "noise_crps": pl.Float64,
        "pit": pl.Float64,
        **dict.fromkeys(QUANTILE_COLUMNS, pl.Float64),
        "off_floor": pl.Boolean,
        "status": pl.String,
    }
)
"""Columns of the table. `error` is of the mean and `absolute_error` of the median; they, `crps` and
`noise_crps` are in points, scores in [0, 1]."""


@dataclass(frozen=True)
class Case:
    """One fold with its outcome."""

    set: str
    lineage: str
    block: str
    order: int
    """Place among the folds of its lineage, from 0."""
    ladder: LadderArrays
    target: TargetArrays
    k: Floats
    """Observed successes, of shape (targets, tasks); read only where the target has attempts."""
    label: str = "forecast"


@dataclass(frozen=True)
class BacktestTable:
    """Every forecast of a backtest with its scores, one row per (forecaster, target, task)."""

    rows: pl.DataFrame
    joints: Mapping[str, Floats] = field(default_factory=dict)
    """The law's joint draws by target, of shape (draws, tasks), where it gives them."""
    surprises: Mapping[str, Surprises] = field(default_factory=dict)
    """What surprised the law, by target."""

    def of(self, forecaster: str) -> pl.DataFrame:
        """Return the rows of one forecaster."""
        return self.rows.filter(pl.col("forecaster") == forecaster)


def run_backtest(
    cases: Sequence[Case], law: Forecaster, baselines: Mapping[str, Forecaster], rng: np.random.Generator
) -> BacktestTable:
    """Forecast every case by the law and the baselines, everything refitted, and score all.

    Args:
        cases: folds, in any order.
        law: the forecaster to judge.
        baselines: what it must beat, by name.
        rng: randomisation of the PIT.
    """
    frames, joints, surprises = [pl.DataFrame(schema=SCHEMA)], dict[str, Floats](), dict[str, Surprises]()
    for case in cases:
        known: RateForecast | None = None
        for name, forecaster in {LAW: law, **baselines}.items():
            forecast = attempt(forecaster, case)
            known = known or forecast
            if name == LAW and forecast.joint is not None:
                joints |= dict(zip(case.target.models, forecast.joint, strict=True))
                surprises |= _surprises(case, forecast, rng.spawn(1)[0])
            frames.append(_rows(name, case, forecast, _noise(case, known), rng))
    return BacktestTable(pl.concat(frames), joints, surprises)


def _surprises(case: Case, forecast: RateForecast, rng: np.random.Generator) -> dict[str, Surprises]:
    """Return what surprised of each target; its randomness is its own, so that no PIT depends on it."""
    tasks = case.ladder.task_ids
    return {
        model: find_surprises(forecast, at, tasks, case.target.n[at], case.k[at], rng)
        for at, model in enumerate(case.target.models)
    }


def off_floor(ladder: LadderArrays) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return whether over half of each task's training cells lie 2 SE off its floor, of shape (tasks,)."""
    seen = ladder.n > 0
    n = np.where(seen, ladder.n, 1)
    smooth = (ladder.k + 0.5) / (n + 1)
    away = np.abs(ladder.k / n - ladder.floor[:, None]) > 2 * np.sqrt(smooth * (1 - smooth) / n)
    return np.asarray((away & seen).sum(axis=1) > 0.5 * seen.sum(axis=1))


def attempt(forecaster: Forecaster, case: Case) -> RateForecast:
    """Return the forecast; a refusal becomes a forecast whose status is its reason."""
    try:
        return forecaster(case.ladder, case.target)
    except TasklawsError as error:
        reason = str(getattr(error, "reason", "failed"))
        empty = np.full((*case.target.n.shape, 1), np.nan)
        n_tasks = len(case.ladder.task_ids)
        return RateForecast(empty, empty, np.ones(n_tasks), status=(reason,) * n_tasks)


def _noise(case: Case, law: RateForecast) -> Floats:
    """Return the CRPS of a forecaster who knows the observed rate, in points.

    The noise is binomial, or the law's smaller variance factor where it fits one: a smaller noise
    makes noise-adjusted skill smaller, so a law cannot gain by it.
    """
    n = case.target.n
    rate = (case.k + 0.5) / (n + 1)
    factor = np.where(np.isfinite(law.noise), np.minimum(law.noise, 1.0), 1.0)
    return noise_crps(rate, n, factor)


def _rows(
    name: str, case: Case, forecast: RateForecast, noise: Floats, rng: np.random.Generator
) -> pl.DataFrame:
    k = np.where(case.target.n > 0, case.k, 0.0)
    scores, summary = score(forecast, case.target.n, k, rng), summarise(forecast, case.target.n)
    quantiles = {name: summary.quantiles[..., q] for q, name in enumerate(QUANTILE_COLUMNS)}
    n = case.target.n
    values = {
        "n": n,
        "observed": k / np.where(n > 0, n, np.nan),
        "mean": summary.mean,
        **{key: getattr(scores, key) for key in CountScores.__dataclass_fields__},
        "noise_crps": noise,
        **quantiles,
    }
    shape = n.shape
    frame = pl.DataFrame({key: value.ravel() for key, value in values.items()}).fill_nan(None)
    return (
        frame.with_columns(**_labels(name, case, shape), **_per_task(case, forecast, n))
        .select(*SCHEMA)
        .cast(SCHEMA)
    )


def _labels(name: str, case: Case, shape: tuple[int, ...]) -> dict[str, Any]:
    words = {
        "forecaster": name,
        "set": case.set,
        "lineage": case.lineage,
        "block": case.block,
        "label": case.label,
        "cutoff": case.ladder.rungs[int(np.argmax(case.ladder.walk))] if case.ladder.rungs else None,
    }
    target = pl.Series(np.repeat(np.array(case.target.models, dtype=object), shape[1]), dtype=pl.String)
    return {
        **{key: pl.lit(word) for key, word in words.items()},
        "order": pl.lit(case.order),
        "target": target,
    }


def _per_task(case: Case, forecast: RateForecast, n: Floats) -> dict[str, pl.Series]:
    status = np.array(forecast.status or ("ok",) * n.shape[1], dtype=object)
    status = np.where(n > 0, np.broadcast_to(status, n.shape), MISSING)
    return {
        "task_id": _spread(case.ladder.task_ids, n.shape[0]),
        "task_family": _spread(case.ladder.families, n.shape[0]),
        "off_floor": pl.Series(np.tile(off_floor(case.ladder), n.shape[0])),
        "status": pl.Series(status.ravel().tolist(), dtype=pl.String),
    }


def _spread(names: Iterable[str], times: int) -> pl.Series:
    return pl.Series(list(names) * times, dtype=pl.String)


def suite_errors(table: BacktestTable) -> pl.DataFrame:
    """Return the error of each target's mean over tasks beside the mean error of its tasks (points).

    Columns: forecaster, set, block, label, target, n_tasks, suite_error (signed), task_mae.
    """
    scored = table.rows.filter(pl.col("crps").is_not_null())
    keys = ["forecaster", "set", "block", "label", "target"]
    return scored.group_by(keys, maintain_order=True).agg(
        pl.len().alias("n_tasks"),
        ((pl.col("mean") - pl.col("observed")).mean() * POINTS).alias("suite_error"),
        pl.col("absolute_error").mean().alias("task_mae"),
    )
