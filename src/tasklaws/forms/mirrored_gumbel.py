"""Mirrored Gumbel: success is one minus exp(-chances), and the chances grow as a power of scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.forms._shared import FLOOR, LN10, REACH, STEEPEST, line
from tasklaws.spec.form import Form, Parameter, Reading

if TYPE_CHECKING:
    from tasklaws.spec.form import Array


def curve(x: Array, p: Array) -> Array:
    """Return rates."""
    return p[0] + (1.0 - p[0]) * p[1] * (1.0 - np.exp(-np.exp(LN10 * (p[2] + p[3] * (x[0] - p[4])))))


FORM = Form(
    "mirrored_gumbel",
    "one of many chances is enough, and their number grows as a power of scale",
    "{floor} + (1 - {floor}) {reach} (1 - exp(-10^({level} + {exponent} (x - {origin}))))",
    curve,
    (
        FLOOR,
        REACH,
        *line(
            Parameter(
                "exponent",
                "decades by which the chances grow per decade",
                "per_x",
                0.0,
                STEEPEST / LN10,
                (0.8, 4.0),
                (True, False),
            ),
            "decades of the chances above 1",
            (0.0, -0.8, 0.8),
        ),
    ),
    direction="rising",
    outcome="rate",
    source="formal model D11 (mirrored complementary log-log)",
    status="emerging",
    link="cloglog",
    readings=(
        Reading(
            "location",
            "where the chances are 1: 1/e short of the ceiling",
            "origin",
            "level",
            0.0,
            "exponent",
        ),
    ),
)
