"""The rows of a comparison: a difference with its interval, the powers, the families, the tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.comparison.attempts import LEAST_ATTEMPTS, on_these_tasks
from tasklaws.assess.comparison.power import clusters_needed, interval, p_value, power
from tasklaws.assess.comparison.result import Difference, FamilyRow, PowerRow, TaskRow
from tasklaws.assess.many_tests import holm

if TYPE_CHECKING:
    import polars as pl

    from tasklaws.assess.comparison.attempts import Pairs
    from tasklaws.assess.comparison.clustered import Estimate
    from tasklaws.assess.comparison.readings import Sampling
    from tasklaws.infer.arrays import Floats

EFFECTS = (0.05, 0.1, 0.2)
"""Differences whose power is told."""


def difference(found: Estimate, level: float) -> Difference:
    """Return an estimate with its interval and p-value."""
    lower, upper = interval(found, level)
    return Difference(found.value, lower, upper, p_value(found), found.variance**0.5, found.df)


def powers(found: Difference, drawn: Sampling, effect: float | None) -> tuple[PowerRow, ...]:
    """Return the chances to tell some differences, that which was asked for among them."""
    asked = sorted({*EFFECTS, *([effect] if effect is not None else [])})
    return tuple(
        PowerRow(
            one,
            power(one, found.se, found.df, drawn.level),
            clusters_needed(one, found.se, drawn.clusters, drawn.level) if drawn.over != "attempts" else None,
        )
        for one in asked
    )


def family_rows(table: pl.DataFrame, pairs: Pairs, drawn: Sampling) -> tuple[FamilyRow, ...]:
    """Return the families, the heaviest first; within each its tasks keep their relative weights."""
    rows = [_family(table, pairs, drawn, number) for number in range(pairs.family.max() + 1)]
    adjusted = holm([row.p for row in rows])
    told = [replace(row, p_holm=p) for row, p in zip(rows, adjusted, strict=True)]
    return tuple(sorted(told, key=lambda row: (-round(row.weight, 9), row.family)))


def _family(table: pl.DataFrame, pairs: Pairs, drawn: Sampling, number: int) -> FamilyRow:
    at = np.flatnonzero(pairs.family == number)
    weight = float(drawn.weights[at].sum())
    name, own = str(table["task_family"][int(at[0])]), pairs.at(at)
    found = difference(on_these_tasks(own, drawn.weights[at] / weight), drawn.level)
    if own.fewest < LEAST_ATTEMPTS:
        reason = f"fewer than {LEAST_ATTEMPTS} attempts of one model"
        return FamilyRow(name, found.difference, None, None, None, None, len(at), weight, reason)
    return FamilyRow(name, found.difference, found.lower, found.upper, found.p, None, len(at), weight)


def task_rows(table: pl.DataFrame, share: Floats) -> tuple[TaskRow, ...]:
    """Return both models at each task, and what it counts."""
    columns = ("task_family", "task_id", "mean_a", "mean_b", "n_a", "n_b", "shared")
    return tuple(
        TaskRow(family, task, float(weight), a, b, int(n_a), int(n_b), int(shared))
        for weight, (family, task, a, b, n_a, n_b, shared) in zip(
            share, table.select(columns).iter_rows(), strict=True
        )
    )
