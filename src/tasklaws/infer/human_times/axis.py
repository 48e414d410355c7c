"""What the error of human times does to an axis of difficulty.

m baselines know a task's log time to s / sqrt(m). Such noise flattens the slope of whatever is drawn against
log time, by the share of the variance that is not noise, and moves a time horizon away from the middle task.

Source: formal model, P14 and P14c; Fuller, "Measurement error models", 1987, section 1.1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasklaws.core.errors import NoAnswer
from tasklaws.infer.human_times.pooled import LEVEL
from tasklaws.theory.horizons import with_label_noise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.infer.arrays import Floats

NUMBERS = (1, 2, 3, 4, 5, 8, 10, 20, 40)
DRAWS = 2000
FEWEST = 3
"""Tasks from which a spread is told."""


class AxisError(NamedTuple):
    """What `people` baselines at each task leave."""

    people: int
    log_error: float
    """Standard error of a task's log time."""
    linear: float
    """Factor of a straight slope, such as that of difficulty on log time."""
    logistic: float | None
    """Factor of the slope of a logistic in log time whose slope is 1; None where none can be fitted."""
    horizon: float | None
    """Factor by which a time horizon moves that lies one spread of the tasks above their middle."""


class Reliability(NamedTuple):
    """How much of the spread of tasks' measured log times is not noise."""

    value: float
    lower: float
    upper: float
    task_sd: float
    """Spread of the tasks' true log times."""


def axis_error(people: int, log_sd: float, task_sd: float) -> AxisError:
    """Return what the error of `people` baselines at each task does.

    Args:
        people: baselines at each task.
        log_sd: spread of log time between people at one task.
        task_sd: spread of the tasks' true log times.
    """
    error = log_sd / math.sqrt(people)
    linear = task_sd**2 / (task_sd**2 + error**2)
    try:
        found = with_label_noise(1.0, math.exp(task_sd), error, task_sd, 1.0)
    except NoAnswer:
        return AxisError(people, error, linear, None, None)
    return AxisError(people, error, linear, found.slope, found.median / math.exp(task_sd))


def axis_errors(log_sd: float, task_sd: float, numbers: Sequence[int] = NUMBERS) -> list[AxisError]:
    """Return what several numbers of baselines leave."""
    return [axis_error(people, log_sd, task_sd) for people in numbers]


def reliability(
    log_times: Floats, se: Floats, rng: np.random.Generator, level: float = LEVEL
) -> Reliability | None:
    """Return the share of the variance of measured log times that is not their error, over tasks at hand.

    It is the factor by which a straight slope on these times is flattened; its interval is by resampling
    tasks. None for fewer than three tasks.
    """
    n = log_times.size
    if n < FEWEST:
        return None
    drawn = rng.integers(n, size=(DRAWS, n))
    values = _share(log_times[drawn], se[drawn])
    values = values[np.isfinite(values)]
    lower, upper = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    value = float(_share(log_times[None], se[None])[0])
    return Reliability(value, float(lower), float(upper), math.sqrt(value * float(log_times.var(ddof=1))))


def _share(log_times: Floats, se: Floats) -> Floats:
    seen = log_times.var(axis=1, ddof=1)
    true = np.maximum(seen - (se**2).mean(1), 0.0)
    return np.asarray(np.divide(true, seen, where=seen > 0, out=np.full(seen.shape, np.nan)))
