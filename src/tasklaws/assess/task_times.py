"""How long tasks take people, and how well that is known: log minutes with their errors.

Where people's attempts are recorded, those who gave up count as "longer than this", and the spread from
person to person is pooled over all tasks: two or three attempts at one task do not tell it.

Source: formal model, P14 and P14b.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.infer.human_times.censored import censored_means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.assess.evidence import Suite
    from tasklaws.infer.arrays import Floats

HALF = 0.5
DROPPED = ("error", "invalid_success")


@dataclass(frozen=True)
class TaskTimes:
    """Log minutes of tasks, in the order of the suite's counts."""

    log_minutes: Floats
    """Natural logarithm of the median time, NaN where there is none, of shape (tasks,)."""
    se: Floats
    people: Floats
    """Attempts of people from which its error is told; where there are none the error is an assumption."""
    log_sd: float
    """Spread of log time between people at one task."""

    @property
    def assumed(self) -> NDArray[np.bool_]:
        """Return whose error is an assumption: times that were estimated, or tried by one person each."""
        return np.asarray(self.people == 0)

    def at(self, keep: NDArray[np.int_]) -> TaskTimes:
        """Return the times of some tasks, by their places."""
        return TaskTimes(self.log_minutes[keep], self.se[keep], self.people[keep], self.log_sd)


def task_times(suite: Suite, error: float = 1.0) -> TaskTimes:
    """Return the times of the suite's tasks.

    Args:
        suite: the suite.
        error: of a time without attempts, in units of the spread between people.
    """
    names = suite.counts.tasks
    place, log_minutes, done = timed_attempts(suite.human, names)
    mean, se, people, log_sd = censored_means(place, log_minutes, done, len(names))
    measured = np.isfinite(mean)
    counted = measured & (people.sum() > measured.sum())
    return TaskTimes(
        np.where(measured, mean, _recorded(suite.tasks, names)),
        np.where(counted, se, error * log_sd),
        np.where(counted, people, 0.0),
        log_sd,
    )


def timed_attempts(
    human: pl.DataFrame, names: tuple[str, ...]
) -> tuple[NDArray[np.int_], Floats, NDArray[np.bool_]]:
    """Return task, log minutes and whether it was finished, of each attempt of a person."""
    submitted = pl.col("outcome").fill_null("submitted") == "submitted"
    kept = human.filter(
        pl.col("task_id").is_in(names)
        & (pl.col("minutes") > 0)
        & pl.col("minutes").is_finite()
        & ~pl.col("source").fill_null("").str.to_lowercase().str.contains("estimate")
        & ~pl.col("outcome").fill_null("").is_in(DROPPED)
    ).select(
        pl.col("task_id").replace_strict({name: i for i, name in enumerate(names)}, default=0).alias("place"),
        pl.col("minutes").log().alias("log"),
        pl.when(pl.col("score").is_null()).then(submitted).otherwise(pl.col("score") >= HALF).alias("done"),
    )
    return kept["place"].to_numpy().astype(int), kept["log"].to_numpy(), kept["done"].to_numpy().astype(bool)


def _recorded(tasks: pl.DataFrame, names: tuple[str, ...]) -> Floats:
    """Return the recorded log minutes of each task, NaN where there are none."""
    known = tasks.filter((pl.col("human_minutes") > 0) & pl.col("human_minutes").is_finite())
    stated = dict(known.select("task_id", pl.col("human_minutes").log()).iter_rows())
    return np.array([stated.get(name, np.nan) for name in names], dtype=float)
