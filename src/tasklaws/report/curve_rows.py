"""The rows behind the scaling curves: observed rates, the law's band, the next model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.tables import CELLS
from tasklaws.report.intervals import jeffreys

if TYPE_CHECKING:
    from tasklaws.report.content import ReportInput

_LAW_COLUMNS = {
    "task_family": pl.String,
    "lineage": pl.String,
    "x": pl.Float64,
    "q050": pl.Float64,
    "q500": pl.Float64,
    "q950": pl.Float64,
}
_OBSERVED_COLUMNS = {
    "task_family": pl.String,
    "model": pl.String,
    "lineage": pl.String,
    "x": pl.Float64,
    "k": pl.Float64,
    "n": pl.Int64,
    "rate": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
}


def target_of(content: ReportInput) -> str | None:
    """Return the model that is forecast, or None."""
    return None if content.prediction is None else str(content.prediction.forecasts["target"][0])


def metric_of(content: ReportInput) -> str | None:
    """Return the metric that is drawn: that of most forecasts, else that of most cells."""
    forecasts = content.prediction.forecasts if content.prediction else pl.DataFrame({"metric": []})
    for frame in (forecasts, content.cells):
        known = None if frame is None else frame.filter(pl.col("metric").is_not_null())
        if known is not None and len(known):
            ranked = known.group_by("metric").len().sort("len", "metric", descending=[True, False])
            return str(ranked["metric"][0])
    return None


def _place(axis: str) -> pl.Expr:
    """Return a column of the ladder as numbers; dates in decimal years."""
    if axis == "released":
        return pl.col(axis).dt.year() + (pl.col(axis).dt.ordinal_day() - 1) / 365.25
    return pl.col(axis).cast(pl.Float64, strict=False)


def _rungs(content: ReportInput, axis: str) -> pl.DataFrame | None:
    """Return model, lineage and place x of every rung, or None where the ladder lacks the axis."""
    if content.ladder is None or axis not in content.ladder.columns:
        return None
    return content.ladder.select("model", "lineage", _place(axis).alias("x")).filter(
        pl.col("x").is_not_null()
    )


def observed_rows(content: ReportInput, axis: str) -> pl.DataFrame:
    """Return the mean rate of each family's tasks on each model with a 90 % interval of its noise.

    Tasks count alike, as in the forecast of a family. The next model is left out: it is drawn apart.
    """
    rungs = _rungs(content, axis)
    if content.cells is None or rungs is None:
        return pl.DataFrame(schema=_OBSERVED_COLUMNS)
    counted = content.cells.filter(
        pl.col("k").is_not_null(),
        pl.col("metric") == metric_of(content),
        pl.col("model") != (target_of(content) or ""),
    ).sort(CELLS.key)  # sums depend on their order in the last digit
    smooth = (pl.col("k") + 0.5) / (pl.col("n") + 1)
    means = counted.group_by("task_family", "model").agg(
        (pl.col("k") / pl.col("n")).mean().alias("rate"),
        smooth.mean().alias("smooth"),
        ((smooth * (1 - smooth) / pl.col("n")).sum() / pl.len() ** 2).alias("variance"),
        pl.col("k").sum(),
        pl.col("n").sum(),
    )
    rows = means.join(rungs, on="model").sort("task_family", "lineage", "x", "model")
    ends = [_noise_interval(*row) for row in rows.select("rate", "smooth", "variance").iter_rows()]
    return rows.with_columns(
        pl.Series("lower", [lower for lower, _ in ends], dtype=pl.Float64),
        pl.Series("upper", [upper for _, upper in ends], dtype=pl.Float64),
    ).select(*_OBSERVED_COLUMNS)


def _noise_interval(rate: float, smooth: float, variance: float) -> tuple[float, float]:
    """Return the interval of a binomial share of as many attempts as give a mean of shares its variance.

    Args:
        rate: mean of the shares.
        smooth: the same, each share kept off 0 and 1.
        variance: sampling variance of the mean.
    """
    attempts = smooth * (1 - smooth) / variance
    return jeffreys(rate * attempts, attempts)


def _whole_families(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of whole families; of a family's only task where it has none of its own."""
    whole = frame.filter(pl.col("task_id").is_null())
    rest = frame.filter(
        pl.col("task_id").is_not_null(), ~pl.col("task_family").is_in(whole["task_family"].implode())
    )
    return pl.concat([whole, rest.filter(pl.col("task_id").n_unique().over("task_family") == 1)])


def law_rows(content: ReportInput) -> pl.DataFrame:
    """Return the curve of each family and lineage."""
    if content.curves is None:
        return pl.DataFrame(schema=_LAW_COLUMNS)
    rows = _whole_families(content.curves.frame).filter(
        pl.all_horizontal(pl.col(*_LAW_COLUMNS).is_not_null())
    )
    return rows.select(*_LAW_COLUMNS).sort("task_family", "lineage", "x")


def target_rows(content: ReportInput, axis: str) -> dict[str, dict[str, Any]]:
    """Return family -> forecast of the next model at its place on the axis, with its outcome if known."""
    rungs, model = _rungs(content, axis), target_of(content)
    if content.prediction is None or rungs is None:
        return {}
    place = rungs.filter(pl.col("model") == model)["x"]
    if place.is_empty():
        return {}
    happened = content.outcome.family_rates() if content.outcome else {}
    usable = content.prediction.forecasts.filter(
        pl.col("level") != "aggregate",
        pl.col("status") == "ok",
        pl.all_horizontal(pl.col("task_family", "q050", "q500", "q950").is_not_null()),
    )
    return {
        row["task_family"]: {
            "model": model,
            "x": place[0],
            **{key: row[key] for key in ("q050", "q500", "q950")},
            "observed": happened.get(row["task_family"]),
        }
        for row in _whole_families(usable).to_dicts()
    }
