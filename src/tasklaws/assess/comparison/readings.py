"""The two readings of a difference: on tasks like these, and on these very tasks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from tasklaws.assess.comparison.attempts import Pairs, on_these_tasks, unseen
from tasklaws.assess.comparison.clustered import Estimate, clustered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats

Over = Literal["families", "tasks", "attempts"]
"""What would be drawn anew: families, tasks where families are few, or attempts at the one task there is."""
LEAST = 3
"""Families, or else tasks, from which on one can speak of others like them."""


@dataclass(frozen=True)
class Sampling:
    """How tasks are weighed, what they are taken to be drawn in, and the level of intervals."""

    weights: Floats
    """Of the tasks, summing to 1."""
    cluster: NDArray[np.int64]
    """Number of each task's cluster, 0, 1, ... without gaps."""
    over: Over
    level: float = 0.95

    @property
    def clusters(self) -> int:
        """Return how many clusters there are."""
        return int(self.cluster.max()) + 1


def sampling(pairs: Pairs, weights: Floats, level: float = 0.95) -> Sampling:
    """Return families as clusters where there are enough of them, else tasks."""
    if pairs.family.max() + 1 >= LEAST:
        return Sampling(weights, pairs.family, "families", level)
    single = np.arange(len(weights))
    return Sampling(weights, single, "tasks" if len(weights) >= LEAST else "attempts", level)


def on_tasks_like_these(pairs: Pairs, drawn: Sampling) -> Estimate:
    """Return the difference as it is where clusters are drawn anew, with all that is in them.

    With too few tasks to speak of others, it is that on these very tasks.
    """
    if drawn.over == "attempts":
        return on_these_tasks(pairs, drawn.weights)
    found = clustered(pairs.difference, drawn.weights, drawn.cluster, drawn.level)
    return replace(found, variance=found.variance + unseen(pairs, drawn.weights))
