"""Smoothly broken power law: one exponent before the break, another after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.forms._shared import IRREDUCIBLE, LN10, amount, exponent, origin
from tasklaws.spec.form import Form, Parameter

if TYPE_CHECKING:
    from tasklaws.spec.form import Array


def curve(x: Array, p: Array) -> Array:
    """Return losses."""
    bend = p[5] * np.log(1.0 + np.exp(LN10 * (x[0] - p[4]) / p[5]))
    away = np.log(1.0 + np.exp(LN10 * (p[6] - p[4]) / p[5])) * p[5]
    return p[0] + p[1] * np.exp(-LN10 * p[2] * (x[0] - p[6]) - (p[3] - p[2]) * (bend - away))


FORM = Form(
    "broken_power",
    "a power law whose exponent changes smoothly at a break",
    "{irreducible} + {amount} 10^(-{exponent} (x - {origin}))"
    " ((1 + 10^((x - {break})/{width})) / (1 + 10^(({origin} - {break})/{width})))"
    "^(-({late} - {exponent}) {width})",
    curve,
    (
        IRREDUCIBLE,
        amount("amount", "reducible loss at the origin"),
        exponent("exponent", "fall of the reducible loss per decade, well before the break"),
        exponent("late", "the same, well after it"),
        Parameter("break", "where the exponent changes", "x", -0.5, 1.5, (0.25, 0.5, 0.75)),
        Parameter("width", "decades over which it changes", "width", 0.02, 2.0, (0.1, 0.5)),
        origin(),
    ),
    linear=("irreducible", "amount"),
    direction="falling",
    outcome="loss",
    source="arXiv 2210.14891, eq. 1 with one break",
    status="published",
    least=60,
)
