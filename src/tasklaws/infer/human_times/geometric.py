"""What times tell with no law of people: the geometric mean of successes, and the median of everybody.

The geometric mean of successes is what METR calls the human time of a task; its interval is Student's.
The interval of the median rests on order alone: those who gave up come last, and where too many did it has no
end.

Source: formal model, P14; Hettmansperger & Sheather, "Confidence intervals based on interpolated order
statistics", Statistics & Probability Letters 1986.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, stdtrit

from tasklaws.infer.human_times.pooled import LEVEL

Floats = NDArray[np.float64]


class Interval(NamedTuple):
    """A value in log minutes and where it lies; None where that is not known."""

    value: float | None
    lower: float | None
    upper: float | None


def geometric_mean(log_minutes: Floats, level: float = LEVEL) -> Interval:
    """Return the mean log time of those who finished; with fewer than two there is no interval."""
    n = log_minutes.size
    if n == 0:
        return Interval(None, None, None)
    mean = float(log_minutes.mean())
    if n == 1:
        return Interval(mean, None, None)
    reach = float(stdtrit(n - 1, (1 + level) / 2)) * float(log_minutes.std(ddof=1)) / float(np.sqrt(n))
    return Interval(mean, mean - reach, mean + reach)


def median(log_minutes: Floats, done: NDArray[np.bool_], level: float = LEVEL) -> Interval:
    """Return the median log time of everybody, whoever gave up being longer than all who did not.

    All attempts must have been given the same time, or as much as any that finished.
    """
    times = np.sort(np.where(done, log_minutes, np.inf))
    n = times.size
    if n == 0:
        return Interval(None, None, None)
    middle = float(times[(n - 1) // 2 : n // 2 + 1].mean())
    within = _place(n, level)
    lower = None if within is None else _between(times, *within)
    upper = None if within is None else _between(-times[::-1], *within)
    return Interval(_told(middle), _told(lower), _told(None if upper is None else -upper))


def _place(n: int, level: float) -> tuple[int, float] | None:
    """Return (k, weight): the interval ends at the k-th least, the next less one weighing `weight`.

    None where even the least and the greatest time hold the median too seldom.
    """

    def covers(k: int) -> float:
        return float(1 - 2 * bdtr(k - 1, n, 0.5))

    if covers(1) < level:
        return None
    k = max(k for k in range(1, n // 2 + 1) if covers(k) >= level)
    if k + 1 > n // 2:
        return k, 0.0
    share = (covers(k) - level) / (covers(k) - covers(k + 1))
    return k, (n - k) * share / (k + (n - 2 * k) * share)


def _between(times: Floats, k: int, weight: float) -> float:
    if weight == 0:
        return float(times[k - 1])
    return float((1 - weight) * times[k - 1] + weight * times[k])


def _told(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else value
