"""Logistic: the log-odds between floor and ceiling grow in step with the axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.forms._shared import FLOOR, REACH, STEEPEST, line
from tasklaws.spec.form import Form, Parameter, Reading

if TYPE_CHECKING:
    from tasklaws.spec.form import Array


def curve(x: Array, p: Array) -> Array:
    """Return rates."""
    return p[0] + (1.0 - p[0]) * p[1] / (1.0 + np.exp(-p[2] - p[3] * (x[0] - p[4])))


FORM = Form(
    "logistic",
    "a logistic curve between floor and ceiling",
    "{floor} + (1 - {floor}) {reach} / (1 + exp(-({level} + {slope} (x - {origin}))))",
    curve,
    (
        FLOOR,
        REACH,
        *line(
            Parameter(
                "slope",
                "rise of the log-odds per decade (or year)",
                "per_x",
                0.0,
                STEEPEST,
                (2.0, 12.0),
                (True, False),
            ),
            "log-odds between floor and ceiling",
            (0.0, -3.0, 3.0),
        ),
    ),
    direction="rising",
    outcome="rate",
    source="arXiv 2405.10938, eq. 3 (sigmoid in the scale measure)",
    status="published",
    link="logit",
    readings=(
        Reading(
            "middle", "where the rate is half-way from floor to ceiling", "origin", "level", 0.0, "slope"
        ),
    ),
)
