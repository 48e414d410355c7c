"""What a scaling form is: a plain function of points and parameters, and what its parameters mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    Array = Any
    """Real points, real or complex parameters, and values of the parameters' type."""

Direction = Literal["rising", "falling", "either"]
"""What a form can do along the ladder, whatever its parameters."""

Unit = Literal["rate", "loss", "amount", "x", "width", "per_x", "number"]
"""What a parameter is measured in; bounds and starts are multiples of the unit's scale in the data.

rate      a rate in [0, 1]; starts are shares of the way from the lowest to the highest observed value
loss      a height of the curve in multiples of the largest observed value; starts as for a rate
amount    a difference of heights; bounds in multiples of the largest observed value, starts of the range
x         a place on the axis: 0 is the first point, 1 the last
width     a length on the axis, in spans of the data
per_x     one over a length on the axis, per span of the data
number    as it stands
"""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a form. Bounds and starts are in multiples of its unit's scale."""

    name: str
    meaning: str
    unit: Unit
    lower: float
    upper: float
    starts: tuple[float, ...]
    """Values that the multi-start tries."""
    natural: tuple[bool, bool] = (False, False)
    """Whether lower and upper bound are facts (a rate is at least 0), not only where the search ends."""
    fixed: float | None = None
    """Value of a parameter that is known rather than fitted, unless somebody frees it."""
    of: int = 0
    """Which covariate an `x`, `width` or `per_x` parameter belongs to."""


@dataclass(frozen=True)
class Reading:
    """A quantity that people read off a law: where an equivalent set of parameters has it as a parameter.

    A line through (origin, level) is the same line whatever its origin; fitted with the origin held it is
    well behaved, read with the level held it says where it crosses that level.
    """

    name: str
    meaning: str
    parameter: str
    """The parameter that carries the reading once `holding` is held."""
    holding: str
    at: float
    """Value at which `holding` is held."""
    slope: str
    """The slope of the line."""
    sign: int = 1
    """Moving `parameter` by sign x d changes `holding` by slope x d."""


@dataclass(frozen=True)
class Form:
    """One scaling form; its module's name is its name."""

    name: str
    summary: str
    formula: str
    """With parameter names in braces and x, n, d for the covariates."""
    curve: Callable[[Array, Array], Array]
    """Plain function of points (covariates, points) and parameters (parameters,), real or complex."""
    parameters: tuple[Parameter, ...]
    direction: Direction
    outcome: Literal["rate", "loss", "any"]
    """What the form can be a law of: success rates, or losses of any positive size."""
    source: str
    status: Literal["published", "emerging"]
    link: str | None = None
    """Scale on which the form is a straight line in x, where there is one."""
    covariates: tuple[str, ...] = ("x",)
    """``x`` is the ladder's axis (decades or years); ``n`` and ``d`` are log10 parameters and tokens."""
    linear: tuple[str, ...] = ()
    """Parameters in which the curve (of rates: -log of the share of the reach) is linear."""
    searched: tuple[str, ...] = ()
    """Parameters without a derivative: tried at each of their starts, never moved."""
    readings: tuple[Reading, ...] = ()
    memory: float | None = None
    """Rungs back from the last over which a cell's weight halves; None where all count alike."""
    least: int | None = None
    """Points that the form needs; None for one more than its free parameters."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the parameters in the order of the curve's argument."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def facts(self) -> dict[str, str]:
        """Return the form in words: its formula, its direction and what each parameter means."""
        needs = f"{self.least_points()} points or more"
        told = {"formula": self.formula, "direction": self.direction, "law of": self.outcome, "needs": needs}
        read = {reading.name: f"{reading.meaning} (read off)" for reading in self.readings}
        return (
            told
            | {p.name: p.meaning + (" (held)" if p.fixed is not None else "") for p in self.parameters}
            | read
        )

    def free(self, freed: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the names of the parameters that are fitted; `freed` are fitted though fixed by default."""
        return tuple(p.name for p in self.parameters if p.fixed is None or p.name in freed)

    def least_points(self, freed: tuple[str, ...] = ()) -> int:
        """Return how many points a fit needs."""
        return max(self.least or 0, len(self.free(freed)) + 1)
