"""Means of log-normal times with people who give up, the spread being pooled over tasks: the quick fit.

Source: formal model, P14b.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats

LOG_SD, PRIOR_PEOPLE = 0.75, 4.0
"""Spread of log time between people at one task that is assumed, with the weight of so many people."""
ROUNDS, CLOSE = 300, 1e-6


def censored_means(
    place: NDArray[np.int_], log_minutes: Floats, done: NDArray[np.bool_], tasks: int
) -> tuple[Floats, Floats, Floats, float]:
    """Return mean, error and number of people of each task, and the spread between people.

    A task that nobody finished has no mean.

    Args:
        place: task of each attempt, of shape (attempts,).
        log_minutes: of each attempt.
        done: whether it was finished; if not, the time is that of giving up.
        tasks: how many there are.
    """
    finished = np.bincount(place, done, tasks) > 0
    own = finished[place]
    place, y, done = place[own], log_minutes[own], done[own]
    people = np.bincount(place, minlength=tasks).astype(float)
    share = np.where(finished, people, 1.0)
    mean, sd = np.bincount(place, y, tasks) / share, LOG_SD
    for _ in range(ROUNDS):
        z = (y - mean[place]) / sd
        hazard = np.exp(-(z**2) / 2 - np.log(2 * np.pi) / 2 - log_ndtr(-z))
        moved = np.bincount(place, np.where(done, y, mean[place] + sd * hazard), tasks) / share - mean
        squares = np.where(done, z**2, 1 + z * hazard).sum() * sd**2
        free = max(float(people.sum() - finished.sum()), 0.0)
        mean = mean + moved
        sd = float(np.sqrt((squares + PRIOR_PEOPLE * LOG_SD**2) / (free + PRIOR_PEOPLE)))
        if np.abs(moved).max(initial=0.0) < CLOSE:
            break
    z = (y - mean[place]) / sd
    hazard = np.exp(-(z**2) / 2 - np.log(2 * np.pi) / 2 - log_ndtr(-z))
    told = np.bincount(place, np.where(done, 1.0, hazard * (hazard - z)), tasks)
    nothing = np.full(tasks, np.nan)
    se = np.divide(sd, np.sqrt(told, where=finished, out=np.ones(tasks)), where=finished, out=nothing.copy())
    return np.where(finished, mean, np.nan), se, people, sd
