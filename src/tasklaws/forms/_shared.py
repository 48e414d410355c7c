"""Parameters that several forms share."""

from __future__ import annotations

import math

from tasklaws.spec.form import Parameter

LN10 = math.log(10.0)

STEEPEST = 60.0
"""Largest slope per span of the data: between neighbours of 20 points that is a step."""

FAR = 9.0
"""How far from the data, in spans, a reading is looked for; exp takes slope x distance up to there."""

FLOOR = Parameter(
    "floor",
    "rate of a model without the ability (documented chance)",
    "rate",
    0.0,
    1.0,
    (0.0,),
    (True, True),
    0.0,
)
REACH = Parameter(
    "reach",
    "share of the way from the floor to 1 that harness and scorer allow",
    "rate",
    0.0,
    1.0,
    (1.0,),
    (True, True),
    1.0,
)
IRREDUCIBLE = Parameter(
    "irreducible", "loss that no scale removes", "loss", 0.0, 1.0, (-0.2, 0.0), (True, False)
)


def line(slope: Parameter, level: str, starts: tuple[float, ...]) -> tuple[Parameter, Parameter, Parameter]:
    """Return the parameters of a line along the axis: its level at the origin, its slope, the origin."""
    return (
        Parameter("level", f"{level} at the origin", "number", -30.0, 30.0, starts),
        slope,
        Parameter("origin", "where on the axis the level is stated", "x", -FAR, 1.0 + FAR, (0.5,), fixed=0.5),
    )


def exponent(
    name: str = "exponent", meaning: str = "fall of the reducible part, per decade of the axis", of: int = 0
) -> Parameter:
    """Return the exponent of a power law that falls."""
    return Parameter(name, meaning, "per_x", 0.0, STEEPEST, (1.0, 0.3, 4.0, 20.0, 0.05), (True, False), of=of)


def amount(name: str, meaning: str, upper: float = 5.0) -> Parameter:
    """Return the size of a reducible part at the origin."""
    return Parameter(name, meaning, "amount", 0.0, upper, (1.0,), (True, False))


def origin(name: str = "origin", of: int = 0) -> Parameter:
    """Return the place on the axis at which amounts are stated: the first point of the data."""
    return Parameter(
        name, "where on the axis the amount is stated", "x", -50.0, 50.0, (0.0,), fixed=0.0, of=of
    )
