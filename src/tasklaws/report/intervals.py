"""The two binomial intervals that charts need."""

from __future__ import annotations

from scipy import special

from tasklaws.core.proportions import jeffreys

__all__ = ["count_band", "jeffreys"]


def count_band(trials: int, chance: float, level: float = 0.9) -> tuple[int, int]:
    """Return the smallest and largest count of a central binomial band.

    Each tail outside the band holds at most (1 - level) / 2.
    """
    tail = (1 - level) / 2
    lower = next(k for k in range(trials + 1) if special.bdtr(k, trials, chance) > tail)
    upper = next(k for k in range(lower, trials + 1) if special.bdtr(k, trials, chance) >= 1 - tail)
    return lower, upper
