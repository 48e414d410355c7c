"""Persistence with drift: the last rungs' level, carried on with a steady drift of the log-odds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.forms._shared import FLOOR, REACH
from tasklaws.spec.form import Form, Parameter

if TYPE_CHECKING:
    from tasklaws.spec.form import Array


def curve(x: Array, p: Array) -> Array:
    """Return rates."""
    return p[0] + (1.0 - p[0]) * p[1] / (1.0 + np.exp(-p[2] - p[3] * (x[0] - p[4])))


FORM = Form(
    "persistence_drift",
    "the level of the last rungs and its drift; older rungs count less",
    "{floor} + (1 - {floor}) {reach} / (1 + exp(-({level} + {drift} (x - {last}))))",
    curve,
    (
        FLOOR,
        REACH,
        Parameter(
            "level",
            "log-odds between floor and ceiling on the last rung",
            "number",
            -12.0,
            12.0,
            (0.0, -3.0, 3.0),
        ),
        Parameter("drift", "change of the log-odds per decade (or year)", "per_x", -60.0, 60.0, (0.0, 3.0)),
        Parameter("last", "place of the last rung", "x", -50.0, 50.0, (1.0,), fixed=1.0),
    ),
    direction="either",
    outcome="rate",
    source="formal model F4 (b1 with b2's increment)",
    status="emerging",
    link="logit",
    memory=2.0,
)
