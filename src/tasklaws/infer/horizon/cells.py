"""What time horizons are fitted to: counts of agents at tasks whose human time is known, and weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tasklaws.core.errors import BadInput

Floats = NDArray[np.float64]
Scheme = Literal["invsqrt_family", "equal_task", "equal_run"]


@dataclass(frozen=True, eq=False)
class HorizonCells:
    """Counts of agents at tasks.

    Raises:
        BadInput: shapes differ, a time or a weight is no finite number, or counts cannot be.
    """

    agents: tuple[str, ...]
    tasks: tuple[str, ...]
    family: NDArray[np.int_]
    """Number of each task's family, of shape (tasks,)."""
    doublings: Floats
    """log2 of human minutes, of shape (tasks,)."""
    k: Floats
    """Successes, of shape (agents, tasks); parts of successes where scores are graded."""
    n: Floats
    """Attempts, of shape (agents, tasks); 0 where a task was not asked."""
    weight: Floats
    """Of one attempt, of shape (agents, tasks). Only its product with attempts counts."""

    def __post_init__(self) -> None:
        shape = len(self.agents), len(self.tasks)
        for name in ("k", "n", "weight", "family", "doublings"):
            held, needed = getattr(self, name).shape, shape[1:] if name in {"family", "doublings"} else shape
            if held != needed:
                raise BadInput(f"{name} has shape {held}.", f"{needed} is needed.", "Transpose or select it.")
        self._numbers()

    def _numbers(self) -> None:
        for name, sound in (
            ("doublings", np.isfinite(self.doublings)),
            ("k", (self.k >= 0) & (self.k <= self.n)),
            ("n", np.isfinite(self.n)),
            ("weight", np.isfinite(self.weight) & (self.weight >= 0)),
        ):
            if not sound.all():
                place = np.argwhere(~sound)[0]
                told = [self.tasks[place[-1]], *(self.agents[a] for a in place[:-1])]
                raise BadInput(
                    f"{name} is {getattr(self, name)[tuple(place)]} at {', '.join(told)}.",
                    "Times are finite logarithms, 0 <= k <= n, and weights are at least 0.",
                    "Leave such tasks out, and set n, k and weight to 0 where nothing was asked.",
                )


def weights(n: Floats, family: NDArray[np.int_], scheme: Scheme) -> Floats:
    """Return the weight of one attempt, of shape (agents, tasks); each agent's attempts weigh 1 together.

    Args:
        n: attempts, of shape (agents, tasks).
        family: number of each task's family, of shape (tasks,).
        scheme: `equal_run`: attempts weigh alike; `equal_task`: tasks do; `invsqrt_family`: a task weighs
            one over the root of the number of tasks of its family that the agent was asked.

    Source: METR, eval-analysis-public (`invsqrt_family` is its `invsqrt_task_weight`).
    """
    asked = n > 0
    per_attempt = np.where(asked, 1.0 if scheme == "equal_run" else 1 / np.where(asked, n, 1), 0.0)
    if scheme == "invsqrt_family":
        same = family[:, None] == family
        per_attempt = per_attempt / np.sqrt(np.maximum(asked @ same.astype(float), 1))
    total = (per_attempt * n).sum(1, keepdims=True)
    scaled: Floats = per_attempt / np.where(total > 0, total, 1)
    return scaled


def plain(array: Floats) -> Floats:
    """Return an array that a kernel takes."""
    return np.require(array, float, ["C", "W"])
