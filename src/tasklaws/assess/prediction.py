"""A forecast as tables: of every task, every family and the whole.

The forecast of a task is the distribution of its observed count; that of a family or of the whole
is the distribution of the mean observed score, from joint draws, so that the shock all tasks share
does not average out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from tasklaws.assess.aggregates import mean_draws
from tasklaws.assess.scores import LEVELS, summarise
from tasklaws.core.tables import FORECASTS, QUANTILE_COLUMNS, QUANTILE_LEVELS, validate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tasklaws.assess.selection import Problem, Selection
    from tasklaws.infer.arrays import Floats, RateForecast

Label = Literal["forecast", "conditional", "retrodiction"]

NO_LIKELIHOOD = "no_likelihood"
"""Status of tasks whose scores are graded: a mean of graded scores has no count likelihood."""


@dataclass(frozen=True)
class Prediction:
    """A forecast of one model: a table of tasks, families and the whole."""

    target: str
    label: Label
    table: pl.DataFrame
    """Of the schema ``forecasts``."""
    features: tuple[str, ...]
    sha256: str | None = None
    path: str | None = None
    """Of the sealed file within the study."""
    warnings: tuple[str, ...] = ()
    budget: float | None = None
    """Tokens that each attempt may use; None where nothing was cut."""

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        return {
            "target": self.target,
            "budget": self.budget,
            "sha256": self.sha256,
            "path": self.path,
            "label": self.label,
            "features": list(self.features),
            "tasks": [_record(row) for row in self._level("task")],
            "families": [_record(row) for row in self._level("family")],
            "aggregate": next((_record(row) for row in self._level("aggregate")), None),
            "warnings": list(self.warnings),
        }

    def _level(self, level: str) -> list[dict[str, Any]]:
        return self.table.filter(pl.col("level") == level).to_dicts()


@dataclass(frozen=True)
class Predictions:
    """Forecasts of models that are known by their covariates only."""

    predictions: tuple[Prediction, ...]
    warnings: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        return {"models": [one.document() for one in self.predictions], "warnings": list(self.warnings)}


def _record(row: dict[str, Any]) -> dict[str, Any]:
    known = row["mean"] is not None
    levels = zip(QUANTILE_LEVELS, QUANTILE_COLUMNS, strict=True)
    return {
        "family": row["task_family"],
        "task_id": row["task_id"],
        "n": row["n"],
        "mean": row["mean"],
        "quantiles": {f"{level:g}": row[column] for level, column in levels} if known else None,
        "p_all": row["p_all"],
        "p_none": row["p_none"],
        "status": row["status"],
        "flags": row["flags"] or [],
    }


@dataclass(frozen=True)
class Forecasted:
    """A posed problem with its forecast: what sealing and reporting build on."""

    problem: Problem
    forecast: RateForecast
    selection: Selection
    label: Label
    budget: float | None = None
    """Tokens that each attempt may use; None where nothing was cut."""

    @property
    def target(self) -> str:
        """Return the model forecast."""
        return self.problem.target.models[0]


def prediction_of(made: Forecasted) -> Prediction:
    """Return the tables of a forecast."""
    problem = made.problem
    return Prediction(
        made.target,
        made.label,
        forecast_table(made),
        tuple(feature.name for feature in problem.features),
        warnings=made.selection.notes,
        budget=made.budget,
    )


def forecast_table(made: Forecasted) -> pl.DataFrame:
    """Return the forecast as a table of the schema ``forecasts``."""
    problem = made.problem
    rows = [*_task_rows(made), *_graded_rows(made.selection, problem), *_mean_rows(made)]
    frame = pl.DataFrame(rows, schema_overrides=dict(FORECASTS.dtypes()), infer_schema_length=None)
    frame = frame.with_columns(
        pl.lit(made.target).alias("target"),
        pl.lit(made.label).alias("label"),
        pl.lit(problem.cutoff).alias("cutoff"),
        pl.lit(problem.horizon, dtype=pl.Int64).alias("horizon"),
        pl.lit(made.selection.metric).alias("metric"),
    )
    return validate(frame, FORECASTS, "forecast")


def _task_rows(made: Forecasted) -> list[dict[str, Any]]:
    ladder, n = made.problem.ladder, made.problem.target.n
    if not ladder.task_ids:
        return []
    summary = summarise(made.forecast, n)
    return [
        {
            "level": "task",
            "task_family": family,
            "task_id": task,
            "n": round(float(n[0, t])),
            "mean": _number(summary.mean[0, t]),
            **{c: _number(q) for c, q in zip(QUANTILE_COLUMNS, summary.quantiles[0, t], strict=True)},
            "p_all": _number(summary.p_all[0, t]),
            "p_none": _number(summary.p_none[0, t]),
            "status": made.forecast.status[t],
            "flags": list(made.forecast.flags[t]),
        }
        for t, (task, family) in enumerate(zip(ladder.task_ids, ladder.families, strict=True))
    ]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _graded_rows(selection: Selection, problem: Problem) -> list[dict[str, Any]]:
    graded = selection.task_table(problem.ladder.rungs).filter(~pl.col("binary"))
    return [
        {"level": "task", "task_family": family, "task_id": task, "status": NO_LIKELIHOOD, "flags": []}
        for task, family in graded.select("task_id", "task_family").iter_rows()
    ]


def _mean_rows(made: Forecasted) -> list[dict[str, Any]]:
    """Return the rows of families and of the aggregate: means over tasks with equal weights."""
    ladder = made.problem.ladder
    usable = np.array([status == "ok" for status in made.forecast.status])
    joint = made.forecast.joint
    if joint is None or not usable.any():
        return []

    def row(chosen: NDArray[np.bool_]) -> dict[str, Any]:
        n = made.problem.target.n[0, chosen]
        draws = mean_draws(joint[0][:, chosen], n, made.forecast.noise[chosen], rng)
        return _mean_row(draws, n)

    families = np.array(ladder.families)
    rng = np.random.default_rng(0)
    rows = [
        {"level": "family", "task_family": name, **row(usable & (families == name))}
        for name in sorted(set(families[usable]))
    ]
    return [*rows, {"level": "aggregate", "task_family": None, **row(usable)}]


def _mean_row(draws: Floats, n: Floats) -> dict[str, Any]:
    """Return what is said of a mean over tasks, given draws of it and the tasks' attempts."""
    return {
        "task_id": None,
        "n": round(float(n.sum())),
        "mean": float(draws.mean()),
        **{c: float(q) for c, q in zip(QUANTILE_COLUMNS, np.quantile(draws, LEVELS), strict=True)},
        "p_all": None,
        "p_none": None,
        "status": "ok",
        "flags": [],
    }


def forecast_frame(document: Mapping[str, Any]) -> pl.DataFrame:
    """Return the table of the schema ``forecasts`` from the document of a prediction or a sealed file."""
    records = [("task", one) for one in document["tasks"]]
    records += [("family", one) for one in document["families"]]
    records += [("aggregate", document["aggregate"])] if document["aggregate"] else []
    frame = pl.DataFrame(
        [_row(level, one) for level, one in records],
        schema_overrides=dict(FORECASTS.dtypes()),
        infer_schema_length=None,
    )
    same = {name: document.get(name) for name in ("target", "label", "cutoff", "horizon", "metric")}
    return validate(
        frame.with_columns(**{name: pl.lit(value) for name, value in same.items()}), FORECASTS, "forecast"
    )


def _row(level: str, record: Mapping[str, Any]) -> dict[str, Any]:
    quantiles = record["quantiles"] or {}
    levels = zip(QUANTILE_LEVELS, QUANTILE_COLUMNS, strict=True)
    kept = ("task_id", "n", "mean", "p_all", "p_none", "status", "flags")
    return {
        "level": level,
        "task_family": record["family"],
        **{name: record[name] for name in kept},
        **{column: quantiles.get(f"{value:g}") for value, column in levels},
    }
