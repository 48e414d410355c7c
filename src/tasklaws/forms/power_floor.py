"""Power law with floor: what can be reduced falls as a power of scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.forms._shared import IRREDUCIBLE, LN10, amount, exponent, origin
from tasklaws.spec.form import Form

if TYPE_CHECKING:
    from tasklaws.spec.form import Array


def curve(x: Array, p: Array) -> Array:
    """Return losses."""
    return p[0] + p[1] * np.exp(-LN10 * p[2] * (x[0] - p[3]))


FORM = Form(
    "power_floor",
    "a loss that falls as a power of scale towards a floor",
    "{irreducible} + {amount} 10^(-{exponent} (x - {origin}))",
    curve,
    (IRREDUCIBLE, amount("amount", "reducible loss at the origin"), exponent(), origin()),
    linear=("irreducible", "amount"),
    direction="falling",
    outcome="loss",
    source="arXiv 2010.14701, eq. 1.1",
    status="published",
)
