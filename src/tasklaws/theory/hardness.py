"""What making tasks easier after a pilot does to the times and the law that are measured with them.

Hardness is a log time, normal over tasks; a pilot of a task takes hardness + noise. A task whose pilot
exceeds a limit is made easier by one step and piloted again, until a pilot is accepted. An accepted
pilot was picked for being short, so it understates the time that fresh people need.

All quantities are natural logarithms of time, relative to the mean task before any adjustment.

Source: formal model, P19 and D10; the seed "Don't Adjust Task Hardness".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr, ndtr

from tasklaws.core.errors import BadPlan
from tasklaws.spec.bounds import not_negative, whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

REACH = 9.0
"""Standard deviations of hardness that an exact figure looks at."""


@dataclass(frozen=True)
class Pilots:
    """How tasks are tried and made easier."""

    limit: float
    """A pilot above it is too hard."""
    step: float = 0.5
    """By how much an adjustment shortens a task."""
    spread: float = 1.0
    """Standard deviation of hardness over tasks."""
    noise: float = 0.7
    """Standard deviation of a pilot about its task's hardness."""

    def __post_init__(self) -> None:
        """Refuse a limit that no pilot keeps, and spreads or steps that are not positive."""
        if not self.limit > -math.inf:
            raise BadPlan(
                f"the limit of pilots is {self.limit!r}.",
                "It must be a log time that some pilot keeps.",
                "Give a number.",
            )
        for what in ("step", "spread", "noise"):
            value = getattr(self, what)
            if not (math.isfinite(value) and value > 0):
                raise BadPlan(
                    f"the {what} of pilots is {value!r}.",
                    "It must be a finite number above 0.",
                    "Correct it.",
                )

    @property
    def pilot_spread(self) -> float:
        """Return the standard deviation of first pilots over tasks."""
        return math.hypot(self.spread, self.noise)


@dataclass(frozen=True)
class Adjusted:
    """Tasks after the loop, each array of shape (tasks,)."""

    original: Floats
    hardness: Floats
    """Hardness for people after all adjustments."""
    pilot: Floats
    """The accepted pilot."""
    cuts: NDArray[np.int64]
    """Adjustments made."""

    def for_models(self, insight: float = 1.0) -> Floats:
        """Return hardness for models, where an adjustment helps them `insight` times as much as people.

        1 is a task made smaller; above 1 a hint that takes away the insight it needed.
        """
        not_negative(insight, "the help of an adjustment to models, relative to people")
        return self.original - insight * (self.original - self.hardness)


def adjust(pilots: Pilots, tasks: int, rng: np.random.Generator) -> Adjusted:
    """Return `tasks` simulated tasks that were made easier until a pilot was accepted."""
    whole(tasks, 1, "the number of tasks")
    original = rng.normal(0.0, pilots.spread, tasks)
    cuts = np.zeros(tasks, dtype=np.int64)
    pilot = original + rng.normal(0.0, pilots.noise, tasks)
    while (hard := np.flatnonzero(pilot > pilots.limit)).size:
        cuts[hard] += 1
        eased = original[hard] - pilots.step * cuts[hard]
        pilot[hard] = eased + rng.normal(0.0, pilots.noise, hard.size)
    return Adjusted(original, original - pilots.step * cuts, pilot, cuts)


def adjusted_share(pilots: Pilots) -> float:
    """Return the share of tasks that are made easier: that of first pilots above the limit."""
    return float(ndtr(-pilots.limit / pilots.pilot_spread))


def understatement(pilots: Pilots) -> float:
    """Return the mean log time by which fresh attempts exceed accepted pilots, exactly.

    A task of hardness d that reaches a pilot adds noise x phi((limit - d) / noise) at that pilot; the sum
    over pilots is integrated over hardness. exp of it is the factor on geometric mean times.
    """
    fine = min(pilots.spread, pilots.noise) / 8
    d = np.arange(-REACH * pilots.spread, REACH * pilots.spread, fine)
    reaching = _phi(d / pilots.spread)
    reaching /= reaching.sum()
    total = 0.0
    while reaching.sum() > np.finfo(float).eps:
        z = (pilots.limit - d) / pilots.noise
        total += pilots.noise * float(reaching @ _phi(z))
        reaching = reaching * ndtr(-z)
        d = d - pilots.step
    return total


def rejecting_understatement(pilots: Pilots) -> float:
    """Return what `understatement` becomes where tasks with a long pilot are dropped, not made easier.

    With S the spread of pilots and z = limit / S it is noise^2 / S x phi(z) / Phi(z).
    """
    z = pilots.limit / pilots.pilot_spread
    inverse_mills = math.exp(-z * z / 2 - math.log(2 * math.pi) / 2 - float(log_ndtr(z)))
    return pilots.noise**2 / pilots.pilot_spread * inverse_mills


def _phi(z: Floats) -> Floats:
    return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
