"""Power law in log accuracy: minus log accuracy is one power of parameters plus one of tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.forms._shared import FLOOR, LN10, REACH, amount, exponent, origin
from tasklaws.spec.form import Form

if TYPE_CHECKING:
    from tasklaws.spec.form import Array


def curve(x: Array, p: Array) -> Array:
    """Return rates."""
    hazard = p[2] * np.exp(-LN10 * p[3] * (x[0] - p[4])) + p[5] * np.exp(-LN10 * p[6] * (x[1] - p[7]))
    return p[0] + (1.0 - p[0]) * p[1] * np.exp(-hazard)


FORM = Form(
    "log_power",
    "a power law in log accuracy, of parameters and of tokens",
    "{floor} + (1 - {floor}) {reach} exp(-{amount_n} 10^(-{exponent_n} (n - {origin_n}))"
    " - {amount_d} 10^(-{exponent_d} (d - {origin_d})))",
    curve,
    (
        FLOOR,
        REACH,
        amount("amount_n", "share of minus log accuracy due to few parameters, at the origin", 50.0),
        exponent("exponent_n", "fall of that share per decade of parameters"),
        origin("origin_n"),
        amount("amount_d", "share of minus log accuracy due to few tokens, at the origin", 50.0),
        exponent("exponent_d", "fall of that share per decade of tokens", of=1),
        origin("origin_d", of=1),
    ),
    direction="rising",
    outcome="rate",
    source="arXiv 2512.08894 (-log Q = A N^-alpha + B D^-beta); with one covariate it is `gumbel`",
    status="emerging",
    covariates=("n", "d"),
    linear=("amount_n", "amount_d"),
)
