"""What a success costs: tokens or dollars spent, failures included, for each success."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.assess.budget.prices import with_dollars
from tasklaws.assess.comparison.clustered import Estimate, clustered
from tasklaws.assess.comparison.power import interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.assess.comparison.choice import Chosen
    from tasklaws.assess.comparison.readings import Sampling
    from tasklaws.infer.arrays import Floats
    from tasklaws.study.run_settings import Price

LEAST = 10
"""Successes from which on the cost of one has an interval."""
UNITS = ("tokens", "dollars")
LARGEST = float(np.log(np.finfo(float).max)) - 1


@dataclass(frozen=True)
class Cost:
    """Cost of a success in one unit: of A, of B, and A's over B's; undefined with a reason."""

    unit: str
    a: float | None = None
    a_lower: float | None = None
    a_upper: float | None = None
    b: float | None = None
    b_lower: float | None = None
    b_upper: float | None = None
    ratio: float | None = None
    ratio_lower: float | None = None
    ratio_upper: float | None = None
    reason: str | None = None
    """Why a figure or an interval is undefined."""


@dataclass(frozen=True)
class Ratio:
    """A ratio of means over tasks: its logarithm, and what each task adds to that (the delta method)."""

    log: float
    parts: Floats

    @classmethod
    def of(cls, spent: Floats, scores: Floats, weights: Floats) -> Ratio:
        """Return what is spent on a success."""
        cost, score = float(weights @ spent), float(weights @ scores)
        return cls(float(np.log(cost / score)), spent / cost - scores / score)

    def over(self, other: Ratio) -> Ratio:
        """Return this ratio over another."""
        return Ratio(self.log - other.log, self.parts - other.parts)

    def ends(self, drawn: Sampling) -> tuple[float, float]:
        """Return the interval of the ratio, from that of its logarithm."""
        found = clustered(self.parts, drawn.weights, drawn.cluster, drawn.level)
        lower, upper = interval(Estimate(self.log, found.variance, found.df), drawn.level, LARGEST)
        return float(np.exp(lower)), float(np.exp(upper))


def spent(runs: pl.DataFrame, prices: Mapping[str, Price] | None) -> pl.DataFrame:
    """Return what an attempt of each model at each task took on average; null where nothing says it."""
    return (
        with_dollars(runs, prices)
        .group_by("model", "task_id")
        .agg(pl.col("tokens").mean(), pl.col("dollars").mean())
    )


def costs(chosen: Chosen, took: pl.DataFrame, table: pl.DataFrame, drawn: Sampling) -> tuple[Cost, ...]:
    """Return the cost of a success in tokens and in dollars.

    Args:
        chosen: the two models.
        took: what `spent` returned.
        table: one row per task with `task_id`, and `n` and `mean` of either side.
        drawn: how tasks are weighed and drawn.
    """
    return tuple(_cost(unit, chosen, took, table, drawn) for unit in UNITS)


def _cost(unit: str, chosen: Chosen, took: pl.DataFrame, table: pl.DataFrame, drawn: Sampling) -> Cost:
    models = chosen.a, chosen.b
    used = [_column(took, model, unit, table) for model in models]
    scores = [table[f"mean_{side}"].to_numpy() for side in "ab"]
    reason = _undefined(unit, models, used, scores, drawn.weights)
    if reason:
        return Cost(unit, reason=reason)
    a, b = (Ratio.of(*one, drawn.weights) for one in zip(used, scores, strict=True))
    told = (a, b, a.over(b))
    wins = min(float(table[f"n_{side}"].to_numpy() @ one) for side, one in zip("ab", scores, strict=True))
    reason = _no_interval(wins, drawn)
    return Cost(
        unit,
        *_figures(told[0], drawn, reason),
        *_figures(told[1], drawn, reason),
        *_figures(told[2], drawn, reason),
        reason,
    )


def _figures(one: Ratio, drawn: Sampling, reason: str | None) -> tuple[float, float | None, float | None]:
    """Return a ratio and the ends of its interval."""
    return (float(np.exp(one.log)), *((None, None) if reason else one.ends(drawn)))


def _column(took: pl.DataFrame, model: str, unit: str, table: pl.DataFrame) -> Floats:
    own = took.filter(pl.col("model") == model).select("task_id", pl.col(unit).cast(pl.Float64))
    found = table.select("task_id").join(own, on="task_id", how="left", maintain_order="left")
    return found[unit].fill_null(np.nan).to_numpy()


def _undefined(
    unit: str, models: tuple[str, str], used: list[Floats], scores: list[Floats], weights: Floats
) -> str | None:
    """Return why a success has no cost."""
    unknown = int(np.isnan(used[0] + used[1]).sum())
    if unknown:
        return f"{unit} are not known at {unknown} of {len(weights)} tasks"
    without = [model for model, score in zip(models, scores, strict=True) if not weights @ score > 0]
    if without:
        return f"no success of {' nor of '.join(without)}"
    return None if all(weights @ one > 0 for one in used) else f"no {unit} were spent"


def _no_interval(wins: float, drawn: Sampling) -> str | None:
    if drawn.over == "attempts":
        return "no interval: too few tasks"
    return None if wins >= LEAST else f"no interval: fewer than {LEAST} successes"
