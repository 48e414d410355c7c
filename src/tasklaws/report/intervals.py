"""The two binomial intervals that charts need."""

from __future__ import annotations

from scipy import special


def jeffreys(successes: float, attempts: float, level: float = 0.9) -> tuple[float, float]:
    """Return the interval of a rate given a count; the ends are 0 and 1 where the count is.

    Source:
        Brown, Cai, DasGupta (2001), Interval estimation for a binomial proportion, eq. 8.
    """
    tail = (1 - level) / 2
    a, b = successes + 0.5, attempts - successes + 0.5
    lower = 0.0 if successes <= 0 else float(special.betaincinv(a, b, tail))
    upper = 1.0 if successes >= attempts else float(special.betaincinv(a, b, 1 - tail))
    return lower, upper


def count_band(trials: int, chance: float, level: float = 0.9) -> tuple[int, int]:
    """Return the smallest and largest count of a central binomial band.

    Each tail outside the band holds at most (1 - level) / 2.
    """
    tail = (1 - level) / 2
    lower = next(k for k in range(trials + 1) if special.bdtr(k, trials, chance) > tail)
    upper = next(k for k in range(lower, trials + 1) if special.bdtr(k, trials, chance) >= 1 - tail)
    return lower, upper
