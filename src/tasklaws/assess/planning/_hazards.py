"""What an answer tells about log hazard, and what cells tell about lines of one slope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.theory.resolution import FAR, information

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

LEVEL_SD, TASK_SD, SLOPE_SD = 10.0, 3.0, 10.0
"""Of priors in log hazard: the family's level, a task's distance from it, the slope of a ladder's length."""
LOWEST, HIGHEST = -30.0, 30.0
"""Log hazards are held between these, beyond which nothing is told."""


def told(eta: Floats, floor: Floats) -> Floats:
    """Return the information of one answer in each cell."""
    hazard = np.minimum(np.exp(np.clip(eta, LOWEST, np.log(FAR))), FAR)
    return np.stack([information(row, float(chance)) for row, chance in zip(hazard, floor, strict=True)])


def of_logit(eta: Floats) -> Floats:
    """Return by how much log hazard falls for one logit more."""
    hazard = np.exp(np.clip(eta, LOWEST, HIGHEST))
    return np.asarray(-np.expm1(-hazard) / hazard)


def prior(tasks: int) -> Floats:
    """Return the precisions of the priors of (distances, level, slope)."""
    return np.array([TASK_SD**-2] * tasks + [LEVEL_SD**-2, SLOPE_SD**-2])


def precision(weights: Floats, places: Floats) -> Floats:
    """Return the precision of (distances, level, slope) that cells of these weights give, with the prior."""
    row, along = weights.sum(1), weights @ places
    tasks = len(row)
    made = np.zeros((tasks + 2, tasks + 2))
    made[np.arange(tasks), np.arange(tasks)] = row
    made[:tasks, -2] = made[-2, :tasks] = row
    made[:tasks, -1] = made[-1, :tasks] = -along
    made[-2, -2], made[-1, -1] = row.sum(), float((weights @ places**2).sum())
    made[-2, -1] = made[-1, -2] = -along.sum()
    return made + np.diag(prior(tasks))
