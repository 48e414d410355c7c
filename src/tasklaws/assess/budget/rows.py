"""The curve of success against budget of each model and family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.assess.budget.survival import CUT, SUCCESS, incidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tasklaws.assess.budget.attempts import Attempts
    from tasklaws.assess.budget.survival import Floats

MOST_POINTS = 40
"""Budgets of a curve, besides the full one."""
LEAST_ATTEMPTS = 2
ALONE = "one attempt shows no spread"


@dataclass(frozen=True)
class BudgetRow:
    """Success of one model at one family by one budget."""

    model: str
    family: str
    unit: str
    budget: float
    success: float | None
    lower: float | None
    upper: float | None
    at_risk: int
    """Attempts that had neither succeeded nor been cut below the budget; failures stay among them."""
    n: int
    """Attempts of the curve."""
    reason: str | None = None
    """Why there is no success, or no band."""


def curves(attempts: Attempts) -> tuple[BudgetRow, ...]:
    """Return the rows of every model and family, by growing budget."""
    parts = attempts.table.sort("model", "task_family").group_by("model", "task_family", maintain_order=True)
    return tuple(
        row for (model, family), part in parts for row in _curve(str(model), str(family), attempts.unit, part)
    )


def _curve(model: str, family: str, unit: str, part: pl.DataFrame) -> Iterator[BudgetRow]:
    amount, kind = part["amount"].to_numpy(), part["kind"].to_numpy()
    found = incidence(amount, kind, points(amount, kind))
    task, question = numbered(part)
    enough = part.height >= LEAST_ATTEMPTS
    from tasklaws.assess.budget.bands import bands  # loads scipy.stats, which is slow

    lower, upper = bands(found, task, question)
    for i, budget in enumerate(found.budgets):
        yield BudgetRow(
            model,
            family,
            unit,
            float(budget),
            success=float(found.success[i]),
            lower=float(lower[i]) if enough else None,
            upper=float(upper[i]) if enough else None,
            at_risk=int(found.at_risk[i]),
            n=part.height,
            reason=None if enough else ALONE,
        )


def numbered(part: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the task and the question of each attempt, numbered from 0.

    Attempts that name no question are each taken to be at one of their own.
    """
    named = pl.coalesce("instance_id", pl.format("\0{}", pl.int_range(pl.len())))
    rank = [pl.col("task_id").rank("dense"), pl.struct("task_id", named.alias("q")).rank("dense")]
    numbers = part.select(rank[0].alias("task"), rank[1].alias("question")).cast(pl.Int64)
    return numbers["task"].to_numpy() - 1, numbers["question"].to_numpy() - 1


def points(amount: Floats, kind: NDArray[np.int64]) -> Floats:
    """Return the budgets of a curve: amounts at which attempts succeeded, thinned, and the full budget.

    Thinned ones are about evenly apart on the scale of logarithms, first and last among them.
    """
    events = np.unique(amount[kind == SUCCESS])
    full = amount.max()
    if len(events) > MOST_POINTS:
        low = np.log(np.maximum(events, np.finfo(float).tiny))
        wanted = np.linspace(low[0], low[-1], MOST_POINTS)
        events = np.unique(events[np.clip(np.searchsorted(low, wanted - 1e-12), 0, len(events) - 1)])
    return np.unique(np.append(events, full))


def informative_cuts(attempts: Attempts) -> int:
    """Return how many attempts were cut below the largest amount of their model and family."""
    most = pl.col("amount").max().over("model", "task_family")
    return attempts.table.filter((pl.col("kind") == CUT) & (pl.col("amount") < most)).height
