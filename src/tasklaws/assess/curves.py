"""The law drawn out: what a new model would score anywhere along the axis of its ladder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.assess.features import DAYS_PER_YEAR, LOSS_DECADES
from tasklaws.assess.selection import Selection, before, pose, refuse_without_counts
from tasklaws.infer.arrays import TargetArrays
from tasklaws.infer.law import fit_law
from tasklaws.spec.ladder import LOSSES

if TYPE_CHECKING:
    from tasklaws.assess.selection import Problem
    from tasklaws.infer.arrays import Floats
    from tasklaws.spec.ladder import Rung

STEPS = 25
AHEAD = 0.15
"""How far the curve runs beyond the last rung or the target, as a share of the axis."""

LEVELS = {"q050": 0.05, "q500": 0.5, "q950": 0.95}


@dataclass(frozen=True)
class LawCurves:
    """Curves of every family along one axis."""

    frame: pl.DataFrame
    """Columns task_family, task_id (null), x, q050, q500, q950, lineage; x in the axis's own unit."""
    axis: str
    unit: str


def law_curves(selection: Selection, lineage: str, target: str | None = None) -> LawCurves:
    """Return the law of a lineage's families, fitted without `target` and all larger models.

    Raises:
        NoAnswer: too few rungs have results, or no task has counts.
        UnknownName: the ladder has no such target.
    """
    rungs: list[Rung] = list(selection.evaluated(lineage))
    aim = None if target is None else selection.ladder[target]
    known = before(selection, aim) if aim else rungs
    problem = pose(selection, lineage, known, [aim or rungs[-1]] if rungs or aim else [])
    refuse_without_counts(problem)
    grid = _grid(problem)
    joint = fit_law(problem.ladder).forecast(grid).joint
    families = np.array(problem.ladder.families)
    seen = (problem.ladder.n > 0).any(axis=1)
    places = [_own_unit(x, problem.axis) for x in grid.walk]
    rows = [
        _family_curve(joint[:, :, (families == name) & seen], name, places, lineage)
        for name in sorted(set(families[seen]))
    ] if joint is not None else []  # fmt: skip
    return LawCurves(pl.concat(rows), problem.axis, _UNITS.get(problem.axis, ""))


_UNITS = {
    "flops": "FLOP", "n_params": "parameters", "n_tokens": "tokens", "released": "year",
    "loss_nats": "nats per token", "bits_per_byte": "bits per byte",
}  # fmt: skip


def _grid(problem: Problem) -> TargetArrays:
    """Return places from the first rung to a little beyond the target; other features are the target's."""
    x, aim = problem.ladder.x, problem.target.x
    low, high = x[:, 0].min(), max(x[:, 0].max(), aim[:, 0].max())
    places = np.linspace(low, high + AHEAD * (high - low), STEPS)
    others = np.repeat(aim[:1, 1:], STEPS, axis=0)
    return TargetArrays(
        ("",) * STEPS,
        np.column_stack([places, others]),
        places,
        np.ones((STEPS, len(problem.ladder.task_ids))),
    )


def _own_unit(place: float, axis: str) -> float:
    """Return a place on the feature axis in the unit of the ladder's column."""
    if axis == "released":
        day = date.fromordinal(round(place * DAYS_PER_YEAR))
        return day.year + (day.timetuple().tm_yday - 1) / DAYS_PER_YEAR
    return float(10 ** (-place / LOSS_DECADES)) if axis in LOSSES else float(10**place)


def _family_curve(draws: Floats, family: str, places: list[float], lineage: str) -> pl.DataFrame:
    """Return the band of the mean rate of a family's tasks; `draws` has shape (places, draws, tasks)."""
    means = draws.mean(axis=2)
    return pl.DataFrame(
        {
            "task_family": family,
            "task_id": pl.Series([None] * len(places), dtype=pl.String),
            "x": places,
            **{name: np.quantile(means, level, axis=1) for name, level in LEVELS.items()},
            "lineage": lineage,
        }
    )
