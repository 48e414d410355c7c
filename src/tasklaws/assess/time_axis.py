"""Difficulty for models against time for people, over all tasks of a suite that have both.

Every error is one of families left out in turn: what the tasks of a family share, be it its kind or a model
that is lucky with it, is then in the interval. Where there is one family, its tasks are left out in turn.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from scipy.special import stdtr, stdtrit

from tasklaws.assess.task_times import TaskTimes, task_times
from tasklaws.infer.irt.explained import Curves, Regression, curves, regress
from tasklaws.infer.irt.rasch import fit
from tasklaws.infer.irt.shock import rung_shock

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tasklaws.assess.evidence import Counts, Suite
    from tasklaws.infer.arrays import Floats

T = TypeVar("T")
LEVEL = 0.9
MOST_GROUPS = 40
"""Families are dealt into at most so many groups that are left out in turn."""
MOST_R = 0.995
"""A correlation above this is not told apart from it: spreads below that of the grid are not."""


@dataclass(frozen=True)
class Estimate:
    """A value with its error, by Student's law."""

    value: float
    se: float
    free: int
    """Degrees of freedom."""

    @classmethod
    def left_out(cls, values: Floats) -> Estimate:
        """Return the jackknife of values, the first of all groups, each other one without one group."""
        others, groups = values[1:], len(values) - 1
        se = np.sqrt((groups - 1) / groups * ((others - others.mean()) ** 2).sum())
        return cls(float(values[0]), float(se), groups - 1)

    @property
    def interval(self) -> tuple[float, float]:
        """Return its 90 % interval."""
        half = float(stdtrit(self.free, (1 + LEVEL) / 2)) * self.se
        return self.value - half, self.value + half

    def below(self, limit: float) -> float:
        """Return p of the null that the truth is `limit` or above."""
        if self.se == 0:
            return float(self.value >= limit)
        return float(stdtr(self.free, (self.value - limit) / self.se))


@dataclass(frozen=True, eq=False)
class TimeAxis:
    """The tasks of a suite that were asked and have human times, attempts that a limit ended left out."""

    counts: Counts
    x: Floats
    """Place of each model."""
    times: TaskTimes
    """Of these tasks."""
    told: Curves
    ability: Floats
    difficulty: Floats
    difficulty_se: Floats

    @cached_property
    def families(self) -> tuple[str, ...]:
        """Return their families, sorted."""
        return tuple(sorted(set(self.counts.families)))

    @cached_property
    def family(self) -> NDArray[np.int_]:
        """Return the number of each task's family."""
        return np.array([self.families.index(own) for own in self.counts.families], dtype=int)

    @cached_property
    def weights(self) -> Floats:
        """Return the tasks that count, of shape (1 + groups, tasks): first all, then without each group."""
        unit = self.family if len(self.families) > 1 else np.arange(self.family.size)
        group = unit % min(MOST_GROUPS, int(unit.max()) + 1)
        return np.vstack([np.ones(unit.size), group != np.arange(group.max() + 1)[:, None]]).astype(float)

    @cached_property
    def shock_sd(self) -> float:
        """Return the rung shock of these tasks, in logits."""
        own = self.counts
        return rung_shock(own.k, own.n, self.x, own.families, own.floor).sd

    @cached_property
    def time_variance(self) -> float:
        """Return the variance of log time between tasks, without that of its errors; may be negative."""
        return float(self.times.log_minutes.var(ddof=1) - (self.times.se**2).mean())

    @cached_property
    def expected(self) -> Floats:
        """Return the expected true log minutes of each task, around the mean of all."""
        log, variance = self.times.log_minutes, max(self.time_variance, 0.0)
        return np.asarray((log - log.mean()) * variance / (variance + self.times.se**2 + TINY))

    @cached_property
    def line(self) -> Regression:
        """Return difficulty over log time, for all weightings."""
        return regress(self.told, np.column_stack([np.ones(self.family.size), self.expected]), self.weights)

    @cached_property
    def slope(self) -> Estimate:
        """Return by how many logits difficulty grows with a unit of log time."""
        return Estimate.left_out(self.line.coefficients[:, 1])

    @cached_property
    def left(self) -> Floats:
        """Return the variance of log time that its errors leave open, of shape (tasks,)."""
        variance = max(self.time_variance, 0.0)
        return np.asarray(variance * self.times.se**2 / (variance + self.times.se**2 + TINY))

    def correlations(self) -> Floats:
        """Return the correlation of true difficulty and true log time, for all weightings."""
        share = self.weights / self.weights.sum(1, keepdims=True)
        centred = self.expected - (share @ self.expected)[:, None]
        many = self.weights.sum(1)
        seen = (share * centred**2).sum(1) * many / (many - 1)
        slope = self.line.coefficients[:, 1]
        total = slope**2 * seen + self.line.sd**2
        return np.asarray(np.clip(slope * np.sqrt((seen + share @ self.left) / total), -MOST_R, MOST_R))

    @cached_property
    def residual_sd(self) -> float:
        """Return the spread of difficulty around the line without that of errors of the times, in logits."""
        own = self.line.sd[0] ** 2 - self.slope.value**2 * self.left.mean()
        return float(np.sqrt(max(own, 0.0)))


TINY = 1e-9


def once(find: Callable[[Suite], T]) -> Callable[[Suite], T]:
    """Return `find`, worked out once for each suite, as long as the suite is there."""
    held: dict[int, T] = {}

    @wraps(find)
    def found(suite: Suite) -> T:
        key = id(suite)
        if key not in held:
            held[key] = find(suite)
            weakref.finalize(suite, held.pop, key, None)
        return held[key]

    return found


def axis_with(suite: Suite, error: float) -> TimeAxis | None:
    """Return the axis, times without attempts erring by `error` spreads between people, if there is one."""
    times, counts = task_times(suite, error), suite.counts.unlimited()
    keep = np.flatnonzero(np.isfinite(times.log_minutes) & (counts.n.sum(1) > 0))
    if not keep.size:
        return None
    fitted = fit(counts.k, counts.n, counts.floor)
    own = counts.tasks_at(keep)
    told = curves(own.k, own.n, own.floor, fitted.ability)
    return TimeAxis(
        own,
        suite.x,
        times.at(keep),
        told,
        fitted.ability,
        fitted.difficulty[keep],
        fitted.difficulty_se[keep],
    )


@once
def time_axis(suite: Suite) -> TimeAxis | None:
    """Return the axis of a suite; None where no task that was asked has a human time."""
    return axis_with(suite, 1.0)
