"""How many repeats tell a lottery from tasks that are always or never solved.

The correlation of two runs of one task, rho, is 0 where every run is a toss of one coin, and 1 where each
task is always or never solved. Successes of equal repeats tell it, by moments of the beta-binomial law.

Source: formal model, P11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

ALWAYS = 0.69
"""rho of a U-shaped family: most tasks nearly always or never solved."""
SOME = 0.2
"""rho of a family in which tasks differ, and every run is still a toss."""
LEVEL, WANTED = 0.05, 0.8
WORLDS = 2000
MOST = 64


def rhos(rho: float, tasks: int, repeats: int, rng: np.random.Generator, worlds: int = WORLDS) -> Floats:
    """Return estimates of `rho` from so many tasks and repeats, of which half succeed, of shape (worlds,).

    Worlds in which every run ended alike are left out: they give no estimate.
    """
    p: Floats | float = 0.5
    if rho > 0:
        shape = 0.5 * (1 - rho) / rho
        p = rng.beta(shape, shape, (worlds, tasks))
    counts = rng.binomial(repeats, p, (worlds, tasks))
    mean = counts.mean(1) / repeats
    kept = (mean > 0) & (mean < 1)
    excess = counts[kept].var(1, ddof=1) / (repeats * mean[kept] * (1 - mean[kept])) - 1
    return np.asarray(excess / (repeats - 1))


def power(rho: float, tasks: int, repeats: int, rng: np.random.Generator, worlds: int = WORLDS) -> float:
    """Return how often a family of correlation `rho` is told from a lottery, at 5 %."""
    critical = np.quantile(rhos(0.0, tasks, repeats, rng, worlds), 1 - LEVEL)
    return float((rhos(rho, tasks, repeats, rng, worlds) > critical).mean())


def repeats_needed(rho: float, tasks: int, rng: np.random.Generator, wanted: float = WANTED) -> int | None:
    """Return the least repeats with that power; None beyond 64."""
    return next((k for k in range(2, MOST + 1) if power(rho, tasks, k, rng) >= wanted), None)
