"""Joint loss law: E + A N^-alpha + B D^-beta."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.forms._shared import IRREDUCIBLE, LN10, amount, exponent, origin
from tasklaws.spec.form import Form

if TYPE_CHECKING:
    from tasklaws.spec.form import Array


def curve(x: Array, p: Array) -> Array:
    """Return losses."""
    return p[0] + p[1] * np.exp(-LN10 * p[2] * (x[0] - p[3])) + p[4] * np.exp(-LN10 * p[5] * (x[1] - p[6]))


FORM = Form(
    "joint_loss",
    "a loss that falls as a power of parameters plus a power of tokens",
    "{irreducible} + {amount_n} 10^(-{exponent_n} (n - {origin_n}))"
    " + {amount_d} 10^(-{exponent_d} (d - {origin_d}))",
    curve,
    (
        IRREDUCIBLE,
        amount("amount_n", "loss due to few parameters, at the origin"),
        exponent("exponent_n", "alpha: fall of that loss per decade of parameters"),
        origin("origin_n"),
        amount("amount_d", "loss due to few tokens, at the origin"),
        exponent("exponent_d", "beta: fall of that loss per decade of tokens", of=1),
        origin("origin_d", of=1),
    ),
    direction="falling",
    outcome="loss",
    source="arXiv 2203.15556, eq. 2; estimates of arXiv 2404.10102",
    status="published",
    covariates=("n", "d"),
    linear=("irreducible", "amount_n", "amount_d"),
)
