"""What the duration of runs tells of one run: does its chance to end in success fall the longer it goes on?

Runs are compared within one agent and one task only, where what differs is chance: the log-odds that a run
ends in success against the log of how long it lasted. Below 0 the runs that go on are the ones that go wrong,
as they do where an error makes the next more likely. It is a slope over runs, not the hazard of one run: who
stops early for fear of error shows the same. Runs that a limit ended are left out, they did not end.

Source: formal model P22 and W12: the score alone cannot see it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.stats import t as student

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.assess.horizons.selection import Asked
    from tasklaws.infer.arrays import Floats

LEAST_FAMILIES = 5
HALF = 0.5


@dataclass(frozen=True)
class WithinRow:
    """Slope of the log-odds of success over the duration of one agent's runs of one task."""

    alias: str
    slope: float | None
    """Per doubling of the duration of a run."""
    lower: float | None
    upper: float | None
    families: int
    """With runs that both succeeded and failed at one task."""
    runs: int
    time_slope: float | None
    """By how much log duration of successful runs grows with log human time; 1 is in proportion."""
    reason: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the row as JSON."""
        return asdict(self)


def within_rows(asked: Asked, level: float) -> Iterator[WithinRow]:
    """Yield one row per agent; null with a reason where runs tell nothing."""
    minutes = pl.DataFrame({"task_id": asked.tasks, "log_time": np.log2(asked.minutes)})
    timed = asked.attempts.filter(
        (pl.col("ending") == "plain") & (pl.col("lasted") > 0) & pl.col("score").is_in([0.0, 1.0])
    ).join(minutes, on="task_id")
    timed = timed.with_columns(pl.col("lasted").log(2).alias("log_lasted"))
    for alias in asked.agents:
        yield _row(alias, timed.filter(pl.col("alias") == alias), level)


def _row(alias: str, runs: pl.DataFrame, level: float) -> WithinRow:
    own = ("task_id",)
    mixed = runs.filter(
        pl.col("score").mean().over(own).is_between(0, 1, closed="none")
        & (pl.col("log_lasted").max().over(own) > pl.col("log_lasted").min().over(own))
    )
    families = mixed["task_family"].n_unique()
    done = runs.filter(pl.col("score") > HALF)
    growth = _growth(done["log_time"].to_numpy(), done["log_lasted"].to_numpy())
    if families < LEAST_FAMILIES:
        what = "start and end of its runs are not recorded" if not runs.height else (
            f"{families} families have a task at which some of its runs succeeded and some failed; it takes "
            f"{LEAST_FAMILIES}"
        )  # fmt: skip
        return WithinRow(alias, None, None, None, families, mixed.height, growth, what)
    slope, error = _stratified(mixed)
    half = float(student.ppf((1 + level) / 2, families - 1)) * error
    return WithinRow(alias, slope, slope - half, slope + half, families, mixed.height, growth)


def _stratified(mixed: pl.DataFrame) -> tuple[float, float]:
    """Return the one-step slope within tasks from the point of no slope, and its error by families.

    Source: Peto's one-step estimate, score over information at 0.
    """
    away = pl.col("log_lasted") - pl.col("log_lasted").mean().over("task_id")
    rate, many = pl.col("score").mean().over("task_id"), pl.len().over("task_id")
    told = (
        mixed.select("task_family", (away * pl.col("score")).alias("score"),
                     (rate * (1 - rate) * many / (many - 1) * away**2).alias("information"))
        .group_by("task_family", maintain_order=True).sum()
    )  # fmt: skip
    score, information = told["score"].to_numpy(), told["information"].to_numpy()
    slope = float(score.sum() / information.sum())
    off = score - slope * information
    many_families = len(off)
    error = float(np.sqrt((off**2).sum() * many_families / (many_families - 1)) / information.sum())
    return slope, error


def _growth(log_time: Floats, log_lasted: Floats) -> float | None:
    """Return the least-squares slope of log duration on log human time."""
    if log_time.size < LEAST_FAMILIES or not np.ptp(log_time) > 0:
        return None
    return float(np.polyfit(log_time, log_lasted, 1)[0])
