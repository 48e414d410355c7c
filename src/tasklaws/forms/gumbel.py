"""Gumbel: the hazard of failing falls as a power of scale, so success is exp(-hazard)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.forms._shared import FLOOR, LN10, REACH, STEEPEST, line
from tasklaws.spec.form import Form, Parameter, Reading

if TYPE_CHECKING:
    from tasklaws.spec.form import Array


def curve(x: Array, p: Array) -> Array:
    """Return rates."""
    return p[0] + (1.0 - p[0]) * p[1] * np.exp(-np.exp(-LN10 * (p[2] + p[3] * (x[0] - p[4]))))


FORM = Form(
    "gumbel",
    "all steps must succeed, and the hazard of each falls as a power of scale",
    "{floor} + (1 - {floor}) {reach} exp(-10^(-({level} + {exponent} (x - {origin}))))",
    curve,
    (
        FLOOR,
        REACH,
        *line(
            Parameter(
                "exponent",
                "decades by which the hazard falls per decade",
                "per_x",
                0.0,
                STEEPEST / LN10,
                (0.8, 4.0),
                (True, False),
            ),
            "decades of the hazard below 1",
            (0.0, -0.8, 0.8),
        ),
    ),
    direction="rising",
    outcome="rate",
    source="formal model P3; arXiv 2310.03262 (log(-log rate) linear in log scale)",
    status="published",
    link="cloglog of failure",
    readings=(
        Reading("location", "where the hazard is 1: 1/e of the way up", "origin", "level", 0.0, "exponent"),
    ),
)
