"""Cells of every kind that a study may hold."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from tasklaws.infer.horizon.cells import HorizonCells

AGENTS = 4


def drawn(seed: int) -> tuple[HorizonCells, float]:
    """Return cells and a penalty.

    Among them are gaps, no failures or no successes, one task, equal times, agents that were never asked,
    parts of successes, rising success, and weights from 1e-300 to 1e20.
    """
    rng = np.random.default_rng(seed)
    tasks = int(rng.integers(1, 30))
    x = rng.normal(5, rng.choice([0.01, 1, 4]), tasks)
    x = np.full(tasks, 3.0) if rng.uniform() < 0.05 else np.round(x, rng.choice([0, 9]))
    n = rng.choice([0.0, 1, 3, 8, 100], (AGENTS, tasks))
    slope = rng.choice([-0.3, -1, -5, -20, 0, 0.5])
    k = rng.binomial(n.astype(int), expit(slope * (x - rng.normal(5, 2, (AGENTS, 1))))).astype(float)
    match rng.integers(8):
        case 0:
            k[:] = 0
        case 1:
            k[:] = n
        case 2:
            k *= rng.uniform(size=k.shape)
        case 3:
            k[0] = n[0] = 0
        case 4:
            k = n * (x < np.median(x))
        case _:
            pass
    weight = rng.choice([1, 1e-8, 1e8, 1e-300]) * rng.uniform(0.1, 1, k.shape)
    if rng.uniform() < 0.2:
        weight *= 10 ** rng.uniform(-12, 12, k.shape)
    agents = tuple(f"agent{a}" for a in range(AGENTS))
    names = tuple(f"task{t}" for t in range(tasks))
    cells = HorizonCells(agents, names, rng.integers(0, 5, tasks), x, k, n, weight)
    return cells, float(rng.choice([0, 0, 0.1, 1e-6, 100]))


def usual(seed: int, agents: int = 3, tasks: int = 24, families: int = 6) -> HorizonCells:
    """Return cells like those of a real suite: success falls with time, everything was asked."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 10, tasks)
    n = np.full((agents, tasks), 6.0)
    rate = expit(-0.6 * (x - np.linspace(3, 7, agents)[:, None]) + rng.normal(size=(agents, tasks)))
    names = tuple(f"agent{a}" for a in range(agents)), tuple(f"task{t}" for t in range(tasks))
    k = rng.binomial(6, rate).astype(float)
    return HorizonCells(*names, np.arange(tasks) % families, x, k, n, np.full(n.shape, 1 / 6 / tasks))
