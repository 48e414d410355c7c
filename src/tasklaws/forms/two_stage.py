"""Two stages: a power law from scale to loss, then a logistic curve from loss to score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.forms._shared import FLOOR, IRREDUCIBLE, LN10, REACH, amount, exponent, origin
from tasklaws.spec.form import Form, Parameter, Reading

if TYPE_CHECKING:
    from tasklaws.spec.form import Array


def curve(x: Array, p: Array) -> Array:
    """Return rates."""
    loss = p[2] + p[3] * np.exp(-LN10 * p[4] * (x[0] - p[5]))
    return p[0] + (1.0 - p[0]) * p[1] / (1.0 + np.exp(p[7] * (loss - p[8]) - p[6]))


FORM = Form(
    "two_stage",
    "scale sets the loss by a power law, the loss sets the score by a logistic curve",
    "{floor} + (1 - {floor}) {reach} / (1 + exp({slope} ({irreducible}"
    " + {amount} 10^(-{exponent} (x - {origin})) - {loss_origin}) - {level}))",
    curve,
    (
        FLOOR,
        REACH,
        IRREDUCIBLE,
        amount("amount", "reducible loss at the origin"),
        exponent(),
        origin(),
        Parameter("level", "log-odds at the loss of origin", "number", -30.0, 30.0, (0.0, -3.0, 3.0)),
        Parameter(
            "slope",
            "rise of the log-odds per unit of loss gone",
            "number",
            0.0,
            100.0,
            (3.0, 12.0),
            (True, False),
        ),
        Parameter("loss_origin", "loss at which the level is stated", "number", 0.0, 50.0, (2.5,), fixed=2.5),
    ),
    direction="rising",
    outcome="rate",
    source="arXiv 2412.04403 (task loss, then accuracy)",
    status="published",
    readings=(
        Reading("middle", "loss at which the rate is half-way up", "loss_origin", "level", 0.0, "slope", -1),
    ),
)
