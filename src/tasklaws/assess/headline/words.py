"""Numbers and probabilities in words that mean the same wherever they stand.

Source: Office of the Director of National Intelligence, Intelligence Community Directive 203, "Analytic
Standards" (2015), section 6.e(2)(a), first row of terms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NBSP = "\N{NO-BREAK SPACE}"
SCALE = (
    (0.05, "almost no chance"),
    (0.20, "very unlikely"),
    (0.45, "unlikely"),
    (0.55, "roughly even chance"),
    (0.80, "likely"),
    (0.95, "very likely"),
    (1.0, "almost certain"),
)
"""Upper end of a range of probability -> its words."""
SURE = 0.01
"""The scale has no words below this probability and above its complement."""
NAMED = 3
"""Names that a sentence lists."""
FINE = 0.1
"""Width of an interval below which its numbers have a decimal."""


def likelihood(p: float) -> str:
    """Return a probability in the words of the scale, with the number itself."""
    if p < SURE:
        return f"given a chance below 1{NBSP}%"
    if p > 1 - SURE:
        return f"given a chance above 99{NBSP}%"
    return f"{next(words for upper, words in SCALE if p <= upper)} ({percent(p)})"


def percent(share: float, digits: int | None = None) -> str:
    """Return a share as a percentage; by default with a decimal only where it lies near 0 or 1."""
    near_an_end = 0 < share < FINE or 1 - FINE < share < 1
    return f"{100 * share:.{int(near_an_end) if digits is None else digits}f}{NBSP}%"


def estimate(value: float, lower: float, upper: float, level: int = 90) -> str:
    """Return a share with its interval, all with the same decimals."""
    digits = int(upper - lower < FINE)
    low, high = (f"{100 * end:.{digits}f}" for end in (lower, upper))
    return f"{percent(value, digits)} ({level}{NBSP}% interval {low} to {high}{NBSP}%)"


def outside(lower: float, upper: float) -> str:
    """Return the scores outside an interval; an end at 0 or 1 has nothing beyond it."""
    low = f"below {percent(lower)}" if lower > 0 else ""
    high = f"above {percent(upper)}" if upper < 1 else ""
    return " or ".join(filter(None, (low, high))) or "no score at all"


def points(share: float, *, signed: bool = False) -> str:
    """Return a difference of shares in points."""
    return f"{100 * share:{'+' if signed else ''}.1f}{NBSP}points"


def span_points(lower: float, upper: float, level: int = 90) -> str:
    """Return an interval of differences in brackets, in points."""
    return f"({level}{NBSP}% interval {100 * lower:+.1f} to {100 * upper:+.1f})"


def count(number: float, noun: str, plural: str = "") -> str:
    """Return a number with its noun in the right form."""
    return f"{number:,.0f}{NBSP}{noun if number == 1 else plural or noun + 's'}"


def listed(names: Sequence[str]) -> str:
    """Return the first names in a row, and how many more there are."""
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def minutes(value: float) -> str:
    """Return a length of time in the unit that suits it."""
    size, unit = next(((size, unit) for size, unit in UNITS if value >= 2 * size), (1.0, "minutes"))
    return f"{value / size:,.{0 if value >= WHOLE * size else 1}f}{NBSP}{unit}"


UNITS = ((1440.0, "days"), (60.0, "hours"))
WHOLE = 10
"""Units of time from which there are no decimals."""
