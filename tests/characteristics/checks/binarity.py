"""Operating characteristics of D7: answers of tokens, alone or together, and answers out of a gate."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from tests.characteristics.checks._metric_worlds import (
    SHAPES,
    SHOCKS,
    THE_DESIGN,
    Shape,
    attempts,
    gated,
    hazards,
    measured_family,
    tokens,
)
from tests.characteristics.design import Design, corners

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence


def written(
    shape: Shape, length: int, correlation: float, shock: float, rng: np.random.Generator
) -> Evidence:
    """Return answers of `length` tokens; the larger the correlation, the more they are all or nothing."""
    right = np.exp(-hazards(shape, shock, rng) / length)
    return measured_family(tokens(attempts(right, shape), length, correlation, rng), shape, rng)


def digests(shape: Shape, shock: float, rng: np.random.Generator) -> Evidence:
    """Return answers of a strict tool: 64 digits that are right, or random."""
    rate = attempts(np.exp(-hazards(shape, shock, rng)), shape)
    return measured_family(gated(rate, 64, 1 / 16, rng), shape, rng)


def at_the_bar(shape: Shape, shock: float, rng: np.random.Generator) -> Evidence:
    """Return answers of which four in five are decided at once, the others half right or wrong: B is .8."""
    rate = attempts(np.exp(-hazards(shape, shock, rng)), shape)
    right = rng.random(rate.shape) < rate
    mean = rate
    share = np.where(rng.random(rate.shape) < 0.8, right, mean)
    exact = right.astype(float)
    return measured_family({"exact": exact, "partial": share}, shape, rng)


DESIGNS = (
    *(
        Design(
            f"24 tokens alone, {name}, shock {shock:g}",
            "binarity",
            "null",
            partial(written, shape, 24, 0.0, shock),
        )
        for (name, shape), shock in corners(list(SHAPES.items()), SHOCKS)
    ),
    Design(
        "24 tokens correlated .2, shock .3", "binarity", "null", partial(written, THE_DESIGN, 24, 0.2, 0.3)
    ),
    Design("3 tokens alone, shock .3", "binarity", "null", partial(written, THE_DESIGN, 3, 0.0, 0.3)),
    Design("at the bar of .8", "binarity", "null", partial(at_the_bar, THE_DESIGN, 0.3)),
    *(
        Design(f"gated, {name}, shock .3", "binarity", "alternative", partial(digests, shape, 0.3), 1.0)
        for name, shape in SHAPES.items()
    ),
)
