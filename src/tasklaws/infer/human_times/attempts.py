"""Timed attempts of people as arrays. Times are natural logarithms of minutes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats


@dataclass(frozen=True, eq=False)
class Attempts:
    """Timed attempts; arrays of shape (attempts,), sorted by task."""

    task: NDArray[np.int_]
    """Number of the task, 0 to `tasks` - 1."""
    log_minutes: Floats
    """Of those who gave up, the time at which they did."""
    done: NDArray[np.bool_]
    """Whether the task was finished."""
    tasks: int
    log_limit: Floats = field(default_factory=lambda: np.empty(0))
    """Log minutes after which the attempt would have been stopped; inf where there was no limit."""
    group: NDArray[np.int_] = field(default_factory=lambda: np.empty(0, dtype=int))
    """Population of the person; 0 is the one whose times are asked for."""
    budget: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    """Whether the time is that of a budget which was used up whatever was reached: who finished may have done
    so at any time before."""

    def __post_init__(self) -> None:
        """Sort by task, and fill in that nobody had a limit and all are of one population."""
        n, order = self.task.size, np.argsort(self.task, kind="stable")
        limit = self.log_limit if self.log_limit.size else np.full(n, np.inf)
        group = self.group if self.group.size else np.zeros(n, dtype=int)
        budget = self.budget if self.budget.size else np.zeros(n, dtype=bool)
        for name, value in (("log_limit", limit), ("group", group), ("budget", budget)):
            object.__setattr__(self, name, value[order])
        for name in ("task", "log_minutes", "done"):
            object.__setattr__(self, name, getattr(self, name)[order])

    @property
    def people(self) -> Floats:
        """Return the attempts at each task, of shape (tasks,)."""
        return np.bincount(self.task, minlength=self.tasks).astype(float)

    @property
    def finished(self) -> Floats:
        """Return how many finished each task, of shape (tasks,)."""
        return np.bincount(self.task, self.done, self.tasks).astype(float)

    @property
    def told(self) -> NDArray[np.bool_]:
        """Return which tasks have a place: one finished at a time, or a budget was enough for some."""
        kinds = (self.done & ~self.budget, self.done & self.budget, ~self.done)
        exact, within, lost = (np.bincount(self.task, kind, self.tasks) > 0 for kind in kinds)
        return np.asarray(exact | (within & lost))

    def kept(self, which: NDArray[np.bool_]) -> Attempts:
        """Return the attempts at which `which`, of shape (attempts,), is true; tasks keep their numbers."""
        arrays = ("task", "log_minutes", "done", "log_limit", "group", "budget")
        return replace(self, **{name: getattr(self, name)[which] for name in arrays})

    def at_tasks(self, which: NDArray[np.bool_]) -> Attempts:
        """Return the attempts at some tasks, numbered anew."""
        number = np.cumsum(which) - 1
        own = self.kept(which[self.task])
        return replace(own, task=number[own.task], tasks=int(which.sum()))

    def successes(self) -> Attempts:
        """Return the attempts that finished at a time of their own, as whoever keeps no others has them."""
        return self.kept(self.done & ~self.budget)
