"""Populations: by what factor another group of people takes as long, over the tasks that both tried.

The factor is one for all tasks; people of either group who give up count as longer. Group 0 is the one that
the others are compared with, and whose times of tasks are estimated.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasklaws.infer.human_times.log_normal import (
    CENSORED,
    about_times,
    normal_log_likelihood,
    spread_prior,
)
from tasklaws.infer.human_times.pooled import LEVEL, Fit, Law, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.human_times.attempts import Attempts

WIDEST = 3.0
"""Standard deviation of the prior of a log factor: it hardly says anything."""
MOST = 3
"""Populations that are told apart at once."""


class Ratio(NamedTuple):
    """How much longer a population takes than that of number 0."""

    log_ratio: float
    lower: float
    upper: float


def fit_populations(attempts: Attempts) -> Fit:
    """Return the censored log-normal law in which each population but the first has a factor of its own."""
    return fit(_law(int(attempts.group.max())), attempts)


def ratios(found: Fit, level: float = LEVEL) -> list[Ratio]:
    """Return the log ratio of each population to the first."""
    made = []
    for at in range(1, len(found.law.parameters)):
        one = np.arange(len(found.law.parameters)) == at
        made.append(Ratio(*found.of_shape(lambda shape, one=one: float(shape[one].sum()), level)))  # type: ignore[misc]
    return made


def tasks_shared(attempts: Attempts, group: int) -> int:
    """Return how many tasks somebody of `group` and somebody of group 0 tried."""
    own, first = (np.unique(attempts.task[attempts.group == number]) for number in (group, 0))
    return int(np.intersect1d(own, first).size)


def _law(others: int) -> Law:
    return Law(
        "populations",
        ("log_sd", *(f"log_factor_{number}" for number in range(1, others + 1))),
        lambda attempts: _starts(attempts, others),
        lambda shape: spread_prior(float(shape[0])) - float((shape[1:] ** 2).sum()) / (2 * WIDEST**2),
        _log_likelihood,
        _ends,
        spread=lambda shape: math.exp(shape[0]),
    )


def _shifts(shape: Floats, attempts: Attempts) -> Floats:
    return np.asarray(np.append(0.0, shape[1:])[attempts.group])


def _log_likelihood(shape: Floats, attempts: Attempts, places: Floats) -> Floats:
    return normal_log_likelihood(float(shape[0]), attempts, places + _shifts(shape, attempts)[:, None])


def _ends(shape: Floats, attempts: Attempts) -> tuple[Floats, Floats]:
    low, high = about_times(attempts, math.exp(shape[0]))
    return low - max(0.0, float(shape[1:].max())), high - min(0.0, float(shape[1:].min()))


def _starts(attempts: Attempts, others: int) -> Sequence[Floats]:
    """Return shapes whose factors are those of the means within tasks."""
    counts = np.maximum(attempts.people, 1)
    means = np.bincount(attempts.task, attempts.log_minutes, attempts.tasks) / counts
    apart = attempts.log_minutes - means[attempts.task]
    middle = [float(apart[attempts.group == g].mean()) if (attempts.group == g).any() else 0.0
              for g in range(others + 1)]  # fmt: skip
    (start,) = CENSORED.starts(attempts)
    return [np.array([start[0], *(middle[g] - middle[0] for g in range(1, others + 1))])]
