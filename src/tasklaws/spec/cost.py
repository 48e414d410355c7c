"""What something costs: tokens or seconds, fixed or spread."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tasklaws.core.errors import BadPlan
from tasklaws.spec.bounds import not_negative


@dataclass(frozen=True)
class Fixed:
    """Always the same cost."""

    value: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a cost that is negative or not finite."""
        not_negative(self.value, "a cost")

    @property
    def mean(self) -> float:
        """Return the mean cost."""
        return self.value


@dataclass(frozen=True)
class LogNormal:
    """A cost whose logarithm is normal."""

    median: float
    sigma: float
    """Standard deviation of the natural logarithm."""

    def __post_init__(self) -> None:
        """Refuse a median that is not positive and a spread that is negative."""
        not_negative(self.median, "the median of a cost")
        not_negative(self.sigma, "the spread of a cost")

    @property
    def mean(self) -> float:
        """Return the mean cost."""
        return self.median * math.exp(self.sigma**2 / 2)


@dataclass(frozen=True)
class Geometric:
    """A whole number of units, at least 1, each followed by another with the same probability."""

    mean: float

    def __post_init__(self) -> None:
        """Refuse a mean below 1."""
        if not (math.isfinite(self.mean) and self.mean >= 1):
            raise BadPlan(
                f"the mean of a geometric cost is {self.mean!r}.", "It must be 1 or more.", "Correct it."
            )


Cost = Fixed | LogNormal | Geometric
"""A law of cost. Its unit, tokens or seconds, is that of the field it stands in."""

FREE = Fixed(0.0)
"""No cost."""
