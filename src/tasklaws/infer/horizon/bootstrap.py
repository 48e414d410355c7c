"""Counts of a nested bootstrap: how often families, tasks and runs are drawn.

Drawing rows by their index, families first, then tasks in each drawn family, then runs in each drawn task,
comes to three laws of counts: multinomial over families; multinomial of c_f T_f over the T_f tasks of a
family drawn c_f times; binomial(c_t n, k / n) for the successes of a task drawn c_t times.

Draws come in blocks, each with generators of its own for the tasks and for every agent's runs. So the first
draws of a longer bootstrap are those of a shorter one, draws of tasks are shared by all agents and by
bootstraps with and without the runs, and agents may be drawn in any order.

Source: statistics-engines W2; METR, eval-analysis-public (the scheme).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Collection

    from tasklaws.infer.horizon.cells import Floats, HorizonCells

Level = Literal["family", "task", "run"]
Counts = NDArray[np.int64]

BLOCK = 256
"""Draws that share generators."""


def generator(seed: int, *stream: int) -> np.random.Generator:
    """Return the generator of one stream of `seed`."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=stream))


def task_counts(
    family: NDArray[np.int_], levels: Collection[Level], rng: np.random.Generator, draws: int = BLOCK
) -> Counts:
    """Return how often each task is drawn, of shape (draws, tasks).

    Without `family` among the levels tasks are drawn out of all; without `task` families are drawn whole.
    """
    numbers = family if "family" in levels else np.zeros_like(family)
    present, place, sizes = np.unique(numbers, return_inverse=True, return_counts=True)
    drawn = np.ones((draws, present.size), np.int64)
    if "family" in levels:
        drawn = rng.multinomial(present.size, np.full(present.size, 1 / present.size), draws)
    counts: Counts = drawn[:, place]
    if "task" in levels:
        for f in np.flatnonzero(sizes > 1):
            counts[:, place == f] = rng.multinomial(drawn[:, f] * sizes[f], np.full(sizes[f], 1 / sizes[f]))
    return counts


def drawn(
    cells: HorizonCells, agent: int, counts: Counts, rng: np.random.Generator | None
) -> tuple[Floats, Floats]:
    """Return the weights of successes and of failures of one agent, of shape (draws, tasks).

    Args:
        cells: counts and weights.
        agent: its number.
        counts: how often each task is drawn, of shape (draws, tasks).
        rng: draws runs anew, too; None keeps them.
    """
    k, n, weight = cells.k[agent], cells.n[agent], cells.weight[agent]
    successes = counts * k
    if rng is not None:
        open_ = np.flatnonzero((k > 0) & (k < n))
        successes[:, open_] = rng.binomial(counts[:, open_] * n[open_].astype(int), k[open_] / n[open_])
    return weight * successes, weight * (counts * n - successes)


def whole(cells: HorizonCells) -> None:
    """Refuse counts that are no counts.

    Raises:
        BadInput: an attempt or a success is not whole.
    """
    parts = (cells.k % 1 != 0) | (cells.n % 1 != 0)
    if parts.any():
        agent, task = np.argwhere(parts)[0]
        raise BadInput(
            f"{cells.agents[agent]} has {cells.k[agent, task]:g} successes of {cells.n[agent, task]:g} "
            f"attempts at {cells.tasks[task]}.",
            "Runs are drawn as whole successes and failures.",
            'Leave "run" out of the levels, or use binary scores.',
        )
