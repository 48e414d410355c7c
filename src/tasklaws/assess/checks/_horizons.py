"""Horizons of the models of a suite, by human time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.horizon_fit import half_time

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Suite
    from tasklaws.infer.arrays import Floats


def horizons(suite: Suite, k: Floats, n: Floats) -> list[float | None]:
    """Return for each model the minutes of the tasks that it solves half of the time, given these counts.

    A family weighs as the square root of its number of tasks.
    """
    many = Counter(suite.counts.families)
    weights = np.array([many[family] ** -0.5 for family in suite.counts.families])
    rates, known = np.where(n > 0, k / np.where(n > 0, n, 1.0), np.nan), minutes(suite)
    return [half_time(rates[:, place], known, weights) for place in range(n.shape[1])]


def minutes(suite: Suite) -> Floats:
    """Return the human minutes of each counted task, NaN where they are not known."""
    if not suite.tasks.height:
        return np.full(len(suite.counts.tasks), np.nan)
    told = dict(suite.tasks.select("task_id", "human_minutes").drop_nulls().iter_rows())
    return np.array([told.get(task, np.nan) for task in suite.counts.tasks], dtype=float)
