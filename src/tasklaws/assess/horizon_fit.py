"""The horizon of one model: the human time of the tasks that it solves half of the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.infer.horizon.cells import HorizonCells
from tasklaws.infer.horizon.logistic import METR_PENALTY, fit

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

LEAST_TASKS = 3
BEYOND = 2.0
"""Doublings beyond the shortest and the longest task within which a crossing is told."""


def half_time(rates: Floats, minutes: Floats, weights: Floats) -> float | None:
    """Return the minutes at which a logistic in log time crosses one half, and None where it does not.

    None is: fewer than three tasks, all of them solved or none, success that does not fall with time, or a
    crossing far beyond the shortest or the longest task, where nothing was seen. The slope is held by METR's
    penalty.

    Args:
        rates: success at each task, of shape (tasks,); NaN where it was not asked.
        minutes: human time of each task; NaN where it is not known.
        weights: of the tasks; only their proportions count.
    """
    use = np.isfinite(rates) & np.isfinite(minutes) & (minutes > 0) & (weights > 0)
    told = rates[use]
    if told.size < LEAST_TASKS or not 0 < told.sum() < told.size:
        return None
    doublings = np.log2(minutes[use])
    crossing = float(fit(_one(told, doublings, weights[use]), METR_PENALTY).doublings_at(0.5)[0])
    seen = doublings.min() - BEYOND <= crossing <= doublings.max() + BEYOND
    return float(2**crossing) if seen else None


def _one(rates: Floats, doublings: Floats, weights: Floats) -> HorizonCells:
    """Return one model at its tasks; its attempts weigh 1 together, as the penalty takes them."""
    names = tuple(map(str, range(rates.size)))
    once = np.ones((1, rates.size))
    return HorizonCells(
        ("model",),
        names,
        np.zeros(rates.size, dtype=int),
        doublings,
        rates[None],
        once,
        weights[None] / weights.sum(),
    )
